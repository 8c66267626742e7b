"""What a function calculator returns, spread over its outputs."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import reduce
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

from graphflow.nodes.contract import Port, type_name
from graphflow.nodes.type_relations import is_union
from graphflow.words.docstring import documented_names
from graphflow.words.errors import ContractError
from graphflow.words.quick_dataclass import dataclass


@dataclass(frozen=True)
class Result:
    """How a function's result is spread over outputs.

    Attributes:
        ports: the outputs.
        ends: tag and index of each output.
        keys: those of a dict, for each output; empty where results are tuples.
        is_one: the result is the payload of the only output.
    """

    ports: tuple[Port, ...] = ()
    ends: tuple[tuple[str, int], ...] = ()
    keys: tuple[str, ...] = ()
    is_one: bool = False

    def values(self, result: Any) -> Sequence[Any]:
        """Return a payload, or None, for each output."""
        if self.is_one:
            return (result,)
        if self.keys:
            unknown = [key for key in result if key not in self.keys]
            if unknown:
                raise ContractError(f"returned the key {unknown[0]!r}; expected {self.keys}")
            return [result.get(key) for key in self.keys]
        if not isinstance(result, tuple) or len(result) != len(self.ends):
            found = (
                f"{len(result)} values" if isinstance(result, tuple) else type_name(type(result))
            )
            raise ContractError(f"returned {found}; expected a tuple of {len(self.ends)}")
        return result


def result_of(name: str, hint: Any, outputs: str | Sequence[str] | None, doc: str) -> Result:
    """Return the outputs that a return annotation and the tags given for it make.

    Args:
        name: of the calculator, for messages.
        hint: the annotation, without Annotated.
        outputs: a tag for the whole result, or tags for its items.
        doc: what the function says of its result.

    Raises:
        ContractError: they do not go together.
    """
    kind, _ = without_none(hint)
    doc = " ".join(doc.split()).removesuffix(".")
    if kind is NoneType:
        if outputs:
            raise ContractError(f"{name} returns None, so it has no outputs; found {outputs!r}")
        return Result()
    if isinstance(outputs, str):
        return Result((Port(outputs, kind, doc=doc),), ((outputs, 0),), is_one=True)
    if outputs is not None:
        return _tagged(name, kind, tuple(outputs))
    names = _named_items(kind)
    if names:
        docs = documented_names(getattr(kind, "__doc__", ""), "Attributes")
        keys = tuple(names) if is_typeddict(kind) else ()
        tags = [each.upper() for each in names]
        types = [without_none(each)[0] for each in names.values()]
        return _several(tags, types, [docs.get(each, "") for each in names], keys)
    items = _fixed_items(kind)
    if items is None:
        return Result((Port("", kind, doc=doc),), (("", 0),), is_one=True)
    types = [without_none(each)[0] for each in items]
    refuse_mixed(name, "outputs", types)
    port = Port("", types[0], repeated=len(types) > 1, doc=doc)
    return Result((port,), tuple(("", at) for at in range(len(types))))


def _tagged(name: str, kind: Any, tags: tuple[str, ...]) -> Result:
    """Return the outputs with given tags of a result that is a tuple or a dict."""
    if get_origin(kind) is dict or kind is dict:
        types = [get_args(kind)[1] if get_args(kind) else Any] * len(tags)
        keys = tuple(tag.lower() for tag in tags)
    else:
        items = _fixed_items(kind)
        if items is None or len(items) != len(tags):
            raise ContractError(
                f"{name}: found {type_name(kind)} for {len(tags)} outputs; expected a tuple of "
                f"{len(tags)} types, or a dict"
            )
        types, keys = list(items), ()
    return _several(tags, [without_none(each)[0] for each in types], [""] * len(tags), keys)


def _several(
    tags: Sequence[str], types: Sequence[Any], docs: Sequence[str], keys: tuple[str, ...]
) -> Result:
    ports = tuple(
        Port(tag, kind, optional=True, doc=doc)
        for tag, kind, doc in zip(tags, types, docs, strict=True)
    )
    return Result(ports, tuple((tag, 0) for tag in tags), keys)


def _named_items(kind: Any) -> dict[str, Any]:
    """Return the types of a NamedTuple's fields or a TypedDict's keys; nothing for others."""
    is_named_tuple = isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")
    return get_type_hints(kind) if is_named_tuple or is_typeddict(kind) else {}


def _fixed_items(kind: Any) -> tuple[Any, ...] | None:
    """Return the types in a tuple of fixed length; None for everything else."""
    items = get_args(kind)
    return items if get_origin(kind) is tuple and items and items[-1] is not Ellipsis else None


def without_none(hint: Any) -> tuple[Any, bool]:
    """Return a type without its `| None`, and whether it had one."""
    if not is_union(hint):
        return hint, False
    arms = [arm for arm in get_args(hint) if arm is not NoneType]
    return reduce(operator.or_, arms), len(arms) < len(get_args(hint))


def refuse_mixed(name: str, kind: str, types: Sequence[Any]) -> None:
    """Refuse ends without tags that have different types: a contract says one for all of them."""
    if any(each != types[0] for each in types):
        found = ", ".join(type_name(each) for each in types)
        remedy = "name the parameters" if kind == "inputs" else 'give outputs=("FIRST", "SECOND")'
        raise ContractError(
            f"{name}: {kind} without tags have the types {found}; expected one type: {remedy}"
        )
