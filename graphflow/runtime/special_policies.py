"""The rarer input policies: batches, barriers, an early end, alignment of clocks, a multiplexer.

Source: MediaPipe, framework/stream_handler/*.cc.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import Any, SupportsIndex

from graphflow.nodes.contract import port_name
from graphflow.plan import NodePlan
from graphflow.runtime.elements import Invocation, Node, Queue, Step
from graphflow.runtime.policies import (
    CLOSE,
    READY,
    WAIT,
    DefaultRule,
    Drained,
    Pairs,
    Verdict,
    head,
    take_at,
)
from graphflow.words import timestamp as time_of
from graphflow.words.errors import ContractError

DONE, MIN, MAX, UNSET = time_of.DONE, time_of.MIN, time_of.MAX, time_of.UNSET


def is_over(queue: Queue) -> bool:
    """Whether nothing waits in the queue, and nothing will come."""
    return not queue.packets and queue.stream.bound == DONE


def _watch(node: Node, *, is_watched: bool) -> None:
    for queue in node.queues:
        queue.is_watched = is_watched


class BatchRule(DefaultRule):
    """The default rule, but a node waits until several sets are complete, then runs on all.

    Meanwhile only the first set's time is handed on. What is left at the end is a smaller batch.

    Attributes:
        left: sets of the batch under way that are still to come.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.left = 0

    def review(self, node: Node) -> Verdict:
        """Judge by the default rule, and count complete sets. Every move may complete one."""
        verdict = super().review(node)
        if verdict is READY and not self.left and not self.is_complete(node):
            node.waiting_bound = node.ready_time
            verdict = WAIT
        if verdict is WAIT:
            _watch(node, is_watched=True)
        return verdict

    def fill(self, node: Node, invocation: Invocation, pairs: Pairs, drained: Drained) -> None:
        """Take one set of the batch."""
        self.left = (self.left or self.size) - 1
        super().fill(node, invocation, pairs, drained)

    def is_complete(self, node: Node) -> bool:
        """Whether a batch of sets is settled at all inputs, or no more can come."""
        lowest = min(queue.stream.bound for queue in node.queues)
        times = {
            packet.timestamp
            for queue in node.queues
            for packet in queue.packets
            if packet.timestamp < lowest
        }
        return lowest == DONE or len(times) >= self.size


class EarlyCloseRule(DefaultRule):
    """The default rule, but the node is closed as soon as one input is over."""

    def review(self, node: Node) -> Verdict:
        """Look for an input that is over; the end of any one counts, so watch all."""
        if any(is_over(queue) for queue in node.queues):
            _watch(node, is_watched=False)
            return CLOSE
        verdict = super().review(node)
        if verdict is WAIT:
            _watch(node, is_watched=True)
        return verdict


class BarrierRule:
    """One packet of every input, whatever their times; the lowest of them is the call's.

    The node is closed as soon as one input is over.
    """

    def review(self, node: Node) -> Verdict:
        """Say whether every queue has a packet."""
        _watch(node, is_watched=False)
        if any(is_over(queue) for queue in node.queues):
            return CLOSE
        empty = [queue for queue in node.queues if not queue.packets]
        if not empty:
            node.ready_time = min(head(queue) for queue in node.queues)
            return READY
        for queue in empty:
            queue.is_watched = True
        node.waiting_bound = min(min(head(queue), queue.stream.bound) for queue in node.queues)
        return WAIT

    def fill(self, node: Node, invocation: Invocation, pairs: Pairs, drained: Drained) -> None:
        """Take the first packet of every queue."""
        invocation.timestamp = node.ready_time
        for queue, port in pairs:
            take_at(queue, port, head(queue), drained)


