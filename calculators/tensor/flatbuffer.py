"""Read tables of a flatbuffer, and shorten its vectors where they lie.

The format in three rules: offsets are relative to where they are stored; a table starts with the
distance back to its field index (the *vtable*), which gives for each field its distance from the
table's start, 0 if absent; a vector is its length followed by its elements. All little endian.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

_OFFSET_BYTES = 4

# A model has thousands of offsets to read, so their forms are compiled once.
_UNSIGNED = struct.Struct("<I")
_SIGNED = struct.Struct("<i")
_SHORT = struct.Struct("<H")
_BYTE = struct.Struct("<B")


class FlatbufferError(Exception):
    """The bytes are not a flatbuffer of the expected form."""


class Table:
    """One table of a flatbuffer held in `data`; field numbers are those of the schema."""

    def __init__(self, data: bytearray | memoryview, position: int) -> None:
        """Look at the table at byte `position`.

        Raises:
            FlatbufferError: the position lies outside the data.
        """
        self.data = data
        self.position = position
        self._fields = position - self._signed(position)
        self._fields_end = self._fields + self._short(self._fields)

    @classmethod
    def root(cls, data: bytearray | memoryview) -> Table:
        """Return the table that the flatbuffer is about."""
        if len(data) < 2 * _OFFSET_BYTES:
            raise FlatbufferError(f"found {len(data)} bytes; a flatbuffer is longer")
        (position,) = struct.unpack_from("<I", data, 0)
        return cls(data, position)

    def slot(self, field: int) -> int | None:
        """Return where a field's value is stored, or None if the table lacks it."""
        entry = self._fields + 4 + 2 * field
        if entry >= self._fields_end:
            return None
        distance = self._short(entry)
        return self.position + distance if distance else None

    def number(self, field: int) -> int:
        """Return an unsigned 32-bit field; 0 if absent."""
        slot = self.slot(field)
        return 0 if slot is None else self._unsigned(slot)

    def byte(self, field: int) -> int:
        """Return an unsigned 8-bit field; 0 if absent."""
        slot = self.slot(field)
        return 0 if slot is None else self._read(_BYTE, slot)

    def table(self, field: int) -> Table | None:
        """Return the table that a field leads to, or None if absent."""
        slot = self.slot(field)
        return None if slot is None else Table(self.data, slot + self._unsigned(slot))

    def byte_count(self, field: int) -> int:
        """Return the length of a vector of bytes; 0 if absent."""
        return self._vector(field, 1)[1]

    def count(self, field: int) -> int:
        """Return the length of a vector of tables; 0 if absent."""
        return self._vector(field)[1]

    def text(self, field: int) -> str:
        """Return a string field; empty if absent."""
        start, length = self._vector(field, 1)
        return bytes(self.data[start : start + length]).decode("utf-8", "replace")

    def integers(self, field: int) -> list[int]:
        """Return a vector of signed 32-bit integers; empty if absent."""
        start, length = self._vector(field)
        return list(struct.unpack_from(f"<{length}i", self.data, start))

    def items(self, field: int, kind: np.dtype[Any]) -> npt.NDArray[Any]:
        """Return a vector of numbers as a view of the data; empty if absent."""
        start, length = self._vector(field, kind.itemsize)
        return np.frombuffer(self.data, kind, length, start)

    def bytes_of(self, field: int) -> memoryview:
        """Return a vector of bytes as a view of the data; empty if absent."""
        start, length = self._vector(field, 1)
        return memoryview(self.data)[start : start + length]

    def tables(self, field: int) -> list[Table]:
        """Return a vector of tables; empty if absent."""
        return [Table(self.data, position) for position in self._positions(field)]

    def set_number(self, field: int, value: int) -> None:
        """Change an unsigned 32-bit field that is not absent.

        Raises:
            FlatbufferError: it is absent.
        """
        self._write(field, value)

    def point(self, field: int, position: int) -> None:
        """Let a field that is not absent lead to what lies, or will lie, at byte `position`.

        Raises:
            FlatbufferError: it is absent.
        """
        slot = self.slot(field)
        self._write(field, position - (slot or 0))

    def _write(self, field: int, value: int) -> None:
        slot = self.slot(field)
        if slot is None:
            raise FlatbufferError(f"the table at byte {self.position} lacks field {field}")
        _UNSIGNED.pack_into(self.data, slot, value)

    def keep_integers(self, field: int, values: Sequence[int]) -> None:
        """Replace a vector of integers by one that is no longer, in its place."""
        start, length = self._vector(field)
        self._check_shorter(len(values), length)
        struct.pack_into(f"<I{len(values)}i", self.data, start - 4, len(values), *values)

    def keep_tables(self, field: int, indices: Sequence[int]) -> None:
        """Reduce a vector of tables to those at `indices` (ascending), in its place."""
        start, length = self._vector(field)
        self._check_shorter(len(indices), length)
        positions = self._positions(field)
        for place, index in enumerate(indices):
            slot = start + _OFFSET_BYTES * place
            # Ascending indices move a slot only towards the start, away from its table, so the
            # unsigned distance stays positive.
            _UNSIGNED.pack_into(self.data, slot, positions[index] - slot)
        struct.pack_into("<I", self.data, start - 4, len(indices))

    def _positions(self, field: int) -> list[int]:
        """Return where the tables of a vector lie."""
        start, length = self._vector(field)
        offsets = struct.unpack_from(f"<{length}I", self.data, start)
        return [start + _OFFSET_BYTES * place + offset for place, offset in enumerate(offsets)]

    def _vector(self, field: int, item_bytes: int = 4) -> tuple[int, int]:
        """Return where the elements start, and how many there are."""
        slot = self.slot(field)
        if slot is None:
            return 0, 0
        start = slot + self._unsigned(slot)
        length = self._unsigned(start)
        if start + 4 + item_bytes * length > len(self.data):
            raise FlatbufferError(f"a vector at byte {start} reaches beyond {len(self.data)}")
        return start + 4, length

    def _check_shorter(self, wanted: int, length: int) -> None:
        if wanted > length:
            raise FlatbufferError(f"cannot lengthen a vector from {length} to {wanted} elements")

    def _unsigned(self, position: int) -> int:
        return self._read(_UNSIGNED, position)

    def _signed(self, position: int) -> int:
        return self._read(_SIGNED, position)

    def _short(self, position: int) -> int:
        return self._read(_SHORT, position)

    def _read(self, form: struct.Struct, position: int) -> int:
        # The library would count a negative position from the end.
        if position < 0:
            raise self._astray(position)
        try:
            value: int = form.unpack_from(self.data, position)[0]
        except struct.error as fault:
            raise self._astray(position) from fault
        return value

    def _astray(self, position: int) -> FlatbufferError:
        return FlatbufferError(f"an offset leads to byte {position} of {len(self.data)}")
