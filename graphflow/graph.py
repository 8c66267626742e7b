"""Graph: load a config, start it, feed it, watch it, wait for it."""

from __future__ import annotations

import os
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from graphflow.driver import Late, ThreadDriver
from graphflow.plan import NO_LIMIT
from graphflow.running.executors import INLINE, MakeDriver, driver_maker
from graphflow.running.outcome import Outcome
from graphflow.running.run import LateChoice, NodeTime, Run
from graphflow.running.watched import Watched
from graphflow.words import timestamp as time_of
from graphflow.words.errors import (
    GraphCancelled,
    GraphflowError,
    GraphFull,
    PayloadError,
    TimestampError,
    UsageError,
)
from graphflow.words.packet import Packet
from graphflow.words.uncollected import uncollected

if TYPE_CHECKING:
    from graphflow.loading import Override
    from graphflow.trace import Tracer

    TraceChoice = Tracer | str | os.PathLike[str] | None

__all__ = ["INLINE", "Graph", "NodeTime"]


class Graph(Watched):
    """A graph that can be run, and run again: with the same observers, pollers and outcomes.

    As a context manager it closes its inputs on leaving, resumes the run if it is paused, waits for
    its end, and raises its error if nobody was told of it. If an exception leaves, it cancels the
    run::

        with Graph.load("graph.yaml") as graph:
            graph.start()
            graph.add_packet("in", value, timestamp)

    Attributes:
        plan: the validated graph.
        services: the objects behind the services, of this graph alone unless it was given them.
    """

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        overrides: Sequence[Override] = (),
        parameters: Mapping[str, Any] | None = None,
    ) -> Graph:
        """Load a graph from a YAML file, or a bundled graph by its name.

        Args:
            path: the file, or the name.
            overrides: single options to set.
            parameters: values of the graph's parameters, by name.

        Raises:
            ConfigError: the graph is wrong; all faults are in it, with their places.
        """
        with uncollected():
            from graphflow.loading import load_plan

            return cls(load_plan(Path(path), overrides=overrides, parameters=parameters))

    @classmethod
    def from_text(
        cls,
        text: str,
        *,
        overrides: Sequence[Override] = (),
        parameters: Mapping[str, Any] | None = None,
    ) -> Graph:
        """Load a graph from YAML text.

        Raises:
            ConfigError: the graph is wrong; all faults are in it, with their places.
        """
        with uncollected():
            from graphflow.loading import plan_from_text

            return cls(plan_from_text(text, overrides=overrides, parameters=parameters))

    @classmethod
    def from_dict(
        cls,
        config: Mapping[str, Any],
        *,
        overrides: Sequence[Override] = (),
        parameters: Mapping[str, Any] | None = None,
    ) -> Graph:
        """Load a graph made in code: dicts and lists with a graph file's keys.

        Raises:
            ConfigError: the graph is wrong; all faults are in it.
        """
        with uncollected():
            from graphflow.loading import plan_from_config

            return cls(plan_from_config(config, overrides=overrides, parameters=parameters))

    # ---- running ----------------------------------------------------------------------------

    def start(
        self,
        side_packets: Mapping[str, Any] | None = None,
        *,
        threads: int | None = None,
        late: LateChoice = Late.RAISE,
        headers: Mapping[str, Any] | None = None,
        records: bool = False,
        trace: TraceChoice = None,
    ) -> None:
        """Open the graph and begin to run it.

        Args:
            side_packets: values by name; those with a default may be left out.
            threads: workers of the default executor; None for what the graph says (by default as
                many as the machine has cores), INLINE (0) to run in the threads that feed it,
                whatever executors there are.
            late: what becomes of a packet whose time a graph input can't take any more: "raise" a
                TimestampError, "drop" it, or "bump" it to the next time that is free; a word for
                all graph inputs, or words by input. The ledger counts what was dropped or bumped.
            headers: by graph input, what calculators may read of the whole stream as they open.
            records: whether to keep the run's story, all of its scheduling without payloads, for
                `story`; this needs some memory and time for each call.
            trace: who is told who ran when, and what waited for what: a file to write a Chrome
                trace to, or a `graphflow.trace.Tracer`; None for nobody, which costs nothing.

        Raises:
            UsageError: no such graph input; or side packets are missing, unknown or of the wrong
                type; or services are missing, or an executor that the application is to give; or
                both a story and a trace are asked for.
            CalculatorError: a calculator could not be made.
            OSError: the trace can't be written.
        """
        self.start_with(
            driver_maker(threads, self._executors.by_name),
            side_packets,
            late=late,
            headers=headers,
            records=records,
            trace=trace,
        )

    def start_with(
        self,
        make_driver: MakeDriver,
        side_packets: Mapping[str, Any] | None = None,
        *,
        late: LateChoice = Late.RAISE,
        headers: Mapping[str, Any] | None = None,
        records: bool = False,
        trace: TraceChoice = None,
    ) -> None:
        """Begin to run the graph with another driver than those of `start`.

        Raises:
            UsageError: no such graph input; or side packets are missing, unknown or of the wrong
                type; or services are missing; or both a story and a trace are asked for.
            CalculatorError: a calculator could not be made.
            OSError: the trace can't be written.
        """
        if self.is_running:
            raise UsageError("the graph is running; wait for it or cancel it first")
        if records and trace is not None:
            raise UsageError("a run keeps its story or is traced, not both: ask for one of them")
        self._check_kept()
        services = self.services.for_run(self.plan)
        given = side_packets or {}
        run = Run(
            *(self.plan, self._watchers.taps, make_driver, given, services, self._kept),
            records=records,
            wraps=self._wraps,
            tracer=_tracer(trace),
        )
        run.prepare(late, headers or {})
        self._run = run
        if self._ending is not None:
            self._ending.detach()
        if isinstance(run.driver, ThreadDriver):
            self._ending = weakref.finalize(self, run.driver.abandon)
            self._ending.atexit = False
        self._watchers.begin()
        self._handover.begin(run.driver)
        run.start()

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
            PayloadError: the value is of another class than the readers of the input take.
            GraphFull: a queue is full, and `waits` is False; nothing was added.
            UsageError: no such input, or the graph was not started.
            GraphflowError: the run has failed.
        """
        target, packet = self.current_run.input(stream), _stamped(stream, value, timestamp)
        driver, handover = self.current_run.driver, self._handover
        try:
            if not self._watchers.mailboxes:
                driver.add(target, packet, waits=waits)
                return
            with handover.waiting():
                driver.add(target, packet, waits=waits)
        except (TimestampError, PayloadError, GraphFull):
            raise
        except GraphflowError:
            handover.is_told = handover.is_over
            raise

    def advance(self, stream: str, bound: int) -> None:
        """Promise that no packet below `bound` will come by a graph input any more."""
        self.current_run.driver.advance(self.current_run.input(stream), int(bound))

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
        if self._run is None:
            if self._watchers.find_outcomes(()) is None:
                self.outcomes(max_queue_size=NO_LIMIT)
            self.start()
        outcomes = self._watchers.outcomes_of(())
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
            self.current_run.input(name)
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
        return self._watchers.outcomes_of(tuple(streams or ())).at(timestamp, timeout)

    def end_sources(self) -> None:
        """End every source after the call it is in; graph inputs stay open."""
        self.current_run.driver.end_sources()

    def wait_until_idle(self) -> None:
        """Wait until nothing runs and nothing can without more input.

        Raises:
            GraphflowError: the run has failed, or was cancelled.
        """
        run = self.current_run
        with self._handover.waiting():
            run.driver.wait_until_idle()
        run.let_go()
        if run.is_over:
            self._handover.is_told = True
            run.driver.raise_outcome()

    def wait_until_done(self) -> None:
        """Wait for the end of the run.

        Raises:
            CalculatorError: a calculator failed.
            SeveralErrors: several did.
            GraphStuck: all inputs are closed, and nodes wait for what never comes.
            GraphCancelled: the run was cancelled.
        """
        run = self.current_run
        try:
            with self._handover.waiting():
                run.driver.wait_until_done()
        finally:
            self._handover.is_told = self._handover.is_over
            run.end_trace()

    def cancel(self) -> None:
        """End the run soon: nothing more is processed, every opened calculator is closed."""
        self.current_run.driver.cancel(GraphCancelled("the run was cancelled"))

    def pause(self) -> None:
        """Let no call begin until `resume`: calls under way return, and packets may be added.

        Whoever waits for the graph waits until it is resumed, or cancelled. Ignored when the run
        is over.
        """
        self.current_run.driver.pause()

    def resume(self) -> None:
        """Go on after `pause`."""
        self.current_run.driver.resume()

    def reset(self) -> None:
        """Forget the run, and end it first if it is not over; for the next clip.

        Observers and pollers stay, and what is kept between runs: services, and side packets of
        nodes without streams. So no model is loaded again.
        """
        if self.is_running:
            self.cancel()
            with suppress(GraphflowError):
                self.wait_until_done()
        self._check_kept()
        self._run = None
        self._handover.begin(None)
        self._watchers.begin()

    def __enter__(self) -> Graph:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._run is None:
            return
        if error is None and not self._handover.is_told:
            self.resume()
            self.close_inputs()
            self.wait_until_done()
            return
        self.cancel()
        with suppress(GraphflowError):
            self.wait_until_done()

    def run(
        self,
        side_packets: Mapping[str, Any] | None = None,
        *,
        threads: int | None = None,
        trace: TraceChoice = None,
    ) -> None:
        """Start, close all graph inputs, and wait for the end: for graphs that feed themselves."""
        self.start(side_packets, threads=threads, trace=trace)
        self.close_inputs()
        self.wait_until_done()


def _tracer(trace: TraceChoice) -> Tracer | None:
    if not isinstance(trace, str | os.PathLike):
        return trace
    from graphflow.trace import Tracer  # few runs are traced

    return Tracer(trace)


def _stamped(stream: str, value: Any, timestamp: int | None) -> Packet:
    """Make the packet; its time becomes a plain integer, which is what the engine computes with."""
    if isinstance(value, Packet):
        if type(value.timestamp) is int:
            return value
        value, timestamp = value.value, value.timestamp
    if timestamp is None:
        raise UsageError(f'a packet for "{stream}" needs a timestamp in microseconds')
    return Packet(value, int(timestamp))
