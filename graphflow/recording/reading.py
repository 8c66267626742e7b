"""Reading: a recording as packets by stream and time, and calls in their order.

The file is read through once, which checks all of it; only places are kept. Payloads are read when
they are asked for, chunk by chunk, so that memory does not grow with the length of a recording.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import cache
from os import PathLike
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from graphflow.nodes.codecs import codecs
from graphflow.nodes.registry import load_plugins
from graphflow.recording.calls import RecordedCall
from graphflow.recording.description import GraphDescription
from graphflow.recording.faults import RecordingError
from graphflow.recording.format import END, GRAPH, INPUT, NODE, SIDE, STREAM, VERSIONS, unpack
from graphflow.recording.scanning import Chunk, Scan, read_chunk
from graphflow.words.closing import Closing
from graphflow.words.packet import Packet
from graphflow.words.timestamp import text as time_text

CHUNKS_MAX: Final = 8
"""Chunks kept in memory: consumers read what producers wrote not long before."""

PACKETS_MAX: Final = 64
"""Decoded packets kept in memory."""


class Place(NamedTuple):
    """Where a message is: which chunk, and which message in it."""

    chunk: int
    at: int


class Unrecorded(NamedTuple):
    """A value that was not written, for its class has no codec."""

    kind: str


class LeftOut(RecordingError):
    """A packet was left out, for its payload has no codec."""


class Recording(Closing):
    """A recording, opened for reading; close it, or use it in a with statement.

    Args:
        path: the file.
        salvage: read what can be read of a damaged file; otherwise it is refused.

    Attributes:
        graph: what was recorded.
        versions: of the format, of programs and of libraries, by name.
        end: `status` and `error` of the run, and what was skipped; empty where the end is missing.
        damage: what is wrong with the file, with the byte from which on; "" for nothing.

    Raises:
        RecordingError: it is no recording, or of a newer format, or damaged; with `salvage`, only
            if nothing can be read.
    """

    def __init__(self, path: str | PathLike[str], *, salvage: bool = False) -> None:
        _load_codecs()
        self.path = Path(path)
        self.versions: Mapping[str, str] = {}
        self.end: Mapping[str, str] = {}
        self._packets: dict[str, dict[int, Place]] = {}
        self._bounds: dict[str, list[Place]] = {}
        self._calls: list[tuple[str, Place]] = []
        self._sides: dict[str, Place] = {}
        self._chunks: list[Chunk] = []
        self._loaded: OrderedDict[int, list[bytes]] = OrderedDict()
        self._decoded: OrderedDict[tuple[str, int], Packet] = OrderedDict()
        self._file: IO[bytes] = _opened(self.path)
        try:
            self.graph, self.damage = self._scan()
        except RecordingError as fault:
            self._file.close()
            raise RecordingError(f"{self.path}: {fault}") from fault
        if self.damage and not salvage:
            self._file.close()
            raise RecordingError(
                f"{self.path}: {self.damage}; {len(self._calls)} calls before that can be read\n"
                "  hint: --salvage (in Python, salvage=True) reads them"
            )

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    # ---- what is in it ------------------------------------------------------------------------

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams that have packets, in the order of the first ones."""
        return tuple(self._packets)

    def times(self, stream: str) -> tuple[int, ...]:
        """Return the times of a stream's packets, in order."""
        return tuple(sorted(self._packets.get(stream, ())))

    def packets(self, stream: str) -> Iterator[Packet]:
        """Give the packets of a stream, in order, one at a time in memory.

        Raises:
            RecordingError: a payload was not recorded, or can't be decoded here.
        """
        return (self.packet(stream, time) for time in self.times(stream))

    def packet(self, stream: str, time: int) -> Packet:
        """Return a packet; arrays in it can't be written to.

        Raises:
            RecordingError: it was not recorded, or can't be decoded here.
        """
        found = self._decoded.get((stream, time))
        if found is None:
            found = Packet(self._payload(stream, time), time)
            self._decoded[stream, time] = found
            if len(self._decoded) > PACKETS_MAX:
                self._decoded.popitem(last=False)
        return found

    def bounds(self, stream: str) -> tuple[int, ...]:
        """Return what was promised of a graph input besides its packets, in order."""
        return tuple(int(self._content(place)) for place in self._bounds.get(stream, ()))

    def calls(self, node: str | None = None) -> Iterator[RecordedCall]:
        """Give the calls, in the order in which they ended: of one node, or of all.

        Raises:
            RecordingError: a call can't be read.
        """
        for name, place in self._calls:
            if node is None or name == node:
                yield RecordedCall.from_plain(name, self._content(place))

    def side_packet(self, name: str) -> Any:
        """Return a side packet's value, or `Unrecorded` with the class where it has no codec.

        Raises:
            KeyError: no recorded node had a side packet of that name.
        """
        content = self._content(self._sides[name])
        if isinstance(content, list) and len(content) == 1:
            return codecs.decode(content[0])
        return Unrecorded(str(content[1]) if isinstance(content, list) else "nothing")

    @property
    def side_packets(self) -> tuple[str, ...]:
        """Names of the side packets that nodes had or made."""
        return tuple(self._sides)

    def raw(self, channel: str, name: str, time: int) -> tuple[Any, int]:
        """Return a packet or side packet as written, to be written again, and its bytes.

        Args:
            channel: STREAM or SIDE.
            name: of the stream or side packet.
            time: of the packet.

        Raises:
            RecordingError: it was not recorded.
        """
        place = self._sides.get(name)
        if channel == STREAM:
            place = self._packets.get(name, {}).get(time)
        if place is None:
            where = f" at {time_text(time)}" if channel == STREAM else ""
            raise RecordingError(f"{self.path}: {channel}{name}{where} was not recorded")
        packed = self._packed(place)
        content = unpack(packed)
        if channel == STREAM and len(content) == 4:  # a payload that is in another stream
            original, size = self.raw(STREAM, str(content[2]), content[3])
            return [time, *original[1:]], size
        return content, len(packed)

    # ---- details ------------------------------------------------------------------------------

    def _payload(self, stream: str, time: int, *, is_sent_on: bool = False) -> Any:
        place = self._packets.get(stream, {}).get(time)
        where = f'stream "{stream}" at {time_text(time)}'
        if place is None:
            raise RecordingError(f"{self.path}: {where} was not recorded")
        content = self._content(place)
        if isinstance(content, list) and len(content) == 4 and not is_sent_on:
            return self._payload(str(content[2]), content[3], is_sent_on=True)
        if not isinstance(content, list) or len(content) not in (2, 3):
            raise RecordingError(f"{self.path}: {where}: found no packet")
        if len(content) == 3:
            raise LeftOut(f"{self.path}: {where} was left out: class {content[2]} had no codec")
        return codecs.decode(content[1])

    def _content(self, place: Place) -> Any:
        return unpack(self._packed(place))

    def _packed(self, place: Place) -> bytes:
        messages = self._loaded.get(place.chunk)
        if messages is None:
            messages = read_chunk(self._file, self._chunks[place.chunk])
            self._loaded[place.chunk] = messages
            if len(self._loaded) > CHUNKS_MAX:
                self._loaded.popitem(last=False)
        return messages[place.at]

    def _scan(self) -> tuple[GraphDescription, str]:
        scan = Scan(self._file)
        graph: GraphDescription | None = None
        for found in scan.records():
            if isinstance(found, Chunk):
                self._chunks.append(found)
                for at, (channel, content) in enumerate(found.messages):
                    self._index(channel, content, Place(len(self._chunks) - 1, at))
                found.messages.clear()
            elif found.name == GRAPH:
                graph = GraphDescription.from_json(found.text)
            elif found.name == VERSIONS:
                self.versions = found.values
            elif found.name == END:
                self.end = found.values
        if graph is None:
            raise RecordingError(scan.damage or "it has no description of a graph")
        damage = scan.damage
        if not damage and not self.end:
            damage = "it has no end: the recording was cut short"
        return graph, damage

    def _index(self, channel: str, content: bytes, place: Place) -> None:
        if channel.startswith(STREAM):
            fields = unpack(content)
            if isinstance(fields, list) and fields and isinstance(fields[0], int):
                self._packets.setdefault(channel[len(STREAM) :], {})[fields[0]] = place
        elif channel.startswith(NODE):
            self._calls.append((channel[len(NODE) :], place))
        elif channel.startswith(SIDE):
            self._sides[channel[len(SIDE) :]] = place
        elif channel.startswith(INPUT):
            self._bounds.setdefault(channel[len(INPUT) :], []).append(place)


@cache
def _load_codecs() -> None:
    """Have the packages that declare themselves offer their codecs; once, for it takes a while."""
    load_plugins()


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as fault:
        raise RecordingError(f"{path}: {fault.strerror}") from fault
