"""Comparing: what a call made again gave, with what it gave in the run, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphflow.nodes.codecs import CodecError, codecs
from graphflow.recording.calls import Gave, RecordedCall
from graphflow.recording.description import NodeDescription, end_name
from graphflow.recording.format import pack
from graphflow.recording.nodes import Made
from graphflow.recording.reading import LeftOut, Recording, Unrecorded
from graphflow.words import timestamp as time_of
from graphflow.words.packet import Packet


@dataclass(frozen=True)
class Difference:
    """One thing that a call gave otherwise than in the run.

    Attributes:
        node, step, timestamp: the call.
        what: where, what was found, and what was expected.
    """

    node: str
    step: str
    timestamp: int
    what: str

    def __str__(self) -> str:
        when = f" at {time_of.text(self.timestamp)} µs" if self.step == "process" else ""
        return f'node "{self.node}" in {self.step}{when}: {self.what}'


class Comparison:
    """Compares calls with a recording.

    Attributes:
        changed: packets that a replay made otherwise, or that were left out, by stream and time:
            later calls are given them.
        packets: how many were compared.
    """

    def __init__(self, recording: Recording) -> None:
        self.changed: dict[tuple[str, int], Packet] = {}
        self.packets = 0
        self._recording = recording

    def find(self, stream: str, time: int) -> Packet:
        """Return the packet that a replayed call is given."""
        found = self.changed.get((stream, time))
        return self._recording.packet(stream, time) if found is None else found

    def of(self, node: NodeDescription, call: RecordedCall, made: Made) -> Iterator[Difference]:
        """Give the differences of one call."""
        for what in self._of(node, call, made):
            yield Difference(call.node, call.step, call.timestamp, what)

    def _of(self, node: NodeDescription, call: RecordedCall, made: Made) -> Iterator[str]:
        if made.error != call.error:
            yield f"found {made.error or 'no error'}; expected {call.error or 'no error'}"
            return
        outputs = zip(node.output_stream, call.outputs, made.packets, made.bounds, strict=True)
        for end, gave, packets, bound in outputs:
            yield from self._of_output(end, gave, packets, bound)
        if made.has_stopped != call.has_stopped:
            words = ("no call of stop", "a call of stop")
            yield f"found {words[made.has_stopped]}; expected {words[call.has_stopped]}"
        if pack(sorted(made.said.items())) != pack(sorted(call.said.items())):
            yield "the headers of its outputs differ"
        if set(made.sides) != set(call.made):
            yield f"found side packets {sorted(made.sides)}; expected {sorted(call.made)}"
        for name in sorted(set(made.sides) & set(call.made)):
            expected = self._recording.side_packet(name)
            if not isinstance(expected, Unrecorded):
                what = difference(made.sides[name], expected)
                if what:
                    yield f'side packet "{name}": {what}'

    def _of_output(
        self, end: tuple[str, int, str], gave: Gave, packets: tuple[Packet, ...], bound: int
    ) -> Iterator[str]:
        stream = end[2]
        times = [packet.timestamp for packet in packets]
        if times != list(gave.times):
            found, expected = _packets(times), _packets(gave.times)
            yield f"output {end_name(end)}: found {found}; expected {expected}"
        elif bound != gave.bound:
            found, expected = time_of.text(bound), time_of.text(gave.bound)
            yield f"output {end_name(end)}: found bound {found}; expected {expected}"
        for packet in packets:
            self.packets += 1
            try:
                expected_value = self._recording.packet(stream, packet.timestamp).value
            except LeftOut:
                self.changed[stream, packet.timestamp] = packet
                continue
            words = difference(packet.value, expected_value)
            if words:
                self.changed[stream, packet.timestamp] = packet
                if packet.timestamp in gave.times:
                    at = time_of.text(packet.timestamp)
                    yield f"output {end_name(end)}: packet at {at}: {words}"


def difference(found: Any, expected: Any) -> str:
    """Say how two payloads differ; "" if they have the same bits."""
    try:
        if pack(codecs.encode(found)) == pack(codecs.encode(expected)):
            return ""
    except CodecError as fault:
        return str(fault)
    return codecs.difference(found, expected)


def _packets(times: Any) -> str:
    if not times:
        return "no packet"
    return "packets at " + ", ".join(map(time_of.text, times))
