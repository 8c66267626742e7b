"""The machine of a traced run: a scheduler that tells a tracer what it does, and when."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from functools import partial
from threading import get_ident
from typing import Any, Final

from graphflow.nodes.context import Context
from graphflow.plan import Plan
from graphflow.runtime.elements import Invocation, Node, Pool, Step, Stream
from graphflow.runtime.ledger import AT_CLOSE, BY_POLICY, SKIPPED, TOO_LATE
from graphflow.runtime.run_state import Phase
from graphflow.runtime.scheduler import Scheduler
from graphflow.trace.events import Arrival, Event, Lengths, Lost, Moment, TracedCall
from graphflow.trace.tracer import BATCH, Tracer
from graphflow.words.errors import GraphflowError
from graphflow.words.packet import Packet

Call = Callable[[Context], None]


_NOT_BEGUN: Final = -1


class _Flight:
    """What is noted of an invocation from when it is taken until it is reported."""

    __slots__ = ("began_ns", "ended_ns", "inputs", "number", "ready_ns", "thread", "told")

    def __init__(self) -> None:
        self.number = self.thread = 0
        self.ready_ns = self.began_ns = self.ended_ns = 0
        self.inputs: tuple[Arrival, ...] = ()
        self.told: Counter[tuple[int, str]] = Counter()


class _Inputs:
    """What is noted of a node's queues.

    Attributes:
        arrivals: of the packets that wait, by queue.
        lengths: of the queues, as they were told last.
        lost: packets dropped and discarded by queue, as they were told last.
    """

    __slots__ = ("arrivals", "lengths", "lost")

    def __init__(self, node: Node) -> None:
        self.arrivals: tuple[deque[Arrival], ...] = tuple(deque() for _ in node.queues)
        self.lengths = (0,) * len(node.queues)
        self.lost = [(0, 0)] * len(node.queues)


class TracingScheduler(Scheduler):
    """A scheduler that tells a tracer who was ready, taken and reported, and what each queue holds.

    It answers as a plain one does; only what it tells needs a clock.
    """

    def __init__(self, plan: Plan, side_packets: dict[str, Any], tracer: Tracer) -> None:
        super().__init__(plan, side_packets)
        self._tracer = tracer
        self._clock = tracer.clock
        self._tell: Callable[[Event], None] = tracer.events.append
        self._count = 0
        self._ready_ns = [0] * len(self.nodes)
        self._seen = [0] * len(self.pools)
        self._stream_index = {stream: index for index, stream in enumerate(self.streams)}
        self._outputs = [[self._stream_index[each] for each in node.outputs] for node in self.nodes]
        self._inputs = [_Inputs(node) for node in self.nodes]
        self._arrivals = {
            queue: arrivals
            for node in self.nodes
            for queue, arrivals in zip(node.queues, self._inputs[node.index].arrivals, strict=True)
        }
        self._flights = {each: _Flight() for node in self.nodes for each in node.idle}
        self._unreleased: dict[Invocation, TracedCall] = {}
        self._late = dict.fromkeys(self.inputs.values(), 0)
        self._is_failure_told = False

    def begin(self) -> None:
        """Begin the trace, and put a watch around every call; once the driver has bound them.

        Raises:
            OSError: a file of the trace can't be written.
        """
        self._tracer.begin(self.plan)
        for invocation in self._flights:
            invocation.wrap(partial(self._timed, invocation))
        self._look_at_ready(self._clock())

    def end_trace(self) -> None:
        """End the trace of a run that is over, or broken."""
        now_ns = self._clock()
        for stream in self._late:
            self._look_at_late(stream, now_ns)
        self._tracer.end()

    # ---- reports -----------------------------------------------------------------------------

    def add(self, stream: Stream, packet: Packet) -> None:
        """Add a packet, and note when it came."""
        super().add(stream, packet)
        now_ns = self._clock()
        if not self.has_failed:
            arrival = Arrival(self._stream_index[stream], packet.timestamp, now_ns)
            self._deliver(stream, arrival, now_ns)
        self._look_at_late(stream, now_ns)
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
        """Release a call, and tell of it and of what it emitted."""
        had_failed = self.has_failed
        outputs = () if had_failed else self._emitted(invocation)
        call = self._call(invocation, outputs, has_failed=False)
        for port, given in enumerate(invocation.ports):
            if given.lost:
                self._look_at_told(invocation, port, given.lost, call.ended_ns)
        super().finish(invocation)
        now_ns = self._clock()
        self._tell(call)
        if invocation.node.max_in_flight > 1:
            self._release_in_order(invocation, call, now_ns)
        elif outputs:
            self._release(call, now_ns)
        if invocation.step is Step.CLOSE:
            self._look_at_queues(invocation.node, now_ns)
        self._after_report(now_ns)

    def fail(self, invocation: Invocation, cause: BaseException) -> None:
        """Drop a call, and tell of it."""
        node = invocation.node
        skipped = node.skipped
        call = self._call(invocation, (), has_failed=True)
        super().fail(invocation, cause)
        now_ns = self._clock()
        self._tell(call)
        if node.skipped > skipped:
            self._tell(Lost(now_ns, node.index, -1, -1, SKIPPED, 1))
        if node.max_in_flight > 1:
            self._release_in_order(invocation, call, now_ns)
        else:
            self._release(call, now_ns)
        self._after_report(now_ns)

    def cancel(self, error: GraphflowError) -> None:
        """End the run, and tell that."""
        super().cancel(error)
        self._after_report(self._clock())

    def pause(self) -> None:
        """Offer nothing for a while, and tell that."""
        was_paused = self.is_paused
        super().pause()
        if self.is_paused and not was_paused:
            self._tell(Moment(self._clock(), "paused"))

    def resume(self) -> None:
        """Go on, and tell that."""
        was_paused = self.is_paused
        super().resume()
        if was_paused and not self.is_paused:
            self._tell(Moment(self._clock(), "resumed"))

    # ---- the question --------------------------------------------------------------------------

    def take(self, pool: Pool) -> Invocation | None:
        """Take an invocation, and note since when it was ready, and what it was given."""
        invocation = super().take(pool)
        now_ns = self._clock()
        if invocation is None:
            self._after_report(now_ns)
            return None
        node = invocation.node
        flight = self._flights[invocation]
        bits = node.bit | node.open_bit
        seen = self._seen[pool.index]
        flight.ready_ns = self._ready_ns[node.index] if seen & bits else now_ns
        self._seen[pool.index] = seen & ~bits
        self._look_at_ready(now_ns)
        flight.began_ns = _NOT_BEGUN
        flight.number = self._count
        self._count += 1
        if node.queues:
            flight.inputs = self._taken(invocation) if invocation.step is Step.PROCESS else ()
            self._look_at_queues(node, now_ns)
        return invocation

    def finish_and_take(self, invocation: Invocation, pool: Pool) -> Invocation | None:
        """`finish`, then `take`: with a look at the clock in between."""
        self.finish(invocation)
        return self.take(pool)

    def wake(self) -> None:
        """See whether something can be made to run; tell which queues grew."""
        last = self.story[-1] if self.story else None
        super().wake()
        for entry in reversed(self.story):
            if entry is last:
                break
            what, stream, limit = entry
            if what == "grow":
                self._tell(Moment(self._clock(), f'a queue of "{stream}" grew to {limit}'))

    # ---- what is noted -------------------------------------------------------------------------

    def _timed(self, invocation: Invocation, call: Call) -> Call:
        """Put a call between two looks at the clock; before it, hand the buffer on if it is due."""
        flight, tracer, clock = self._flights[invocation], self._tracer, self._clock
        threads, here = tracer.threads, get_ident

        def timed(context: Context) -> None:
            flight.thread = threads.get(here()) or tracer.here()
            now_ns = clock()
            if now_ns >= tracer.due_ns or len(tracer.events) >= BATCH:
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

    def _call(
        self, invocation: Invocation, outputs: tuple[tuple[int, int], ...], *, has_failed: bool
    ) -> TracedCall:
        flight = self._flights[invocation]
        if flight.began_ns == _NOT_BEGUN:  # An input policy refused it, so no user code ran.
            flight.thread = self._tracer.here()
            flight.began_ns = flight.ended_ns = self._clock()
        return TracedCall(
            flight.number,
            invocation.node.index,
            invocation.step,
            invocation.timestamp,
            flight.thread,
            flight.ready_ns,
            flight.began_ns,
            flight.ended_ns,
            flight.inputs,
            outputs,
            has_failed,
        )

    def _emitted(self, invocation: Invocation) -> tuple[tuple[int, int], ...]:
        emitted = []
        for output, index in zip(  # noqa: B905 (hot; equal lengths)
            invocation.shards, self._outputs[invocation.node.index]
        ):
            if output.packet is not None:
                emitted.append((index, output.packet.timestamp))
                if output.more:
                    emitted += [(index, each.timestamp) for each in output.more]
        return tuple(emitted)

    def _taken(self, invocation: Invocation) -> tuple[Arrival, ...]:
        """Return what an invocation was just given: the last that left each queue."""
        node, taken = invocation.node, []
        arrivals_of = self._inputs[node.index].arrivals
        for queue, arrivals, port in zip(  # noqa: B905 (hot; equal lengths)
            node.queues, arrivals_of, invocation.ports
        ):
            left = None
            if queue.packets:
                head = queue.packets[0].timestamp
                while arrivals and arrivals[0].time < head:
                    left = arrivals.popleft()
            elif arrivals:
                left = arrivals[-1]
                arrivals.clear()
            if left is not None and port.packet is not None:
                taken.append(left)
        return tuple(taken)

    def _release_in_order(self, invocation: Invocation, call: TracedCall, now_ns: int) -> None:
        """Note the arrivals of what calls emitted that no older one of the node holds up now."""
        node = invocation.node
        self._unreleased[invocation] = call
        released = [
            each for each in self._unreleased if each.node is node and each not in node.running
        ]
        calls = [self._unreleased.pop(each) for each in released]
        for each in sorted(calls, key=lambda one: one.number):
            self._release(each, now_ns)

    def _release(self, call: TracedCall, now_ns: int) -> None:
        for index, time in call.outputs:
            queues = self.streams[index].queues
            if queues:
                arrival = Arrival(index, time, now_ns, call.number, call.thread, call.ended_ns)
                for queue in queues:
                    self._arrivals[queue].append(arrival)
                    self._look_at_lengths(queue.node, now_ns)
        stream = self.nodes[call.node].error_stream
        if call.has_failed and stream is not None:
            self._deliver_error(stream, call, now_ns)

    def _deliver(self, stream: Stream, arrival: Arrival, now_ns: int) -> None:
        for queue in stream.queues:
            self._arrivals[queue].append(arrival)
            self._look_at_lengths(queue.node, now_ns)

    def _deliver_error(self, stream: Stream, call: TracedCall, now_ns: int) -> None:
        for queue in stream.queues:
            if queue.packets:
                index, time = self._stream_index[stream], queue.packets[-1].timestamp
                arrival = Arrival(index, time, now_ns, call.number, call.thread, call.ended_ns)
                arrivals = self._arrivals[queue]
                if not arrivals or arrivals[-1].time < time:
                    arrivals.append(arrival)
                self._look_at_queues(queue.node, now_ns)

    def _look_at_queues(self, node: Node, now_ns: int) -> None:
        """Tell how long a node's queues are, and what was thrown away there, if that changed."""
        self._look_at_lengths(node, now_ns)
        inputs = self._inputs[node.index]
        for port, queue in enumerate(node.queues):
            if queue.dropped or queue.discarded:
                before, inputs.lost[port] = inputs.lost[port], (queue.dropped, queue.discarded)
                for reason, count in (
                    (BY_POLICY, queue.dropped - before[0]),
                    (AT_CLOSE, queue.discarded - before[1]),
                ):
                    if count:
                        stream = self._stream_index[queue.stream]
                        self._tell(Lost(now_ns, node.index, port, stream, reason, count))

    def _look_at_lengths(self, node: Node, now_ns: int) -> None:
        inputs, queues = self._inputs[node.index], node.queues
        if len(queues) == 1:
            lengths: tuple[int, ...] = (len(queues[0].packets),)
        else:
            lengths = tuple([len(queue.packets) for queue in queues])
        if lengths != inputs.lengths:
            inputs.lengths = lengths
            self._tell(Lengths(now_ns, node.index, lengths))

    def _look_at_told(
        self, invocation: Invocation, port: int, lost: Counter[str], now_ns: int
    ) -> None:
        """Tell what a call said that it dropped."""
        node, told = invocation.node, self._flights[invocation].told
        for reason, total in lost.items():
            count = total - told[port, reason]
            if count:
                told[port, reason] = total
                stream = self._stream_index[node.queues[port].stream]
                self._tell(Lost(now_ns, node.index, port, stream, reason, count))

    def _look_at_late(self, stream: Stream, now_ns: int) -> None:
        count = stream.late - self._late[stream]
        if count:
            self._late[stream] = stream.late
            self._tell(Lost(now_ns, -1, -1, self._stream_index[stream], TOO_LATE, count))

    def _look_at_ready(self, now_ns: int) -> None:
        """Note who has become ready."""
        all_seen = self._seen
        for pool in self.pools:
            ready, seen = pool.ready, all_seen[pool.index]
            if ready != seen:
                all_seen[pool.index] = ready
                new = ready & ~seen
                while new:
                    place = new.bit_length() - 1
                    new ^= 1 << place
                    self._ready_ns[self._by_priority[place].index] = now_ns

    def _after_report(self, now_ns: int) -> None:
        self._look_at_ready(now_ns)
        if self._run.phase is Phase.FAILED and not self._is_failure_told:
            self._is_failure_told = True
            error = self.errors[-1]
            self._tell(Moment(now_ns, f"failed: {type(error).__name__}"))
            for node in self.nodes:
                self._look_at_queues(node, now_ns)
        if not self._run.open_nodes and self.is_done:
            self.end_trace()
