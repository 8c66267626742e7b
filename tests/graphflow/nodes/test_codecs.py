"""Codecs: every payload comes back as it was, and nothing unknown is written or read."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphflow.nodes.codecs import DEPTH_MAX, Codec, CodecError, Codecs, codecs
from graphflow.words.diagnostics import Location
from graphflow.words.errors import CalculatorError
from graphflow.words.timestamp import Timestamp

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.complex_numbers()
    | st.fractions()
    | st.builds(Timestamp, st.integers(-(10**12), 10**12))
)
hashable = st.booleans() | st.integers() | st.text()
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(hashable, inner)
        | st.sets(hashable)
        | st.frozensets(hashable)
    ),
    max_leaves=12,
)


def same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and codecs.encode(left) == codecs.encode(right)


@given(values)
def test_a_value_comes_back_with_its_class_and_its_bits(value: Any) -> None:
    codecs.check(value)
    back = codecs.decode(codecs.encode(value))
    assert type(back) is type(value)
    assert repr(codecs.encode(back)) == repr(codecs.encode(value))


@pytest.mark.parametrize(
    "value",
    [Path("a/b"), Fraction(1, 3), Timestamp.DONE, bytearray(b"x"), 1 << 80, -(1 << 63), -0.0],
    ids=repr,
)
def test_what_hypothesis_does_not_try_comes_back_too(value: Any) -> None:
    back = codecs.decode(codecs.encode(value))
    assert type(back) is type(value)
    assert repr(back) == repr(value)


def test_an_error_packet_comes_back_with_its_words() -> None:
    error = CalculatorError("smooth", "process", 5, ValueError("bad"), Location("g.yaml", 3, 1))
    back = codecs.decode(codecs.encode(error))
    assert str(back) == str(error)
    assert codecs.encode(back) == codecs.encode(error)


@dataclass(frozen=True)
class Repetition:
    count: int
    angles_deg: tuple[float, ...]


class Pair(NamedTuple):
    left: int
    right: list[int]


def test_registered_records_come_back() -> None:
    own = Codecs()
    for codec in (Codec("tuple", tuple, list, tuple),):
        own.register(codec)
    own.register_record(Repetition)
    own.register_record(Pair)
    for value in (Repetition(3, (1.0, 2.0)), Pair(1, [2, 3])):
        own.check(value)
        assert own.decode(own.encode(value)) == value


def test_a_class_without_codec_is_refused_by_its_name() -> None:
    with pytest.raises(CodecError, match=r"test_codecs.Repetition; register it with .*record"):
        codecs.check(Repetition(1, ()))
    with pytest.raises(CodecError, match=r"no codec is known for class object; register a .*Codec"):
        codecs.encode([(1, object())])
    with pytest.raises(CodecError, match="class object"):
        codecs.check({"a": [object()]})


def test_a_subclass_needs_a_codec_of_its_own() -> None:
    class Count(int):
        pass

    with pytest.raises(CodecError, match="Count"):
        codecs.check(Count(3))


def test_a_container_that_holds_itself_is_refused() -> None:
    inner: list[Any] = []
    inner.append(inner)
    for action in (codecs.check, codecs.encode):
        with pytest.raises(CodecError, match=f"more than {DEPTH_MAX} deep"):
            action(inner)


def test_unknown_kinds_are_not_read() -> None:
    for plain in ({"kind": "os.system", "as": "ls"}, {"kind": 3, "as": 1}, {}, {"kind": "tuple"}):
        with pytest.raises(CodecError, match="no codec is registered here"):
            codecs.decode(plain)


@pytest.mark.parametrize("content", [None, 5, "x", [[1]], [[[], 1]]], ids=repr)
def test_damaged_content_is_a_clear_error(content: Any) -> None:
    with pytest.raises(CodecError, match="found no value of kind"):
        codecs.decode({"kind": "dict", "as": content})


def test_two_classes_cannot_share_a_name() -> None:
    own = Codecs()
    own.register(Codec("it", list, list, list))
    own.register(Codec("it", list, list, list))
    with pytest.raises(CodecError, match='"it" of tuple is already registered for list'):
        own.register(Codec("it", tuple, list, tuple))


def test_a_record_must_be_makeable_from_its_fields() -> None:
    @dataclass
    class Odd:
        made: int = field(init=False)

    with pytest.raises(CodecError, match="without init"):
        codecs.register_record(Odd)
    with pytest.raises(CodecError, match="neither a dataclass nor a NamedTuple"):
        codecs.register_record(int)


def test_a_difference_is_told_in_words() -> None:
    assert codecs.difference(1, 2.0) == "found int; expected float"
    assert codecs.difference("a", "b") == "found 'a'; expected 'b'"
