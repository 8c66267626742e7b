"""Type relations: whether payloads of one declared type may go where another is declared.

The rules are those of Python's type checkers, with two differences. Packets are shared and never
written to, so a container may go where one of wider items is wanted: `list[int]` feeds
`list[float]`. And what can't be told is allowed: `list` may feed `list[int]`, as `Any` may feed
anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Final,
    Generic,
    Literal,
    Protocol,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

_WIDER: Final = {int: (float, complex), float: (complex,)}
"""What takes a number besides its own class, as in PEP 484."""

_ITEMS: Final[dict[Any, Any]] = {str: str, bytes: int, bytearray: int, range: int}
"""What those containers hold that say nothing of it."""


def is_compatible(produced: Any, consumed: Any) -> bool:
    """Tell whether a stream of `produced` may feed a port of `consumed`."""
    produced, consumed = _bare(produced), _bare(consumed)
    if produced is Any or consumed in (Any, object) or produced == consumed:
        return True
    if is_union(produced):
        return all(is_compatible(arm, consumed) for arm in get_args(produced))
    if get_origin(produced) is Literal:
        return all(_is_value_compatible(value, consumed) for value in get_args(produced))
    if is_union(consumed):
        return any(is_compatible(produced, arm) for arm in get_args(consumed))
    if _is_new_type(produced):
        return is_compatible(produced.__supertype__, consumed)
    return _is_class_compatible(produced, consumed)


def is_union(kind: Any) -> bool:
    """Tell whether a type is one of several."""
    return get_origin(kind) in (Union, UnionType)


def _bare(kind: Any) -> Any:
    """Return a type without what does not matter here: Annotated, an alias, a type variable."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif type(kind).__name__ == "TypeAliasType":
            kind = kind.__value__
        elif type(get_origin(kind)).__name__ == "TypeAliasType":
            alias = get_origin(kind)
            kind = _filled(alias.__value__, alias.__type_params__, get_args(kind))
        elif isinstance(kind, TypeVar):
            bounds = kind.__constraints__ or (kind.__bound__ or Any,)
            kind = bounds[0] if len(bounds) == 1 else Union.__getitem__(bounds)
        else:
            return NoneType if kind is None else kind


def _is_new_type(kind: Any) -> bool:
    return hasattr(kind, "__supertype__")


def _is_value_compatible(value: Any, consumed: Any) -> bool:
    """Tell whether one value of a Literal may go where `consumed` is declared."""
    if is_union(consumed):
        return any(_is_value_compatible(value, arm) for arm in get_args(consumed))
    if get_origin(consumed) is Literal:
        return any(type(each) is type(value) and each == value for each in get_args(consumed))
    return is_compatible(type(value), consumed)


def _is_class_compatible(produced: Any, consumed: Any) -> bool:
    """Compare classes and generic aliases; a NewType or a Literal takes only what is of it."""
    made, taken = _origin(produced), _origin(consumed)
    if not (isinstance(made, type) and isinstance(taken, type)) or _is_new_type(consumed):
        return False
    if not _is_subclass(made, taken):
        return any(issubclass(made, kind) and taken in wider for kind, wider in _WIDER.items())
    wanted = get_args(consumed)
    if taken is tuple and wanted:
        return _is_tuple_compatible(_arguments(produced, tuple), wanted)
    pairs = zip(_arguments(produced, taken), wanted, strict=False)
    return all(_is_argument_compatible(given, want) for given, want in pairs)


def _origin(kind: Any) -> Any:
    return get_origin(kind) or kind


def _is_subclass(made: type, taken: type) -> bool:
    try:
        return issubclass(made, taken)
    except TypeError:  # A protocol that only checkers understand, or a typed dictionary.
        return True


def _is_argument_compatible(given: Any, wanted: Any) -> bool:
    if isinstance(given, list) and isinstance(wanted, list):  # The parameters of a Callable.
        pairs = zip(given, wanted, strict=False)
        return len(given) == len(wanted) and all(is_compatible(want, give) for give, want in pairs)
    is_open = Ellipsis in (given, wanted) or isinstance(given, list) or isinstance(wanted, list)
    return is_open or is_compatible(given, wanted)


def _is_tuple_compatible(given: Sequence[Any], wanted: Sequence[Any]) -> bool:
    if not given:
        return True
    if wanted[-1] is Ellipsis:
        items = [item for item in given if item is not Ellipsis]
        return all(is_compatible(item, wanted[0]) for item in items)
    if given[-1] is Ellipsis or len(given) != len(wanted):
        return False
    return all(map(is_compatible, given, wanted))


def _arguments(produced: Any, taken: type) -> Sequence[Any]:
    """Return the arguments of a type as those of a class it is of; none where they are unknown.

    `dict[str, int]` as an Iterable has the argument str.
    """
    made, given = _origin(produced), get_args(produced)
    if made is taken:
        return given
    if made is tuple:
        items = [item for item in given if item is not Ellipsis]
        return (reduce(or_, items),) if items else ()
    if made in _ITEMS:
        return (_ITEMS[made],)
    bases = getattr(made, "__orig_bases__", ())
    for base in bases:
        origin = _origin(base)
        if origin not in (Generic, Protocol) and _is_subclass(origin, taken):
            variables = getattr(made, "__parameters__", ())
            return _arguments(_filled(base, variables, given), taken)
    # The standard containers and those of collections.abc have their arguments in one order.
    return () if bases else given


def _filled(generic: Any, variables: Sequence[Any], given: Sequence[Any]) -> Any:
    """Return a base class, or what an alias stands for, with arguments put in for variables."""
    values = dict(zip(variables, given, strict=False))
    open_ones = getattr(generic, "__parameters__", ())
    if not open_ones or get_origin(generic) is None:
        return generic
    return generic[tuple(values.get(each, Any) for each in open_ones)]
