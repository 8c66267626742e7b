"""The scheduler: reports change it, `take` asks it. The package has the theory and the rules."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from graphflow import timestamp as time_of
from graphflow.bounds import bound_after, check_time
from graphflow.errors import (
    CalculatorError,
    ContractError,
    GraphflowError,
    GraphStuck,
    TimestampError,
)
from graphflow.packet import Packet
from graphflow.plan import Plan
from graphflow.runtime.assembly import assemble
from graphflow.runtime.delivery import hand_on, put, raise_bound, release_process
from graphflow.runtime.elements import Invocation, Node, Pool, Queue, State, Step, Stream
from graphflow.runtime.explanation import describe_full, describe_waits
from graphflow.runtime.ledger import Ledger, ledger_of
from graphflow.runtime.policies import READY, WAIT
from graphflow.runtime.source_layers import begin_next_layer
from graphflow.runtime.throttle import find_held_back, grow, mark_drained

MIN, MAX, DONE, UNSET = time_of.MIN, time_of.MAX, time_of.DONE, time_of.UNSET

STORY_LENGTH: Final = 256
SKIPPED_KEPT: Final = 100


class Scheduler:
    """One run of a plan.

    Attributes:
        errors: what went wrong, in order.
        skipped_errors: the newest of those that a node's `on_error: skip` passed over; how many
            there were, `Node.skipped` counts.
        has_failed: an error or a cancel ended the run.
        side_packets: given and made ones by name; the same mapping that was passed in.
        in_flight: invocations taken and not yet reported.
        story: the last events that are not everyday: (what, who, time); never payloads.
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
        self.skipped_errors: deque[CalculatorError] = deque(maxlen=SKIPPED_KEPT)
        self.has_failed = False
        self.in_flight = 0
        self.story: deque[tuple[str, str, int]] = deque(maxlen=STORY_LENGTH)
        self._work: list[Node] = []
        self._open_nodes = len(self.nodes)
        self._open_inputs = len(self.inputs)
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
            check_time(time, stream.bound, stream.label)
            stream.bound = time_of.next_allowed(time)
        stream.is_awaited = False
        if self.has_failed:
            return
        stream.carried += 1
        for queue in stream.queues:
            put(queue, packet, self._work)
        if self._work:
            self._settle()

    def advance(self, stream: Stream, bound: int) -> None:
        """A graph input promises that nothing below `bound` will come. Lower bounds are ignored."""
        if bound >= DONE:
            bound = DONE
            self._open_inputs -= stream.bound != DONE
        raise_bound(stream, bound, self._work)
        if self._work:
            self._settle()

    def close_input(self, stream: Stream) -> None:
        """Nothing more will come by this graph input."""
        self.advance(stream, DONE)

    def await_space(self, stream: Stream) -> None:
        """The application holds a packet for this graph input back until `is_full` is false."""
        stream.is_awaited = True

    def forgo_space(self, stream: Stream) -> None:
        """The application gives up the packet that it held back."""
        stream.is_awaited = False

    def end_sources(self) -> None:
        """The application ends all sources; graph inputs stay open."""
        if not self.has_failed:
            self._exhaust(self.nodes)
            self._settle()

    def finish(self, invocation: Invocation) -> None:
        """An invocation returned: release what it emitted."""
        self._finish(invocation)
        self.in_flight -= 1

    def fail(self, invocation: Invocation, cause: BaseException) -> None:
        """An invocation raised: drop what it emitted, and end the run or pass the call over."""
        node = invocation.node
        error = _error_of(invocation, cause)
        is_call = invocation.step is Step.PROCESS and isinstance(cause, Exception)
        if node.plan.skips_errors and is_call and not self.has_failed:
            self._skip(invocation, error)
            return
        self._put_back(invocation)
        if invocation.step is not Step.PROCESS:
            self._set_closed(node)
        self._end_run(error)
        self._offer_close_after_failure(node)
        self.in_flight -= 1

    def _skip(self, invocation: Invocation, error: CalculatorError) -> None:
        """Pass a failed call over: it emitted nothing, and settles its time."""
        node = invocation.node
        node.skipped += 1
        self.skipped_errors.append(error)
        invocation.discard()
        for output, stream in zip(invocation.shards, node.outputs, strict=True):
            output.bound = stream.bound
        self.finish(invocation)

    def cancel(self, error: GraphflowError) -> None:
        """End the run: nothing is processed any more, opened nodes are closed."""
        if not self.has_failed and not self.is_done:
            self._end_run(error)

    # ---- the question: what to do next ------------------------------------------------------

    def take(self, pool: Pool) -> Invocation | None:
        """Return the most urgent invocation of this pool, or None if there is none now."""
        if not pool.ready:
            if not self.in_flight:
                self.wake()
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

    def wake(self) -> None:
        """If nothing runs and nothing can, see whether something can be made to.

        The next layer of sources begins when all that ran are closed. Full queues grow if somebody
        is held back by them; a stuck graph fails, and its open nodes become ready to be closed.
        """
        if self.has_failed or self.is_done or not self.is_idle:
            return
        begin_next_layer(self.nodes, self._work)
        self._settle()
        if not self.is_idle:
            return
        full = find_held_back(self.nodes, self.streams)
        if full and self.plan.report_deadlock:
            self._end_run(GraphStuck([describe_full(queue, self.plan) for queue in full]))
        elif full:
            for queue in full:
                grow(queue, self._work)
                self.story.append(("grow", queue.stream.name, queue.limit))
            self._settle()
        elif not self._open_inputs:
            self._end_run(GraphStuck(self.explain()))

    # ---- queries --------------------------------------------------------------------------

    @property
    def is_done(self) -> bool:
        """Whether all is over: every node closed, nothing in flight, and nothing can come in."""
        return (
            not self._open_nodes
            and not self.in_flight
            and (self.has_failed or not self._open_inputs)
        )

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in flight and nothing is ready."""
        return not self.in_flight and not any(pool.ready for pool in self.pools)

    def is_full(self, stream: Stream) -> bool:
        """Whether a queue downstream of this graph input is full."""
        return stream.throttled > 0

    def ledger(self) -> Ledger:
        """Say what became of every packet that was delivered to a node's input."""
        return ledger_of(self.nodes, self.inputs.values())

    def explain(self) -> list[str]:
        """Say of every node that is not closed what it waits for, one sentence each."""
        return describe_waits(self.nodes, self.plan)

    # ---- releasing -------------------------------------------------------------------------

    def _finish(self, invocation: Invocation) -> None:
        node = invocation.node
        if node.free != -1 or self.has_failed or invocation.has_stopped:
            self._finish_rarely(invocation)
            return
        node.free = 1
        release_process(node, invocation.timestamp, self._work)
        if self._work:
            self._settle()

    def _finish_rarely(self, invocation: Invocation) -> None:
        node = invocation.node
        if invocation.has_stopped:
            self._stop_sources(invocation)
        if self.has_failed:
            self._leave(invocation)
            self._offer_close_after_failure(node)
            return
        for each in _in_order(invocation):
            if not self._release(each):
                return
            self._leave(each)
        self._work.append(node)
        self._settle()

    def _leave(self, invocation: Invocation) -> None:
        """Take an invocation out of flight, and its node to the state that comes of it."""
        node = invocation.node
        self._put_back(invocation)
        if invocation.step is Step.CLOSE:
            self._set_closed(node)
        elif invocation.step is Step.OPEN:
            node.state = State.OPEN
            for each in node.idle:
                each.set_step(Step.PROCESS)

    def _release(self, invocation: Invocation) -> bool:
        """Release a call by the general way; False if it broke a promise and ended the run."""
        node, offset = invocation.node, invocation.node.call_offset
        try:
            for output, stream in zip(invocation.shards, node.outputs, strict=True):
                if invocation.step is Step.PROCESS and offset is not None:
                    output.advance(bound_after(invocation.timestamp, offset))
                for packet in () if output.packet is None else (output.packet, *output.more):
                    check_time(packet.timestamp, stream.bound, stream.label)
                    stream.bound = time_of.next_allowed(packet.timestamp)
                    stream.carried += 1
                    for queue in stream.queues:
                        put(queue, packet, self._work)
                bound = DONE if invocation.step is Step.CLOSE else output.bound
                raise_bound(stream, bound, self._work)
                output.bound = stream.bound
            self._publish_side_packets(invocation)
        except (TimestampError, ContractError) as error:
            self._end_run(_error_of(invocation, error))
            self._leave(invocation)
            self._offer_close_after_failure(node)
            return False
        invocation.discard()
        return True

    def _publish_side_packets(self, invocation: Invocation) -> None:
        made = invocation.side_outputs.made
        if not made:
            return
        for name in made.keys() & self.side_packets.keys():
            raise ContractError(f'side packet "{name}" was already made in this run')
        self.side_packets.update(made)
        for node in self.nodes:
            if node.missing_sides:
                node.missing_sides -= made.keys()
                if not node.missing_sides:
                    node.pool.ready |= node.open_bit

    def _put_back(self, invocation: Invocation) -> None:
        """Take an invocation out of flight, and forget what it still holds."""
        node = invocation.node
        invocation.discard()
        if invocation.is_finished or invocation in node.running:
            node.running.remove(invocation)
            invocation.is_finished = False
            node.idle.append(invocation)
        node.free = len(node.idle)

    def _set_closed(self, node: Node) -> None:
        node.state = State.CLOSED
        node.free = 0
        node.missing_sides.clear()
        self._open_nodes -= 1
        for queue in node.queues:
            queue.is_watched = False
            queue.discard()
            queue.detached_at = queue.stream.carried
            if not self.has_failed:
                mark_drained(queue, self._work)
            queue.stream.queues = tuple(each for each in queue.stream.queues if each is not queue)

    def _stop_sources(self, invocation: Invocation) -> None:
        """End a source that stopped; a node that is no source ends all of them."""
        node, fault = invocation.node, invocation.fault
        if fault is not None:  # told at the end: what was emitted so far is processed first
            self.errors.append(_error_of(invocation, fault))
        if self.has_failed:
            return
        self._exhaust((node,) if node.is_source else self.nodes)

    def _exhaust(self, nodes: Iterable[Node]) -> None:
        for each in nodes:
            if each.is_source:
                each.is_exhausted = True
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
                    hand_on(node, self._work)
            elif not node.running:
                self._offer_close(node)

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
                    self._settle()
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
                if self._work:
                    self._settle()
                return invocation
        return self._take_rarely(node, pool)

    def _take_rarely(self, node: Node, pool: Pool) -> Invocation:
        invocation = node.slot
        if node.state is State.NEW:
            pool.ready &= ~node.open_bit
            node.state = State.OPENING
            invocation.timestamp = time_of.UNSTARTED
        elif node.is_closing:
            pool.ready &= ~node.bit
            node.is_closing = False
            node.state = State.CLOSING
            node.free = 0
            invocation.set_step(Step.CLOSE)
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
            # Side packets leave by the general way, which a node running at 0 takes.
            node.free = 0 if node.plan.side_outputs else -1
            invocation, pairs = node.slot, node.pairs
        else:
            invocation = node.idle.pop()
            node.running.append(invocation)
            node.free -= 1
            for output, stream in zip(invocation.shards, node.outputs, strict=True):
                output.bound = stream.bound
            pairs = tuple(zip(node.queues, invocation.ports, strict=True))
            self._work.append(node)
        node.policy.fill(node, invocation, pairs, self._drained)
        self._settle()
        return invocation

    def _drained(self, queue: Queue) -> None:
        mark_drained(queue, self._work)

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
                queue.discard()
                queue.is_watched = False
            for invocation in tuple(node.running):
                if invocation.is_finished:  # it waits for an older one, which nobody needs any more
                    self._put_back(invocation)
            if node.state is State.NEW:
                self._set_closed(node)
            self._offer_close_after_failure(node)

    def _offer_close_after_failure(self, node: Node) -> None:
        if node.state is State.OPEN and node.free == node.max_in_flight:
            self._offer_close(node)


def _in_order(invocation: Invocation) -> Iterator[Invocation]:
    """Yield what can be released now: nothing if an older invocation is still out."""
    running = invocation.node.running
    if not running:
        yield invocation
        return
    invocation.is_finished = True
    while running and running[0].is_finished:
        yield running[0]


def _error_of(invocation: Invocation, cause: BaseException) -> CalculatorError:
    plan = invocation.node.plan
    # A source's calls all have time 0, which says nothing of when.
    time = UNSET if plan.is_source else invocation.timestamp
    error = CalculatorError(plan.name, invocation.step.value, time, cause, plan.location)
    error.__cause__ = cause
    return error
