"""The scheduler: a pure machine. Tell it what happened; ask it what to do next.

Theory of operation
===================

Reports change the machine: `add`, `advance` and `close_input` from graph inputs; `finish` and
`fail` from workers; `cancel` from the caller. One question is asked of it: `take(pool)` returns an
`Invocation` to perform, or None. `finish_and_take` is `finish`, then `take`, in one step. Nothing
else mutates it. It has no thread, lock, clock, logger or randomness: given the same reports in the
same order it gives the same answers, and whoever drives it sees to it that calls don't overlap.

The rules:

1. *Deliver*. A packet's time must reach its stream's bound; the bound becomes the next time.
2. *Settle*. After each report, nodes whose watched queue moved are looked at again, from a work
   list, to a fixed point. A waiting node with an offset hands its lowest input bound on. Bounds
   only grow.
3. *Ready*. The node's input policy says ready, wait or close, from queues alone.
4. *Priority*. Opens first, then nodes nearest the outputs, sources last; fixed in the plan.
5. *Release*. Results of a node allowed several invocations in flight leave in dispatch order.
6. *Fail*. After the first error or a cancel, `take` offers only CLOSE, to opened nodes; late
   results are dropped.
7. *Throttle*. A source or graph input waits while any queue downstream of it is full. When nothing
   can run, full queues grow by one, or the run fails where deadlocks are to be reported.
8. *Stuck*. Nothing in flight, nothing ready, all inputs closed, nodes still open: the run fails
   with `GraphStuck`, which names each waiting node, its stream and the bound.

A node's life (state, cause, next state)::

    NEW      take OPEN                         OPENING
    NEW      the run failed                    CLOSED
    OPENING  finish                            OPEN
    OPENING  fail                              CLOSED, without a close call
    OPEN     take PROCESS, finish, fail        OPEN
    OPEN     take CLOSE: inputs done, none in flight, or the run failed    CLOSING
    CLOSING  finish, fail                      CLOSED, outputs done

Invariants are asserted by `graphflow.runtime.invariants` after every report in tests. The shape is
that of MediaPipe's scheduler (framework/scheduler.cc) with its locks taken out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from graphflow import timestamp as time_of
from graphflow.errors import (
    CalculatorError,
    GraphflowError,
    GraphStuck,
    TimestampError,
)
from graphflow.packet import Packet
from graphflow.plan import Plan
from graphflow.runtime.assembly import assemble
from graphflow.runtime.elements import Invocation, Node, Pool, Queue, State, Step, Stream
from graphflow.runtime.explanation import describe_full, describe_waits
from graphflow.runtime.policies import READY, WAIT

MIN, MAX, DONE, UNSET = time_of.MIN, time_of.MAX, time_of.DONE, time_of.UNSET
PROCESS = Step.PROCESS

STORY_LENGTH: Final = 256


class Scheduler:
    """One run of a plan.

    Attributes:
        errors: what went wrong, in order; the first ended the run.
        side_packets: given and made ones by name; the same mapping that was passed in.
        in_flight: invocations taken and not yet reported.
        story: the last reports and takes: (what, who, time); never payloads.
    """

    def __init__(self, plan: Plan, side_packets: dict[str, Any]) -> None:
        self.plan = plan
        self.side_packets = side_packets
        parts = assemble(plan, side_packets, self._drained)
        self.streams, self.nodes, self.pools = parts.streams, parts.nodes, parts.pools
        self._by_priority = parts.by_priority
        self.inputs: Mapping[str, Stream] = {
            self.streams[index].name: self.streams[index] for index in plan.inputs
        }
        self.errors: list[GraphflowError] = []
        self.has_failed = False
        self.in_flight = 0
        self.story: deque[tuple[str, str, int]] = deque(maxlen=STORY_LENGTH)
        self._work: list[Node] = []
        self._open_nodes = len(self.nodes)
        for node in self.nodes:
            node.missing_sides = {
                side.name
                for side in node.plan.side_inputs
                if side.name not in side_packets
                and side.name in plan.side_packets
                and plan.side_packets[side.name].producer is not None
            }
            if not node.missing_sides:
                node.pool.ready |= node.open_bit

    # ---- reports: what happened ----------------------------------------------------------

    def add(self, stream: Stream, packet: Packet) -> None:
        """A packet came in by a graph input.

        Raises:
            TimestampError: its time lies below the stream's bound; nothing has changed.
        """
        time = packet.timestamp
        if MIN <= time < MAX and time >= stream.bound:
            stream.bound = time + 1
        else:
            check_time(stream, time)
            stream.bound = time_of.next_allowed(time)
        stream.is_awaited = False
        if self.has_failed:
            return
        for queue in stream.queues:
            self._put(queue, packet)
        if self._work:
            self._settle()

    def advance(self, stream: Stream, bound: int) -> None:
        """A graph input promises that nothing below `bound` will come. Lower bounds are ignored."""
        self._raise_bound(stream, bound)
        if self._work:
            self._settle()

    def close_input(self, stream: Stream) -> None:
        """Nothing more will come by this graph input."""
        self.advance(stream, DONE)

    def await_space(self, stream: Stream) -> None:
        """The application holds a packet for this graph input back until `is_full` is false."""
        stream.is_awaited = True

    def finish(self, invocation: Invocation) -> None:
        """An invocation returned: release what it emitted."""
        self.in_flight -= 1
        self._finish(invocation)

    def fail(self, invocation: Invocation, cause: BaseException) -> None:
        """An invocation raised: drop what it emitted and end the run."""
        self.in_flight -= 1
        node = invocation.node
        invocation.discard()
        step, time = invocation.step, invocation.timestamp
        if step is not PROCESS:
            self._set_closed(node)
        self._retire(node, invocation)
        error = CalculatorError(node.plan.name, step.value, time, cause, node.plan.location)
        error.__cause__ = cause
        self._end_run(error)
        if node.state is State.OPEN and not node.running:
            self._offer_close(node)

    def cancel(self, error: GraphflowError) -> None:
        """End the run: nothing is processed any more, opened nodes are closed."""
        if not self.has_failed and not self.is_done:
            self._end_run(error)

    # ---- the question: what to do next ------------------------------------------------------

    def take(self, pool: Pool) -> Invocation | None:
        """Return the most urgent invocation of this pool, or None if there is none now."""
        if not pool.ready:
            if not self.in_flight:
                self._wake()
            if not pool.ready:
                return None
        self.in_flight += 1
        return self._take(pool, pool.ready)

    def finish_and_take(self, invocation: Invocation, pool: Pool) -> Invocation | None:
        """`finish`, then `take`: one step for a worker that goes on."""
        self._finish(invocation)
        ready = pool.ready
        if ready:
            return self._take(pool, ready)
        self.in_flight -= 1
        return self.take(pool)

    # ---- queries --------------------------------------------------------------------------

    @property
    def is_done(self) -> bool:
        """Whether every node is closed and nothing is in flight."""
        return not self._open_nodes and not self.in_flight

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in flight and nothing is ready."""
        return not self.in_flight and not any(pool.ready for pool in self.pools)

    def is_full(self, stream: Stream) -> bool:
        """Whether a queue downstream of this graph input is full."""
        return stream.throttled > 0

    def explain(self) -> list[str]:
        """Say of every node that is not closed what it waits for, one sentence each."""
        return describe_waits(self.nodes, self.plan)

    # ---- releasing -------------------------------------------------------------------------

    def _finish(self, invocation: Invocation) -> None:
        node = invocation.node
        if (
            node.free != -1
            or self.has_failed
            or invocation.step is not PROCESS
            or invocation.has_stopped
        ):
            self._finish_rarely(invocation)
            return
        node.free = 1
        self._release_process(node, invocation.timestamp)
        if self._work:
            self._settle()

    def _release_process(self, node: Node, time: int) -> None:
        """Release a call of a node that has one invocation: the hot path."""
        work = self._work
        offset = node.call_offset
        for output, stream in zip(node.shards, node.outputs):  # noqa: B905 (hot; equal lengths)
            packet = output.packet
            if offset is not None:
                promised = time + 1 if offset == 0 else bound_after(time, offset)
                if output.bound < promised:
                    output.bound = promised
            if packet is not None:
                output.packet = None
                stream.bound = output.bound
                if output.more:
                    self._put_all(output.more, packet, stream)
                    continue
                for queue in stream.queues:
                    packets = queue.packets
                    packets.append(packet)
                    if queue.is_watched:
                        consumer = queue.node
                        if consumer.is_single:  # it was empty, so one packet never fills it
                            queue.is_watched = False
                            consumer.pool.ready |= consumer.bit
                            continue
                        work.append(consumer)
                    if len(packets) == queue.limit:
                        self._filled(queue)
            elif output.bound > stream.bound:
                stream.bound = output.bound
                for queue in stream.queues:
                    if queue.is_watched:
                        work.append(queue.node)
        self._look_again(node, time)

    def _look_again(self, node: Node, time: int) -> None:
        """After a call at `time`: ready again, or waiting again, by the shortest way to tell."""
        if node.is_single:
            queue = node.queue
            if queue.packets:
                node.pool.ready |= node.bit
            elif queue.stream.bound <= time + 1:
                queue.is_watched = True
            else:
                self._work.append(node)
        elif node.is_join:
            settled = time + 1
            # Every input is settled at `time`: an empty one settled no further is the lowest, and
            # there is nothing new to hand on.
            for queue in node.queues:
                if not queue.packets and queue.stream.bound == settled:
                    queue.is_watched = True
                    return
            self._work.append(node)
        else:
            self._work.append(node)

    def _put(self, queue: Queue, packet: Packet) -> None:
        queue.packets.append(packet)
        if len(queue.packets) == queue.limit:
            self._filled(queue)
        if queue.is_watched:
            self._work.append(queue.node)

    def _put_all(self, more: list[Packet], packet: Packet, stream: Stream) -> None:
        packets = [packet, *more]
        more.clear()
        for each in packets:
            for queue in stream.queues:
                self._put(queue, each)

    def _finish_rarely(self, invocation: Invocation) -> None:
        node, step = invocation.node, invocation.step
        if invocation.has_stopped:
            self._stop_sources(invocation)
        if self.has_failed:
            invocation.discard()
            self._finish_after_failure(node, invocation)
            return
        if step is PROCESS and node.max_in_flight > 1:
            invocation.is_finished = True
            while node.running and node.running[0].is_finished:
                first = node.running.popleft()
                first.is_finished = False
                node.idle.append(first)
                node.free += 1
                if not self._release(node, first):
                    return
        elif not self._release(node, invocation):
            return
        if step is Step.OPEN:
            self._opened(node)
        elif step is Step.CLOSE:
            self._set_closed(node)
        elif node.max_in_flight == 1:
            node.free = 1
        self._work.append(node)
        self._settle()

    def _finish_after_failure(self, node: Node, invocation: Invocation) -> None:
        if invocation.step is Step.OPEN:
            node.state = State.OPEN
            node.free = node.max_in_flight
        elif invocation.step is Step.CLOSE:
            self._set_closed(node)
        else:
            self._retire(node, invocation)
        if node.state is State.OPEN and not node.running:
            self._offer_close(node)

    def _release(self, node: Node, invocation: Invocation) -> bool:
        """Release a call by the general way; False if it broke the order and ended the run."""
        step, offset = invocation.step, node.call_offset
        for output, stream in zip(invocation.shards, node.outputs, strict=True):
            if step is PROCESS and offset is not None:
                output.advance(bound_after(invocation.timestamp, offset))
            packets = () if output.packet is None else (output.packet, *output.more)
            output.packet = None
            output.more.clear()
            for packet in packets:
                try:
                    check_time(stream, packet.timestamp)
                except TimestampError as error:
                    self._break_order(node, invocation, error)
                    return False
                stream.bound = time_of.next_allowed(packet.timestamp)
                for queue in stream.queues:
                    self._put(queue, packet)
            self._raise_bound(stream, DONE if step is Step.CLOSE else output.bound)
            output.bound = stream.bound
        self._publish_side_packets(invocation)
        return True

    def _break_order(self, node: Node, invocation: Invocation, error: TimestampError) -> None:
        invocation.discard()
        step, time = invocation.step.value, invocation.timestamp
        self._end_run(CalculatorError(node.plan.name, step, time, error, node.plan.location))
        self._finish_after_failure(node, invocation)

    def _publish_side_packets(self, invocation: Invocation) -> None:
        made = invocation.side_outputs.made
        if not made:
            return
        self.side_packets.update(made)
        for node in self.nodes:
            if node.missing_sides:
                node.missing_sides -= made.keys()
                if not node.missing_sides and node.state is State.NEW:
                    node.pool.ready |= node.open_bit
        made.clear()

    def _opened(self, node: Node) -> None:
        node.state = State.OPEN
        node.free = node.max_in_flight
        for invocation in node.idle:
            invocation.step = PROCESS

    def _retire(self, node: Node, invocation: Invocation) -> None:
        """Take an invocation out of flight without releasing it."""
        if invocation in node.running:
            node.running.remove(invocation)
            invocation.is_finished = False
            node.idle.append(invocation)
        node.free = 0 if node.state is State.CLOSED else len(node.idle)

    def _set_closed(self, node: Node) -> None:
        node.state = State.CLOSED
        node.free = 0
        self._open_nodes -= 1
        for queue in node.queues:
            queue.is_watched = False
            queue.packets.clear()
            self._drained(queue)
            queue.stream.queues = tuple(each for each in queue.stream.queues if each is not queue)

    def _stop_sources(self, invocation: Invocation) -> None:
        """End a source that stopped; a node that is no source ends all of them."""
        node, fault = invocation.node, invocation.fault
        invocation.has_stopped, invocation.fault = False, None
        if fault is not None:  # told at the end: what was emitted so far is processed first
            step, time = invocation.step.value, invocation.timestamp
            error = CalculatorError(node.plan.name, step, time, fault, node.plan.location)
            error.__cause__ = fault
            self.errors.append(error)
        for each in (node,) if node.is_source else self.nodes:
            if each.is_source:
                each.is_exhausted = True
                each.pool.ready &= ~each.bit
                self._work.append(each)

    # ---- settling: which waiting nodes can run, and which bounds go on -------------------------

    def _settle(self) -> None:
        work = self._work
        while work:
            node = work.pop()
            if node.free <= 0 or node.is_closing or self.has_failed:
                continue
            if node.pool.ready & node.bit and not node.is_source:
                continue  # ready already, and every policy looks again when it is taken
            verdict = node.policy.review(node)
            if verdict is READY:
                node.pool.ready |= node.bit
            elif verdict is WAIT:
                node.pool.ready &= ~node.bit
                if not node.running and node.idle_offset is not None:
                    self._hand_on(node)
            elif not node.running:
                self._offer_close(node)

    def _hand_on(self, node: Node) -> None:
        """Promise downstream what a waiting node's inputs promise it."""
        bound, offset = node.waiting_bound, node.idle_offset
        if bound < MIN or offset is None:
            return
        if bound <= MAX and offset:
            bound = time_of.shifted(bound, offset)
        for output, stream in zip(node.shards, node.outputs, strict=True):
            if bound > stream.bound:
                output.bound = bound
                self._raise_bound(stream, bound)

    def _raise_bound(self, stream: Stream, bound: int) -> None:
        if bound > stream.bound:
            stream.bound = bound
            for queue in stream.queues:
                if queue.is_watched:
                    self._work.append(queue.node)

    def _offer_close(self, node: Node) -> None:
        node.is_closing = True
        node.pool.ready |= node.bit

    # ---- forming an invocation -----------------------------------------------------------------

    def _take(self, pool: Pool, ready: int) -> Invocation:
        node = self._by_priority[ready.bit_length() - 1]
        if node.free == 1 and not node.is_closing:
            if node.is_single:
                pool.ready = ready ^ node.bit
                node.free = -1
                invocation = node.slot
                queue = node.queue
                packets = queue.packets
                packet = packets.popleft()
                invocation.timestamp = packet.timestamp
                port = node.port
                port.packet = packet
                port.settled = packet.timestamp
                if queue.is_full:
                    self._drained(queue)
                return invocation
            if node.is_join:
                pool.ready = ready ^ node.bit
                node.free = -1
                invocation = node.slot
                invocation.timestamp = time = node.ready_time
                for queue, port in node.pairs:
                    port.settled = time
                    packets = queue.packets
                    if packets and packets[0].timestamp == time:
                        port.packet = packets.popleft()
                        if queue.is_full:
                            self._drained(queue)
                    else:
                        port.packet = None
                return invocation
        return self._take_rarely(node, pool)

    def _take_rarely(self, node: Node, pool: Pool) -> Invocation:
        invocation = node.slot
        if node.state is State.NEW:
            pool.ready &= ~node.open_bit
            node.state = State.OPENING
            invocation.step = Step.OPEN
            invocation.timestamp = time_of.UNSTARTED
        elif node.is_closing:
            pool.ready &= ~node.bit
            node.is_closing = False
            node.state = State.CLOSING
            node.free = 0
            invocation.step = Step.CLOSE
            invocation.timestamp = DONE
            for output, stream in zip(invocation.shards, node.outputs, strict=True):
                output.bound = stream.bound
            for port in invocation.ports:
                port.packet = None
                port.settled = MAX
        else:
            pool.ready &= ~node.bit
            invocation = self._take_process(node)
        self.story.append((invocation.step.value, node.plan.name, invocation.timestamp))
        return invocation

    def _take_process(self, node: Node) -> Invocation:
        if node.max_in_flight == 1:
            node.free = -1
            node.policy.fill(node, node.slot, node.pairs, self._drained)
            return node.slot
        invocation = node.idle.pop()
        node.running.append(invocation)
        node.free -= 1
        for output, stream in zip(invocation.shards, node.outputs, strict=True):
            output.bound = stream.bound
        pairs = tuple(zip(node.queues, invocation.ports, strict=True))
        node.policy.fill(node, invocation, pairs, self._drained)
        self._work.append(node)
        self._settle()
        return invocation

    # ---- back-pressure ------------------------------------------------------------------------

    def _filled(self, queue: Queue) -> None:
        if queue.is_full:
            return
        queue.is_full = True
        for root in queue.roots:
            root.throttled += 1
            source = root.source
            if source is not None and not source.is_closing:
                source.pool.ready &= ~source.bit

    def _drained(self, queue: Queue) -> None:
        if not queue.is_full or len(queue.packets) >= queue.limit:
            return
        queue.is_full = False
        for root in queue.roots:
            root.throttled -= 1
            if root.source is not None and not root.throttled:
                self._work.append(root.source)
        if self._work:
            self._settle()

    def _wake(self) -> None:
        """Nothing is in flight: if nothing is ready either, see whether something can be made so.

        Full queues grow if somebody is held back by them; a stuck graph fails, and its open nodes
        become ready to be closed.
        """
        if self.has_failed or self.is_done or not self.is_idle:
            return
        throttled = {stream for stream in self.streams if stream.throttled and _wants_more(stream)}
        full = [
            queue
            for node in self.nodes
            for queue in node.queues
            if queue.is_full and not throttled.isdisjoint(queue.roots)
        ]
        if full and self.plan.report_deadlock:
            self._end_run(GraphStuck([describe_full(queue, self.plan) for queue in full]))
        elif full:
            for queue in full:
                queue.limit += 1
                self.story.append(("grow", queue.stream.name, queue.limit))
                self._drained(queue)
        elif all(stream.bound == DONE for stream in self.inputs.values()):
            self._end_run(GraphStuck(self.explain()))

    # ---- failing --------------------------------------------------------------------------------

    def _end_run(self, error: GraphflowError) -> None:
        self.errors.append(error)
        if self.has_failed:
            return
        self.has_failed = True
        self.story.append(("fail", type(error).__name__, UNSET))
        self._work.clear()
        for pool in self.pools:
            pool.ready = 0
        for node in self.nodes:
            node.is_closing = False
            for queue in node.queues:
                queue.packets.clear()
                queue.is_watched = False
            if node.state is State.NEW:
                self._set_closed(node)
            elif node.state is State.OPEN and node.free == node.max_in_flight:
                self._offer_close(node)


