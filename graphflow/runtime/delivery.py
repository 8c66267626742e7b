"""Delivery: packets and bounds reach queues, and the nodes that waited for them become work.

`work` is the list of nodes to look at again; the scheduler settles it to a fixed point. Functions,
not methods, for they need nothing else of it.
"""

from __future__ import annotations

from graphflow.runtime.elements import Node, Queue, Stream
from graphflow.runtime.throttle import mark_full
from graphflow.words import timestamp as time_of
from graphflow.words.bounds import bound_after
from graphflow.words.packet import Packet

MIN, MAX, UNSET = time_of.MIN, time_of.MAX, time_of.UNSET


def release_process(node: Node, time: int, work: list[Node]) -> Node | None:
    """Release a call of a node that has one invocation: the hot path.

    Returns:
        A consumer with one input that became ready by this, in hand: its packet is in its port, and
        waits to be taken at once, or to be `put_down`. None if there is none.
    """
    settled = time + 1
    offset = node.call_offset
    promised = settled if offset == 0 else UNSET if offset is None else bound_after(time, offset)
    in_hand = None
    for output, stream in node.outlets:
        packet = output.packet
        bound = output.bound
        if bound < promised:
            output.bound = bound = promised
        if packet is not None:
            output.packet = None
            stream.bound = bound
            stream.carried += 1
            if output.more:
                _put_all(output.more, packet, stream, work)
                continue
            for queue in stream.queues:
                if queue.is_watched:
                    consumer = queue.node
                    if consumer.is_single:
                        queue.is_watched = False
                        consumer.port.packet = packet
                        if in_hand is None:
                            in_hand = consumer
                        else:
                            put_down(consumer)
                        continue
                    work.append(consumer)
                packets = queue.packets
                packets.append(packet)
                if len(packets) == queue.limit:
                    mark_full(queue)
        elif bound > stream.bound:
            stream.bound = bound
            for queue in stream.queues:
                if queue.is_watched:
                    work.append(queue.node)
    if not node.is_single:
        _look_again(node, settled, work)
        return in_hand
    queue = node.queue
    if queue.stream.bound <= settled:  # so there is no packet either
        queue.is_watched = True
    elif queue.packets:
        node.pool.ready |= node.bit
    else:
        work.append(node)
    return in_hand


def put_down(node: Node) -> None:
    """Put the packet that a node has in hand into its queue: it is not the first to be taken.

    The queue was empty, so one packet never fills it.
    """
    packet = node.port.packet
    assert packet is not None, "nothing in hand"
    node.queue.packets.append(packet)
    node.pool.ready |= node.bit


def _look_again(node: Node, settled: int, work: list[Node]) -> None:
    """After a call of a node with several inputs: ready or waiting, by the shortest way to tell."""
    if node.is_join:
        # Every input is settled that far: one settled no further is empty, and the lowest, and
        # there is nothing new to hand on.
        for queue in node.queues:
            if queue.stream.bound == settled:
                queue.is_watched = True
                return
    work.append(node)


def put(queue: Queue, packet: Packet, work: list[Node]) -> None:
    """Add a packet to a queue."""
    queue.packets.append(packet)
    if queue.is_watched:
        consumer = queue.node
        if consumer.is_single:  # it was empty, so one packet never fills it
            queue.is_watched = False
            consumer.pool.ready |= consumer.bit
            return
        work.append(consumer)
    if len(queue.packets) == queue.limit:
        mark_full(queue)


def deliver(stream: Stream, packet: Packet, work: list[Node]) -> None:
    """Add a packet to all queues of a stream, whose bound it must have reached."""
    stream.bound = time_of.next_allowed(packet.timestamp)
    stream.carried += 1
    for queue in stream.queues:
        put(queue, packet, work)


def _put_all(more: list[Packet], packet: Packet, stream: Stream, work: list[Node]) -> None:
    packets = [packet, *more]
    stream.carried += len(more)
    more.clear()
    for each in packets:
        for queue in stream.queues:
            put(queue, each, work)


def hand_on(node: Node, work: list[Node]) -> None:
    """Promise downstream what a waiting node's inputs promise it."""
    bound, offset = node.waiting_bound, node.idle_offset
    if bound < MIN:
        return
    if node.error_stream is not None:
        raise_bound(node.error_stream, bound, work)
    if offset is None:
        return
    if bound <= MAX and offset:
        bound = time_of.shifted(bound, offset)
    for output, stream in zip(node.shards, node.outputs, strict=True):
        if bound > stream.bound:
            output.bound = bound
            raise_bound(stream, bound, work)


def raise_bound(stream: Stream, bound: int, work: list[Node]) -> None:
    """Raise a stream's bound; lower ones are ignored."""
    if bound > stream.bound:
        stream.bound = bound
        for queue in stream.queues:
            if queue.is_watched:
                work.append(queue.node)
