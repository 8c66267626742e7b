"""The drop ledger: what became of every packet that was delivered to a node's input.

Only what is rare is counted where it happens, and each packet once as its stream carries it; what
was consumed is the rest. The simulation counts that by itself, and compares.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graphflow.contract import port_name
from graphflow.runtime.elements import Node, Queue, Stream


@dataclass(frozen=True)
class Entry:
    """One input of one node.

    Attributes:
        node, port, stream: which input, and what feeds it.
        delivered: packets that came; the sum of the following.
        consumed: given to a call, whether it succeeded or not.
        dropped: thrown away by the node's input policy.
        discarded: thrown away when the node was closed, or when the run failed.
        queued: still waiting.
    """

    node: str
    port: str
    stream: str
    delivered: int
    consumed: int
    dropped: int
    discarded: int
    queued: int


@dataclass(frozen=True)
class Ledger:
    """What became of all packets of a run so far.

    Attributes:
        entries: one for each input of each node.
        late: by graph input, packets that came too late, and were dropped or bumped.
        skipped: by node, failed calls that were passed over.
    """

    entries: tuple[Entry, ...]
    late: dict[str, int]
    skipped: dict[str, int]

    @property
    def dropped(self) -> int:
        """All packets that input policies threw away."""
        return sum(entry.dropped for entry in self.entries)


def ledger_of(nodes: Iterable[Node], inputs: Iterable[Stream]) -> Ledger:
    """Draw up the ledger, at any time between two reports."""
    nodes = tuple(nodes)
    return Ledger(
        entries=tuple(
            _entry(node, queue, port_name(port.tag, port.index))
            for node in nodes
            for queue, port in zip(node.queues, node.plan.inputs, strict=True)
        ),
        late={stream.name: stream.late for stream in inputs if stream.late},
        skipped={node.plan.name: node.skipped for node in nodes if node.skipped},
    )


def _entry(node: Node, queue: Queue, port: str) -> Entry:
    return Entry(
        node=node.plan.name,
        port=port,
        stream=queue.stream.name,
        delivered=queue.delivered,
        consumed=queue.consumed,
        dropped=queue.dropped,
        discarded=queue.discarded,
        queued=len(queue.packets),
    )
