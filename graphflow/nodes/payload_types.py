"""Payload types at run time: which declared types a value can be held to, and whether it fits.

Only classes are: a NewType is gone at run time, and a generic alias says more than a value shows.
"""

from __future__ import annotations

from functools import cache
from numbers import Integral, Real
from typing import Any, Final, TypeGuard

from graphflow.nodes.contract import is_class

_WIDER: Final[dict[type, tuple[type, ...]]] = {
    float: (float, int, Real),
    int: (int, Integral),
}
"""What else is taken where a number is declared: numpy's numbers, and an integer for a float."""


def is_checkable(kind: Any) -> TypeGuard[type]:
    """Tell whether `kind` is a class that values can be held to."""
    if kind is object or not is_class(kind):
        return False
    try:
        isinstance(None, kind)
    except TypeError:  # A protocol of types only, or a typed dictionary.
        return False
    return True


@cache
def accepted(kind: type) -> tuple[type, ...]:
    """Return the classes whose values are taken where `kind` is declared, for isinstance."""
    return _WIDER.get(kind, (kind,))


def is_payload(value: Any, kind: type) -> bool:
    """Tell whether a value may travel where `kind` is declared."""
    if isinstance(value, accepted(kind)):
        return True
    # numpy's truth values are no bool and registered nowhere, and the engine knows no numpy.
    return kind is bool and type(value).__name__ in ("bool", "bool_")


def found_type(value: Any) -> str:
    """Return the name of a value's type, for messages."""
    return "None" if value is None else type(value).__name__
