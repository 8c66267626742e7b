"""Validate options by their pydantic class; every fault becomes a diagnostic at its own place."""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from graphflow.config.declared_types import declared, expectation, is_model, is_sequence
from graphflow.config.decoding import Undecodable, decode, shown
from graphflow.config.fault_list import FaultList
from graphflow.config.library import with_trail
from graphflow.config.stream_names import did_you_mean
from graphflow.config.yaml_source import ListValue, MappingValue, Value
from graphflow.nodes.options import Options
from graphflow.words.diagnostics import Diagnostic, Location, Note
from graphflow.words.quick_dataclass import dataclass

OptionsT = TypeVar("OptionsT", bound=Options)
_LIMITS: Final = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
_LENGTHS: Final = {"too_short": "too few items", "too_long": "too many items"}
_OTHERS_MAX: Final = 6
"""How many of the other options a hint lists."""


@dataclass(frozen=True)
class Owner:
    """Whose options they are.

    Attributes:
        words: as in `node "limiter"`.
        taker: class name that messages use for unknown options.
        location: where options that are missing are missing.
        trail: notes on how a subgraph's node came into the graph.
    """

    words: str
    taker: str
    location: Location
    trail: tuple[Note, ...] = ()


def check_options(
    model: type[OptionsT], value: MappingValue | None, owner: Owner
) -> tuple[OptionsT | None, tuple[Diagnostic, ...]]:
    """Make the options object from what the graph says.

    Returns:
        The options, or None where there are faults; and all faults.
    """
    check = _Check(owner)
    value = value or MappingValue((), owner.location)
    decoded = check.decoded(value, model, ())
    options: OptionsT | None = None
    try:
        options = model.model_validate(decoded)
    except ValidationError as error:
        check.add_pydantic(error, value, model)
    faults = tuple(with_trail(fault, owner.trail) for fault in check.diagnostics)
    return (None if faults else options), faults


class _Check:
    """Collects the faults of one options mapping."""

    def __init__(self, owner: Owner) -> None:
        self.diagnostics = FaultList()
        self._owner = owner
        self._dropped: list[tuple[str | int, ...]] = []

    def decoded(
        self, value: MappingValue, model: type[BaseModel], path: tuple[str, ...]
    ) -> dict[str, Any]:
        """Decode the options that are declared; report the others and those of wrong type."""
        result: dict[str, Any] = {}
        for entry in value.entries:
            field = model.model_fields.get(entry.key)
            here = (*path, entry.key)
            if field is None:
                self._report_unknown(entry.key, entry.location, value, model, path)
                continue
            nested = nested_model(field)
            if nested is not None and isinstance(entry.value, MappingValue):
                result[entry.key] = self.decoded(entry.value, nested, here)
                continue
            try:
                result[entry.key] = decode(entry.value, field.annotation, field.metadata)
            except Undecodable as fault:
                self._dropped.append(here)
                self.diagnostics.report(
                    fault.value.location,
                    self._option(here),
                    shown(fault.value),
                    fault.expected,
                    fault.hint,
                )
        return result

    def add_pydantic(
        self, error: ValidationError, value: MappingValue, model: type[BaseModel]
    ) -> None:
        """Turn pydantic's errors into diagnostics; leave out what follows from earlier faults."""
        for each in error.errors(include_url=False):
            loc = tuple(each["loc"])
            is_whole = not loc or each["type"] in ("value_error", "assertion_error")
            if any(loc[: len(path)] == path for path in self._dropped):
                continue
            if self.diagnostics and is_whole and not _names_leaf(loc, value):
                continue
            place = place_of(loc, value)[1]
            if each["type"] == "missing" and isinstance(place, MappingValue) and not place.is_whole:
                continue
            self._report_pydantic(each, loc, value, model)

    def _report_pydantic(
        self, error: Any, loc: tuple[str | int, ...], value: MappingValue, model: type[BaseModel]
    ) -> None:
        kind = error["type"]
        path, place = place_of(loc, value)
        what = self._option(path) if path else f"options of {self._owner.words}"
        field = _field(path, model)
        limits = expectation(field.annotation, field.metadata) if field else ""
        if kind == "missing":
            name = ".".join(str(part) for part in loc)
            where = place.location if path else self._owner.location
            self.diagnostics.report(where, f'{self._owner.words} lacks required option "{name}"')
        elif kind in _LIMITS:
            hint = _percent_hint(error["input"], limits)
            found = shown(place)
            expected = limits if _has_limits(limits) else _expected(error["msg"])
            fault = f"{what} is out of range"
            self.diagnostics.report(place.location, fault, found, expected, hint)
        elif kind in _LENGTHS:
            context = error["ctx"]
            bound = "min_length" if kind == "too_short" else "max_length"
            words = "at least" if kind == "too_short" else "at most"
            found = f"{context['actual_length']}"
            self.diagnostics.report(
                place.location, f"{what} has {_LENGTHS[kind]}", found, f"{words} {context[bound]}"
            )
        elif kind in ("value_error", "assertion_error"):
            reason = error["msg"].partition(", ")[2] or error["msg"]
            self.diagnostics.report(place.location, f"{what}: {reason}")
        elif kind == "extra_forbidden":
            self._report_unknown_in_list(loc, value, model)
        else:
            is_about_type = kind.endswith(("_type", "_parsing", "_from_float"))
            expected = limits if limits and is_about_type else _expected(error["msg"])
            self.diagnostics.report(place.location, what, shown(place), expected)

    def _report_unknown_in_list(
        self, loc: tuple[str | int, ...], value: MappingValue, model: type[BaseModel]
    ) -> None:
        """Report an option of a list's item; nobody looks into lists before pydantic."""
        key = str(loc[-1])
        path, container = place_of(loc[:-1], value)
        entry = container.get(key) if isinstance(container, MappingValue) else None
        location = container.location if entry is None else entry.location
        names = _names_at(loc[:-1], model)
        self.diagnostics.report(
            location, f'{self._option(path)} has no option "{key}"', hint=did_you_mean(key, names)
        )

    def _report_unknown(
        self,
        key: str,
        location: Location,
        value: MappingValue,
        model: type[BaseModel],
        path: tuple[str, ...],
    ) -> None:
        taker = self._option(path) if path else self._owner.taker
        hint = did_you_mean(key, model.model_fields)
        others = [
            f'"{name}"'
            for name in model.model_fields
            if value.get(name) is None and f'"{name}"' not in hint
        ]
        if len(others) > _OTHERS_MAX:
            others = [*others[:_OTHERS_MAX], "..."]
        also = f"it {'also ' if hint else ''}takes " + ", ".join(others) if others else ""
        if hint and also:
            hint = f"{hint} {also[0].upper()}{also[1:]}"
        elif not model.model_fields:
            hint = "it takes no options"
        self.diagnostics.report(location, f'{taker} has no option "{key}"', hint=hint or also)

    def _option(self, path: Sequence[str | int]) -> str:
        return f'option "{_dotted(path)}" of {self._owner.words}'


