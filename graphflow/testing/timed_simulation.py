"""Timed simulation: run a graph on a virtual clock, where calls take as long as a test says.

What a flow limiter drops, or how late a result is, depends on how long the calls take. Here they
take the time that the test gives their nodes, and what they sleep on the graph's clock; nothing
really waits, everything runs in one thread, and each run is the same::

    run = simulate_timed(
        graph, [(0, "image", first), (10_000, "image", second)], durations={"detect": 22_000})
    assert run.seen_us["detections"] == [22_000, 44_000]

Theory of operation
===================

What a call emits is seen when it returns, and not before. So user code is run whole when its call
begins, with the clock put to that time; what it slept is the call's own, and its end is put on the
agenda at begin + slept + duration. The agenda holds what is fed and the ends of calls, and is
worked off in order of virtual time. What falls on the same time comes in the order in which it was
put there: everything that is fed first, then calls in the order in which they began. After each
event every call begins that can: while its executor has a thread free.

Calls that overlap and touch the same things besides their packets see them in the order in which
they began. The machine knows nothing of all this: to it, time is the order of reports.
"""

from __future__ import annotations

import heapq
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphflow.driver import Driver
from graphflow.driver.base import refusal
from graphflow.graph import Graph
from graphflow.nodes.calculator import AnyCalculator
from graphflow.plan import ExecutorKind, ExecutorPlan, Plan
from graphflow.running.clock import CLOCK, VirtualClock
from graphflow.running.kept_side_packets import KeptSidePackets
from graphflow.running.run import Run
from graphflow.running.taps import Tap, TapCalculator, observer_tap
from graphflow.runtime.elements import Invocation, Step, Stream
from graphflow.runtime.invariants import check
from graphflow.runtime.ledger import Ledger
from graphflow.runtime.scheduler import Scheduler
from graphflow.testing.simulation import MAX_EVENTS, Call, SimulationFault
from graphflow.words import timestamp as time_of
from graphflow.words.diagnostics import suggestion
from graphflow.words.errors import GraphflowError, UsageError
from graphflow.words.packet import Packet

TimedFeed = tuple[int, str, Packet | int]
"""What is fed when: virtual microseconds, a graph input, and a packet or a bound."""

Listener = Callable[[Packet, int], None]
"""Takes a packet and when it was there, in virtual microseconds."""

Duration = int | Callable[[int], int]
"""How long a call of `process` takes, in microseconds; or that by its timestamp."""


@dataclass(frozen=True)
class TimedCall(Call):
    """A call, and from when to when it ran, in virtual microseconds."""

    begin_us: int
    end_us: int


@dataclass(frozen=True)
class TimedRun:
    """What came of a timed run.

    Attributes:
        packets: what the observed streams carried.
        seen_us: when each of those packets was there, in virtual microseconds.
        error: what the run failed with; None if it did not.
        calls: in the order in which they began, without those of observers; the last ones alone,
            if no more were to be kept.
        call_counts: how often `process` was called, by node.
        end_us: when everything was closed.
        side_packets: given and made.
        ledger: what became of every packet.
    """

    packets: dict[str, list[Packet]]
    seen_us: dict[str, list[int]]
    error: GraphflowError | None
    calls: tuple[TimedCall, ...]
    end_us: int
    side_packets: Mapping[str, Any] = field(default_factory=dict)
    call_counts: Mapping[str, int] = field(default_factory=dict)
    ledger: Ledger = field(default=Ledger((), {}, {}))

    def values(self, stream: str) -> list[Any]:
        """Return the payloads that a stream carried."""
        return [packet.value for packet in self.packets[stream]]

    def timestamps(self, stream: str) -> list[int]:
        """Return the times of the packets that a stream carried."""
        return [packet.timestamp for packet in self.packets[stream]]

    def begins_us(self, *nodes: str) -> list[int]:
        """Return when `process` was called, of the nodes named, or of all, in order."""
        return [
            call.begin_us
            for call in self.calls
            if call.step == "process" and (not nodes or call.node in nodes)
        ]