def _wants_more(stream: Stream) -> bool:
    """Whether a throttled root would go on if it could."""
    source = stream.source
    if source is not None:
        return source.state is State.OPEN and not source.is_exhausted
    return stream.is_awaited


def check_time(stream: Stream, time: int) -> None:
    """Refuse a packet whose time its stream can't take any more.

    Raises:
        TimestampError: the message names stream, time and bound.
    """
    bound = stream.bound
    if bound == DONE:
        raise TimestampError(
            f'stream "{stream.name}" is closed; found a packet at {time_of.text(time)}'
        )
    if not time_of.is_allowed_in_stream(time):
        raise TimestampError(
            f'stream "{stream.name}": a packet can\'t carry the timestamp {time_of.text(time)}'
        )
    if time == time_of.POSTSTREAM and bound > MIN:
        raise TimestampError(f'stream "{stream.name}": a packet at POSTSTREAM must be the only one')
    if time < bound:
        raise TimestampError(
            f'stream "{stream.name}": found a packet at {time_of.text(time)}; '
            f"expected {time_of.text(bound)} or later"
        )


def bound_after(time: int, offset: int) -> int:
    """Return the output bound that a call at `time` promises by an offset.

    Source: MediaPipe, framework/output_stream_manager.cc, ComputeOutputTimestampBound.
    """
    if time == time_of.PRESTREAM:
        return MIN
    if time == MAX and offset >= 0:
        return time_of.POSTSTREAM
    if time >= time_of.POSTSTREAM:
        return time_of.ONE_OVER_POSTSTREAM
    return time_of.next_allowed(time_of.shifted(time, offset))


__all__ = ["Scheduler", "bound_after", "check_time"]
