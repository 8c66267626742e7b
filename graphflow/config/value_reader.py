"""Read the keys of one mapping and their single values, collecting faults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphflow.config.declared_types import expectation
from graphflow.config.decoding import Undecodable, decode, shown
from graphflow.config.fault_list import FaultList
from graphflow.config.graph_config import Named
from graphflow.config.stream_names import did_you_mean
from graphflow.config.yaml_source import ListValue, MappingValue, PythonValue, ScalarValue, Value
from graphflow.words.diagnostics import Location, Note, listed

_FEW_KEYS = 4
"""Up to so many legal keys are all named where none is like the one found."""


class ValueReader:
    """Reads keys and values of one file.

    Attributes:
        diagnostics: the faults found so far.
    """

    def __init__(self, unsupported: Mapping[str, str]) -> None:
        """Make a reader; `unsupported` has a hint for each key that MediaPipe has and we lack."""
        self.diagnostics = FaultList()
        self._unsupported = unsupported

    def report(
        self,
        location: Location,
        fault: str,
        found: str = "",
        expected: str = "",
        hint: str = "",
        note: Note | None = None,
    ) -> None:
        """Add a fault."""
        notes = () if note is None else (note,)
        self.diagnostics.report(location, fault, found, expected, hint, notes)

    def keys(self, value: MappingValue, owner: str, known: tuple[str, ...]) -> dict[str, Value]:
        """Return the values of known keys; report the others."""
        found: dict[str, Value] = {}
        for entry in value.entries:
            if entry.key in known:
                found[entry.key] = entry.value
            elif entry.key in self._unsupported:
                hint = self._unsupported[entry.key]
                self.report(entry.location, f'key "{entry.key}" is not supported', hint=hint)
            else:
                hint = did_you_mean(entry.key, known)
                if not hint and len(known) <= _FEW_KEYS:
                    hint = "it takes " + listed([f'"{key}"' for key in known])
                self.report(entry.location, f'{owner} has no key "{entry.key}"', hint=hint)
        return found

    def items(self, value: Value | None) -> tuple[Value, ...]:
        """Return what a repeated key holds: a list, or one value."""
        if value is None or is_nothing(value):
            return ()
        return value.items if isinstance(value, ListValue) else (value,)

    def name(self, keys: Mapping[str, Value], key: str) -> Named | None:
        """Return a key's text and place; None where it is absent, or no text."""
        value = keys.get(key)
        text = None if value is None else self.text(value, key)
        return None if value is None or text is None else Named(text, value.location)

    def text(self, value: Value, key: str) -> str | None:
        """Return a value's text; None, reported, where it is none."""
        decoded: str | None = self.decoded(value, key, str)
        return decoded

    def flag(self, keys: Mapping[str, Value], key: str) -> bool:
        """Return a boolean key; false where it is absent."""
        return key in keys and bool(self.decoded(keys[key], key, bool))

    def number(
        self,
        keys: Mapping[str, Value],
        key: str,
        least: int,
        default: int,
        most: int | None = None,
    ) -> int:
        """Return an integer key of at least `least`, and at most `most`, or its default."""
        if key not in keys:
            return default
        limits = f"of at least {least}" if most is None else f"from {least} to {most}"
        number = self.decoded(keys[key], key, int, f"an integer {limits}")
        if number is None:
            return default
        if number < least or (most is not None and number > most):
            self.report(
                keys[key].location,
                f'key "{key}" is out of range',
                str(number),
                f"an integer {limits}",
            )
            return default
        return int(number)

    def options(self, keys: Mapping[str, Value]) -> MappingValue | None:
        """Return what `options` holds; None where it is absent, or no mapping."""
        value = keys.get("options")
        if isinstance(value, MappingValue):
            return value
        if value is not None and not is_nothing(value):
            self.report(value.location, 'key "options"', shown(value), "keys and values")
        return None

    def decoded(self, value: Value, key: str, kind: type, expected: str = "") -> Any:
        """Return a key's value by its type; None, reported, where it is of another."""
        try:
            decoded = decode(value, kind)
            if kind in (str, bool) and not isinstance(decoded, kind):
                # Python code can give anything, and nobody else looks at it.
                raise Undecodable(value, expectation(kind))
            return decoded
        except Undecodable as fault:
            self.report(
                value.location,
                f'key "{key}"',
                shown(value),
                expected or fault.expected,
                fault.hint,
            )
            return None


def is_nothing(value: Value) -> bool:
    """Tell whether a key was written without a value."""
    if isinstance(value, PythonValue):
        return value.value is None
    return isinstance(value, ScalarValue) and value.is_nothing
