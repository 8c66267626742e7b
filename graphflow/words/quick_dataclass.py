"""`dataclass`, as the standard library's, at a sixth of its cost when a module is imported.

The library compiles each method of a dataclass by itself; of the half second until a first result,
a tenth went into that, for some 120 classes. Here only `__init__` is compiled. The other methods
are closures over the names of the fields, and compare, hash and show as the library's do. The
fields themselves are still the library's work, so `fields`, `replace`, `asdict` and pattern
matching take these classes for what they are.

Source: CPython, Lib/dataclasses.py (what each method does)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final

_VALUE: Final = "_value_"
_FACTORY: Final = "_factory_"
_ABSENT: Final = object()
"""Default of an argument whose value a factory makes."""

_Names = tuple[str, ...]


def _quick_dataclass(
    cls: type | None = None, /, *, frozen: bool = False, eq: bool = True, order: bool = False
) -> Any:
    """Make a class a dataclass; see `dataclasses.dataclass`, whose other options aren't offered."""

    def make(made: type) -> type:
        if order or hasattr(made, "__dataclass_fields__"):
            # Rare, as classes are that derive from a dataclass, so they are left to the library.
            return dataclasses.dataclass(made, frozen=frozen, eq=eq, order=order)
        dataclasses.dataclass(made, init=False, repr=False, eq=False)
        _note_parameters(made, init=True, repr=True, eq=eq, frozen=frozen)
        fields = dataclasses.fields(made)
        _set_default(made, "__init__", _init(made, fields, is_frozen=frozen))
        _set_default(made, "__repr__", _repr(tuple(each.name for each in fields if each.repr)))
        if eq:
            compared = tuple(each.name for each in fields if each.compare)
            _add_comparison(made, _values_of(compared), is_frozen=frozen)
        if frozen:
            _freeze(made, frozenset(each.name for each in fields))
        return made

    return make if cls is None else make(cls)


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    dataclass = _quick_dataclass


def _note_parameters(made: Any, **parameters: bool) -> None:
    """Correct what the library noted, for it compares the parameters of classes that inherit."""
    for name, value in parameters.items():
        setattr(made.__dataclass_params__, name, value)


def _set_default(made: type, name: str, function: Callable[..., Any]) -> None:
    """Give a class a method, unless it has written it itself."""
    if name not in made.__dict__:
        _set(made, name, function)


def _set(made: type, name: str, function: Callable[..., Any]) -> None:
    function.__name__, function.__qualname__ = name, f"{made.__qualname__}.{name}"
    setattr(made, name, function)


def _init(made: type, fields: tuple[Field[Any], ...], *, is_frozen: bool) -> Callable[..., Any]:
    """Compile `__init__`; in a frozen class it goes around the class's own `__setattr__`."""
    scope: dict[str, Any] = {"_absent_": _ABSENT, "_set_": object.__setattr__}
    parameters, lines = ["self"], []
    for field in fields:
        name = value = field.name
        if field.default is not MISSING:
            scope[_VALUE + name] = field.default
            parameters.append(f"{name}={_VALUE}{name}")
        elif field.default_factory is not MISSING:
            scope[_FACTORY + name] = field.default_factory
            parameters.append(f"{name}=_absent_")
            value = f"{_FACTORY}{name}() if {name} is _absent_ else {name}"
        else:
            parameters.append(name)
        lines.append(f"_set_(self, {name!r}, {value})" if is_frozen else f"self.{name} = {value}")
    if hasattr(made, "__post_init__"):
        lines.append("self.__post_init__()")
    body = "\n ".join(lines or ["pass"])
    exec(f"def __init__({', '.join(parameters)}):\n {body}", scope)
    init: Callable[..., Any] = scope["__init__"]
    annotations = {field.name: field.type for field in fields}
    init.__annotations__ = {**annotations, "return": None}
    init.__module__ = made.__module__
    return init


def _repr(names: _Names) -> Callable[[Any], str]:
    @recursive_repr()
    def show(self: Any) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({shown})"

    return show


def _values_of(names: _Names) -> Callable[[Any], tuple[Any, ...]]:
    """Return what takes an object's values, always as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _add_comparison(
    made: type, values_of: Callable[[Any], tuple[Any, ...]], *, is_frozen: bool
) -> None:
    def is_equal(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values_of(self) == values_of(other)

    def hash_of(self: Any) -> int:
        return hash(values_of(self))

    written = made.__dict__
    # Python itself writes None there, if a class has an __eq__ and no __hash__.
    has_hash = "__hash__" in written and (
        written["__hash__"] is not None or "__eq__" not in written
    )
    _set_default(made, "__eq__", is_equal)
    if not has_hash:
        if is_frozen:
            _set(made, "__hash__", hash_of)
        else:
            made.__hash__ = None  # type: ignore[assignment]


def _freeze(made: Any, names: frozenset[str]) -> None:
    def refuse_to_set(self: Any, name: str, value: Any) -> None:
        if type(self) is made or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(made, self).__setattr__(name, value)

    def refuse_to_delete(self: Any, name: str) -> None:
        if type(self) is made or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(made, self).__delattr__(name)

    _set(made, "__setattr__", refuse_to_set)
    _set(made, "__delattr__", refuse_to_delete)
