"""Test tools: run one calculator, on the real engine, and look at its packets and bounds."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

from graphflow.graph import INLINE, Graph
from graphflow.nodes.calculator import AnyCalculator
from graphflow.nodes.contract import ANY_TAG, Contract, Port, port_name
from graphflow.nodes.function_calculators import FunctionCalculator
from graphflow.nodes.input_policy import (
    InputPolicy,
    SyncSetPolicy,
    TimestampAlignPolicy,
)
from graphflow.nodes.node_shape import ConnectedPorts, NodeShape
from graphflow.nodes.payload_types import is_checkable
from graphflow.nodes.service import Service
from graphflow.plan import (
    NO_LIMIT,
    InputPlan,
    NodePlan,
    OutputPlan,
    Plan,
    SidePacketPlan,
    SidePlan,
    StreamPlan,
)
from graphflow.running.clock import CLOCK, Clock
from graphflow.words import timestamp as time_of
from graphflow.words.errors import ContractError, UsageError
from graphflow.words.packet import Packet


class OutputRecord:
    """What came out of one output.

    Attributes:
        packets: in order.
    """

    def __init__(self, graph: Graph, stream: str) -> None:
        self._graph = graph
        self._stream = stream
        self.packets: list[Packet] = []

    @property
    def values(self) -> list[Any]:
        """The payloads, in order."""
        return [packet.value for packet in self.packets]

    @property
    def timestamps(self) -> list[int]:
        """The times, in order."""
        return [packet.timestamp for packet in self.packets]

    @property
    def bound(self) -> int:
        """The lowest time that may still come; DONE after everything."""
        return self._graph.bound(self._stream)

    @property
    def header(self) -> Any:
        """The header that was set in `open`, or None."""
        return self._graph.header(self._stream)

    def __repr__(self) -> str:
        return f"OutputRecord({self.packets}, bound {time_of.text(self.bound)})"


class Outputs(dict[str, OutputRecord]):
    """The outputs of a run by port (`TAG`, `TAG:1`, `:0` or "" for the one without tag).

    Attributes:
        side: the side packets that the calculator made, by port.
    """

    def __init__(self) -> None:
        super().__init__()
        self.side: dict[str, Any] = {}

    def __missing__(self, port: str) -> OutputRecord:
        key = _key(port)
        if key in self:
            return super().__getitem__(key)
        raise KeyError(f"{port!r}; outputs are {sorted(self)}")


class CalculatorRunner:
    """Run one calculator as the only node of a graph, in the caller's thread.

    Whatever it takes and emits is held to the classes that its contract declares.

    At once, everything given beforehand (packets of all inputs are fed in the order of their
    times, then all inputs are closed)::

        outputs = CalculatorRunner(ScaleCalculator, options={"factor": 2.0}).run(
            {"IN": [Packet(1.0, 0), Packet(2.0, 10)]})
        assert outputs["OUT"].values == [2.0, 4.0]

    Or step by step, looking at packets and bounds whenever the graph is idle, which it is after
    every call::

        with CalculatorRunner(PreviousLoopbackCalculator) as runner:
            runner.add("MAIN", 1, 0)
            assert runner.outputs["PREV_LOOP"].bound == 1

    Args:
        calculator: the class, or a function calculator; it need not be registered.
        options: by name, validated as a graph's options are.
        inputs, outputs, side_inputs, side_outputs: ports to connect, as `TAG`, `TAG:1` or ""
            (":1" for the second without tag). By default every required input, every declared
            output, and no optional side input; `run` connects whatever it is given besides.
        side_packets: side input values by port, for the step by step form.
        policy: an input policy in place of the contract's.
        services: objects by key.
        clock: the service CLOCK; give a VirtualClock to say what time it is.
        max_in_flight: calls that may overlap.
        headers: of inputs, by port.
    """

    def __init__(
        self,
        calculator: type[AnyCalculator] | FunctionCalculator[..., Any],
        *,
        options: Mapping[str, Any] | None = None,
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        side_inputs: Sequence[str] = (),
        side_outputs: Sequence[str] | None = None,
        side_packets: Mapping[str, Any] | None = None,
        policy: InputPolicy | None = None,
        max_in_flight: int = 1,
        headers: Mapping[str, Any] | None = None,
        services: Mapping[Service[Any], Any] | None = None,
        clock: Clock | None = None,
    ) -> None:
        if isinstance(calculator, FunctionCalculator):
            calculator = calculator.calculator
        contract = calculator.contract
        self.calculator: type[AnyCalculator] = calculator
        self.outputs = Outputs()
        self._options = contract.options.model_validate(dict(options or {}))
        self._inputs = _ports(inputs, contract.inputs, is_input=True)
        self._outputs = _ports(outputs, contract.outputs, is_input=False)
        self._side_inputs = _merged(_ports(side_inputs, (), is_input=True), side_packets or {})
        self._side_outputs = _ports(side_outputs, contract.side_outputs, is_input=False)
        self._side_packets = dict(side_packets or {})
        self._policy = policy
        self._max_in_flight = max_in_flight
        self._headers = dict(headers or {})
        self._services = dict(services or {})
        if clock is not None:
            self._services[CLOCK] = clock
        self._graph: Graph | None = None
        mirrors = any(port.tag == ANY_TAG and not port.free for port in contract.outputs)
        if mirrors and outputs is None:
            wild = {port.tag for port in contract.inputs} - {ANY_TAG}
            mirrored = [key for key in self._inputs if _split(key)[0] not in wild]
            self._outputs = [*self._outputs, *mirrored]

    def run(
        self,
        inputs: Mapping[str, Iterable[Packet]] | None = None,
        *,
        side_packets: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
    ) -> Outputs:
        """Feed everything, close all inputs, and return what came out.

        Args:
            inputs: packets by port, each port's in the order they are to be fed.
            side_packets: side input values by port.
            headers: of inputs, by port.

        Raises:
            ContractError: the contract has no such ports, or the calculator refuses the node.
            CalculatorError: the calculator failed, or emitted what its contract does not declare.
            PayloadError: a packet is of another class than its input.
            TimestampError: the packets of an input don't rise in time.
        """
        given = {_key(port): list(packets) for port, packets in (inputs or {}).items()}
        self._inputs = _merged(self._inputs, given)
        self._side_packets.update(side_packets or {})
        self._headers.update(headers or {})
        self._side_inputs = _merged(self._side_inputs, self._side_packets)
        with self:
            feed = [(port, packet) for port, packets in given.items() for packet in packets]
            for port, packet in sorted(feed, key=lambda each: each[1].timestamp):
                self.add(port, packet)
        return self.outputs

    def __enter__(self) -> CalculatorRunner:
        self._graph = graph = Graph(self._plan())
        for key, service in self._services.items():
            graph.set_service(key, service)
        self.outputs.clear()
        for port in self._outputs:
            record = OutputRecord(graph, f"out {port}")
            self.outputs[port] = record
            graph.observe(f"out {port}", record.packets.append)
        given = {f"side {_key(port)}": value for port, value in self._side_packets.items()}
        headers = {f"in {_key(port)}": header for port, header in self._headers.items()}
        graph.start(given, threads=INLINE, headers=headers)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._running.cancel()
            return
        self._running.close_inputs()
        self._running.wait_until_done()
        for port in self._side_outputs:
            try:
                self.outputs.side[port] = self._running.side_packet(f"made {port}")
            except UsageError:
                continue

    def add(self, port: str, value: Any, timestamp: int | None = None) -> None:
        """Feed one packet (a payload and its time, or a Packet) and run until idle."""
        self._running.add_packet(f"in {_key(port)}", value, timestamp)

    def advance(self, port: str, bound: int) -> None:
        """Raise an input's bound and run until idle."""
        self._running.advance(f"in {_key(port)}", bound)

    def close(self, port: str) -> None:
        """Close an input and run until idle."""
        self._running.close_input(f"in {_key(port)}")

    @property
    def _running(self) -> Graph:
        if self._graph is None:
            raise UsageError("the runner is not running; use it in a with statement, or run()")
        return self._graph

    def _plan(self) -> Plan:
        shape = NodeShape(
            self._options,
            *(
                ConnectedPorts(map(_split, ports))
                for ports in (self._inputs, self._outputs, self._side_inputs, self._side_outputs)
            ),
        )
        contract = self.calculator.contract_for(shape)
        policy = self._policy or contract.input_policy
        _check_connected(self._inputs, contract.inputs, "input")
        _check_connected(self._outputs, contract.outputs, "output")
        _check_connected(self._side_inputs, contract.side_inputs, "side input")
        _check_connected(self._side_outputs, contract.side_outputs, "side output")
        streams = [
            StreamPlan(f"in {port}", None, _declared_type(port, contract.inputs, contract) or Any)
            for port in self._inputs
        ]
        streams += [StreamPlan(f"out {port}", 0) for port in self._outputs]
        count = len(self._inputs)
        node = NodePlan(
            name=self.calculator.__name__,
            calculator=self.calculator,
            inputs=tuple(
                InputPlan(*_split(port), stream, queue_limit=NO_LIMIT)
                for stream, port in enumerate(self._inputs)
            ),
            outputs=tuple(
                OutputPlan(*_split(port), stream, _declared_type(port, contract.outputs, contract))
                for stream, port in enumerate(self._outputs, start=count)
            ),
            side_inputs=tuple(
                SidePlan(*_split(each), f"side {each}") for each in self._side_inputs
            ),
            side_outputs=tuple(
                SidePlan(
                    *_split(each),
                    f"made {each}",
                    checked_type=_declared_type(each, contract.side_outputs, contract),
                )
                for each in self._side_outputs
            ),
            options=self._options,
            policy=policy,
            sync_sets=_sync_sets(policy, self._inputs),
            base_input=_base_input(policy, self._inputs),
            offset=contract.timestamp_offset if self._inputs else None,
            process_timestamps=contract.process_timestamps,
            reads_headers=contract.reads_headers,
            services=tuple(contract.services),
            optional_services=tuple(contract.optional_services),
            max_in_flight=self._max_in_flight,
        )
        sides = {f"side {each}": SidePacketPlan(f"side {each}") for each in self._side_inputs}
        sides |= {f"made {each}": SidePacketPlan(f"made {each}", 0) for each in self._side_outputs}
        return Plan((node,), tuple(streams), inputs=tuple(range(count)), side_packets=sides)


