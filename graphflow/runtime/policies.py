"""Input policies: when a node may run, and on what, decided from its queues alone.

A policy answers two questions. `review` says READY (and notes the time), WAIT (and watches the
queues whose move can change the answer) or CLOSE. `fill` takes the packets of the input set out of
the queues when a worker is free. None but the multiplexer's looks into a payload.
`special_policies` has the rarer ones, `policy_choice` says which one a node gets.

The default policy of a node with one call in flight is not asked here on the hot path: the
scheduler has the same rule written out (`Scheduler.finish_and_take`, `Scheduler._take`,
`delivery.release_process`, `settling.settle`); the invariants hold them together.

Source: MediaPipe, framework/stream_handler/*.cc.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence

from graphflow.nodes.context import Input
from graphflow.nodes.input_policy import FixedSizePolicy
from graphflow.runtime.elements import Invocation, Node, Queue
from graphflow.words import timestamp as time_of

Pairs = Sequence[tuple[Queue, Input]]
Drained = Callable[[Queue], None]

DONE, UNSET, UNSTARTED, MAX = time_of.DONE, time_of.UNSET, time_of.UNSTARTED, time_of.MAX


class Verdict(enum.Enum):
    """A policy's answer."""

    READY = enum.auto()
    WAIT = enum.auto()
    CLOSE = enum.auto()


READY, WAIT, CLOSE = Verdict.READY, Verdict.WAIT, Verdict.CLOSE


def head(queue: Queue) -> int:
    """The time of the first packet, or DONE for an empty queue."""
    return queue.packets[0].timestamp if queue.packets else DONE


def settled(queue: Queue) -> int:
    """The newest time for which a node may be called on this queue alone."""
    return (
        queue.packets[0].timestamp if queue.packets else time_of.settled_before(queue.stream.bound)
    )


def take_at(queue: Queue, port: Input, time: int, drained: Drained) -> None:
    """Put the packet at `time` into the port, or nothing; older packets are gone already."""
    packets = queue.packets
    if packets and packets[0].timestamp == time:
        port.packet = packets.popleft()
        if queue.is_full:
            drained(queue)
    else:
        port.packet = None
    port.settled = time


class SourceRule:
    """Of nodes without inputs: ready until they stop, or all their outputs are closed."""

    def review(self, node: Node) -> Verdict:
        """Say whether the source may run. A node without outputs has nothing to run for."""
        if node.is_exhausted or all(stream.bound == DONE for stream in node.outputs):
            return CLOSE
        if node.is_dormant or node.outputs[0].throttled:
            node.waiting_bound = UNSET
            return WAIT
        return READY

    def fill(self, node: Node, invocation: Invocation, pairs: Pairs, drained: Drained) -> None:
        """Stamp the call; a source's time is always 0."""
        invocation.timestamp = 0


class DefaultRule:
    """Packets of equal time together, once every input is settled there.

    A waiting node waits for exactly one queue: the empty one with the lowest bound. Until it
    moves, neither readiness nor the bound to hand on can change.
    """

    def review(self, node: Node) -> Verdict:
        """Find the first time, and whether every empty queue is settled there."""
        first = lowest = DONE
        obstacle = None
        for queue in node.queues:
            queue.is_watched = False
            packets = queue.packets
            if packets:
                time = packets[0].timestamp
                if time < first:
                    first = time
            else:
                bound = queue.stream.bound
                if bound < lowest:
                    lowest = bound
                    obstacle = queue
        if first < lowest:
            node.ready_time = first
            return READY
        if obstacle is None:
            return CLOSE
        obstacle.is_watched = True
        node.waiting_bound = lowest
        return WAIT

    def fill(self, node: Node, invocation: Invocation, pairs: Pairs, drained: Drained) -> None:
        """Take the packets at the time found."""
        invocation.timestamp = time = node.ready_time
        for queue, port in pairs:
            take_at(queue, port, time, drained)


