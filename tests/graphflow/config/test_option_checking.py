from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field, model_validator

from graphflow.config.option_checking import Owner, check_options
from graphflow.config.yaml_source import MappingValue, from_python, parse_yaml
from graphflow.nodes.options import NoOptions, Options
from graphflow.words.diagnostics import Location, Note, render

OWNER = Owner('node "n"', "ThingCalculator", Location("g.yaml", 1, 1))


class Inner(Options):
    needed: int
    even: int = Field(2, multiple_of=2)


class ThingOptions(Options):
    ratio: float = Field(0.5, ge=0, le=1)
    size: int = 1
    inner: Inner | None = None
    several: tuple[Inner, ...] = ()
    sizes: tuple[Annotated[int, Field(gt=0)], ...] = ()
    code: str = Field("a", pattern="^[a-z]$")

    @model_validator(mode="after")
    def _check_both(self) -> ThingOptions:
        if self.size == 13:
            raise ValueError("13 is unlucky")
        return self


def faults_of(text: str) -> list[str]:
    value, yaml_faults = parse_yaml(text, "g.yaml")
    assert not yaml_faults
    assert isinstance(value, MappingValue)
    options, faults = check_options(ThingOptions, value, OWNER)
    assert (options is None) == bool(faults)
    return [render(fault) for fault in faults]


def test_options_are_made() -> None:
    value, _ = parse_yaml("{ratio: 1e-1, inner: {needed: 3}, several: {needed: 1}}", "")
    assert isinstance(value, MappingValue)
    options, faults = check_options(ThingOptions, value, OWNER)
    assert not faults
    assert options == ThingOptions(ratio=0.1, inner=Inner(needed=3), several=(Inner(needed=1),))


def test_absent_options_are_the_defaults() -> None:
    assert check_options(NoOptions, None, OWNER) == (NoOptions(), ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{ratio: 150}",
            'g.yaml:1:9: option "ratio" of node "n" is out of range\n'
            "  found 150; expected a ratio from 0.0 to 1.0",
        ),
        (
            "{inner: {even: 4}}",
            'g.yaml:1:9: node "n" lacks required option "inner.needed"',
        ),
        (
            "{inner: {needed: 4, even: 3}}",
            'g.yaml:1:27: option "inner.even" of node "n"\n  found 3; expected a multiple of 2',
        ),
        (
            "{several: [{needed: 1}, {needed: 1, even: 3}]}",
            'g.yaml:1:43: option "several[1].even" of node "n"\n'
            "  found 3; expected a multiple of 2",
        ),
        (
            "{several: [{needed: 1}, {needed: 1, odd: 3}]}",
            'g.yaml:1:37: option "several[1]" of node "n" has no option "odd"',
        ),
        (
            "{sizes: [1, 0]}",
            'g.yaml:1:13: option "sizes[1]" of node "n" is out of range\n'
            "  found 0; expected greater than 0",
        ),
        (
            "{code: AB}",
            'g.yaml:1:8: option "code" of node "n"\n'
            "  found text \"AB\"; expected match pattern '^[a-z]$'",
        ),
        ("{size: 13}", 'g.yaml:1:1: options of node "n": 13 is unlucky'),
    ],
)
def test_fault_is_told_at_its_own_place(text: str, message: str) -> None:
    assert faults_of(text) == [message]


def test_what_may_follow_from_another_fault_is_not_told() -> None:
    faults = faults_of("{size: 13, ratoi: 0.1}")
    assert len(faults) == 1
    assert 'has no option "ratoi"' in faults[0]
    assert len(faults_of("{inner: {needed: x}}")) == 1


def test_trail_is_added_to_each_fault() -> None:
    note = Note("used by", Location("outer.yaml", 2, 3))
    owner = Owner('node "n"', "ThingCalculator", Location("g.yaml", 1, 1), (note,))
    value = from_python({"size": "x", "zebra": 1}, Location("g"))
    assert isinstance(value, MappingValue)
    _, faults = check_options(ThingOptions, value, owner)
    assert [fault.notes for fault in faults] == [(note,), (note,)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"size": 1.5}, "an integer"),
        ({"sizes": [1.5]}, "integer, got a number with a fractional part"),
        ({"ratio": object}, "a ratio from 0.0 to 1.0"),
    ],
)
def test_python_values_of_wrong_type_are_told(options: dict[str, Any], expected: str) -> None:
    value = from_python(options, Location("g"))
    assert isinstance(value, MappingValue)
    (fault,) = check_options(ThingOptions, value, OWNER)[1]
    assert fault.expected == expected
