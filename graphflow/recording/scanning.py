"""Scanning: reads an MCAP file from its beginning as far as it is whole, and says what is not.

A chunk whose checksum is wrong is passed over, and the scan goes on behind it; after anything else
that is damaged nobody knows where the next record begins, so it ends there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Final

from graphflow.recording.faults import INSTALL_HINT, RecordingError
from graphflow.recording.format import PROFILE, VERSION, VERSIONS
from graphflow.words.errors import describe

RECORD_BYTES_MAX: Final = 1 << 30
"""A record said to be larger is a damaged length."""


@dataclass
class Chunk:
    """A chunk of messages.

    Attributes:
        offset: where it begins in the file.
        messages: name of the channel, and content.
    """

    offset: int
    messages: list[tuple[str, bytes]] = field(default_factory=list)


@dataclass(frozen=True)
class Named:
    """An attachment or metadata: a name, with text or with values."""

    name: str
    text: str = ""
    values: dict[str, str] = field(default_factory=dict)


class Scan:
    """One reading of a file from its beginning.

    Attributes:
        damage: what is wrong, and at which byte; "" for nothing so far.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.damage = ""
        self._file = file
        self._channels: dict[int, str] = {}

    def records(self) -> Iterator[Chunk | Named]:
        """Give what is in the file, until its end or the first damage that can't be passed over.

        Raises:
            RecordingError: it is no recording, or one of a newer format; or packages are missing.
        """
        reader = _reader(self._file)
        records, is_first = iter(reader.records), True
        while True:
            offset = self._file.tell()
            try:
                record = next(records)
                found = self._found(record, offset)
            except StopIteration:
                return
            except _damages() as fault:
                if is_first:
                    raise RecordingError("it is no recording (an MCAP file)") from fault
                self._note(f"damaged at byte {offset}: {describe(fault)}")
                return
            if is_first and getattr(record, "profile", None) != PROFILE:
                raise RecordingError("it is an MCAP file, but no recording of a graph")
            is_first = False
            if found is not None:
                yield found

    def _found(self, record: Any, offset: int) -> Chunk | Named | None:
        kind = type(record).__name__
        if kind == "Chunk":
            return self._chunk(record, offset)
        if kind == "Attachment":
            return Named(record.name, text=record.data.decode("utf-8"))
        if kind == "Metadata":
            if record.name == VERSIONS:
                _check_version(record.metadata)
            return Named(record.name, values=dict(record.metadata))
        return None

    def _chunk(self, record: Any, offset: int) -> Chunk | None:
        chunk = Chunk(offset)
        try:
            for each in _broken_up(record):
                if type(each).__name__ == "Channel":
                    self._channels[each.id] = each.topic
                elif type(each).__name__ == "Message":
                    chunk.messages.append((self._channels[each.channel_id], bytes(each.data)))
        except _damages() as fault:
            self._note(f"the chunk at byte {offset} is damaged: {describe(fault)}")
            return None
        return chunk

    def _note(self, damage: str) -> None:
        self.damage = self.damage or damage


def read_chunk(file: IO[bytes], chunk: Chunk) -> list[bytes]:
    """Read the messages of a chunk again.

    Raises:
        RecordingError: the file was changed since it was scanned.
    """
    file.seek(chunk.offset)
    try:
        record = next(iter(_reader(file, skip_magic=True).records))
        return [bytes(each.data) for each in _broken_up(record) if type(each).__name__ == "Message"]
    except (StopIteration, AttributeError) as fault:
        raise RecordingError(f"the chunk at byte {chunk.offset} has changed") from fault
    except _damages() as fault:
        raise RecordingError(f"the chunk at byte {chunk.offset} has changed: {fault}") from fault


def _reader(file: IO[bytes], *, skip_magic: bool = False) -> Any:
    try:
        from mcap.stream_reader import StreamReader
    except ImportError:
        raise RecordingError(INSTALL_HINT) from None
    return StreamReader(
        file,
        skip_magic=skip_magic,
        emit_chunks=True,
        validate_crcs=not skip_magic,
        record_size_limit=RECORD_BYTES_MAX,
    )


def _broken_up(record: Any) -> list[Any]:
    from mcap.stream_reader import breakup_chunk

    records: list[Any] = breakup_chunk(record, validate_crc=True)
    return records


def _damages() -> tuple[type[Exception], ...]:
    """What the reader raises where bytes are wrong."""
    from mcap.exceptions import McapError
    from zstandard import ZstdError

    return (McapError, ZstdError, struct.error, ValueError, KeyError, MemoryError, OverflowError)


def _check_version(versions: dict[str, str]) -> None:
    found = versions.get("format", "")
    if not found.isdecimal() or int(found) > VERSION:
        raise RecordingError(
            f'it has format "{found}"; expected {VERSION} or lower\n'
            "  hint: read it with the version of graphflow that wrote it, or a newer one"
        )
