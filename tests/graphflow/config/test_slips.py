"""A single slip in a name of one of our graphs: what is told suggests the name that was meant."""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from graphflow.config.yaml_source import ListValue, MappingValue, ScalarValue, Value, parse_yaml
from graphflow.loading import plan_from_text
from graphflow.words.bundle import bundled_folder
from graphflow.words.diagnostics import Location, is_one_slip
from graphflow.words.errors import ConfigError

GRAPHS = sorted(bundled_folder("graphs").glob("*.yaml"))


@dataclass(frozen=True)
class Name:
    """A name in a graph file.

    Attributes:
        kind: "calculator", "tag", "stream", "side packet" or "option".
        location: where faults about it are told: of the whole entry.
        column: of the name itself, from 0.
    """

    path: Path
    kind: str
    text: str
    location: Location
    column: int


@cache
def lines_of(path: Path) -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8").splitlines())


@cache
def names_in(path: Path) -> tuple[Name, ...]:
    value, _ = parse_yaml(path.read_text(encoding="utf-8"), str(path))
    assert isinstance(value, MappingValue)
    nodes = value.get("node")
    assert nodes is not None
    found: list[Name] = []
    for node in items(nodes.value):
        assert isinstance(node, MappingValue)
        for entry in node.entries:
            if entry.key == "calculator":
                found += scalar(path, "calculator", entry.value)
            elif entry.key in ("input_stream", "input_side_packet", "output_stream"):
                for item in items(entry.value):
                    found += connection(path, entry.key, item)
            elif entry.key == "options":
                found += options(path, entry.value)
    return tuple(found)


def items(value: Value) -> tuple[Value, ...]:
    return value.items if isinstance(value, ListValue) else (value,)


def scalar(path: Path, kind: str, value: Value, text: str = "") -> Iterator[Name]:
    assert isinstance(value, ScalarValue)
    text = text or value.text
    place = value.location
    line = lines_of(path)[place.line - 1]
    start = line.index(value.text, place.column - 1) + value.text.rindex(text)
    if kind == "tag":
        start = line.index(text, place.column - 1)
    yield Name(path, kind, text, place, start)


def connection(path: Path, key: str, value: Value) -> Iterator[Name]:
    assert isinstance(value, ScalarValue)
    *tag, name = value.text.split(":")
    if tag:
        yield from scalar(path, "tag", value, tag[0])
    if key.startswith("input") and "$" not in name:
        yield from scalar(path, "stream" if key == "input_stream" else "side packet", value, name)


def options(path: Path, value: Value) -> Iterator[Name]:
    if not isinstance(value, MappingValue):
        return
    for entry in value.entries:
        place = entry.location
        start = lines_of(path)[place.line - 1].index(entry.key, place.column - 1)
        yield Name(path, "option", entry.key, place, start)
        for item in items(entry.value):
            yield from options(path, item)


def slips_of(name: str, at: int, letter: str) -> dict[str, str]:
    """What becomes of a name by the four kinds of slips at one letter."""
    return {
        "left out": name[:at] + name[at + 1 :],
        "put in": name[:at] + letter + name[at:],
        "replaced": name[:at] + letter + name[at + 1 :],
        "swapped": name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
    }


def hints_for(name: Name, slip: str) -> list[str]:
    """The hints told at the place of a name when `slip` is written there; none if it is legal."""
    lines = list(lines_of(name.path))
    line = lines[name.location.line - 1]
    end = name.column + len(name.text)
    lines[name.location.line - 1] = line[: name.column] + slip + line[end:]
    try:
        plan_from_text("\n".join(lines), file=str(name.path))
    except ConfigError as error:
        return [fault.hint for fault in error.diagnostics if fault.location == name.location]
    return []


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_slip_in_a_name_of_our_graphs_gets_the_right_suggestion(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(names_in(data.draw(st.sampled_from(GRAPHS)))))
    assume(len(name.text) > 1)
    letters = string.ascii_uppercase if name.kind == "tag" else string.ascii_lowercase
    at = data.draw(st.integers(0, len(name.text) - 1))
    slips = slips_of(name.text, at, data.draw(st.sampled_from(letters)))
    slip = slips[data.draw(st.sampled_from(sorted(slips)))]
    assume(
        slip
        and slip.lower() != name.text.lower()
        and slip not in {each.text for each in names_in(name.path)}
    )
    hints = hints_for(name, slip)
    # A graph's port is suggested with its index: "TENSORS:3".
    right = (f'"{name.text}"', f'"{name.text}:')
    told = [hint.partition("?")[0] for hint in hints]
    assert any(each in hint for each in right for hint in told), (name, slip, hints)


@pytest.mark.parametrize(
    ("word", "name", "is_slip"),
    [
        ("roi", "ri", True),
        ("ri", "roi", True),
        ("roi", "rxi", True),
        ("roi", "rio", True),
        ("op", "oq", True),
        ("op", "po", True),
        ("roi", "roi", False),
        ("a", "b", False),
        ("a", "ab", False),
        ("roi", "r", False),
        ("image", "imgae", True),
        ("image", "mgaie", False),
        ("image", "images", True),
        ("image", "simage", True),
        ("", "", False),
    ],
)
def test_one_slip_is_one_letter_or_two_swapped(word: str, name: str, is_slip: bool) -> None:
    assert is_one_slip(word, name) is is_slip
    assert is_one_slip(name, word) is is_slip
