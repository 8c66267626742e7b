from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NewType

import annotated_types
import pytest
from pydantic import BaseModel, Field

from graphflow.config.declared_types import expectation
from graphflow.config.decoding import Undecodable, decode, shown
from graphflow.config.yaml_source import (
    ListValue,
    MappingValue,
    PythonValue,
    ScalarValue,
    Value,
    from_python,
    parse_yaml,
)
from graphflow.words.diagnostics import Location


class Mode(enum.Enum):
    FAST = 1
    EXACT = 2


class Inner(BaseModel):
    width: int = 0


class Other(BaseModel):
    height: float = 0.0


Ratio = Annotated[float, Field(ge=0.0, le=1.0)]
Named = NewType("Named", str)


def value_of(text: str) -> Value:
    value, faults = parse_yaml(f"a: {text}", "")
    assert not faults
    assert isinstance(value, MappingValue)
    return value.entries[0].value


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("no", str, "no"),
        ("12:30", str, "12:30"),
        ("1e3", str, "1e3"),
        ("null", str, "null"),
        ('""', str, ""),
        ("1e3", float, 1000.0),
        ("3", float, 3.0),
        ("-.5", float, -0.5),
        ("5.", float, 5.0),
        (".inf", float, math.inf),
        ("-inf", float, -math.inf),
        ("-12", int, -12),
        ("true", bool, True),
        ("False", bool, False),
        ("FAST", Mode, Mode.FAST),
        ("2", Mode, Mode.EXACT),
        ("b", Literal["a", "b"], "b"),
        ("2", Literal[1, 2], 2),
        ("[1, 2]", tuple[int, ...], [1, 2]),
        ("5", tuple[int, ...], [5]),
        ("[1, x]", tuple[int, str], [1, "x"]),
        ("[1, 2.5]", list, [1, 2.5]),
        ("[1]", Sequence[float], [1.0]),
        ("{a: 1}", dict[str, float], {"a": 1.0}),
        ("{a: x}", dict, {"a": "x"}),
        ("{width: 3, zebra: [1]}", Inner, {"width": 3, "zebra": [1]}),
        ("a/b", Path, "a/b"),
        ("x", Named, "x"),
        ("0.5", Ratio, 0.5),
        ("", int | None, None),
        ("~", int | None, None),
        ("3", int | None, 3),
        ("3", str | int, 3),
        ("x3", str | int, "x3"),
        ("[1]", str | list[int], [1]),
        ("{height: 1}", Inner | Other, {"height": 1.0}),
        ("{width: 1}", Other | Inner, {"width": 1}),
        ("{width: 1}", str | Inner, {"width": 1}),
        ("1.5", Any, 1.5),
        ("true", Any, True),
        ("7", Any, 7),
        ("", Any, None),
        ("no", Any, "no"),
        ("[1, {a: x}]", object, [1, {"a": "x"}]),
        ("3", Annotated[int, annotated_types.Ge(1)], 3),
    ],
)
def test_value_is_decoded_by_its_declared_type(text: str, kind: Any, expected: Any) -> None:
    decoded = decode(value_of(text), kind)
    assert decoded == expected
    assert type(decoded) is type(expected)


def test_not_a_number_is_a_number() -> None:
    assert math.isnan(decode(value_of(".nan"), float))


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("no", bool, "true or false"),
        ('"true"', bool, "true or false"),
        ("maybe", bool, "true or false"),
        ("[true]", bool, "true or false"),
        ("1.0", int, "an integer"),
        ("1_000", int, "an integer"),
        ('"1"', int, "an integer"),
        ("[1]", int, "an integer"),
        ("x", float, "a number"),
        ("1e999", float, "a number"),
        ('"1.5"', float, "a number"),
        ("{a: 1}", float, "a number"),
        ("", str, "text"),
        ("[x]", str, "text"),
        ("[x]", Mode, "FAST or EXACT"),
        ("c", Literal["a", "b"], "a or b"),
        ("", tuple[int, ...], "a list"),
        ("1", tuple[int, int], "a list"),
        ("[1]", tuple[int, int], "a list of 2 values"),
        ("1", dict[str, int], "keys and values"),
        ("1", Inner, "keys and values"),
        ("x", int | None, "an integer"),
        ("x", int | bool, "an integer or true or false"),
    ],
)
def test_value_of_another_type_is_refused(text: str, kind: Any, expected: str) -> None:
    with pytest.raises(Undecodable) as raised:
        decode(value_of(text), kind)
    assert raised.value.expected == expected