class SettledRule:
    """The default rule, and also called for times that are settled and empty.

    Called for the newest settled time; never for "all inputs are done".
    """

    def __init__(self) -> None:
        self.last: int = UNSTARTED

    def review(self, node: Node) -> Verdict:
        """Find the newest time at which every input is settled, or the first packet's."""
        lowest = DONE
        obstacle = None
        for queue in node.queues:
            queue.is_watched = False
            time = head(queue)
            if not queue.packets and queue.stream.bound < DONE:
                time = time_of.settled_before(queue.stream.bound)
            if time < lowest:
                lowest = time
                obstacle = None if queue.packets else queue
        if lowest == DONE:
            return CLOSE
        if lowest > self.last:
            node.ready_time = lowest
            return READY
        assert obstacle is not None, "a packet at or before a settled time"
        obstacle.is_watched = True
        node.waiting_bound = obstacle.stream.bound
        return WAIT

    def fill(self, node: Node, invocation: Invocation, pairs: Pairs, drained: Drained) -> None:
        """Look again, for more may have settled since, and take the packets there."""
        self.review(node)
        for queue in node.queues:
            queue.is_watched = False
        self.last = invocation.timestamp = time = node.ready_time
        for queue, port in pairs:
            take_at(queue, port, time, drained)


class ImmediateRule:
    """Every input by itself: the lowest pending time first, equal ones together.

    A node is also called, with empty inputs, once for each input that becomes done.
    """

    def review(self, node: Node) -> Verdict:
        """Say whether any input has something that its node was not called for."""
        is_ready, is_open = False, False
        lowest = DONE
        for queue in node.queues:
            queue.is_watched = True
            if queue.packets:
                is_open = True
                pending = first = queue.packets[0].timestamp
            else:
                first = queue.stream.bound
                if first < time_of.ONE_OVER_POSTSTREAM:
                    is_open = True
                pending = self._reached(first)
            if pending > queue.seen:
                is_ready = True
            if first < lowest:
                lowest = first
        if is_ready:
            return READY
        node.waiting_bound = lowest
        return WAIT if is_open else CLOSE

    def fill(self, node: Node, invocation: Invocation, pairs: Pairs, drained: Drained) -> None:
        """Take what is pending at the lowest time; the rest shows how far it is settled."""
        time = DONE
        for queue in node.queues:
            packets = queue.packets
            pending = packets[0].timestamp if packets else self._reached(queue.stream.bound)
            if queue.seen < pending < time:
                time = pending
        invocation.timestamp = time
        for queue, port in pairs:
            queue.is_watched = False
            port.packet = None
            packets = queue.packets
            pending = packets[0].timestamp if packets else self._reached(queue.stream.bound)
            if pending == time and queue.seen < time:
                queue.seen = time
                if packets:
                    port.packet = packets.popleft()
                    if queue.is_full:
                        drained(queue)
            settled_at = (
                packets[0].timestamp - 1 if packets else time_of.settled_before(queue.stream.bound)
            )
            port.settled = settled_at if settled_at > queue.seen else queue.seen

    def _reached(self, bound: int) -> int:
        """Return the time that a queue without packets is pending at, by its bound."""
        return MAX if bound >= time_of.ONE_OVER_POSTSTREAM else UNSTARTED


class ImmediateSettledRule(ImmediateRule):
    """Immediate, and also called whenever an input's bound moves."""

    def _reached(self, bound: int) -> int:
        return time_of.settled_before(bound)


class SyncSetRule:
    """Each set of inputs by the default rule; of several ready sets the lowest time first.

    With `process_timestamps`, a set is also called for times that are settled and empty.
    """

    def __init__(self, sets: Sequence[Sequence[int]], *, process_timestamps: bool) -> None:
        self.sets = tuple(tuple(each) for each in sets)
        self.rule = SettledSetLook() if process_timestamps else DefaultSetLook()
        self.last = [UNSTARTED] * len(self.sets)
        self.chosen = 0

    def review(self, node: Node) -> Verdict:
        """Look at every set by itself."""
        best, is_open, lowest_bound = DONE, False, DONE
        obstacles = []
        for number, members in enumerate(self.sets):
            queues = [node.queues[position] for position in members]
            for queue in queues:
                queue.is_watched = False
            time, obstacle = self.rule.look(queues, self.last[number])
            if time < best:
                best, self.chosen = time, number
            if time < DONE or obstacle is not None:
                is_open = True
            if obstacle is not None:
                obstacles.append(obstacle)
            lowest_bound = min(lowest_bound, *(min(head(q), q.stream.bound) for q in queues))
        if best < DONE:
            node.ready_time = best
            return READY
        if not is_open:
            return CLOSE
        for obstacle in obstacles:
            obstacle.is_watched = True
        node.waiting_bound = lowest_bound
        return WAIT

    def fill(self, node: Node, invocation: Invocation, pairs: Pairs, drained: Drained) -> None:
        """Take the chosen set's packets; other sets show how far they are settled."""
        self.review(node)
        for queue in node.queues:
            queue.is_watched = False
        self.last[self.chosen] = invocation.timestamp = time = node.ready_time
        members = self.sets[self.chosen]
        for position, (queue, port) in enumerate(pairs):
            if position in members:
                take_at(queue, port, time, drained)
            else:
                port.packet = None
                port.settled = min(time_of.settled_before(queue.stream.bound), head(queue) - 1)


