"""What a graph declares as its parameters: values that its user can set when it is loaded.

`parameter` declares them one by one, with type and limits. `graph_options`, or `options`, of a
graph declares those of MediaPipe's way: any key with its default, of any type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final

from graphflow.config.declaration_reader import (
    DECLARATION_KEYS,
    SCALAR_TYPES,
    DeclarationReader,
)
from graphflow.config.decoding import Undecodable, as_in_file, shown
from graphflow.config.substitution import Substitution
from graphflow.config.value_reader import ValueReader, is_nothing
from graphflow.config.yaml_source import MappingValue, ScalarValue, Value
from graphflow.plan import MISSING, NO_LIMITS, Limits
from graphflow.words.diagnostics import Location, Note
from graphflow.words.quick_dataclass import dataclass

PARAMETER_KEYS: Final = ("parameter", "graph_options", "options")
"""The keys of a graph that declare parameters."""

_TYPES: Final[dict[str, Any]] = {
    **SCALAR_TYPES,
    **{f"list of {name}": list[kind] for name, kind in SCALAR_TYPES.items()},  # type: ignore[valid-type]
}
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Parameter:
    """A value that a graph's user can set.

    Attributes:
        type: Any where the graph tells none; what the value is used for then decides.
        default: as written; None where the user must give a value.
        limits: which numbers it may be.
        location: where it is declared.
    """

    name: str
    type: Any = Any
    default: Value | None = None
    description: str = ""
    limits: Limits = NO_LIMITS
    location: Location = field(default=Location())


@dataclass(frozen=True)
class Parameters:
    """The parameters of one graph.

    Attributes:
        declared: by name, in the order written.
        is_whole: all declarations could be read.
    """

    declared: Mapping[str, Parameter] = field(default_factory=dict)
    is_whole: bool = True


def read_parameters(value: Value | None, values: ValueReader) -> Parameters:
    """Return what a graph declares; `values` collects the faults."""
    if not isinstance(value, MappingValue):
        return Parameters()
    reader = _ParameterReader(values)
    for key in PARAMETER_KEYS:
        entry = value.get(key)
        if entry is None:
            continue
        if key == "parameter":
            reader.add_list(entry.value)
        else:
            reader.add_defaults(key, entry.value)
    return Parameters(reader.declared, value.is_whole and not values.diagnostics)


class _ParameterReader:
    """Collects the parameters of one graph."""

    def __init__(self, values: ValueReader) -> None:
        self.declared: dict[str, Parameter] = {}
        self._values = values
        self._declarations = DeclarationReader(values, "parameter", _TYPES)

    def add_list(self, value: Value) -> None:
        for item in self._values.items(value):
            if not isinstance(item, MappingValue):
                expected = "keys and values, among them name"
                self._values.report(item.location, "a parameter", shown(item), expected)
            elif item.get("name") is None:
                hint = _declaration_hint(item)
                self._values.report(item.location, 'a parameter lacks "name"', hint=hint)
            else:
                self._add_declaration(item)

    def add_defaults(self, key: str, value: Value) -> None:
        if isinstance(value, MappingValue):
            for entry in value.entries:
                default = self._literal(entry.value)
                self._add(Parameter(entry.key, default=default, location=entry.location))
        elif not is_nothing(value):
            what = f'key "{key}" of a graph'
            self._values.report(value.location, what, shown(value), "keys and values")

    def _add_declaration(self, value: MappingValue) -> None:
        keys = self._values.keys(value, "a parameter", DECLARATION_KEYS)
        name = self._values.name(keys, "name")
        if name is None:
            return
        if "default" in keys:
            default = self._literal(keys["default"])
            if default is None:
                del keys["default"]
            else:
                keys["default"] = default
        read = self._declarations.read(keys, name.text)
        default = None if read.default is MISSING else keys["default"]
        self._add(
            Parameter(name.text, read.type, default, read.description, read.limits, name.location)
        )

    def _add(self, parameter: Parameter) -> None:
        name = parameter.name
        if not _NAME.fullmatch(name):
            self._values.report(
                parameter.location,
                f'parameter name "{name}"',
                expected="letters, digits and underscores, and no digit first",
            )
        elif name in self.declared:
            note = Note("first at", self.declared[name].location)
            fault = f'parameter "{name}" is declared twice'
            self._values.report(parameter.location, fault, note=note)
        else:
            self.declared[name] = parameter

    def _literal(self, value: Value) -> Value | None:
        """Return a default with `$${` read as `${`; None where it refers to other parameters."""
        substitution = Substitution(None)
        try:
            return substitution.value(as_in_file(value), is_option=True)
        except Undecodable as fault:
            found = shown(fault.value)
            self._values.report(fault.value.location, "a default", found, fault.expected)
            return None
        finally:
            self._values.diagnostics.extend(substitution.diagnostics)


def _declaration_hint(value: MappingValue) -> str:
    """Return how to write what was meant by `size: 7`."""
    entry = value.entries[0] if value.entries else None
    if entry is None or entry.key in DECLARATION_KEYS or not isinstance(entry.value, ScalarValue):
        return ""
    return f"write {{name: {entry.key}, default: {entry.value.text}}}"
