from __future__ import annotations

from typing import Any

import pytest

from calculators.tensor.flatbuffer import FlatbufferError, Table

flatbuffers: Any = pytest.importorskip("flatbuffers", reason="LiteRT brings it")


@pytest.fixture
def data() -> bytearray:
    """Two fields absent, number 7, text "name", integers 3 and -4, tables numbered 10 to 12."""
    builder = flatbuffers.Builder(0)
    children = []
    for number in (10, 11, 12):
        builder.StartObject(1)
        builder.PrependUint32Slot(0, number, 0)
        children.append(builder.EndObject())
    builder.StartVector(4, 3, 4)
    for child in reversed(children):
        builder.PrependUOffsetTRelative(child)
    tables = builder.EndVector()
    builder.StartVector(4, 2, 4)
    builder.PrependInt32(-4)
    builder.PrependInt32(3)
    integers = builder.EndVector()
    name = builder.CreateString("name")
    builder.StartObject(6)
    builder.PrependUint32Slot(1, 7, 0)
    builder.PrependUOffsetTRelativeSlot(2, name, 0)
    builder.PrependUOffsetTRelativeSlot(3, integers, 0)
    builder.PrependUOffsetTRelativeSlot(4, tables, 0)
    builder.Finish(builder.EndObject())
    return bytearray(builder.Output())


def test_fields_are_read(data: bytearray) -> None:
    root = Table.root(data)
    assert (root.number(1), root.text(2), root.integers(3)) == (7, "name", [3, -4])
    assert [table.number(0) for table in root.tables(4)] == [10, 11, 12]
    assert root.byte_count(2) == 4


@pytest.mark.parametrize("field", [0, 5, 6, 60])
def test_an_absent_field_is_its_default(data: bytearray, field: int) -> None:
    root = Table.root(data)
    assert root.slot(field) is None
    assert (root.number(field), root.text(field)) == (0, "")
    assert (root.integers(field), root.tables(field), root.byte_count(field)) == ([], [], 0)


@pytest.mark.parametrize("indices", [[], [0], [1], [2], [0, 2], [1, 2], [0, 1, 2]])
def test_tables_are_kept_in_place(data: bytearray, indices: list[int]) -> None:
    length = len(data)
    Table.root(data).keep_tables(4, indices)
    root = Table.root(data)
    assert [table.number(0) for table in root.tables(4)] == [10 + index for index in indices]
    assert (len(data), root.number(1), root.integers(3)) == (length, 7, [3, -4])


def test_integers_are_replaced_in_place(data: bytearray) -> None:
    Table.root(data).keep_integers(3, [-9])
    assert Table.root(data).integers(3) == [-9]


def test_vectors_never_grow(data: bytearray) -> None:
    root = Table.root(data)
    with pytest.raises(FlatbufferError, match="cannot lengthen a vector from 2 to 3 elements"):
        root.keep_integers(3, [1, 2, 3])
    with pytest.raises(FlatbufferError, match="cannot lengthen a vector from 0 to 1 elements"):
        root.keep_tables(5, [0])


def test_every_cut_is_noticed(data: bytearray) -> None:
    for length in range(len(data)):
        with pytest.raises(FlatbufferError):
            root = Table.root(data[:length])
            _ = root.number(1), root.text(2), root.integers(3)
            _ = [table.number(0) for table in root.tables(4)]
