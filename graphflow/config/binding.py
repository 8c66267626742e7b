"""Give a graph's parameters their values: what its user gives, checked, and the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, get_args

from graphflow.config.declared_types import is_sequence
from graphflow.config.decoding import Undecodable, as_in_file, decode, shown, split_list
from graphflow.config.fault_list import FaultList
from graphflow.config.parameters import Parameter, Parameters
from graphflow.config.stream_names import did_you_mean
from graphflow.config.substitution import VALUE_WEIGHT, size_of
from graphflow.config.yaml_source import (
    DEPTH_MAX,
    SCALAR_MAX,
    Entry,
    ListValue,
    MappingValue,
    ScalarValue,
    Value,
    from_python,
)
from graphflow.words.diagnostics import Diagnostic, Location, Note, listed
from graphflow.words.quick_dataclass import dataclass

_KNOWN_MAX: Final = 6
"""How many of the known parameters a hint lists."""


@dataclass(frozen=True)
class Giver:
    """Who gives the values: a node that uses the graph, or who loads it.

    Attributes:
        taker: what messages call the graph.
        node: the node's name; "" for who loads the graph.
        location: where values that are missing are missing; None for where they are declared.
    """

    taker: str = "the graph"
    node: str = ""
    location: Location | None = None

    def words(self, name: str) -> str:
        """Return what messages call one value."""
        return f'option "{name}" of node "{self.node}"' if self.node else f'parameter "{name}"'


def from_outside(parameters: Mapping[str, Any]) -> MappingValue:
    """Return the values that Python code or a command line gives as keys and values.

    Raises:
        ConfigError: a value is nested too deeply, or contains itself.
    """
    entries = []
    for key, value in parameters.items():
        location = Location(f'parameters["{key}"]')
        if isinstance(value, ScalarValue):
            location = value.location
        entries.append(Entry(str(key), location, from_python(value, location)))
    return MappingValue(tuple(entries))


def from_command_line(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return texts as parameters that are decoded by their declared types."""
    return {
        name: ScalarValue(text, Location(f"--param {name}={text}"), is_free=True)
        for name, text in texts.items()
    }


def bind(
    parameters: Parameters, given: MappingValue | None, giver: Giver
) -> tuple[dict[str, Value] | None, tuple[Diagnostic, ...]]:
    """Return each parameter's value, and the faults of what is given.

    Returns:
        The values, by the order of the declarations, or None where there are faults; and all
        faults.
    """
    binding = _Binding(parameters, giver)
    values = binding.values(given or MappingValue())
    return (None if binding.diagnostics else values), tuple(binding.diagnostics)


class _Binding:
    """Collects the values of one graph's parameters."""

    def __init__(self, parameters: Parameters, giver: Giver) -> None:
        self.diagnostics = FaultList()
        self._parameters = parameters
        self._giver = giver

    def values(self, given: MappingValue) -> dict[str, Value]:
        declared = self._parameters.declared
        values = {
            name: _typed(parameter.default, parameter.type)
            for name, parameter in declared.items()
            if parameter.default is not None
        }
        for entry in given.entries:
            parameter = declared.get(entry.key)
            if parameter is None:
                self._report_unknown(entry)
                continue
            value = self._checked(parameter, entry.value)
            if value is not None:
                values[entry.key] = _merged(values.get(entry.key), value)
        is_whole = given.is_whole and self._parameters.is_whole
        for name, parameter in declared.items():
            if name not in values and given.get(name) is None and is_whole:
                self._report_missing(parameter)
        return {name: values[name] for name in declared if name in values}

    def _checked(self, parameter: Parameter, value: Value) -> Value | None:
        """Return a value of the declared type; None, reported, where it is of another."""
        what = self._giver.words(parameter.name)
        note = Note("declared at", parameter.location)
        try:
            size = size_of(value, SCALAR_MAX)
            if size.weight > SCALAR_MAX:
                words = f"at most {SCALAR_MAX:,} characters, each value counted as {VALUE_WEIGHT}"
                raise Undecodable(value, words)
            if size.depth > DEPTH_MAX:
                raise Undecodable(value, f"lists and mappings nested at most {DEPTH_MAX} deep")
            written = as_in_file(value)
            decoded = decode(written, parameter.type)
        except Undecodable as fault:
            place, found = fault.value.location, shown(fault.value)
            self.diagnostics.report(place, what, found, fault.expected, fault.hint, (note,))
            return None
        if not parameter.limits.allow(decoded):
            what = f"{what} is out of range"
            limits = str(parameter.limits)
            self.diagnostics.report(value.location, what, shown(written), limits, notes=(note,))
            return None
        return _typed(written, parameter.type)

    def _report_missing(self, parameter: Parameter) -> None:
        name, giver = parameter.name, self._giver
        if giver.location is None:
            fault = f'parameter "{name}" has no default, and no value was given'
            hint = f'give it: --param {name}=VALUE, or parameters={{"{name}": ...}} in Python'
            self.diagnostics.report(parameter.location, fault, hint=hint)
        else:
            fault = f'node "{giver.node}" lacks required option "{name}"'
            note = Note("declared, without a default, at", parameter.location)
            self.diagnostics.report(giver.location, fault, notes=(note,))

    def _report_unknown(self, entry: Entry) -> None:
        if not self._parameters.is_whole:
            return
        declared = self._parameters.declared
        hint = did_you_mean(entry.key, declared)
        if not hint:
            known = [f'"{name}"' for name in declared]
            if len(known) > _KNOWN_MAX:
                known = [*known[:_KNOWN_MAX], "..."]
            hint = "it has " + listed(known) if known else "it declares none"
        fault = f'{self._giver.taker} has no parameter "{entry.key}"'
        self.diagnostics.report(entry.location, fault, hint=hint)


def _typed(value: Value, kind: Any) -> Value:
    """Return a value, decoded without fault as `kind`, so that it can't be read as anything else.

    A number given for a text is a text from here on, and one value given for a list is a list.
    """
    if is_sequence(kind):
        element = get_args(kind)[0]
        if isinstance(value, ScalarValue) and value.is_free:
            value = split_list(value)
        items = value.items if isinstance(value, ListValue) else (value,)
        return ListValue(tuple(_typed(item, element) for item in items), value.location)
    if isinstance(value, ScalarValue) and kind is not Any:
        return replace(value, is_plain=kind is not str, is_free=False)
    return value


def _merged(default: Value | None, given: Value) -> Value:
    """Return keys and values with those of the default that are not given; else what is given."""
    if not (isinstance(default, MappingValue) and isinstance(given, MappingValue)):
        return given
    entries = []
    for entry in default.entries:
        other = given.get(entry.key)
        entries.append(replace(other, value=_merged(entry.value, other.value)) if other else entry)
    more = (entry for entry in given.entries if default.get(entry.key) is None)
    return MappingValue((*entries, *more), given.location, given.is_whole)