class TimedDriver(Driver):
    """Lets happen what comes next on a virtual clock.

    Args:
        scheduler: the machine.
        calculators: one for each node.
        clock: is put to the time of each event.
        durations: how long `process` takes, by node.
        threads: calls of each pool that may overlap.
        checks: whether the machine's invariants are asserted after each event, which takes longer
            than the machine itself.
        max_events: what does not end after so many is taken to run for ever.
        calls_kept: how many of the last calls are remembered; None for all.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        calculators: Sequence[AnyCalculator],
        *,
        clock: VirtualClock,
        durations: Mapping[str, Duration],
        threads: Sequence[int],
        checks: bool = True,
        max_events: int = MAX_EVENTS,
        calls_kept: int | None = None,
    ) -> None:
        super().__init__(scheduler, calculators)
        self._checks = checks
        self._max_events = max_events
        self.calls: deque[TimedCall] = deque(maxlen=calls_kept)
        self.call_counts: Counter[str] = Counter()
        self._clock = clock
        self._durations = durations
        self._free = list(threads)
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._put = 0
        self._held: deque[tuple[Stream, Packet | int]] = deque()
        self._interrupt: BaseException | None = None
        self._is_inside = False

    def start(self) -> None:
        """Get ready; nodes are opened when the run goes on."""

    def feed_at(self, at_us: int, stream: Stream, fed: Packet | int) -> None:
        """Feed a packet, or raise a bound, at a virtual time; later if queues are full then."""
        self._at(at_us, lambda: self._held.append((stream, fed)))

    def add(self, stream: Stream, packet: Packet, *, waits: bool = True) -> None:
        """Add a packet to a graph input now, behind what waits for room."""
        if not waits and (self._held or stream.throttled):
            raise refusal(stream)
        self._go_on_with(lambda: self._held.append((stream, packet)))

    def end_sources(self) -> None:
        """End all sources; graph inputs stay open."""
        self._go_on_with(self.scheduler.end_sources)

    def advance(self, stream: Stream, bound: int) -> None:
        """Raise a graph input's bound now."""
        self._go_on_with(lambda: self._held.append((stream, bound)))

    def cancel(self, error: GraphflowError) -> None:
        """End the run: what is in flight still returns, opened calculators are closed."""
        self._go_on_with(lambda: self.scheduler.cancel(error))

    def pause(self) -> None:
        """Let no call begin until `resume`; those under way return."""
        self._go_on_with(self.scheduler.pause)

    def resume(self) -> None:
        """Go on after `pause`."""
        self._go_on_with(self.scheduler.resume)

    def wait_until_idle(self) -> None:
        """Let happen all that is to come."""
        if self._is_inside:
            return
        self._begin_what_can()
        for _ in range(self._max_events):
            if not self._agenda:
                break
            at_us, _, event = heapq.heappop(self._agenda)
            self._clock.move_to(max(at_us, self._clock.now_us))
            event()
            self._begin_what_can()
            if self._checks:
                self._check()
        else:
            raise self._fault(f"no end after {self._max_events} events")
        if self._interrupt is not None:
            raise self._interrupt

    def wait_until_done(self) -> None:
        """Let happen all that is to come, and raise what went wrong.

        Raises:
            UsageError: there is no end, since graph inputs are open.
            GraphflowError: the run failed.
        """
        self.wait_until_idle()
        if not self.scheduler.is_done:
            raise UsageError("the run can't end: close the graph inputs first, or resume it")
        self.raise_outcome()

    def _go_on_with(self, event: Callable[[], None]) -> None:
        """Let something happen now; user code inside a call only puts it on the agenda."""
        self._at(self._clock.now_us, event)

    def _at(self, at_us: int, event: Callable[[], None]) -> None:
        self._put += 1
        heapq.heappush(self._agenda, (at_us, self._put, event))

    def _begin_what_can(self) -> None:
        self._take_all()
        while self._feed_next():
            self._take_all()

    def _take_all(self) -> None:
        """Begin calls until no executor has both a free thread and something to do."""
        goes_on = True
        while goes_on:
            goes_on = False
            for pool in self.scheduler.pools:
                while self._free[pool.index]:
                    invocation = self.scheduler.take(pool)
                    if invocation is None:
                        break
                    goes_on = True
                    self._begin(invocation)

    def _feed_next(self) -> bool:
        """Feed what is due; False if there is nothing, or it waits for room."""
        if self.scheduler.has_failed:
            self._held.clear()
        if not self._held:
            return False
        stream, fed = self._held[0]
        if not isinstance(fed, Packet):
            self.scheduler.advance(stream, fed)
        else:
            admitted = self._admit(stream, fed, stream.bound)
            if admitted is not None:
                if stream.throttled:
                    self.scheduler.await_space(stream)
                    self._take_all()  # where nothing else can run, full queues grow
                if stream.throttled:
                    return False
                self.scheduler.add(stream, admitted)
        self._held.popleft()
        return True

    def _begin(self, invocation: Invocation) -> None:
        node, clock = invocation.node, self._clock
        name, step, timestamp = node.plan.name, invocation.step, invocation.timestamp
        begin_us = clock.now_us
        self._free[node.pool.index] -= 1
        self._is_inside = True
        error = self._perform(invocation)
        self._is_inside = False
        end_us = clock.now_us
        if step is Step.PROCESS and name in self._durations:
            duration = self._durations[name]
            end_us += duration if isinstance(duration, int) else duration(timestamp)
        clock.move_to(begin_us)
        if node.plan.calculator is not TapCalculator:
            self.calls.append(TimedCall(name, step.value, timestamp, begin_us, end_us))
            self.call_counts[name] += step is Step.PROCESS
        self._at(end_us, lambda: self._end(invocation, error))

    def _end(self, invocation: Invocation, error: BaseException | None) -> None:
        self._free[invocation.node.pool.index] += 1
        if error is None:
            self.scheduler.finish(invocation)
            return
        if not isinstance(error, Exception):
            self._interrupt = error
        self.scheduler.fail(invocation, error)

    def _check(self) -> None:
        try:
            check(self.scheduler)
        except AssertionError as error:
            raise self._fault(f"broken invariant: {error}") from error

    def _fault(self, message: str) -> SimulationFault:
        calls = [
            f"{call.begin_us} µs: {call.node} {call.step} {time_of.text(call.timestamp)}"
            for call in list(self.calls)[-100:]
        ]
        return SimulationFault(message, 0, calls)


