"""The drop ledger: what became of every packet that was delivered to a node's input.

Only what is rare is counted where it happens, and each packet once as its stream carries it; what
was consumed is the rest. The simulation counts that by itself, and compares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import field

from graphflow.nodes.contract import port_name
from graphflow.runtime.elements import Node, Queue, Stream
from graphflow.words.quick_dataclass import dataclass

BY_POLICY = "thrown away by the input policy"
AT_CLOSE = "still waiting when the node was closed"
TOO_LATE = "too late"
SKIPPED = "in calls that failed and were passed over"

Reasons = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Loss:
    """What was lost at one place for one reason. `str` is the sentence.

    Attributes:
        node: where; "" for a graph input.
        port: the input, or the output; "" for a graph input, and for calls.
        stream: "" for calls.
        reason: why, in words.
        count: packets; calls, for calls that were passed over.
        is_output: the node had these packets for an output, and did not emit them.
    """

    node: str
    port: str
    stream: str
    reason: str
    count: int
    is_output: bool = False

    @property
    def is_of_packets(self) -> bool:
        """Whether packets are counted, not calls."""
        return bool(self.stream)

    def __str__(self) -> str:
        if not self.is_of_packets:
            times = "once" if self.count == 1 else f"{self.count} times"
            return f'node "{self.node}", {times}: {self.reason}'
        packets = "1 packet" if self.count == 1 else f"{self.count} packets"
        side = "output" if self.is_output else "input"
        place = f'{side} {self.port} of node "{self.node}"' if self.node else "the graph input"
        return f'{packets} of stream "{self.stream}" at {place}: {self.reason}'


@dataclass(frozen=True)
class Entry:
    """One input of one node.

    Attributes:
        node, port, stream: which input, and what feeds it.
        delivered: packets that came; the sum of `consumed` to `queued`.
        consumed: given to a call, whether it succeeded or not.
        dropped: thrown away by the node's input policy.
        discarded: left when the node was closed, and thrown away.
        abandoned: left when the run failed or was cancelled, and thrown away.
        queued: still waiting.
        lost: of those consumed, what the node said that it dropped, by its reasons.
        left_out: of those consumed, what the node said that it left out on purpose.
    """

    node: str
    port: str
    stream: str
    delivered: int
    consumed: int
    dropped: int
    discarded: int
    queued: int
    abandoned: int = 0
    lost: Reasons = ()
    left_out: Reasons = ()

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What was lost here, by reason."""
        counts = ((BY_POLICY, self.dropped), (AT_CLOSE, self.discarded), *self.lost)
        return tuple(
            Loss(self.node, self.port, self.stream, reason, count)
            for reason, count in counts
            if count
        )


@dataclass(frozen=True)
class Ledger:
    """What became of all packets of a run so far.

    Attributes:
        entries: one for each input of each node.
        late: by graph input, packets that came too late, and were dropped.
        bumped: by graph input, packets that came too late, and were moved to a later time; and by
            stream, packets that a source moved, since their own time was no good.
        skipped: by node, failed calls that were passed over.
        unsent: what sources told of packets that they had, and did not emit.
    """

    entries: tuple[Entry, ...]
    late: dict[str, int] = field(default_factory=dict)
    bumped: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    unsent: tuple[Loss, ...] = ()

    @property
    def dropped(self) -> int:
        """All packets that input policies threw away."""
        return sum(entry.dropped for entry in self.entries)

    @property
    def losses(self) -> tuple[Loss, ...]:
        """Everything that was lost, but for what a failure or a cancel left behind.

        These are packets that came too late to a graph input, that a source had and did not emit,
        that an input policy threw away, that waited at a node when it was closed, or that a node
        said it dropped; and failed calls that were passed over. What a node leaves out on purpose
        is no loss.
        """
        late = [Loss("", "", name, TOO_LATE, count) for name, count in self.late.items()]
        skipped = [Loss(name, "", "", SKIPPED, count) for name, count in self.skipped.items()]
        kept = (loss for entry in self.entries for loss in entry.losses)
        return (*late, *self.unsent, *kept, *skipped)


def ledger_of(nodes: Iterable[Node], inputs: Iterable[Stream]) -> Ledger:
    """Draw up the ledger, at any time between two reports."""
    nodes, inputs = tuple(nodes), tuple(inputs)
    return Ledger(
        entries=tuple(
            _entry(node, position, queue)
            for node in nodes
            for position, queue in enumerate(node.queues)
        ),
        late={stream.name: stream.late for stream in inputs if stream.late},
        bumped={
            **{stream.name: stream.bumped for stream in inputs if stream.bumped},
            **{
                output.stream: output.bumped
                for node in nodes
                for output in node.slot.shards
                if output.bumped
            },
        },
        skipped={node.plan.name: node.skipped for node in nodes if node.skipped},
        unsent=tuple(loss for node in nodes for loss in _unsent(node)),
    )


def _unsent(node: Node) -> Iterable[Loss]:
    """Return what a node had for its outputs and did not emit; sources have one call at a time."""
    for output in node.slot.shards:
        port = port_name(output.tag, output.index)
        for reason, count in _sum([output.lost]):
            yield Loss(node.plan.name, port, output.stream, reason, count, is_output=True)


def _entry(node: Node, position: int, queue: Queue) -> Entry:
    plan = node.plan.inputs[position]
    ports = [call.ports[position] for call in (*node.idle, *node.running)]
    return Entry(
        node=node.plan.name,
        port=port_name(plan.tag, plan.index),
        stream=queue.stream.name,
        delivered=queue.delivered,
        consumed=queue.consumed,
        dropped=queue.dropped,
        discarded=queue.discarded,
        queued=len(queue.packets),
        abandoned=queue.abandoned,
        lost=_sum(port.lost for port in ports),
        left_out=_sum(port.left_out for port in ports),
    )


def _sum(counts: Iterable[Counter[str] | None]) -> Reasons:
    total: Counter[str] = Counter()
    for each in counts:
        if each:
            total.update(each.copy())  # a call may be counting now, in another thread
    return tuple(sorted(total.items()))
