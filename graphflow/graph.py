"""Graph: load a config, start it, feed it, watch it, wait for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphflow import timestamp as time_of
from graphflow.calculator import AnyCalculator, Calculator
from graphflow.context import Context
from graphflow.contract import Contract, Port, is_class, is_compatible, type_name
from graphflow.diagnostics import suggestion
from graphflow.driver import Driver, InlineDriver, ThreadDriver
from graphflow.errors import CalculatorError, GraphCancelled, UsageError
from graphflow.options import NoOptions
from graphflow.packet import Packet
from graphflow.plan import MISSING, InputPlan, NodePlan, Plan
from graphflow.runtime.elements import Stream
from graphflow.runtime.scheduler import Scheduler

if TYPE_CHECKING:
    from graphflow.loading import Override

INLINE = 0
"""Number of threads that means: run in the thread that feeds the graph."""


@dataclass(frozen=True)
class NodeTime:
    """What a node did in a run.

    Attributes:
        calls: how often `process` was called.
        busy_seconds: how long those calls took in all.
        setup_seconds: how long `open` and `close` took: loading a model, finalising a file.
    """

    node: str
    calls: int
    busy_seconds: float
    setup_seconds: float = 0.0


class Graph:
    """A graph that can be run, and run again.

    Attributes:
        plan: the validated graph.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._observers: list[tuple[int, Callable[[Packet], None], bool]] = []
        self._driver: Driver | None = None
        self._scheduler: Scheduler | None = None

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, overrides: Sequence[Override] = ()) -> Graph:
        """Load a graph from a YAML file, or a bundled graph by its name.

        Raises:
            ConfigError: the graph is wrong; all faults are in it, with their places.
        """
        from graphflow.loading import load_plan

        return cls(load_plan(Path(path), overrides=overrides))

    @classmethod
    def from_text(cls, text: str, *, overrides: Sequence[Override] = ()) -> Graph:
        """Load a graph from YAML text.

        Raises:
            ConfigError: the graph is wrong; all faults are in it, with their places.
        """
        from graphflow.loading import plan_from_text

        return cls(plan_from_text(text, overrides=overrides))

    def observe(
        self, stream: str, callback: Callable[[Packet], None], *, sees_bounds: bool = False
    ) -> None:
        """Call `callback` with every packet of a stream, inner ones included; before `start`.

        Callbacks run like calculators: in order, one at a time for each observer, outside any
        lock; an exception in one ends the run.

        Args:
            stream: its name in the expanded graph.
            callback: takes the packet.
            sees_bounds: also call it, with a packet whose value is None, for times that are
                settled and empty; neighbouring ones may be merged into the last.

        Raises:
            UsageError: no such stream, or the graph is running.
        """
        if self._is_running:
            raise UsageError("observers are added before start")
        names = {each.name: index for index, each in enumerate(self.plan.streams)}
        if stream not in names:
            hint = suggestion(stream, names)
            raise UsageError(f'no stream "{stream}" to observe' + (f"; {hint}" if hint else ""))
        self._observers.append((names[stream], callback, sees_bounds))

    # ---- running ----------------------------------------------------------------------------

    def start(
        self, side_packets: Mapping[str, Any] | None = None, *, threads: int | None = None
    ) -> None:
        """Open the graph and begin to run it.

        Args:
            side_packets: values by name; those with a default may be left out.
            threads: workers of the default executor; None for what the graph says (by default as
                many as the machine has cores), INLINE (0) to run in the threads that feed it.

        Raises:
            UsageError: side packets are missing, unknown or of the wrong type.
            CalculatorError: a calculator could not be made.
        """

        def make_driver(scheduler: Scheduler, calculators: Sequence[AnyCalculator]) -> Driver:
            if threads == INLINE:
                return InlineDriver(scheduler, calculators)
            plan = scheduler.plan
            counts = [
                _thread_count(
                    executor.num_threads if position or threads is None else threads, plan
                )
                for position, executor in enumerate(plan.executors)
            ]
            return ThreadDriver(scheduler, calculators, counts)

        self.start_with(make_driver, side_packets)

    def start_with(
        self,
        make_driver: Callable[[Scheduler, Sequence[AnyCalculator]], Driver],
        side_packets: Mapping[str, Any] | None = None,
    ) -> None:
        """Begin to run the graph with another driver than those of `start`.

        Raises:
            UsageError: side packets are missing, unknown or of the wrong type.
            CalculatorError: a calculator could not be made.
        """
        if self._is_running:
            raise UsageError("the graph is running; wait for it or cancel it first")
        values = self._side_packet_values(side_packets or {})
        plan, callbacks = self._observed_plan()
        calculators = [_make(node) for node in plan.nodes[: len(self.plan.nodes)]]
        calculators += [_Observer(callback) for callback in callbacks]
        self._scheduler = Scheduler(plan, values)
        self._driver = make_driver(self._scheduler, calculators)
        self._driver.start()

    def add_packet(self, stream: str, value: Any, timestamp: int | None = None) -> None:
        """Add a packet to a graph input; waits while a queue downstream of it is full.

        Args:
            stream: the input's name.
            value: a payload, or a Packet (then `timestamp` stays away).
            timestamp: microseconds, at least the input's bound.

        Raises:
            TimestampError: the time lies below the input's bound.
            UsageError: no such input, or the graph was not started.
            GraphflowError: the run has failed.
        """
        self._running_driver.add(self._input(stream), _stamped(stream, value, timestamp))

    def advance(self, stream: str, bound: int) -> None:
        """Promise that no packet below `bound` will come by a graph input any more."""
        self._running_driver.advance(self._input(stream), int(bound))

    def close_input(self, stream: str) -> None:
        """Promise that nothing more will come by a graph input."""
        self.advance(stream, time_of.DONE)

    def close_inputs(self) -> None:
        """Close every graph input."""
        for index in self.plan.inputs:
            self.close_input(self.plan.streams[index].name)

    def wait_until_idle(self) -> None:
        """Wait until nothing runs and nothing can without more input."""
        self._running_driver.wait_until_idle()

    def wait_until_done(self) -> None:
        """Wait for the end of the run.

        Raises:
            CalculatorError: a calculator failed.
            SeveralErrors: several did.
            GraphStuck: all inputs are closed, and nodes wait for what never comes.
            GraphCancelled: the run was cancelled.
        """
        self._running_driver.wait_until_done()

    def cancel(self) -> None:
        """End the run soon: nothing more is processed, every opened calculator is closed."""
        self._running_driver.cancel(GraphCancelled("the run was cancelled"))

    def run(
        self, side_packets: Mapping[str, Any] | None = None, *, threads: int | None = None
    ) -> None:
        """Start, close all graph inputs, and wait for the end: for graphs that feed themselves."""
        self.start(side_packets, threads=threads)
        self.close_inputs()
        self.wait_until_done()

    # ---- looking in ---------------------------------------------------------------------------

    @property
    def has_failed(self) -> bool:
        """Whether the run has failed or was cancelled."""
        return self._scheduler is not None and self._scheduler.has_failed

    def explain(self) -> list[str]:
        """Say of every node that is not closed what it waits for, one sentence each."""
        return [] if self._driver is None else self._driver.explain()

    def side_packet(self, name: str) -> Any:
        """Return a side packet of the present or last run, given or made.

        Raises:
            UsageError: there is none of that name, or it was not made yet.
        """
        values = {} if self._scheduler is None else self._scheduler.side_packets
        if name not in values:
            known = ", ".join(sorted(values)) or "none"
            raise UsageError(f'side packet "{name}" is not there (yet); there are: {known}')
        return values[name]

    def bound(self, stream: str) -> int:
        """Return a stream's bound in the present or last run."""
        for each in () if self._scheduler is None else self._scheduler.streams:
            if each.name == stream:
                return each.bound
        raise UsageError(f'no stream "{stream}"')

    def node_times(self) -> list[NodeTime]:
        """Return what each node did in the present or last run, in the plan's order."""
        if self._driver is None:
            return []
        driver = self._driver
        return [
            NodeTime(node.name, *driver.times_of(index))
            for index, node in enumerate(self.plan.nodes)
        ]

    # ---- details ------------------------------------------------------------------------------

    @property
    def _is_running(self) -> bool:
        return self._scheduler is not None and not self._scheduler.is_done

    @property
    def _running_driver(self) -> Driver:
        if self._driver is None:
            raise UsageError("the graph was not started")
        return self._driver

    def _input(self, stream: str) -> Stream:
        inputs = self._running_driver.scheduler.inputs
        found = inputs.get(stream)
        if found is None:
            known = ", ".join(f'"{name}"' for name in inputs) or "none"
            raise UsageError(f'no graph input "{stream}"; the graph has: {known}')
        return found

    def _side_packet_values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        faults = []
        for name in given:
            known = self.plan.side_packets.get(name)
            takers = [key for key, side in self.plan.side_packets.items() if side.producer is None]
            if known is None:
                hint = suggestion(name, takers)
                faults.append(f'no side packet "{name}"' + (f"; {hint}" if hint else ""))
            elif known.producer is not None:
                faults.append(f'side packet "{name}" is made by the graph and can\'t be given')
        for name, side in self.plan.side_packets.items():
            if name in given:
                values[name] = given[name]
                if is_class(side.type) and not _is_payload(given[name], side.type):
                    found = type(given[name]).__name__
                    faults.append(
                        f'side packet "{name}": found {found}; expected {type_name(side.type)}'
                    )
            elif side.default is not MISSING:
                values[name] = side.default
            elif side.is_required and side.producer is None:
                faults.append(f'side packet "{name}" is required and was not given')
        if faults:
            raise UsageError("\n".join(faults))
        return values

    def _observed_plan(self) -> tuple[Plan, list[Callable[[Packet], None]]]:
        """The plan with a sink node for each observer: all user code in a run is an invocation."""
        nodes = list(self.plan.nodes)
        # Without a limit of its own, a slow observer would let packets pile up.
        limits = [each.queue_limit for node in nodes for each in node.inputs]
        for stream, _, sees_bounds in self._observers:
            nodes.append(
                NodePlan(
                    name=f"observer of {self.plan.streams[stream].name}",
                    calculator=_Observer,
                    inputs=(InputPlan("", 0, stream, queue_limit=max(limits, default=100)),),
                    process_timestamps=sees_bounds,
                    location=self.plan.streams[stream].location,
                )
            )
        return replace(self.plan, nodes=tuple(nodes)), [each[1] for each in self._observers]