def nested_model(field: FieldInfo) -> type[BaseModel] | None:
    """Return the options class of a nested option (also an optional one), else None."""
    kind = _bare(field.annotation)
    return kind if is_model(kind) else None


def _field(path: Sequence[str | int], model: type[BaseModel]) -> FieldInfo | None:
    field: FieldInfo | None = None
    current: type[BaseModel] | None = model
    for part in path:
        if current is None or not isinstance(part, str) or part not in current.model_fields:
            return None
        field = current.model_fields[part]
        current = nested_model(field)
    return field


def _names_at(loc: Sequence[str | int], model: type[BaseModel]) -> list[str]:
    """Return the options that a model nested in lists declares; none where it can't be found."""
    kind: Any = model
    for part in loc:
        kind = _bare(kind)
        if isinstance(part, int):
            items = [each for each in get_args(kind) if each is not Ellipsis]
            kind = items[0] if is_sequence(kind) and items else None
        elif is_model(kind) and part in kind.model_fields:
            kind = kind.model_fields[part].annotation
    kind = _bare(kind)
    return list(kind.model_fields) if is_model(kind) else []


def _bare(annotation: Any) -> Any:
    """Return a type without its wrappers and without None as another choice."""
    kind = declared(annotation).type
    arms = [arm for arm in get_args(kind) if arm is not NoneType]
    return declared(arms[0]).type if NoneType in get_args(kind) and len(arms) == 1 else kind


def place_of(loc: Sequence[str | int], value: MappingValue) -> tuple[tuple[str | int, ...], Value]:
    """Follow pydantic's path as far as the graph wrote it.

    Parts that only pydantic knows (the arms of a union) are passed over.

    Returns:
        The path taken, and the value there.
    """
    place: Value = value
    path: list[str | int] = []
    for part in loc:
        if isinstance(place, MappingValue) and isinstance(part, str):
            entry = place.get(part)
            if entry is not None:
                place = entry.value
                path.append(part)
        elif isinstance(place, ListValue) and isinstance(part, int) and part < len(place.items):
            place = place.items[part]
            path.append(part)
    return tuple(path), place


def _names_leaf(loc: Sequence[str | int], value: MappingValue) -> bool:
    return not isinstance(place_of(loc, value)[1], MappingValue)


def _dotted(path: Sequence[str | int]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _has_limits(words: str) -> bool:
    return any(word in words for word in (" from ", " of at ", " above ", " below "))


def _percent_hint(found: Any, expected: str) -> str:
    is_percentage = isinstance(found, (int, float)) and 1 < found <= 100
    if is_percentage and expected == "a ratio from 0.0 to 1.0":
        return f"{found:g} % is written {found / 100:g}"
    return ""


def _expected(message: str) -> str:
    """Return pydantic's sentence as our half of one: `Input should be X` is X."""
    return message.rpartition(" should ")[2].removeprefix("be ").removeprefix("a valid ")
