"""Put the values of parameters where a graph says `${name}`.

A value that is `${name}` and nothing else becomes the parameter's value, of whatever type; within a
longer text the value is inserted as text. `$${` stands for the text `${`. What was put in is not
looked at again: a value that holds `${` keeps it.

Faults in options are reported where the value was written, with a note of where it was used;
faults in names, numbers and streams of the graph itself where they are used, with a note of where
the value comes from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from graphflow.config.decoding import shown
from graphflow.config.fault_list import FaultList
from graphflow.config.size_limit import SizeLimit
from graphflow.config.stream_names import did_you_mean
from graphflow.config.yaml_source import (
    DEPTH_MAX,
    SCALAR_MAX,
    TEXT_MAX,
    Entry,
    ListValue,
    MappingValue,
    ScalarValue,
    Value,
    too_deep,
)
from graphflow.words.diagnostics import Location, Note, listed
from graphflow.words.errors import ConfigError
from graphflow.words.quick_dataclass import dataclass

_REFERENCE: Final = re.compile(r"\$\$\{|\$\{(?P<name>[^}]*)(?P<end>\}?)")
VALUE_WEIGHT: Final = 10
"""A value costs as much as so many characters, however short it is."""

_WRITTEN_SO: Final = 'the text "${" itself is written "$${"'


@dataclass(frozen=True)
class Size:
    """How large a value is.

    Attributes:
        weight: characters of its texts and keys, and VALUE_WEIGHT for each of its values.
        depth: how deep it is nested; 0 for a single value.
    """

    weight: int
    depth: int


def size_of(value: Value, limit: int) -> Size:
    """Measure a value, as far as its weight is at most `limit`."""
    weight, deepest = 0, 0
    waiting = [(value, 0)]
    while waiting and weight <= limit:
        each, depth = waiting.pop()
        deepest = max(deepest, depth)
        weight += VALUE_WEIGHT
        if isinstance(each, ScalarValue):
            weight += len(each.text)
        elif isinstance(each, ListValue):
            waiting += ((item, depth + 1) for item in each.items)
        elif isinstance(each, MappingValue):
            weight += sum(len(entry.key) for entry in each.entries)
            waiting += ((entry.value, depth + 1) for entry in each.entries)
    return Size(weight, deepest)


def moved(value: Value, move: Callable[[Location], Location]) -> Value:
    """Return a value with all its places changed."""
    if isinstance(value, ListValue):
        items = tuple(moved(item, move) for item in value.items)
        return ListValue(items, move(value.location))
    if isinstance(value, MappingValue):
        entries = (
            Entry(entry.key, move(entry.location), moved(entry.value, move))
            for entry in value.entries
        )
        return MappingValue(tuple(entries), move(value.location), value.is_whole)
    return replace(value, location=move(value.location))


def used_at(value: Value, words: str, place: Location) -> Value:
    """Return a value that, in its faults, tells that it was used at `place`, too."""
    note = Note(words, replace(place, uses=()))

    def move(location: Location) -> Location:
        return replace(location, uses=(note, *location.uses))

    return moved(value, move)


def referred_names(value: Value) -> Iterator[str]:
    """Yield the names of the parameters that a value refers to."""
    if isinstance(value, ScalarValue):
        names = (match["name"] for match in _REFERENCE.finditer(value.text))
        yield from (name for name in names if name is not None)
    elif isinstance(value, ListValue):
        for item in value.items:
            yield from referred_names(item)
    elif isinstance(value, MappingValue):
        for entry in value.entries:
            yield from referred_names(entry.value)


class Substitution:
    """Puts values into one graph.

    Attributes:
        diagnostics: the faults found so far.
    """

    def __init__(self, values: Mapping[str, Value] | None, *, is_whole: bool = True) -> None:
        """Prepare to put in `values`.

        Args:
            values: by the parameters' names; None where no parameter may stand.
            is_whole: whether these are all parameters that the graph declares; if not, it is not
                known which names are wrong.
        """
        self.diagnostics = FaultList()
        self._values = values
        self._is_whole = is_whole
        self._sizes: dict[str, Size] = {}
        self._limit = SizeLimit(self.diagnostics, "parameters put in")
        self._refused = 0

    def mapping(
        self,
        value: MappingValue,
        depth: int = 0,
        *,
        is_option: bool = False,
        leaving: tuple[str, ...] = (),
    ) -> MappingValue:
        """Return keys and values with the parameters' values put in.

        Args:
            value: the keys and values.
            depth: how deep the mapping is nested.
            is_option: whether it holds options, and not keys of the graph itself.
            leaving: keys whose values are left as they are.

        Raises:
            ConfigError: too much would be put in.
        """
        refused_outside, self._refused = self._refused, 0
        entries = []
        for entry in value.entries:
            new: Value | None = entry.value
            if entry.key not in leaving:
                is_inner_option = is_option or entry.key == "options"
                new = self.value(entry.value, depth + 1, is_option=is_inner_option)
            if new is not None:
                entries.append(entry if new is entry.value else replace(entry, value=new))
        is_whole = value.is_whole and not self._refused
        self._refused = refused_outside
        return MappingValue(tuple(entries), value.location, is_whole)

    def value(self, value: Value, depth: int = 0, *, is_option: bool = False) -> Value | None:
        """Return a value with the parameters' values put in; None, reported, where that fails.

        Raises:
            ConfigError: too much would be put in.
        """
        if isinstance(value, ScalarValue):
            return self._scalar(value, depth, is_option=is_option) if "${" in value.text else value
        if isinstance(value, ListValue):
            items = [self.value(item, depth + 1, is_option=is_option) for item in value.items]
            return ListValue(tuple(each for each in items if each is not None), value.location)
        if isinstance(value, MappingValue):
            return self.mapping(value, depth, is_option=is_option)
        return value

    def _scalar(self, value: ScalarValue, depth: int, *, is_option: bool) -> Value | None:
        whole = _REFERENCE.fullmatch(value.text)
        if whole is None or whole["name"] is None:
            return self._text(value)
        name = self._known(whole, value.location)
        if name is None or self._values is None:
            return None
        put, size = self._values[name], self._size(name)
        if depth + size.depth > DEPTH_MAX:
            raise ConfigError([*self.diagnostics, too_deep(value.location)])
        self._limit.spend(size.weight, value.location)
        if is_option:
            return used_at(put, f"used for ${{{name}}} at", value.location)
        note = _origin(name, put)
        return moved(put, lambda _: replace(value.location, uses=(note,)))

    def _text(self, value: ScalarValue) -> ScalarValue | None:
        """Return a text with the texts of values in it."""
        parts: list[str] = []
        end = length = 0
        notes: dict[Note, None] = {}
        for match in _REFERENCE.finditer(value.text):
            part = "${"
            if match["name"] is not None:
                put = self._inserted(match, value.location)
                if put is None:
                    return None
                part = put.text
                notes[_origin(match["name"], put)] = None
            parts += (value.text[end : match.start()], part)
            end = match.end()
            length += len(part)
            if length > SCALAR_MAX:
                expected = f"at most {SCALAR_MAX:,} characters"
                self._refuse(value.location, "a text too long", expected=expected)
                return None
        text = "".join((*parts, value.text[end:]))
        self._limit.spend(len(text), value.location)
        location = replace(value.location, uses=tuple(notes))
        return ScalarValue(text, location, value.is_plain)

    def _inserted(self, match: re.Match[str], location: Location) -> ScalarValue | None:
        """Return the value to be inserted into a text."""
        name = self._known(match, location)
        if name is None or self._values is None:
            return None
        put = self._values[name]
        if not isinstance(put, ScalarValue) or put.is_nothing:
            self._refuse(
                location,
                f'"${{{name}}}" stands within a text',
                shown(put),
                "a single value",
                notes=(Note("the value is at", put.location),),
            )
            return None
        return put

    def _known(self, match: re.Match[str], location: Location) -> str | None:
        """Return a parameter's name, None, reported, where there is no such parameter."""
        name = match["name"]
        if not match["end"]:
            self._refuse(location, '"${" without "}"', hint=_WRITTEN_SO)
            return None
        if self._values is None:
            fault = f'a default takes no parameters, but has "${{{name}}}"'
            self._refuse(location, fault, hint=_WRITTEN_SO)
            return None
        if name in self._values:
            return name
        self._refused += 1
        if self._is_whole:
            hint = did_you_mean(name, self._values)
            if not hint and self._values:
                hint = "it has " + listed([f'"{each}"' for each in self._values])
            if not hint:
                hint = f'declare it under "parameter"; {_WRITTEN_SO}'
            fault = f'the graph has no parameter "{name}"'
            self.diagnostics.report(location, fault, hint=hint)
        return None

    def _size(self, name: str) -> Size:
        if name not in self._sizes:
            assert self._values is not None
            self._sizes[name] = size_of(self._values[name], TEXT_MAX)
        return self._sizes[name]

    def _refuse(
        self,
        location: Location,
        fault: str,
        found: str = "",
        expected: str = "",
        hint: str = "",
        notes: tuple[Note, ...] = (),
    ) -> None:
        self._refused += 1
        self.diagnostics.report(location, fault, found, expected, hint, notes)


def _origin(name: str, value: Value) -> Note:
    return Note(f"${{{name}}} is {shown(value)}, from", replace(value.location, uses=()))
