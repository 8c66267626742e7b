"""The machine of a traced run: a scheduler that notes what it does, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from threading import get_ident
from typing import Any, Final

from graphflow.nodes.context import Context
from graphflow.plan import Plan
from graphflow.runtime.elements import Invocation, Node, Pool, Step, Stream
from graphflow.runtime.ledger import SKIPPED
from graphflow.runtime.run_state import Phase
from graphflow.runtime.scheduler import Scheduler
from graphflow.trace.events import Lost, Moment
from graphflow.trace.losses import LossNotes
from graphflow.trace.notes import (
    NOTHING,
    Added,
    Broken,
    Looked,
    Note,
    Outputs,
    Ready,
    Returned,
    Taken,
)
from graphflow.trace.reading import NoteReader
from graphflow.trace.tracer import BATCH, LATE_BATCH, Tracer, TraceSink
from graphflow.words.errors import GraphflowError
from graphflow.words.packet import Packet

Call = Callable[[Context], None]

PROCESS = Step.PROCESS

_NOT_BEGUN: Final = -1

_make = tuple.__new__  # Half the price of calling a NamedTuple.


class _Flight:
    """What is noted of an invocation until its call is reported.

    Attributes:
        place: its number.
        outputs: its ports, with the indexes of their streams.
        is_plain: what it is given follows from what came in.
        feeds_own_rules: nodes read it of which that does not hold.
        others: all bits of a pool's ready number but its node's.
    """

    __slots__ = (
        "began_ns",
        "ended_ns",
        "feeds_own_rules",
        "is_plain",
        "others",
        "outputs",
        "place",
        "thread",
    )

    def __init__(
        self, invocation: Invocation, place: int, streams: dict[Stream, int], *, is_plain: bool
    ) -> None:
        self.place = place
        self.outputs = tuple(
            (output, streams[stream])
            for output, stream in zip(invocation.shards, invocation.node.outputs, strict=True)
        )
        self.is_plain = is_plain
        self.feeds_own_rules = any(
            not _is_plain(queue.node)
            for stream in invocation.node.outputs
            for queue in stream.queues
        )
        self.others = ~(invocation.node.bit | invocation.node.open_bit)
        self.thread = self.began_ns = self.ended_ns = 0


class TracingScheduler(Scheduler):
    """A scheduler that notes for a tracer who was ready, taken and reported, and what was lost.

    It answers as a plain one does; only what it notes needs a clock.
    """

    def __init__(
        self,
        plan: Plan,
        side_packets: dict[str, Any],
        tracer: Tracer,
        guests: Sequence[TraceSink] = (),
    ) -> None:
        super().__init__(plan, side_packets)
        self._tracer = tracer
        self._guests = guests
        self._clock = tracer.clock
        self._note: Callable[[Note], None] = tracer.notes.append
        self._seen = [0] * len(self.pools)
        self._stream_index = {stream: index for index, stream in enumerate(self.streams)}
        invocations = [each for node in self.nodes for each in node.idle]
        self._flights = {
            each: _Flight(each, place, self._stream_index, is_plain=_is_plain(each.node))
            for place, each in enumerate(invocations)
        }
        self._own_rule = {
            index: tuple(queue.node for queue in stream.queues if not _is_plain(queue.node))
            for stream, index in self._stream_index.items()
        }
        self._losses = LossNotes(self.inputs.values(), self._stream_index, self._note)
        self._numbers: dict[Invocation, int] = {}
        self._unreleased: dict[Invocation, int] = {}
        self._count = 0
        self._finish_untold, self._take_untold = super().finish, super().take
        self._finish_and_take_untold = super().finish_and_take
        self._is_failure_told = False

    def begin(self) -> None:
        """Begin the trace, and put a watch around every call; once the driver has bound them.

        Raises:
            OSError: a file of the trace can't be written.
        """
        places = [invocation.node.index for invocation in self._flights]
        reader = NoteReader(self, places, [not _is_plain(node) for node in self.nodes])
        self._tracer.begin(self.plan, reader, self._guests)
        for invocation in self._flights:
            invocation.wrap(partial(self._timed, invocation))
        self._look_at_ready(self._clock())

    def use_courier(self) -> None:
        """Let a thread make events of the notes, beside those that work."""
        self._tracer.use_courier()

    def end_trace(self) -> None:
        """End the trace of a run that is over, or broken."""
        now_ns = self._clock()
        self._losses.look_at_inputs(now_ns)
        self._tracer.end()

    # ---- reports -----------------------------------------------------------------------------

    def add(self, stream: Stream, packet: Packet) -> None:
        """Add a packet, and note when it came."""
        super().add(stream, packet)
        now_ns = self._clock()
        if not self.has_failed:
            index = self._stream_index[stream]
            self._note(Added(now_ns, index, packet.timestamp))
            self._look_at_readers(index, now_ns)
        self._losses.look_at_input(stream, now_ns)
        self._after_report(now_ns)

    def advance(self, stream: Stream, bound: int) -> None:
        """Raise a bound, and note who became ready by that."""
        super().advance(stream, bound)
        self._after_report(self._clock())

    def end_sources(self) -> None:
        """End all sources, and note who became ready by that."""
        super().end_sources()
        self._after_report(self._clock())

    def finish(self, invocation: Invocation) -> None:
        """Release a call, and note it and what it emitted."""
        flight = self._flights[invocation]
        is_last = invocation.step is Step.CLOSE
        outputs = () if self.has_failed else self._emitted(flight)
        self._losses.look_at_told(invocation, flight.ended_ns)
        self._finish_untold(invocation)
        now_ns = self._note_return(invocation, flight, outputs, has_failed=False)
        if is_last:
            self._losses.look_at_queues(invocation.node, now_ns)
        self._after_report(now_ns)

    def fail(self, invocation: Invocation, cause: BaseException) -> None:
        """Drop a call, and note it."""
        node, flight = invocation.node, self._flights[invocation]
        skipped = node.skipped
        super().fail(invocation, cause)
        now_ns = self._note_return(invocation, flight, (), has_failed=True)
        if node.skipped > skipped:
            self._note(Lost(now_ns, node.index, -1, -1, SKIPPED, 1))
        self._after_report(now_ns)

    def cancel(self, error: GraphflowError) -> None:
        """End the run, and note that."""
        super().cancel(error)
        self._after_report(self._clock())

    def pause(self) -> None:
        """Offer nothing for a while, and note that."""
        was_paused = self.is_paused
        super().pause()
        if self.is_paused and not was_paused:
            self._note(Moment(self._clock(), "paused"))

    def resume(self) -> None:
        """Go on, and note that."""
        was_paused = self.is_paused
        super().resume()
        if was_paused and not self.is_paused:
            self._note(Moment(self._clock(), "resumed"))

    # ---- the question --------------------------------------------------------------------------

    def take(self, pool: Pool) -> Invocation | None:
        """Take an invocation, and note what it was given."""
        invocation = self._take_untold(pool)
        now_ns = self._clock()
        if invocation is None:
            self._after_report(now_ns)
            return None
        flight = self._flights[invocation]
        if flight.is_plain and invocation.step is PROCESS:
            self._note((now_ns, NOTHING, 0, 0, 0, (), flight.place, invocation.timestamp))
        else:
            self._note_taken(invocation, flight, now_ns)
        self._seen[pool.index] &= flight.others
        self._look_at_ready(now_ns)
        return invocation

    def finish_and_take(self, invocation: Invocation, pool: Pool) -> Invocation | None:
        """`finish`, then `take`: with one note of both at most hops."""
        if invocation.node.free != -1 or invocation.has_stopped:
            self.finish(invocation)
            return self.take(pool)
        flights = self._flights
        flight = flights[invocation]
        outputs: Outputs = ()
        for output, index in flight.outputs:  # `_emitted` written out: a call less at every hop
            packet = output.packet
            if packet is not None:
                if output.more:
                    outputs = self._emitted(flight)
                    break
                outputs += ((index, packet.timestamp),)
        for port in invocation.ports:
            if port.lost is not None:
                self._losses.look_at_told(invocation, flight.ended_ns)
        if not invocation.ports:  # a source tells of its outputs
            self._losses.look_at_told(invocation, flight.ended_ns)
        following = self._finish_and_take_untold(invocation, pool)
        now_ns = self._clock()
        place, time, taken, seen = NOTHING, 0, None, self._seen
        if following is not None:
            taken = flights[following]
            seen[pool.index] &= taken.others
            if taken.is_plain and following.step is PROCESS:
                place, time, taken = taken.place, following.timestamp, None
        thread, began_ns, ended_ns = flight.thread, flight.began_ns, flight.ended_ns
        self._note((now_ns, flight.place, thread, began_ns, ended_ns, outputs, place, time))
        if flight.feeds_own_rules:
            for index, _ in outputs:
                self._look_at_readers(index, now_ns)
        if following is None:
            self._after_report(now_ns)
            return None
        if taken is not None:
            self._note_taken(following, taken, now_ns)
        for each in self.pools:
            if each.ready != seen[each.index]:
                self._look_at_ready(now_ns)
                break
        return following

    def wake(self) -> None:
        """See whether something can be made to run; note which queues grew."""
        last = self.story[-1] if self.story else None
        super().wake()
        for entry in reversed(self.story):
            if entry is last:
                break
            what, stream, limit = entry
            if what == "grow":
                self._note(Moment(self._clock(), f'a queue of "{stream}" grew to {limit}'))

    # ---- what is noted -------------------------------------------------------------------------

    def _timed(self, invocation: Invocation, call: Call) -> Call:
        """Put a call between two looks at the clock; before it, hand the notes on if it is due."""
        flight, tracer, clock = self._flights[invocation], self._tracer, self._clock
        threads, notes, here = tracer.threads, tracer.notes, get_ident
        batch = BATCH if invocation.node.plan.releases_lock else LATE_BATCH

        def timed(context: Context) -> None:
            flight.thread = threads.get(here()) or tracer.here()
            now_ns = clock()
            if now_ns >= tracer.due_ns or len(notes) >= batch:
                tracer.hand_on(now_ns)
                later_ns = clock()
                # The driver's watch runs: what the trace takes is no work of the node.
                invocation.busy_seconds -= (later_ns - now_ns) / 1e9
                now_ns = later_ns
            flight.began_ns = now_ns
            try:
                call(context)
            finally:
                flight.ended_ns = clock()

        return timed

    def _emitted(self, flight: _Flight) -> Outputs:
        """Return what a call left in its outputs."""
        emitted = []
        for output, index in flight.outputs:
            packet = output.packet
            if packet is not None:
                emitted.append((index, packet.timestamp))
                if output.more:
                    emitted += [(index, each.timestamp) for each in output.more]
        return tuple(emitted)

    def _note_return(
        self, invocation: Invocation, flight: _Flight, outputs: Outputs, *, has_failed: bool
    ) -> int:
        """Note a call that left by the general way; return when that was."""
        if flight.began_ns == _NOT_BEGUN:  # An input policy refused it, so no user code ran.
            flight.thread = self._tracer.here()
            flight.began_ns = flight.ended_ns = self._clock()
        now_ns = self._clock()
        self._note(
            Returned(
                now_ns,
                flight.place,
                flight.thread,
                flight.began_ns,
                flight.ended_ns,
                outputs,
                has_failed,
                self._released(invocation, flight),
                invocation.step is Step.CLOSE,
            )
        )
        for stream in invocation.node.produced:
            self._look_at_readers(self._stream_index[stream], now_ns)
        return now_ns

    def _released(self, invocation: Invocation, flight: _Flight) -> tuple[int, ...]:
        """Return the calls that no older one of the node holds up now, the oldest first."""
        node = invocation.node
        if node.max_in_flight == 1:
            return (flight.place,)
        self._unreleased[invocation] = self._numbers.pop(invocation)
        released = [
            each for each in self._unreleased if each.node is node and each not in node.running
        ]
        released.sort(key=self._unreleased.__getitem__)
        for each in released:
            del self._unreleased[each]
        return tuple(self._flights[each].place for each in released)

    def _note_taken(self, invocation: Invocation, flight: _Flight, now_ns: int) -> None:
        """Note a call that is no plain one."""
        node, given = invocation.node, []
        flight.began_ns = _NOT_BEGUN
        if node.max_in_flight > 1:
            self._numbers[invocation] = self._count
            self._count += 1
        if invocation.step is PROCESS:
            for queue, port in zip(node.queues, invocation.ports, strict=True):
                head = queue.packets[0].timestamp if queue.packets else None
                given.append((head, port.packet is not None))
        step, timestamp = invocation.step.value, invocation.timestamp
        self._note(_make(Taken, (now_ns, flight.place, step, timestamp, tuple(given))))
        self._losses.look_at_queues(node, now_ns)
        if not flight.is_plain:
            self._look_at_lengths(node, now_ns)

    def _look_at_readers(self, stream: int, now_ns: int) -> None:
        """Note how long the queues are of those that read a stream, where that is to be noted."""
        for node in self._own_rule[stream]:
            self._look_at_lengths(node, now_ns)

    def _look_at_lengths(self, node: Node, now_ns: int) -> None:
        lengths = tuple([len(queue.packets) for queue in node.queues])
        self._note(_make(Looked, (now_ns, node.index, lengths)))

    def _look_at_ready(self, now_ns: int) -> None:
        """Note who has become ready, or is not ready any more without having been taken."""
        all_seen = self._seen
        for pool in self.pools:
            ready, seen = pool.ready, all_seen[pool.index]
            if ready != seen:
                all_seen[pool.index] = ready
                self._note(_make(Ready, (now_ns, ready & ~seen, seen & ~ready)))

    def _after_report(self, now_ns: int) -> None:
        self._look_at_ready(now_ns)
        if self._run.phase is Phase.FAILED and not self._is_failure_told:
            self._is_failure_told = True
            error = self.errors[-1]
            self._note(Moment(now_ns, f"failed: {type(error).__name__}"))
            self._note(Broken(now_ns))
            for node in self.nodes:
                self._losses.look_at_queues(node, now_ns)
        if not self._run.open_nodes and self.is_done:
            self.end_trace()


def _is_plain(node: Node) -> bool:
    """Whether what the node's calls are given follows from what came into its queues."""
    return node.is_single or node.is_join or node.is_source