def make_read_only(value: Any) -> Any:
    """Return `value` with every array in it made read-only (copied), to catch writing nodes."""
    duplicate = copy.deepcopy(value)
    for each in duplicate if isinstance(duplicate, tuple | list) else (duplicate,):
        if hasattr(each, "setflags"):
            each.setflags(write=False)
    return duplicate


def _split(port: str) -> tuple[str, int]:
    tag, _, index = port.partition(":")
    return tag, int(index) if index else 0


def _key(port: str) -> str:
    """One spelling for each port: TAG, TAG:1, ":0" for the first without tag."""
    return port_name(*_split(port))


def _ports(given: Sequence[str] | None, declared: Sequence[Port], *, is_input: bool) -> list[str]:
    if given is not None:
        return [_key(port) for port in given]
    return [
        _key(port.tag)
        for port in declared
        if port.tag != ANY_TAG and not (is_input and port.optional)
    ]


def _merged(ports: Sequence[str], given: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys([*ports, *(_key(port) for port in given)]))


def _check_connected(ports: Sequence[str], declared: Sequence[Port], kind: str) -> None:
    by_tag = {port.tag: port for port in declared}
    for each in ports:
        tag, index = _split(each)
        port = by_tag.get(tag) or by_tag.get(ANY_TAG)
        if port is None:
            raise ContractError(f"the contract declares no {kind} {each}")
        if index and not port.repeated and port.tag != ANY_TAG:
            raise ContractError(f"{kind} {tag or 'without tag'} can be connected only once")
    for port in declared:
        if port.optional or port.tag == ANY_TAG or kind == "output" or kind == "side output":
            continue
        if not any(_split(each)[0] == port.tag for each in ports):
            raise ContractError(f"required {kind} {port_name(port.tag)} is not connected")


def _declared_type(port: str, declared: Sequence[Port], contract: Contract) -> type | None:
    """Return the class that the payloads of a port are declared to have, if it is one."""
    tag, _ = _split(port)
    ports = {each.tag: each for each in declared}
    found = ports.get(tag) or ports[ANY_TAG]
    if found.same_as is not None:
        sources = {each.tag: each for each in (*contract.side_inputs, *contract.inputs)}
        found = sources.get(found.same_as) or sources[ANY_TAG]
    return found.type if is_checkable(found.type) else None


def _sync_sets(policy: InputPolicy, ports: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    everything = range(len(ports))
    if not isinstance(policy, SyncSetPolicy):
        return ()
    named = [tuple(ports.index(_key(each)) for each in one.tag_index) for one in policy.sync_set]
    rest = tuple(i for i in everything if not any(i in one for one in named))
    return (*named, rest) if rest else tuple(named)


def _base_input(policy: InputPolicy, ports: Sequence[str]) -> int:
    if not isinstance(policy, TimestampAlignPolicy):
        return 0
    return ports.index(_key(policy.timestamp_base_tag_index))


__all__ = ["CalculatorRunner", "OutputRecord", "Outputs", "make_read_only"]
