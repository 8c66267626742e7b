"""Nodes called again: a calculator made from a recording, and given what it was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from graphflow.nodes.codecs import codecs
from graphflow.nodes.context import Context
from graphflow.nodes.node_shape import ConnectedPorts, NodeShape
from graphflow.nodes.options import Options
from graphflow.nodes.registry import Registry
from graphflow.nodes.service import Service
from graphflow.plan import InputPlan, NodePlan, OutputPlan, Plan, SidePlan, StreamPlan
from graphflow.recording.calls import RecordedCall
from graphflow.recording.description import NodeDescription
from graphflow.recording.faults import RecordingError
from graphflow.recording.recorder import emitted, encode_header
from graphflow.running.service_objects import ServiceObjects
from graphflow.runtime.elements import Invocation, Node, Step, Stream
from graphflow.words.errors import ContractError, describe
from graphflow.words.packet import Packet

Lookup = Callable[[str, int], Packet]
"""Finds the packet of a stream at a time."""

Around = Callable[[Callable[[Context], None], Context], None]
"""Makes a call: of a calculator's method, with the context."""


@dataclass(frozen=True)
class Made:
    """What came of a call that was made again.

    Attributes:
        packets: by output, in the order of the ports.
        bounds: of the outputs when the call ended.
        said: headers of the outputs, as plain values, by position.
        sides: the side packets that it made.
        has_stopped: it asked for the end of its source, or of all sources.
        error: what it raised: the class and its words; "" for nothing.
    """

    packets: tuple[tuple[Packet, ...], ...] = ()
    bounds: tuple[int, ...] = ()
    said: Mapping[int, Any] = field(default_factory=dict)
    sides: Mapping[str, Any] = field(default_factory=dict)
    has_stopped: bool = False
    error: str = ""


class NodeCaller:
    """One node of a recording, made anew, to be called as it was.

    Args:
        node: the node.
        registry: where its calculator is looked for.
        sides: side packets by name; read when the node is opened.
        services: objects by key; others are made by default.

    Raises:
        RecordingError: its calculator is not known here, or refuses the node as it was.
        UsageError: a service that it needs is missing.
    """

    def __init__(
        self,
        node: NodeDescription,
        registry: Registry,
        sides: Mapping[str, Any],
        services: Mapping[Service[Any], Any],
    ) -> None:
        self.node = node
        names = list(dict.fromkeys(each[2] for each in (*node.input_stream, *node.output_stream)))
        plan = _plan(node, names, registry)
        streams = tuple(StreamPlan(name, None) for name in names)
        self._context = Invocation(
            Node(plan, 0, tuple(Stream(each, is_input=True) for each in streams)),
            tuple(Stream(each, is_input=True) for each in streams),
            sides,
        )
        given = ServiceObjects()
        for key, service in services.items():
            given.give(key, service)
        self._context.services = given.for_run(Plan((plan,), streams))
        try:
            calculator = plan.calculator(plan.options)
        except Exception as error:  # user code
            raise RecordingError(f"{_name(node)} can't be made: {describe(error)}") from error
        self._methods: dict[str, Callable[[Context], None]] = {
            "open": calculator.open,
            "process": calculator.process,
            "close": calculator.close,
        }

    def call(self, call: RecordedCall, find: Lookup, around: Around | None = None) -> Made:
        """Call it as it was called.

        Args:
            call: of this node.
            find: finds the packets that it is given.
            around: makes the call; a debugger, say.

        Raises:
            RecordingError: a packet was not recorded, or the call is none of such a node.
        """
        context = self._context
        self._give(call, find)
        method = self._methods[call.step]
        error = ""
        try:
            if around is None:
                method(context)
            else:
                around(method, context)
        except Exception as fault:  # user code; compared with what was recorded
            error = describe(fault)
            context.discard()
        made = Made(
            packets=tuple(tuple(emitted(output)) for output in context.shards),
            bounds=tuple(output.bound for output in context.shards),
            said=self._said(call),
            sides=dict(context.side_outputs.made),
            has_stopped=context.has_stopped,
            error=error,
        )
        context.discard()
        return made

    def close(self) -> None:
        """Close it, where its recorded close is not to be made."""
        context = self._context
        for port in context.ports:
            port.packet = None
        context.set_step(Step.CLOSE)
        with suppress(Exception):  # user code; nobody asked what it says now
            self._methods["close"](context)

    def _give(self, call: RecordedCall, find: Lookup) -> None:
        context, node = self._context, self.node
        counts = len(call.inputs), len(call.outputs)
        if counts != (len(node.input_stream), len(node.output_stream)) or (
            call.step not in self._methods
        ):
            raise RecordingError(f"found no call of {_name(node)}")
        context.set_step(Step(call.step))
        context.timestamp = call.timestamp
        ports = zip(context.ports, call.inputs, node.input_stream, strict=True)
        for port, given, (_, _, stream) in ports:
            port.packet = None if given.time is None else find(stream, given.time)
            port.settled = given.settled
        for output, gave in zip(context.shards, call.outputs, strict=True):
            output.bound = gave.before
            output.header = None
        if call.step == "open" and node.reads_headers:
            for port, header in zip(context.ports, call.headers, strict=False):
                port.receive_header(codecs.decode(header))

    def _said(self, call: RecordedCall) -> dict[int, Any]:
        if call.step != "open":
            return {}
        headers = enumerate(output.header for output in self._context.shards)
        return {at: encode_header(header) for at, header in headers if header is not None}


def _plan(node: NodeDescription, names: list[str], registry: Registry) -> NodePlan:
    calculator = registry.get(node.calculator)
    if calculator is None:
        raise RecordingError(
            f'{_name(node)}: calculator "{node.calculator}" is not registered here\n'
            f'  hint: import "{node.module}", where it was (--import {node.module})'
        )
    if node.options is None:
        raise RecordingError(f"{_name(node)}: its options could not be recorded")
    try:
        options: Options = calculator.contract.options.model_validate(node.options)
        ends = (
            *(node.input_stream, node.output_stream),
            *(node.input_side_packet, node.output_side_packet),
        )
        ports = [ConnectedPorts((tag, index) for tag, index, _ in each) for each in ends]
        contract = calculator.contract_for(NodeShape(options, *ports))
    except (ValidationError, ValueError, ContractError) as fault:
        raise RecordingError(f"{_name(node)}: {node.calculator} refuses it: {fault}") from fault
    return NodePlan(
        name=node.name,
        calculator=calculator,
        inputs=tuple(InputPlan(tag, at, names.index(name)) for tag, at, name in ends[0]),
        outputs=tuple(OutputPlan(tag, at, names.index(name)) for tag, at, name in ends[1]),
        side_inputs=tuple(SidePlan(*each) for each in ends[2]),
        side_outputs=tuple(SidePlan(*each) for each in ends[3]),
        options=options,
        policy=contract.input_policy,
        reads_headers=node.reads_headers,
        services=tuple(contract.services),
        optional_services=tuple(contract.optional_services),
    )


def _name(node: NodeDescription) -> str:
    return f'node "{node.name}"'
