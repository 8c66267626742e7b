"""Graph: load a config, start it, feed it, watch it, wait for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from graphflow import timestamp as time_of
from graphflow.calculator import AnyCalculator
from graphflow.driver import Driver, InlineDriver, Late, ThreadDriver
from graphflow.errors import (
    CalculatorError,
    GraphCancelled,
    GraphflowError,
    GraphFull,
    TimestampError,
    UsageError,
)
from graphflow.outcome import Outcome
from graphflow.packet import Packet
from graphflow.plan import NO_LIMIT, NodePlan, Plan
from graphflow.runtime.elements import Stream
from graphflow.runtime.ledger import Ledger
from graphflow.runtime.scheduler import Scheduler
from graphflow.side_packets import side_packet_values
from graphflow.taps import TapCalculator, with_taps
from graphflow.watched import Watched

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


class Graph(Watched):
    """A graph that can be run, and run again: with the same observers, pollers and outcomes.

    As a context manager it closes its inputs on leaving, waits for the end of the run, and raises
    its error if nobody was told of it. If an exception leaves, it cancels the run::

        with Graph.load("graph.yaml") as graph:
            graph.start()
            graph.add_packet("in", value, timestamp)

    Attributes:
        plan: the validated graph.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
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

    @classmethod
    def from_dict(cls, config: Mapping[str, Any], *, overrides: Sequence[Override] = ()) -> Graph:
        """Load a graph made in code: dicts and lists with a graph file's keys.

        Raises:
            ConfigError: the graph is wrong; all faults are in it.
        """
        from graphflow.loading import plan_from_config

        return cls(plan_from_config(config, overrides=overrides))

    # ---- running ----------------------------------------------------------------------------

    def start(
        self,
        side_packets: Mapping[str, Any] | None = None,
        *,
        threads: int | None = None,
        late: Late | str = Late.RAISE,
    ) -> None:
        """Open the graph and begin to run it.

        Args:
            side_packets: values by name; those with a default may be left out.
            threads: workers of the default executor; None for what the graph says (by default as
                many as the machine has cores), INLINE (0) to run in the threads that feed it.
            late: what becomes of a packet whose time a graph input can't take any more: "raise" a
                TimestampError, "drop" it, or "bump" it to the next time that is free. The ledger
                counts what was dropped or bumped.

        Raises:
            UsageError: side packets are missing, unknown or of the wrong type.
            CalculatorError: a calculator could not be made.
        """
        choice = Late(late)

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

        self.start_with(make_driver, side_packets, late=choice)

    def start_with(
        self,
        make_driver: Callable[[Scheduler, Sequence[AnyCalculator]], Driver],
        side_packets: Mapping[str, Any] | None = None,
        *,
        late: Late = Late.RAISE,
    ) -> None:
        """Begin to run the graph with another driver than those of `start`.

        Raises:
            UsageError: side packets are missing, unknown or of the wrong type.
            CalculatorError: a calculator could not be made.
        """
        if self.is_running:
            raise UsageError("the graph is running; wait for it or cancel it first")
        values = side_packet_values(self.plan, side_packets or {})
        calculators = [_make(node) for node in self.plan.nodes]
        calculators += [TapCalculator(tap) for tap in self._taps]
        scheduler = Scheduler(with_taps(self.plan, self._taps), values)
        driver = make_driver(scheduler, calculators)
        self._scheduler, self._driver = scheduler, driver
        for mailbox in self._mailboxes:
            mailbox.begin()
        self._handover.begin(driver)
        for stream in scheduler.inputs.values():
            driver.set_late(stream, late)
        driver.start()

    def add_packet(
        self, stream: str, value: Any, timestamp: int | None = None, *, waits: bool = True
    ) -> None:
        """Add a packet to a graph input; waits while a queue downstream of it is full.

        Args:
            stream: the input's name.
            value: a payload, or a Packet (then `timestamp` stays away).
            timestamp: microseconds, at least the input's bound.
            waits: False to be refused instead of waiting.

        Raises:
            TimestampError: the time lies below the input's bound.
            GraphFull: a queue is full, and `waits` is False; nothing was added.
            UsageError: no such input, or the graph was not started.
            GraphflowError: the run has failed.
        """
        target, packet = self._input(stream), _stamped(stream, value, timestamp)
        driver, handover = self._running_driver, self._handover
        try:
            if not self._mailboxes:
                driver.add(target, packet, waits=waits)
                return
            with handover.waiting():
                driver.add(target, packet, waits=waits)
        except (TimestampError, GraphFull):
            raise
        except GraphflowError:
            handover.is_told = handover.is_over
            raise

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

    def process(
        self, inputs: Mapping[str, Any] | None = None, /, *, timestamp: int, **more: Any
    ) -> Outcome:
        """Feed one frame and wait for its outcome: one in, one out.

        A graph that was never started is started, with default side packets. One that is started
        otherwise needs `outcomes()` first. Graph inputs that get nothing are settled at this time.

        Args:
            inputs: payloads by graph input; names that can be written as keywords may be.
            timestamp: microseconds; rises from call to call.
            **more: payloads by graph input.

        Raises:
            TimestampError: the time lies below the bound of an input.
            UsageError: no such input; or the outcome can't come without later input.
            GraphflowError: the run has failed.
        """
        if self._driver is None:
            if self._find_outcomes(()) is None:
                self.outcomes(max_queue_size=NO_LIMIT)
            self.start()
        outcomes = self._outcomes_of(())
        with outcomes.asking(timestamp):
            self.feed_frame({**(inputs or {}), **more}, timestamp)
            outcome = outcomes.at_fed(timestamp)
        if outcome.error is not None:
            raise outcome.error
        return outcome

    def feed_frame(self, values: Mapping[str, Any], timestamp: int) -> None:
        """Add packets of one time, and settle the other graph inputs there.

        Raises:
            TimestampError: the time lies below the bound of an input.
            UsageError: no such input, or the graph was not started.
            GraphflowError: the run has failed.
        """
        for name in values:
            self._input(name)
        for index in self.plan.inputs:
            name = self.plan.streams[index].name
            if name in values:
                self.add_packet(name, values[name], timestamp)
            else:
                self.advance(name, time_of.next_allowed(timestamp))

    def outcome(
        self,
        timestamp: int,
        streams: Sequence[str] | None = None,
        timeout: float | None = None,
    ) -> Outcome:
        """Wait until a time is finished on all outputs, and return what they say about it.

        Each outcome is given once; ask for rising times, for older ones that nobody asks for are
        dropped. If the run fails first, the outcome has its error.

        Args:
            timestamp: microseconds; a time at which nothing came gives an empty outcome.
            streams: as they were given to `outcomes` before the start.
            timeout: seconds; None for as long as it takes.

        Raises:
            TimeoutError: it was not finished in time.
            UsageError: `outcomes` was not called for these streams; the outcome was given out
                before; or the graph runs in the calling thread, and nothing can come.
        """
        return self._outcomes_of(tuple(streams or ())).at(timestamp, timeout)

    def end_sources(self) -> None:
        """End every source after the call it is in; graph inputs stay open."""
        self._running_driver.end_sources()

    def wait_until_idle(self) -> None:
        """Wait until nothing runs and nothing can without more input."""
        with self._handover.waiting():
            self._running_driver.wait_until_idle()

    def wait_until_done(self) -> None:
        """Wait for the end of the run.

        Raises:
            CalculatorError: a calculator failed.
            SeveralErrors: several did.
            GraphStuck: all inputs are closed, and nodes wait for what never comes.
            GraphCancelled: the run was cancelled.
        """
        driver = self._running_driver
        try:
            with self._handover.waiting():
                driver.wait_until_done()
        finally:
            self._handover.is_told = self._handover.is_over

    def cancel(self) -> None:
        """End the run soon: nothing more is processed, every opened calculator is closed."""
        self._running_driver.cancel(GraphCancelled("the run was cancelled"))
        self._handover.wake()

    def reset(self) -> None:
        """Forget the run, and end it first if it is not over. Observers and pollers stay."""
        if self.is_running:
            self.cancel()
            with suppress(GraphflowError):
                self.wait_until_done()
        self._driver = self._scheduler = None
        self._handover.begin(None)
        for mailbox in self._mailboxes:
            mailbox.begin()

    def __enter__(self) -> Graph:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._driver is None:
            return
        if error is None and not self._handover.is_told:
            self.close_inputs()
            self.wait_until_done()
            return
        self.cancel()
        with suppress(GraphflowError):
            self.wait_until_done()

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

    @property
    def skipped_errors(self) -> tuple[CalculatorError, ...]:
        """The newest failures of nodes that skip a time at which they fail (`on_error: skip`)."""
        return () if self._scheduler is None else tuple(self._scheduler.skipped_errors)

    def ledger(self) -> Ledger:
        """Say what became of every packet of the run: consumed, dropped, discarded or queued.

        Raises:
            UsageError: the graph was not started, or is still running.
        """
        if self._scheduler is None or not self.has_run:
            raise UsageError("the ledger is there when a run has ended")
        return self._scheduler.ledger()

    @property
    def has_run(self) -> bool:
        """Whether a run has ended, well or not."""
        return self._scheduler is not None and not self.is_running

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