class AlignRule:
    """The default rule on inputs whose clocks differ: all times are shifted to the base input's.

    Until every input has had a packet, those of the base pass alone; then the first packets are
    taken to be of one moment.

    Args:
        base: position of the input whose clock counts.

    Attributes:
        offsets: what is added to each input's times; None before they are known.
    """

    def __init__(self, base: int) -> None:
        self.base = base
        self.offsets: tuple[int, ...] | None = None

    def review(self, node: Node) -> Verdict:
        """Find the first aligned time, and whether every empty queue is settled there."""
        _watch(node, is_watched=False)
        first, lowest, obstacle = self.look(node)
        if first < lowest:
            node.ready_time = first
            return READY
        if obstacle is None:
            return CLOSE
        obstacle.is_watched = True
        node.waiting_bound = lowest
        return WAIT

    def look(self, node: Node) -> tuple[int, int, Queue | None]:
        """Return the first packet's time, the lowest bound of an empty queue, and that queue."""
        first = lowest = DONE
        obstacle = None
        queues = node.queues if self.offsets else (node.queues[self.base],)
        for queue, offset in zip(queues, self.offsets or (0,), strict=True):
            first = min(first, _moved(head(queue), offset))
            bound = _moved(queue.stream.bound, offset)
            if not queue.packets and bound < lowest:
                lowest, obstacle = bound, queue
        return first, lowest, obstacle

    def fill(self, node: Node, invocation: Invocation, pairs: Pairs, drained: Drained) -> None:
        """Take the packets at the time found, and give them that time."""
        invocation.timestamp = time = node.ready_time
        if self.offsets is None and all(queue.packets for queue in node.queues):
            self.offsets = tuple(_between(head(queue), time) for queue in node.queues)
        for position, (queue, port) in enumerate(pairs):
            offset = self.offsets[position] if self.offsets else 0
            is_present = self.offsets is not None or position == self.base
            at = head(queue) if is_present and _moved(head(queue), offset) <= time else UNSET
            take_at(queue, port, at, drained)
            port.settled = time
            if port.packet is not None and at != time:
                port.packet = port.packet.at(time)


def _moved(time: int, offset: int) -> int:
    return time_of.shifted(time, offset) if MIN <= time <= MAX else time


def _between(time: int, base: int) -> int:
    return base - time if time_of.is_range_value(time) and time_of.is_range_value(base) else 0


class MuxRule:
    """The packet of a control input chooses, at each time, which other input is waited for.

    The control input is the last one, sorted by tag and index; the others are numbered in this
    order. Whatever the choice leaves behind is dropped, and counted in `Queue.dropped`. The node is
    closed when the control input is over.
    """

    def __init__(self, plan: NodePlan, drained: Drained) -> None:
        names = {(each.tag, each.index): at for at, each in enumerate(plan.inputs)}
        *self.choices, self.control = (names[key] for key in sorted(names))
        control = plan.inputs[self.control]
        self.name = port_name(control.tag, control.index)
        self.drained = drained

    def review(self, node: Node) -> Verdict:
        """Drop what is too old, and look at the control input and at the input it chooses."""
        control = node.queues[self.control]
        time = min(head(control), control.stream.bound)
        for position in self.choices:
            self._drop_before(node.queues[position], time)
        verdict = self._judge(node)
        node.ready_time = node.waiting_bound = time
        _watch(node, is_watched=verdict is WAIT)
        return verdict

    def _judge(self, node: Node) -> Verdict:
        """Say whether the chosen input is settled; one that does not exist keeps nobody waiting."""
        control = node.queues[self.control]
        if not control.packets:
            return CLOSE if control.stream.bound == DONE else WAIT
        position = self.chosen(control.packets[0].value)
        if position is None:
            return READY
        queue = node.queues[position]
        return READY if queue.packets or queue.stream.bound > head(control) else WAIT

    def fill(self, node: Node, invocation: Invocation, pairs: Pairs, drained: Drained) -> None:
        """Take the control packet and the chosen one, and drop the others up to their time.

        A choice that does not exist makes the call fail.
        """
        invocation.timestamp = time = node.ready_time
        invocation.set_step(Step.PROCESS)
        value = node.queues[self.control].packets[0].value
        chosen = self.chosen(value)
        if chosen is None:
            invocation.call = self._refusal(value)
        for position, (queue, port) in enumerate(pairs):
            if position == self.control or position == chosen:
                self._drop_before(queue, time)
                take_at(queue, port, time, drained)
            else:
                self._drop_before(queue, time_of.next_allowed(time))
                port.packet = None
                port.settled = min(time_of.settled_before(queue.stream.bound), head(queue) - 1)

    def chosen(self, value: Any) -> int | None:
        """Return the position of the input that a control packet chooses."""
        number = index(value) if isinstance(value, SupportsIndex) else -1
        return self.choices[number] if 0 <= number < len(self.choices) else None

    def _refusal(self, value: Any) -> Callable[[Any], None]:
        def refuse(context: Any) -> None:
            last = len(self.choices) - 1
            raise ContractError(
                f"input {self.name}: found {value!r}; expected the number of an input, 0 to {last}"
            )

        return refuse

    def _drop_before(self, queue: Queue, time: int) -> None:
        while queue.packets and queue.packets[0].timestamp < time:
            queue.packets.popleft()
            queue.dropped += 1
        if queue.is_full:
            self.drained(queue)