def simulate_timed(
    graph: Graph,
    feeds: Iterable[TimedFeed] = (),
    *,
    durations: Mapping[str, Duration] | None = None,
    workers: int | None = None,
    side_packets: Mapping[str, Any] | None = None,
    observe: Sequence[str] | None = None,
    listeners: Mapping[str, Listener] | None = None,
    clock: VirtualClock | None = None,
    checks: bool = True,
    max_events: int = MAX_EVENTS,
    calls_kept: int | None = None,
) -> TimedRun:
    """Run a graph once, on a virtual clock, with calls that take as long as you say.

    Args:
        graph: the graph; it is not changed, and its own observers are not called.
        feeds: virtual microseconds, graph input, and packet (or bound); of the same time, in this
            order. Where queues are full, a feed waits, and those after it. All inputs are closed
            after the last one.
        durations: how long each call of `process` takes, by node, in microseconds, or as a
            function of its timestamp; 0 for nodes that are not named. What a calculator sleeps on
            the service `CLOCK` is added.
        workers: threads of the executors that don't say how many they have; by default as many
            as they can use.
        side_packets: values by name.
        observe: names of streams to observe; by default the graph's declared outputs.
        listeners: by stream, who is called with each packet and its virtual time, in place of
            keeping it: for runs whose packets don't fit into memory.
        clock: its time is the begin of the run; by default one that stands at 0.
        checks: whether the machine is checked after each event; without, a run of a large graph
            takes a third of the time.
        max_events: what does not end after so many is taken to run for ever.
        calls_kept: how many of the last calls are remembered; None for all.

    Raises:
        UsageError: side packets, feeds or the names of nodes don't fit the graph.
        TimestampError: a packet comes too late for its graph input.
        SimulationFault: the run does not end.
    """
    plan, clock = graph.plan, clock or VirtualClock()
    durations = durations or {}
    _check_nodes(plan, durations)
    names = [plan.streams[index].name for index in plan.outputs] if observe is None else observe
    packets: dict[str, list[Packet]] = {name: [] for name in names}
    seen_us: dict[str, list[int]] = {name: [] for name in names}
    drivers: list[TimedDriver] = []

    def make_driver(scheduler: Scheduler, calculators: Sequence[AnyCalculator]) -> Driver:
        threads = [_threads(each, workers) for each in scheduler.plan.executors]
        made = TimedDriver(
            scheduler,
            calculators,
            clock=clock,
            durations=durations,
            threads=threads,
            checks=checks,
            max_events=max_events,
            calls_kept=calls_kept,
        )
        drivers.append(made)
        return made

    taps = [_tap(plan, name, _keeper(packets[name], seen_us[name]), clock) for name in names]
    taps += [_tap(plan, name, listen, clock) for name, listen in (listeners or {}).items()]
    services = {**graph.services.for_run(plan), CLOCK: clock}
    run = Run(plan, taps, make_driver, side_packets or {}, services, KeptSidePackets())
    driver = drivers[0]
    run.start()
    last_us = clock.now_us
    for at_us, name, fed in feeds:
        driver.feed_at(at_us, run.input(name), fed)
        last_us = max(last_us, at_us)
    for stream in run.scheduler.inputs.values():
        driver.feed_at(last_us, stream, time_of.DONE)
    error = _outcome(driver)
    run.end_trace()
    return TimedRun(
        packets=packets,
        seen_us=seen_us,
        error=error,
        calls=tuple(driver.calls),
        end_us=clock.now_us,
        side_packets=dict(run.scheduler.side_packets),
        call_counts=dict(driver.call_counts),
        ledger=run.scheduler.ledger(),
    )