def test_element_of_wrong_type_is_located() -> None:
    with pytest.raises(Undecodable) as raised:
        decode(value_of("[1, 2, x]"), list[int])
    assert raised.value.value == ScalarValue("x", Location("", 1, 11))


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("1,2", tuple[int, ...], [1, 2]),
        ("[1, 2]", tuple[int, ...], [1, 2]),
        ("3", tuple[int, ...], [3]),
        ("a, b", list[str], ["a", "b"]),
        ("[[1], [2]]", list[list[int]], [[1], [2]]),
        ("true", bool, True),
        ("", str, ""),
        ("[x", str, "[x"),
    ],
)
def test_text_from_a_command_line_is_decoded_by_type(text: str, kind: Any, expected: Any) -> None:
    assert decode(ScalarValue(text, is_free=True), kind) == expected


def test_unreadable_list_from_a_command_line_is_refused() -> None:
    with pytest.raises(Undecodable):
        decode(ScalarValue("[1, ", is_free=True), tuple[int, ...])


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (3, int, 3),
        (3, float, 3),
        (True, bool, True),
        (None, int | None, None),
        (None, Any, None),
        ([1, 2], list[int], [1, 2]),
        ({"a": 1}, Any, {"a": 1}),
        ("x", Any, "x"),
        (Mode.FAST, Mode, Mode.FAST),
        ({1, 2}, set[int], {1, 2}),
    ],
)
def test_python_values_pass(value: Any, kind: Any, expected: Any) -> None:
    assert decode(from_python(value, Location()), kind) == expected


@pytest.mark.parametrize(
    ("value", "kind"), [(True, int), (None, int), (True, float), (None, float)]
)
def test_python_values_that_are_no_numbers_are_refused(value: Any, kind: Any) -> None:
    with pytest.raises(Undecodable):
        decode(PythonValue(value), kind)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (int, "an integer"),
        (Annotated[int, Field(ge=1)], "an integer of at least 1"),
        (Annotated[int, Field(gt=0, lt=9)], "an integer above 0 and below 9"),
        (Annotated[int, annotated_types.Le(3)], "an integer of at most 3"),
        (Annotated[float, Field(ge=-1, le=1)], "a number from -1.0 to 1.0"),
        (Ratio, "a ratio from 0.0 to 1.0"),
        (Ratio | None, "a ratio from 0.0 to 1.0"),
        (bool, "true or false"),
        (str, "text"),
        (Mode, "FAST or EXACT"),
        (Literal["x"], "x"),
        (list[int], "a list"),
        (dict, "keys and values"),
        (dict[str, int], "keys and values"),
        (Inner, "keys and values"),
    ],
)
def test_declared_types_have_words(kind: Any, words: str) -> None:
    assert expectation(kind) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (value_of("30"), "30"),
        (value_of('"30"'), 'text "30"'),
        (value_of("two"), 'text "two"'),
        (value_of(""), "nothing"),
        (value_of("~"), 'text "~"'),
        (ListValue(()), "a list of 0 values"),
        (MappingValue(), "keys and values"),
        (PythonValue(3.5), "3.5"),
        (PythonValue(None), "nothing"),
    ],
)
def test_values_are_quoted_as_written(value: Value, words: str) -> None:
    assert shown(value) == words
