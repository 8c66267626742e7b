"""Codecs of arrays, images and records: every bit comes back."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_st

from calculators.core.packet_frequency import PacketFrequency
from calculators.core.packet_latency import PacketLatency
from calculators.types import (
    Detection,
    Detections,
    ImageSize,
    PoseEvent,
    PoseQuality,
    VideoHeader,
)
from graphflow.nodes.codecs import CodecError, codecs

dtypes = (
    numpy_st.boolean_dtypes()
    | numpy_st.integer_dtypes(endianness="?")
    | numpy_st.unsigned_integer_dtypes(endianness="?")
    | numpy_st.floating_dtypes(sizes=(16, 32, 64), endianness="?")
    | numpy_st.complex_number_dtypes(sizes=(64, 128), endianness="?")
    | numpy_st.unicode_string_dtypes(max_len=4)
)
arrays = numpy_st.arrays(dtypes, numpy_st.array_shapes(min_dims=0, min_side=0, max_side=5))


def bits(array: Any) -> tuple[Any, ...]:
    return array.dtype.str, array.shape, array.tobytes()


@given(arrays, st.booleans(), st.booleans())
def test_an_array_comes_back_with_its_bits_and_its_order(
    array: Any, is_fortran: bool, compresses: bool
) -> None:
    if is_fortran:
        array = np.asfortranarray(array)
    back = codecs.decode(codecs.encode(array, compresses=compresses))
    assert bits(back) == bits(array)
    assert back.flags.f_contiguous == array.flags.f_contiguous
    assert not back.flags.writeable or not back.size


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(64, 80), (64, 80, 1), (64, 80, 3), (64, 80, 4), (1, 5000, 3)])
def test_an_image_comes_back_from_its_differences(dtype: Any, shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)
    plain = codecs.encode(image, compresses=True)
    assert plain["kind"] == "image"
    assert bits(codecs.decode(plain)) == bits(image)


def test_a_view_comes_back_as_what_it_shows() -> None:
    image = np.arange(100 * 100 * 3, dtype=np.uint8).reshape(100, 100, 3)[::2, ::-1]
    back = codecs.decode(codecs.encode(image, compresses=True))
    assert bits(back) == bits(np.ascontiguousarray(image))


@pytest.mark.parametrize(
    "value",
    [
        np.float32(0.1),
        np.float64("nan"),
        np.int64(-3),
        np.bool_(True),
        ImageSize(640, 480),
        VideoHeader(640, 480, Fraction(30000, 1001), None, 5_000_000),
        PacketFrequency(30.0, "frames"),
        PacketLatency("frames", 5, (1, 2), 10, 15, 5, 10),
        PoseQuality(100.0, 50.0, people=2),
        (PoseEvent("too_far", "end", 5, 7, "body_size", 0.25, 0.3),),
        (np.zeros((1, 195), np.float32), np.ones(3, np.float32)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_payloads_come_back(value: Any) -> None:
    codecs.check(value)
    plain = codecs.encode(value)
    back = codecs.decode(plain)
    assert type(back) is type(value)
    assert repr(codecs.encode(back)) == repr(plain)


def test_detections_come_back() -> None:
    one = Detection(0.5, np.ones(4, np.float32), np.zeros((4, 2), np.float32))
    many = Detections(*(np.ones(shape, np.float32) for shape in ((2,), (2, 4), (2, 3, 2))))
    for value in (one, many):
        back = codecs.decode(codecs.encode(value))
        assert type(back) is type(value)
        assert codecs.encode(back) == codecs.encode(value)


@pytest.mark.parametrize("dtype", [object, [("x", int)]], ids=["object", "fields"])
def test_arrays_of_objects_or_fields_are_refused(dtype: Any) -> None:
    with pytest.raises(CodecError, match="can't be recorded"):
        codecs.encode(np.zeros(3, dtype))


@pytest.mark.parametrize(
    "fields",
    [
        ["|O", [1], "C", b"12345678"],
        ["<f4", [3], "C", b"1234"],
        ["<f4", [-1, 0], "C", b"1234"],
        ["<f4, <f4", [1], "C", b"12345678"],
        ["<f4", "x", "C", b"1234"],
        ["<f4", [1], "C", 4],
        [],
    ],
    ids=repr,
)
def test_a_damaged_array_is_a_clear_error(fields: Any) -> None:
    for kind in ("array", "image"):
        with pytest.raises(CodecError, match=f"found no value of kind '{kind}'"):
            codecs.decode({"kind": kind, "as": fields})


def test_a_difference_of_arrays_is_told_in_numbers() -> None:
    old = np.zeros((2, 3), np.float32)
    new = old.copy()
    new[0, 1] = 0.25
    assert codecs.difference(new, old) == "1 of 6 elements differ, the largest by 0.25"
    assert "found float32 of shape (2, 3); expected" in codecs.difference(old, old[0])
    assert codecs.difference(np.asfortranarray(old), old) == "the order in memory differs"