def _outcome(driver: TimedDriver) -> GraphflowError | None:
    try:
        driver.wait_until_done()
    except GraphflowError as error:
        if isinstance(error, SimulationFault) or not driver.scheduler.has_failed:
            raise
        return error
    return None


def _keeper(packets: list[Packet], seen_us: list[int]) -> Listener:
    def keep(packet: Packet, now_us: int) -> None:
        packets.append(packet)
        seen_us.append(now_us)

    return keep


def _tap(plan: Plan, name: str, listen: Listener, clock: VirtualClock) -> Tap:
    """Watch a stream with a worker of its own, so that it is seen at once."""
    indexes = {each.name: index for index, each in enumerate(plan.streams)}
    if name not in indexes:
        hint = suggestion(name, indexes)
        raise UsageError(f'no stream "{name}" to observe' + (f"; {hint}" if hint else ""))

    def see(packet: Packet) -> None:
        listen(packet, clock.now_us)

    return replace(observer_tap(plan, indexes[name], see, False), may_wait=True)


def _check_nodes(plan: Plan, durations: Mapping[str, Duration]) -> None:
    known = [node.name for node in plan.nodes]
    for name in durations:
        if name not in known:
            hint = suggestion(name, known)
            raise UsageError(f'no node "{name}" to take time' + (f"; {hint}" if hint else ""))


def _threads(executor: ExecutorPlan, workers: int | None) -> int:
    if executor.kind is ExecutorKind.APPLICATION_THREAD:
        return 1
    return executor.num_threads or workers or sys.maxsize
