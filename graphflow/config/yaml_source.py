"""Read YAML text into values that know line and column.

The tree is built from the parser's events, not from PyYAML's loaders: they drop an earlier
duplicate key in silence and read `no` as false and `12:30` as 750. Here a scalar stays text until
somebody who knows the declared type decodes it (`graphflow.config.decoding`).

Anchors, aliases, tags and merge keys are refused: one value stands in one place. So are texts too
long, and values too long or too deeply nested, to be a graph that anybody wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import yaml

from graphflow.config.fault_list import FaultList
from graphflow.words.diagnostics import Diagnostic, Location, Note
from graphflow.words.errors import ConfigError
from graphflow.words.quick_dataclass import dataclass

NOWHERE: Final = Location()
"""The place of what no file says."""

TEXT_MAX: Final = 4_000_000
"""So many characters are read; a node takes about a hundred."""

SCALAR_MAX: Final = 100_000
"""So many characters a single value may have."""

DEPTH_MAX: Final = 100
"""So deep may lists and mappings be nested; reading them, and whatever follows, is recursive."""

_LOADER: Final[Any] = getattr(yaml, "CLoader", yaml.Loader)
"""libyaml is about ten times as fast; PyYAML's own parser stands in where it was built without."""


@dataclass(frozen=True)
class ScalarValue:
    """A single value, still text.

    Attributes:
        is_plain: written without quotes, so it may also be a number, true, false or nothing.
        is_free: from a command line; a list may be written as `1,2`.
    """

    text: str
    location: Location = NOWHERE
    is_plain: bool = True
    is_free: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is written here, or `null` or `~`."""
        return self.is_plain and self.text in ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True)
class PythonValue:
    """A single value from Python code, already of its type."""

    value: Any
    location: Location = NOWHERE


@dataclass(frozen=True)
class ListValue:
    """A list."""

    items: tuple[Value, ...]
    location: Location = NOWHERE


@dataclass(frozen=True)
class Entry:
    """A key and its value."""

    key: str
    location: Location
    value: Value


@dataclass(frozen=True)
class MappingValue:
    """Keys and values, in the order written; no key appears twice.

    Attributes:
        is_whole: nothing that stood here was refused and left out.
    """

    entries: tuple[Entry, ...] = ()
    location: Location = NOWHERE
    is_whole: bool = True

    def get(self, key: str) -> Entry | None:
        """Return the entry of `key`, or None."""
        for entry in self.entries:
            if entry.key == key:
                return entry
        return None


Value = ScalarValue | PythonValue | ListValue | MappingValue


def parse_yaml(text: str, file: str) -> tuple[Value | None, tuple[Diagnostic, ...]]:
    """Read one YAML document.

    Args:
        text: the document.
        file: its name, for locations.

    Returns:
        The value, or None where the text is no YAML or is empty; and all faults found.
    """
    if len(text) > TEXT_MAX:
        expected = f"at most {TEXT_MAX:,} characters"
        fault = Diagnostic(Location(file, 1, 1), "the graph is too long", expected=expected)
        return None, (fault,)
    parser = _Parser(text, file)
    try:
        value = parser.document()
    except ConfigError as limit:
        return None, limit.diagnostics
    except yaml.MarkedYAMLError as fault:
        return None, (*parser.diagnostics, _syntax_fault(fault, text, file))
    except yaml.reader.ReaderError as fault:
        return None, (*parser.diagnostics, _character_fault(fault.character, text, file))
    except UnicodeEncodeError as fault:
        return None, (*parser.diagnostics, _character_fault(text[fault.start], text, file))
    return value, tuple(parser.diagnostics)


def from_python(value: Any, location: Location, depth: int = 0) -> Value:
    """Return Python's dicts, lists and scalars as a value, all at one place.

    Values among them keep their own places.

    Raises:
        ConfigError: they are nested too deeply, or contain themselves.
    """
    if isinstance(value, (ScalarValue, PythonValue, ListValue, MappingValue)):
        return value
    if depth > DEPTH_MAX:
        raise ConfigError([too_deep(location)])
    if isinstance(value, Mapping):
        entries = (
            Entry(str(key), _place(each, location), from_python(each, location, depth + 1))
            for key, each in value.items()
        )
        return MappingValue(tuple(entries), location)
    if isinstance(value, str):
        return ScalarValue(value, location, is_plain=False)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        items = (from_python(each, location, depth + 1) for each in value)
        return ListValue(tuple(items), location)
    return PythonValue(value, location)


def _place(value: Any, location: Location) -> Location:
    is_located = isinstance(value, (ScalarValue, PythonValue, ListValue, MappingValue))
    return value.location if is_located else location


def with_option(
    options: MappingValue, path: Sequence[str], value: Value, location: Location
) -> MappingValue:
    """Return options with one of them, `path` deep, set to `value`; it is written at `location`."""
    key, *rest = path
    if rest:
        entry = options.get(key)
        inner = entry.value if entry and isinstance(entry.value, MappingValue) else MappingValue()
        value = with_option(inner, rest, value, location)
    others = tuple(entry for entry in options.entries if entry.key != key)
    return replace(options, entries=(*others, Entry(key, location, value)))


class _Parser:
    """Turns events into values, collecting faults on the way."""

    def __init__(self, text: str, file: str) -> None:
        self.diagnostics = FaultList()
        self._depth = 0
        self._file = file
        self._text = text
        self._refused = 0
        self._events: Iterator[Any] = iter(())

    def document(self) -> Value | None:
        self._events = iter(yaml.parse(self._text, Loader=_LOADER))
        value: Value | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                each = self._value(next(self._events), "")
                if documents == 1:
                    value = each
                elif documents == 2:
                    self._fault(event, "the file holds more than one YAML document")
        return value

    def _value(self, event: Any, within: str) -> Value:
        location = self._location(event)
        if isinstance(event, yaml.AliasEvent):
            self._fault(event, f'alias "*{event.anchor}" is not supported', _ONE_PLACE)
            return ScalarValue("", location)
        self._check_properties(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, location)
        if self._depth == DEPTH_MAX:
            raise ConfigError([*self.diagnostics, too_deep(location)])
        self._depth += 1
        is_list = isinstance(event, yaml.SequenceStartEvent)
        value = self._list(location, within) if is_list else self._mapping(location, within)
        self._depth -= 1
        return value

    def _scalar(self, event: Any, location: Location) -> ScalarValue:
        text = event.value
        if len(text) > SCALAR_MAX:
            self._refused += 1
            found, expected = f"{len(text):,} characters", f"at most {SCALAR_MAX:,}"
            self.diagnostics.append(Diagnostic(location, "a text too long", found, expected))
            text = ""
        return ScalarValue(text, location, is_plain=event.style in (None, ""))

    def _list(self, location: Location, within: str) -> ListValue:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, within))
        return ListValue(tuple(items), location)

    def _mapping(self, location: Location, within: str) -> MappingValue:
        entries: dict[str, Entry] = {}
        refused_outside, self._refused = self._refused, 0
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._value(event, within)
            if not isinstance(key, ScalarValue):
                self._fault(event, "a key must be text", "quote text that begins with [ or {")
                self._value(next(self._events), "")
                continue
            value = self._value(next(self._events), key.text)
            if key.is_plain and key.text == "<<":
                self._fault(event, 'merge key "<<" is not supported', _ONE_PLACE)
            elif key.text in entries:
                place = f" in {within}" if within else ""
                note = Note("first at", entries[key.text].location)
                self._fault(event, f'key "{key.text}" appears twice{place}', note=note)
            else:
                entries[key.text] = Entry(key.text, key.location, value)
        is_whole, self._refused = not self._refused, refused_outside
        return MappingValue(tuple(entries.values()), location, is_whole)

    def _check_properties(self, event: Any) -> None:
        if event.anchor is not None:
            self._fault(event, f'anchor "&{event.anchor}" is not supported', _ONE_PLACE)
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            hint = "types come from the option that the value is for"
            self._fault(event, f'tag "{tag}" is not supported', hint)

    def _fault(self, event: Any, fault: str, hint: str = "", note: Note | None = None) -> None:
        self._refused += 1
        notes = () if note is None else (note,)
        self.diagnostics.append(Diagnostic(self._location(event), fault, notes=notes, hint=hint))

    def _location(self, event: Any) -> Location:
        return _location(event.start_mark, self._file)


def too_deep(location: Location) -> Diagnostic:
    """Return the fault of values nested too deeply."""
    fault = f"lists and mappings are nested more than {DEPTH_MAX} deep"
    return Diagnostic(location, fault)


_ONE_PLACE: Final = "write the value out in each place"


def _location(mark: Any, file: str) -> Location:
    return Location(file, mark.line + 1, mark.column + 1)


def _syntax_fault(fault: yaml.MarkedYAMLError, text: str, file: str) -> Diagnostic:
    mark = fault.problem_mark or fault.context_mark
    location = Location(file) if mark is None else _location(mark, file)
    problem = str(fault.problem)
    notes: tuple[Note, ...] = ()
    if fault.context and fault.context_mark is not None:
        notes = (Note(f"{fault.context}, begun at", _location(fault.context_mark, file)),)
    return Diagnostic(
        location,
        f"this is not YAML: {problem}",
        notes=notes,
        hint=_syntax_hint(problem, text, mark),
    )


def _syntax_hint(problem: str, text: str, mark: Any) -> str:
    lines = text.splitlines()
    line = lines[mark.line] if mark is not None and mark.line < len(lines) else ""
    if "${" in line and "expected ','" in problem:
        return 'between { and }, or [ and ], a "${name}" stands in quotes'
    if problem.startswith("found character"):
        if line[mark.column : mark.column + 1] == "\t":
            return "indent with spaces; YAML allows no tabs"
        return "put text that begins with a special character in quotes"
    if problem.startswith("mapping values are not allowed"):
        return 'put text that holds ": " in quotes, and indent the keys of one mapping equally'
    if problem.startswith("did not find expected key"):
        return "indent the keys of one mapping equally, and close every quote"
    return ""


def _character_fault(character: str | int, text: str, file: str) -> Diagnostic:
    # The parser's position counts characters or bytes; so look for the character itself.
    found = character if isinstance(character, str) else chr(character)
    before = text.split(found)[0]
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Diagnostic(
        Location(file, line, column),
        f"this is not YAML: the character U+{ord(found):04X} is not allowed",
    )
