"""TimedDriver: lets happen what comes next on a virtual clock.

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
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from graphflow.driver import Driver
from graphflow.driver.base import refusal
from graphflow.nodes.calculator import AnyCalculator
from graphflow.running.clock import VirtualClock
from graphflow.running.taps import TapCalculator
from graphflow.runtime.elements import Invocation, Step, Stream
from graphflow.runtime.invariants import check
from graphflow.runtime.scheduler import Scheduler
from graphflow.testing.simulation import MAX_EVENTS, Call, SimulationFault
from graphflow.words import timestamp as time_of
from graphflow.words.errors import GraphflowError, UsageError
from graphflow.words.packet import Packet

Duration = int | Callable[[int], int]
"""How long a call of `process` takes, in microseconds; or that by its timestamp."""


@dataclass(frozen=True)
class TimedCall(Call):
    """A call, and from when to when it ran, in virtual microseconds."""

    begin_us: int
    end_us: int


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
