"""Back-pressure: full queues hold their roots back, the sources and graph inputs upstream of them.

Each root counts the full queues downstream of it, so asking whether it is held back is reading a
number. Nodes in between are never held back; after a burst a queue may be longer than its limit.
"""

from __future__ import annotations

from collections.abc import Iterable

from graphflow.runtime.elements import Node, Queue, State, Stream
from graphflow.words.timestamp import DONE


def mark_full(queue: Queue) -> None:
    """Hold the roots of a queue back that has reached its limit."""
    queue.is_full = True
    for root in queue.roots:
        root.throttled += 1
        source = root.source
        if source is not None and not source.is_closing:
            source.pool.ready &= ~source.bit


def mark_drained(queue: Queue, work: list[Node]) -> None:
    """Let the roots of a full queue go if it is below its limit; sources that may go are `work`."""
    if not queue.is_full or len(queue.packets) >= queue.limit:
        return
    queue.is_full = False
    for root in queue.roots:
        root.throttled -= 1
        if root.throttled:
            continue
        if root.source is not None:
            work.append(root.source)
        else:
            root.tell_room()


def find_held_back(nodes: Iterable[Node], roots: Iterable[Stream]) -> list[Queue]:
    """Return the full queues that keep one of the roots waiting which would go on if it could.

    A source is not held back as long as the application can still end the wait, by feeding a graph
    input: else an endless source would fill the memory while nobody feeds.
    """
    waiting = {stream for stream in roots if stream.throttled and _wants_more(stream)}
    if not waiting:
        return []
    awaited = {stream for stream in waiting if stream.is_awaited}
    return [
        queue
        for node in nodes
        for queue in node.queues
        if queue.is_full
        and not waiting.isdisjoint(queue.roots)
        and not (awaited.isdisjoint(queue.roots) and _waits_for_application(node))
    ]


def _waits_for_application(node: Node) -> bool:
    """Whether an empty input of a node may still get packets from an open graph input."""
    return any(
        root.is_input and root.bound < DONE
        for queue in node.queues
        if not queue.packets
        for root in queue.roots
    )


def grow(queue: Queue, work: list[Node]) -> None:
    """Give a full queue room for one packet more.

    Source: MediaPipe, framework/calculator_graph.cc, UnthrottleSources.
    """
    queue.limit = len(queue.packets) + 1
    mark_drained(queue, work)


def _wants_more(stream: Stream) -> bool:
    """Whether a root that is held back would go on if it could."""
    source = stream.source
    if source is not None:
        is_running = source.state is State.OPEN and not source.is_exhausted
        return is_running and not source.is_dormant
    return stream.is_awaited
