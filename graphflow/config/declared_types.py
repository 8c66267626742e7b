"""Look at declared types: what is inside their wrappers, and what to call them in plain words."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from types import NoneType
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from graphflow.nodes.contract import is_class
from graphflow.nodes.type_relations import is_union
from graphflow.words.diagnostics import listed
from graphflow.words.quick_dataclass import dataclass


@dataclass(frozen=True)
class Declared:
    """A declared type without its wrappers.

    Attributes:
        type: without Annotated and NewType.
        metadata: the limits and markers that were attached to it.
    """

    type: Any
    metadata: tuple[Any, ...] = ()


def declared(annotation: Any, metadata: Sequence[Any] = ()) -> Declared:
    """Take Annotated and NewType off an annotation, keeping what they attach."""
    collected = list(metadata)
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            for item in more:
                collected += item.metadata if isinstance(item, FieldInfo) else [item]
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        else:
            return Declared(annotation, tuple(collected))


def expectation(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """Return a declared type, with its limits, in plain words."""
    wanted = declared(annotation, metadata)
    kind = wanted.type
    if is_union(kind):
        arms = [expectation(arm, wanted.metadata) for arm in get_args(kind) if arm is not NoneType]
        return listed(list(dict.fromkeys(arms)), "or")
    if kind is bool:
        return "true or false"
    if kind is int:
        return _limited("an integer", wanted.metadata, is_float=False)
    if kind is float:
        return _limited("a number", wanted.metadata, is_float=True)
    if get_origin(kind) is Literal:
        return listed([str(choice) for choice in get_args(kind)], "or")
    if is_class(kind) and issubclass(kind, enum.Enum):
        return listed(choices_of(kind), "or")
    if is_sequence(kind):
        return "a list"
    if get_origin(kind) is dict or kind is dict or is_model(kind):
        return "keys and values"
    return "text"


def _limited(noun: str, metadata: Sequence[Any], *, is_float: bool) -> str:
    def limit(name: str) -> str | None:
        values = [getattr(item, name) for item in metadata if hasattr(item, name)]
        if not values:
            return None
        return str(float(values[-1]) if is_float else values[-1])

    least, above, most, below = limit("ge"), limit("gt"), limit("le"), limit("lt")
    if is_float and least == "0.0" and most == "1.0":
        noun = "a ratio"
    if least is not None and most is not None:
        return f"{noun} from {least} to {most}"
    limits = [
        f"{word} {value}"
        for word, value in (("of at least", least), ("above", above))
        if value is not None
    ]
    limits += [
        f"{word} {value}"
        for word, value in (("of at most", most), ("below", below))
        if value is not None
    ]
    return " ".join([noun, " and ".join(limits)]) if limits else noun


def choices_of(kind: type[enum.Enum]) -> list[str]:
    """Return the names of an enumeration's members."""
    return list(kind.__members__)


def is_model(kind: Any) -> bool:
    """Tell whether a type is a class with declared keys, such as nested options."""
    return is_class(kind) and issubclass(kind, BaseModel)


def is_sequence(kind: Any) -> bool:
    """Tell whether a type is a list, a tuple or a set."""
    origin = get_origin(kind) or kind
    return is_class(origin) and issubclass(origin, _SEQUENCES) and origin is not str


_SEQUENCES: Final = (list, tuple, set, frozenset, Sequence)
