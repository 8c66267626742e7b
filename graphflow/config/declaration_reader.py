"""Read what a graph says of a value that others give: type, default, description and limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from graphflow.config.decoding import Undecodable, decode, shown
from graphflow.config.stream_names import did_you_mean
from graphflow.config.value_reader import ValueReader
from graphflow.config.yaml_source import Value
from graphflow.plan import MISSING, NO_LIMITS, Limits
from graphflow.words.diagnostics import listed
from graphflow.words.quick_dataclass import dataclass

DECLARATION_KEYS: Final = ("name", "type", "default", "description", "minimum", "maximum")

SCALAR_TYPES: Final[dict[str, Any]] = {"string": str, "bool": bool, "int": int, "float": float}


@dataclass(frozen=True)
class Declaration:
    """What a graph says of a value.

    Attributes:
        type: Any where the graph tells none.
        default: MISSING where there is none.
    """

    type: Any = Any
    default: Any = MISSING
    description: str = ""
    limits: Limits = NO_LIMITS


class DeclarationReader:
    """Reads the declarations of one kind of value."""

    def __init__(self, values: ValueReader, noun: str, types: Mapping[str, Any]) -> None:
        """Read with `values`, which collects the faults.

        Args:
            values: reads single keys.
            noun: what messages call such a value.
            types: which types there are, by the names that graphs give them.
        """
        self._values = values
        self._noun = noun
        self._types = types

    def read(self, keys: Mapping[str, Value], name: str) -> Declaration:
        """Return the declaration of `name`, as far as it can be read."""
        declared = self._type(keys)
        declaration = Declaration(
            declared,
            self._default(keys, declared, name),
            self._description(keys),
            Limits(
                self._limit(keys, "minimum", declared, name),
                self._limit(keys, "maximum", declared, name),
            ),
        )
        if not declaration.limits.allow(declaration.default):
            self._values.report(
                keys["default"].location,
                f'default of {self._noun} "{name}" is out of range',
                shown(keys["default"]),
                str(declaration.limits),
            )
        return declaration

    def _description(self, keys: Mapping[str, Value]) -> str:
        if "description" not in keys:
            return ""
        return self._values.text(keys["description"], "description") or ""

    def _type(self, keys: Mapping[str, Value]) -> Any:
        name = self._values.name(keys, "type")
        if name is None:
            return Any
        if name.text not in self._types:
            self._values.report(
                name.location,
                f'{self._noun} type "{name.text}" is unknown',
                expected=listed(list(self._types), "or"),
                hint=did_you_mean(name.text, self._types),
            )
            return Any
        return self._types[name.text]

    def _default(self, keys: Mapping[str, Value], declared: Any, name: str) -> Any:
        if "default" not in keys:
            return MISSING
        default = self._decoded(keys["default"], declared, f'default of {self._noun} "{name}"')
        return MISSING if default is None and declared is not Any else default

    def _limit(self, keys: Mapping[str, Value], key: str, declared: Any, name: str) -> float | None:
        if key not in keys:
            return None
        what = f'{key} of {self._noun} "{name}"'
        if declared not in (int, float):
            location = keys[key].location
            self._values.report(location, what, expected="type int or float beside it")
            return None
        limit: float | None = self._decoded(keys[key], declared, what)
        return limit

    def _decoded(self, value: Value, declared: Any, what: str) -> Any:
        try:
            return decode(value, declared)
        except Undecodable as fault:
            self._values.report(
                fault.value.location, what, shown(fault.value), fault.expected, fault.hint
            )
            return None
