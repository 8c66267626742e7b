"""Blame: who is to move before a node can go on, and where such chains end.

Theory. *Subjects* are the nodes that are not closed, and the open graph inputs that something
waits for. Each has its *obstacles*: subjects of which one must move first. A subject without
obstacles is a root cause; so is a ring of subjects, of which the one that waits at a back edge, or
else the first of the plan, speaks for all. Everybody who reaches a root waits for it.

Queues are looked at by copies, for whoever asks may do so while another thread feeds the graph.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from graphflow.plan import Plan
from graphflow.runtime.elements import Node, Queue, State, Stream
from graphflow.words.timestamp import DONE, UNSET
from graphflow.words.waits import Reason

Subject: TypeAlias = Node | Stream


def head_of(queue: Queue) -> int:
    """Return the time of the first packet, or DONE."""
    packets = tuple(queue.packets)
    return packets[0].timestamp if packets else DONE


def lowest_of(node: Node) -> int:
    """Return the lowest time at which a node can still be called."""
    return min(min(head_of(queue), queue.stream.bound) for queue in node.queues)


def awaited_of(node: Node) -> list[Queue]:
    """Return the empty queues at one of which something must come."""
    watched = [queue for queue in node.queues if queue.is_watched and not queue.packets]
    return [queue for queue in watched if queue.stream.bound < DONE] or watched


def reason_of(subject: Subject) -> Reason:
    """Say why a subject does not go on."""
    if isinstance(subject, Stream):
        is_held = subject.throttled and subject.is_awaited
        return Reason.HELD_BACK if is_held else Reason.NOT_FED
    if subject.state is State.NEW:
        if subject.missing_sides:
            return Reason.SIDE_PACKET
        return Reason.HEADER if subject.missing_headers else Reason.READY
    if subject.free <= 0 or subject.running:
        return Reason.RUNNING
    if subject.pool.ready & subject.bit:
        return Reason.READY
    if subject.is_source:
        return Reason.LAYER if subject.is_dormant else Reason.HELD_BACK
    return Reason.INPUT


def needs_of(nodes: Sequence[Node], producers: Mapping[Stream, Node]) -> dict[Node, int]:
    """Return which time each node must settle: for its own packets, or for those behind it.

    The oldest packets are asked first, and each node is asked once, so rings end too.
    """
    pending = [
        (min(head_of(queue) for queue in node.queues), node)
        for node in nodes
        if node.queues and reason_of(node) is Reason.INPUT
    ]
    needs: dict[Node, int] = {}
    for time, node in sorted(pending, key=lambda each: each[0]):
        asked = [node] if time < DONE else []
        while asked:
            each = asked.pop()
            if each in needs or reason_of(each) is not Reason.INPUT:
                continue
            needs[each] = time
            streams = [queue.stream for queue in awaited_of(each) if queue.stream.bound <= time]
            asked += [producers[stream] for stream in streams if stream in producers]
    return needs


class Blame:
    """Who waits for whom, at one moment.

    Args:
        nodes: all nodes of the run.
        inputs: its graph inputs.
        plan: the graph.

    Attributes:
        subjects: what does not go on: open nodes in the plan's order, then graph inputs.
        needs: by node, the time that it must settle before something can go on.
        obstacles: by subject, who must move first.
        roots: the root causes, those that most nodes wait for first.
        waiting: by root, how many nodes wait for it.
        root_of: by subject, its root; not for roots.
        rings: by root, the ring it speaks for, in which each waits for the next.
    """

    def __init__(self, nodes: Iterable[Node], inputs: Iterable[Stream], plan: Plan) -> None:
        self.nodes = tuple(node for node in nodes if node.state is not State.CLOSED)
        self._plan = plan
        self.producers = {stream: node for node in self.nodes for stream in node.produced}
        self.needs = needs_of(self.nodes, self.producers)
        self.obstacles: dict[Subject, list[Subject]] = {
            node: self._obstacles(node) for node in self.nodes
        }
        for stream in inputs:
            if any(stream in each for each in self.obstacles.values()) or stream.is_awaited:
                self.obstacles[stream] = list(self._full_below(stream, stream.is_awaited))
        self.subjects = tuple(self.obstacles)
        self.rings: dict[Subject, list[Subject]] = {}
        self.waiting: dict[Subject, int] = {}
        self.root_of: dict[Subject, Subject] = {}
        self._find_roots()
        self.roots = sorted(
            self.waiting, key=lambda root: (-self.waiting[root], root not in self.rings)
        )

    def names_of(self, indexes: Collection[int]) -> list[str]:
        """Return the names of nodes that are not closed, in the plan's order."""
        return [node.plan.name for node in self.nodes if node.index in indexes]

    def full_queues(self, root: Stream) -> list[Queue]:
        """Return the full queues that hold a source's first output, or a graph input, back."""
        return [
            queue
            for node in self.nodes
            for queue in node.queues
            if queue.is_full and root in queue.roots
        ]

    def breaks_promise(self, node: Node, queue: Queue) -> bool:
        """Whether who writes to `queue` has passed the time needed, and did not settle it."""
        writer, need = self.producers.get(queue.stream), self.needs.get(node, UNSET)
        return (
            writer is not None
            and need != UNSET
            and writer.idle_offset is None
            and reason_of(writer) is Reason.INPUT
            and queue.stream.bound <= need < lowest_of(writer)
        )

    def _obstacles(self, node: Node) -> list[Subject]:
        reason = reason_of(node)
        if reason is Reason.SIDE_PACKET:
            makers = {self._plan.side_packets[name].producer for name in node.missing_sides}
            return [each for each in self.nodes if each.index in makers]
        if reason is Reason.HEADER:
            return [each for each in self.nodes if each.index in node.missing_headers]
        if reason is Reason.READY:
            return [each for each in self.nodes if each.pool is node.pool and _is_running(each)]
        if reason is Reason.LAYER:
            layer = node.plan.source_layer
            return [
                each for each in self.nodes if each.is_source and each.plan.source_layer < layer
            ]
        if reason is Reason.HELD_BACK:
            return list(self._full_below(node.outputs[0], True))
        if reason is Reason.INPUT:
            return [
                self.producers.get(queue.stream, queue.stream)
                for queue in awaited_of(node)
                if queue.stream.bound < DONE and not self.breaks_promise(node, queue)
            ]
        return []

    def _full_below(self, root: Stream, is_held: bool) -> dict[Subject, None]:
        return dict.fromkeys(queue.node for queue in self.full_queues(root)) if is_held else {}

    def _find_roots(self) -> None:
        blamed_by: dict[Subject, list[Subject]] = {subject: [] for subject in self.subjects}
        for subject, obstacles in self.obstacles.items():
            for each in obstacles:
                blamed_by[each].append(subject)
        ends = [subject for subject in self.subjects if not self.obstacles[subject]]
        for end in ends:
            self._spread(end, blamed_by)
        for subject in self.subjects:
            if subject not in self.waiting and subject not in self.root_of:
                ring = self._ring_from(subject)
                root = min(ring, key=self._rank_in_ring)
                start = ring.index(root)
                self.rings[root] = [*ring[start:], *ring[:start]]
                self._spread(root, blamed_by)

    def _spread(self, root: Subject, blamed_by: Mapping[Subject, Sequence[Subject]]) -> None:
        """Count who reaches a root, and note it for those that have none yet."""
        seen: dict[Subject, None] = {root: None}
        asked = [root]
        while asked:
            for each in blamed_by[asked.pop()]:
                if each not in seen:
                    seen[each] = None
                    self.root_of.setdefault(each, root)
                    asked.append(each)
        self.waiting[root] = sum(isinstance(each, Node) for each in seen if each is not root)

    def _ring_from(self, subject: Subject) -> list[Subject]:
        path: dict[Subject, int] = {}
        while subject not in path:
            path[subject] = len(path)
            subject = self.obstacles[subject][0]
        return list(path)[path[subject] :]

    def _rank_in_ring(self, subject: Subject) -> tuple[bool, int]:
        if isinstance(subject, Stream):
            return True, -1
        return back_edge_of(subject) is None, subject.index


def back_edge_of(node: Node) -> Queue | None:
    """Return the queue of a back edge at which a node waits, if it does."""
    if reason_of(node) is not Reason.INPUT:
        return None
    awaited = awaited_of(node)
    for queue, port in zip(node.queues, node.plan.inputs, strict=True):
        if port.is_back_edge and queue in awaited:
            return queue
    return None


def _is_running(node: Node) -> bool:
    return reason_of(node) is Reason.RUNNING