class _Observer(Calculator[NoOptions]):
    """The sink node behind `Graph.observe`."""

    contract = Contract(inputs=(Port(""),))

    def __init__(self, callback: Callable[[Packet], None]) -> None:
        super().__init__(NoOptions())
        self.callback = callback

    def process(self, context: Context) -> None:
        """Hand the packet, or an empty one, to the callback."""
        self.callback(context.inputs[0].packet or Packet(None, context.timestamp))


def _make(node: NodePlan) -> AnyCalculator:
    try:
        return node.calculator(node.options)
    except Exception as error:
        raise CalculatorError(
            node.name, "construction", time_of.UNSET, error, node.location
        ) from error


def _stamped(stream: str, value: Any, timestamp: int | None) -> Packet:
    """Make the packet; its time becomes a plain integer, which is what the engine computes with."""
    if isinstance(value, Packet):
        if type(value.timestamp) is int:
            return value
        value, timestamp = value.value, value.timestamp
    if timestamp is None:
        raise UsageError(f'a packet for "{stream}" needs a timestamp in microseconds')
    return Packet(value, int(timestamp))


def _thread_count(number: int, plan: Plan) -> int:
    if number > 0:
        return number
    return max(1, min(os.cpu_count() or 1, len(plan.nodes)))


def _is_payload(value: Any, expected: type) -> bool:
    if expected is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if expected is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if expected is str:
        return isinstance(value, str | os.PathLike)
    return is_compatible(type(value), expected) or value is None