class DefaultSetLook:
    """How a set of inputs is judged by the default rule."""

    def look(self, queues: Sequence[Queue], last: int) -> tuple[int, Queue | None]:
        """Return the time the set is ready for (DONE: none) and the queue it waits for."""
        first = min(head(queue) for queue in queues)
        empty = [queue for queue in queues if not queue.packets and queue.stream.bound < DONE]
        obstacle = min(empty, key=lambda queue: queue.stream.bound, default=None)
        if obstacle is None or first < obstacle.stream.bound:
            return first, None
        return DONE, obstacle


class SettledSetLook:
    """How a set of inputs is judged where settled times count too."""

    def look(self, queues: Sequence[Queue], last: int) -> tuple[int, Queue | None]:
        """Return the time the set is ready for (DONE: none) and the queue it waits for."""
        open_queues = [queue for queue in queues if queue.packets or queue.stream.bound < DONE]
        slowest = min(open_queues, key=settled, default=None)
        if slowest is None:
            return DONE, None
        time = settled(slowest)
        return (time, None) if time > last else (DONE, slowest)


class FixedSizeRule(DefaultRule):
    """The default rule on queues that are cut when they grow to the trigger length.

    Which packets go, `fixed_min_size` decides: by default every queue that reached the trigger is
    cut to the target, and all queues lose what is older than the oldest kept packet; with it,
    nothing goes until every queue reached the trigger. Drops are counted in `Queue.dropped`.
    """

    def __init__(self, policy: FixedSizePolicy, drained: Drained) -> None:
        self.policy = policy
        self.drained = drained
        self.kept: int = UNSET

    def review(self, node: Node) -> Verdict:
        """Cut the queues, then judge by the default rule. Every arrival may cut: watch all."""
        self._cut(node, keeps_one=False)
        verdict = super().review(node)
        if verdict is WAIT:
            for queue in node.queues:
                queue.is_watched = True
        return verdict

    def fill(self, node: Node, invocation: Invocation, pairs: Pairs, drained: Drained) -> None:
        """Cut again, for more may have come since, and take the first set that is left."""
        self._cut(node, keeps_one=True)
        node.ready_time = min(head(queue) for queue in node.queues)
        super().fill(node, invocation, pairs, drained)

    def _cut(self, node: Node, *, keeps_one: bool) -> None:
        queues = node.queues
        trigger, target = self.policy.trigger_queue_size, self.policy.target_queue_size
        if self.policy.fixed_min_size:
            if any(len(queue.packets) < trigger for queue in queues):
                return
            self.kept = min(_time_among_latest(queue, target) for queue in queues)
        else:
            for queue in queues:
                kept = target if len(queue.packets) >= trigger else trigger - 1
                if len(queue.packets) > kept:
                    last_dropped = _time_among_latest(queue, kept + 1)
                    self.kept = max(self.kept, time_of.next_allowed(last_dropped))
            if keeps_one:
                self.kept = min(self.kept, _newest_settled(queues))
        for queue in queues:
            while queue.packets and queue.packets[0].timestamp < self.kept:
                queue.packets.popleft()
                queue.dropped += 1
            if queue.is_full:
                self.drained(queue)


def _newest_settled(queues: Sequence[Queue]) -> int:
    """The newest time at which there is a packet and every input is settled.

    MediaPipe keeps the newest settled time, packet or not; its node can then be called for a time
    without packets.
    """
    least = min(
        time_of.next_allowed(queue.packets[-1].timestamp) if queue.packets else queue.stream.bound
        for queue in queues
    )
    times = (packet.timestamp for queue in queues for packet in queue.packets)
    return max(time for time in times if time < least)


def _time_among_latest(queue: Queue, count: int) -> int:
    """The lowest time among the newest `count` packets."""
    return queue.packets[max(0, len(queue.packets) - count)].timestamp
