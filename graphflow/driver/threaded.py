"""The driver with worker threads: what the application's threads ask of it.

The machine is shared by combining (`graphflow.driver.combining` has the theory), and worked for by
`graphflow.driver.turns`. A packet is fed only when the one before it was brought in and left its
queues room: so queue limits are kept to the packet. A bad timestamp raises in the caller, judged
by a bound that the caller's side of the input owns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic

from graphflow.driver.base import Driver, T, refusal
from graphflow.driver.bells import Waiter
from graphflow.driver.combining import SharedMachine
from graphflow.driver.feed import Feed
from graphflow.driver.turns import Turns
from graphflow.driver.workers import OwnThreads, Workers
from graphflow.nodes.calculator import AnyCalculator
from graphflow.runtime.elements import Stream
from graphflow.runtime.scheduler import Scheduler
from graphflow.words import timestamp as time_of
from graphflow.words.errors import GraphCancelled, GraphflowError, UsageError
from graphflow.words.packet import Packet


class ThreadDriver(Driver):
    """Runs the graph on worker threads.

    Args:
        scheduler: the machine.
        calculators: one for each node.
        workers: for each pool, whose threads do its work; a number for so many of its own.
    """

    has_threads = True

    def __init__(
        self,
        scheduler: Scheduler,
        calculators: Sequence[AnyCalculator],
        workers: Sequence[Workers | int],
    ) -> None:
        super().__init__(scheduler, calculators)
        self._shared = SharedMachine(scheduler, self._break)
        self._turns = Turns(self._shared, self._perform, self._note_setup)
        self._feeds = {stream: Feed(stream) for stream in scheduler.inputs.values()}
        for pool, wanted in zip(scheduler.pools, workers, strict=True):
            whose = OwnThreads(wanted) if isinstance(wanted, int) else wanted
            self._turns.add_workers(pool, whose)

    @property
    def has_waiting_workers(self) -> bool:
        """Whether a pool's work is done by application threads while they wait."""
        return self._turns.has_waiting_workers

    def start(self) -> None:
        """Start the workers; they open the graph."""
        self._turns.start()
        self._shared.look_again()

    def when_news(self, listener: Callable[[], None]) -> None:
        """Call `listener`, without the key, whenever the run became idle, failed, or ended."""
        self._shared.when_news(listener)

    # ---- packets ------------------------------------------------------------------------------

    def add(self, stream: Stream, packet: Packet, *, waits: bool = True) -> None:
        """Add a packet to a graph input; wait while a queue downstream of it is full.

        User code inside the run that feeds an input does not wait, for it would wait for itself.
        """
        feed = self._feeds[stream]
        while not self._post(feed, packet, waits=waits):
            self._wait_for_room(feed, waits=waits)
        self._shared.look_around()

    def _post(self, feed: Feed, packet: Packet, *, waits: bool) -> bool:
        """Report a packet, unless it is to be dropped; False if there is no room yet."""
        with feed.lock:
            admitted = self._admit(feed.stream, packet, feed.bound)
            if admitted is None:
                return True
            if not feed.has_room() and not (waits and self._turns.is_inside):
                return False
            feed.bound = time_of.next_allowed(admitted.timestamp)
            feed.posted += 1
            self._shared.reports.append((self._add, feed, admitted))
            return True

    def _add(self, feed: Feed, packet: Packet) -> None:
        """With the key: bring a packet in."""
        self.scheduler.add(feed.stream, packet)
        feed.absorbed += 1  # last, for its feeder looks at it without the key

    def _wait_for_room(self, feed: Feed, *, waits: bool) -> None:
        """Wait until there is room; or, if the caller does not wait, until that can be told."""
        stream = feed.stream
        self._shared.report(self.scheduler.await_space, stream)
        if waits:
            self.wait_for(feed.has_room)
            return
        self.wait_for(lambda: feed.posted == feed.absorbed)
        if stream.throttled and not self.scheduler.has_failed:
            self._shared.report(self.scheduler.forgo_space, stream)
            raise refusal(stream)

    def advance(self, stream: Stream, bound: int) -> None:
        """Raise a graph input's bound; DONE closes it."""
        feed = self._feeds[stream]
        with feed.lock:
            feed.bound = min(max(feed.bound, bound), time_of.DONE)
            self._shared.reports.append((self.scheduler.advance, stream, bound))
        self._shared.look_around()

    # ---- the run as a whole ---------------------------------------------------------------------

    def end_sources(self) -> None:
        """End all sources as if each had stopped; graph inputs stay open."""
        self._shared.report(self.scheduler.end_sources)

    def cancel(self, error: GraphflowError) -> None:
        """End the run: running calls return, opened calculators are closed."""
        self._shared.report(self.scheduler.cancel, error)

    def abandon(self) -> None:
        """The graph was dropped without an end: cancel the run, so that its threads end.

        Called from any thread, at any moment, also while that thread changes the machine.
        """
        self.cancel(GraphCancelled("the graph was dropped while it ran"))

    def pause(self) -> None:
        """Let no call begin until `resume`; those under way return. Ignored after the end."""
        self._shared.ask(Scheduler.pause)

    def resume(self) -> None:
        """Go on after `pause`."""
        self._shared.report(self.scheduler.resume)

    def look(self, question: Callable[[Scheduler], T]) -> T:
        """Ask the machine something between two reports; nothing may be changed."""
        return self._shared.ask(question)

    # ---- waiting ------------------------------------------------------------------------------

    def wait_until_idle(self) -> None:
        """Wait until nothing runs and nothing is ready, or the run is over.

        Raises:
            UsageError: called by user code inside the run.
        """
        self._refuse_inside()
        self.wait_for(lambda: self.scheduler.is_idle and not self._shared.reports)

    def wait_until_done(self) -> None:
        """Wait for the end of the run and raise what went wrong.

        Raises:
            UsageError: called by user code inside the run.
            GraphflowError: the run failed.
        """
        self._refuse_inside()
        shared = self._shared
        if self.has_waiting_workers:
            self.wait_for(lambda: shared.is_over, waits_for_end=True)
        shared.look_again()  # an interrupt may have kept this thread from it before
        shared.over.wait()
        self._turns.join()
        if self._crash is not None:
            self._close_opened()
        self.raise_outcome()

    def wait_for(
        self,
        condition: Callable[[], bool],
        *,
        timeout_seconds: float | None = None,
        waits_for_end: bool = False,
    ) -> None:
        """Sleep until a condition holds or the run is over; work meanwhile where that is due.

        Args:
            condition: that a graph input has room, or the graph is idle; or, if there are waiting
                workers, anything. It is judged by any thread, with the key.
            timeout_seconds: how long to sleep at most; None for as long as it takes.
            waits_for_end: a failed run is waited for until everything is closed.
        """
        end = None if timeout_seconds is None else monotonic() + timeout_seconds
        waiter = Waiter(condition, waits_for_end=waits_for_end)
        waiting = self._shared.waiting
        waiting.append(waiter)
        try:
            self._shared.look_again()  # whoever has the key, now or next, judges the condition
            while not waiter.is_free:
                if self._turns.offers:
                    self._turns.work_for(waiter)
                elif not waiter.sleep(-1 if end is None else max(0.0, end - monotonic())):
                    break
        finally:
            with suppress(ValueError):  # whoever let it go has removed it
                waiting.remove(waiter)

    def _refuse_inside(self) -> None:
        if self._turns.is_inside:
            raise UsageError("user code inside a run can't wait for the run")


ThreadDriver.performers = (*Driver.performers, Turns._work_until_dry.__code__)
