"""LossNotes: notes what was lost since the last look, by input policies, calls and late packets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from graphflow.nodes.context import Output
from graphflow.runtime.elements import Invocation, Node, Queue, Stream
from graphflow.runtime.ledger import AT_CLOSE, BY_POLICY, TOO_LATE
from graphflow.trace.events import Lost


class LossNotes:
    """Remembers what was noted of each queue, call and graph input, and notes what came since.

    Args:
        inputs: the graph's.
        stream_index: of every stream.
        note: takes the notes.
    """

    def __init__(
        self,
        inputs: Iterable[Stream],
        stream_index: Mapping[Stream, int],
        note: Callable[[Lost], None],
    ) -> None:
        self._stream_index = stream_index
        self._note = note
        self._thrown_away: dict[Queue, tuple[int, int]] = {}
        self._told: Counter[tuple[Invocation, int, str]] = Counter()
        self._unsent: Counter[tuple[Output, str]] = Counter()
        self._late = dict.fromkeys(inputs, 0)

    def look_at_queues(self, node: Node, now_ns: int) -> None:
        """Note what was thrown away in a node's queues."""
        for port, queue in enumerate(node.queues):
            if not queue.dropped and not queue.discarded:
                continue
            dropped, discarded = self._thrown_away.get(queue, (0, 0))
            self._thrown_away[queue] = (queue.dropped, queue.discarded)
            for reason, count in (
                (BY_POLICY, queue.dropped - dropped),
                (AT_CLOSE, queue.discarded - discarded),
            ):
                if count:
                    stream = self._stream_index[queue.stream]
                    self._note(Lost(now_ns, node.index, port, stream, reason, count))

    def look_at_told(self, invocation: Invocation, now_ns: int) -> None:
        """Note what a call said that it dropped."""
        node = invocation.node
        for port, given in enumerate(invocation.ports):
            for reason, total in (given.lost or {}).items():
                count = total - self._told[invocation, port, reason]
                if count:
                    self._told[invocation, port, reason] = total
                    stream = self._stream_index[node.queues[port].stream]
                    self._note(Lost(now_ns, node.index, port, stream, reason, count))
        if node.is_source:
            self._look_at_outputs(invocation, now_ns)

    def _look_at_outputs(self, source: Invocation, now_ns: int) -> None:
        for output, stream in zip(source.shards, source.node.outputs, strict=True):
            for reason, total in (output.lost or {}).items():
                count = total - self._unsent[output, reason]
                if count:
                    self._unsent[output, reason] = total
                    index = self._stream_index[stream]
                    self._note(Lost(now_ns, source.node.index, -1, index, reason, count))

    def look_at_input(self, stream: Stream, now_ns: int) -> None:
        """Note which packets came too late to a graph input."""
        count = stream.late - self._late[stream]
        if count:
            self._late[stream] = stream.late
            self._note(Lost(now_ns, -1, -1, self._stream_index[stream], TOO_LATE, count))

    def look_at_inputs(self, now_ns: int) -> None:
        """Note which packets came too late to any graph input."""
        for stream in self._late:
            self.look_at_input(stream, now_ns)
