"""What a calculator says of itself, as data: from its contract, its options and its docstring.

`graphflow describe` and the reference in the documentation are printed from this, so that nothing
about a calculator is written twice.
"""

from __future__ import annotations

import enum
import inspect
import itertools
import re
import textwrap
import types
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from graphflow.nodes.calculator import Calculator
from graphflow.nodes.contract import Contract, Port, is_class, type_name
from graphflow.nodes.input_policy import POLICIES
from graphflow.nodes.subgraph import Subgraph

SECTIONS: Final = ("Timing", "Ports", "Options", "Example", "Source")
"""The sections that a docstring may have."""

_SECTION = re.compile(rf"^({'|'.join(SECTIONS)}):[ \n]", re.MULTILINE)
_YAML = re.compile(r"```yaml\n(?P<text>.*?)```", re.DOTALL)

_WORDS: Final[dict[Any, str]] = {
    str: "string",
    type(None): "null",
    Any: "anything",
    dict: "mapping",
}
"""Types that a graph file calls otherwise than Python does."""

_LIMITS: Final = (
    ("ge", "at least {}"),
    ("gt", "more than {}"),
    ("le", "at most {}"),
    ("lt", "less than {}"),
    ("multiple_of", "a multiple of {}"),
    ("min_length", "of length {} or more"),
    ("max_length", "of length {} or less"),
)


class Kind(enum.Enum):
    """What a node can name."""

    CALCULATOR = "calculator"
    SUBGRAPH_CLASS = "subgraph class"
    GRAPH = "graph"


@dataclass(frozen=True)
class PortDescription:
    """A port, in words.

    Attributes:
        tag: "" for ports told apart by position, "*" for whatever is connected.
        type: name of the payload's type, or of the input that it is equal to.
        is_optional: may stay unconnected.
        is_repeated: may be connected several times.
        text: what travels there.
        index: of a graph's port; 0 but for the further ones of a tag.
        default: of a graph's side packet, as it is written; None where there is none.
    """

    tag: str
    type: str
    is_optional: bool
    is_repeated: bool
    text: str
    index: int = 0
    default: str | None = None


@dataclass(frozen=True)
class OptionDescription:
    """An option, in words.

    Attributes:
        name: with its way, where options are nested: "line[].label".
        type: in the words of a graph file.
        limits: what values must satisfy; "" where every value of the type will do.
        default: as it is written in a graph; None for an option that must be given.
        text: what it is for.
    """

    name: str
    type: str
    limits: str
    default: str | None
    text: str


@dataclass(frozen=True)
class Description:
    """Everything that a calculator, a subgraph class or a graph says of itself.

    Attributes:
        name: as graphs write it.
        module: where the class is; of a graph, its file.
        summary: the docstring's first line.
        text: the docstring from there to its first section.
        sections: of the docstring, by heading, in their order; without the example.
        example: a graph, as YAML; "" for none.
        inputs, outputs, side_inputs, side_outputs: its ports; a subgraph class has those of its
            graph, which are not known before.
        options: of its options class, nested ones flattened.
        input_policy: as graphs write it; None where there is more than one node.
        timestamp_offset: see `Contract`.
        services: the names of those it needs, and of those it can do without.
        remarks: what else its contract says, one sentence each.
        kind: what it is.
    """

    name: str
    module: str
    summary: str
    text: str
    sections: dict[str, str]
    example: str
    inputs: tuple[PortDescription, ...]
    outputs: tuple[PortDescription, ...]
    side_inputs: tuple[PortDescription, ...]
    side_outputs: tuple[PortDescription, ...]
    options: tuple[OptionDescription, ...]
    input_policy: str | None
    timestamp_offset: int | None
    services: tuple[str, ...]
    remarks: tuple[str, ...]
    kind: Kind = Kind.CALCULATOR


def describe(named: type[Calculator[Any]] | type[Subgraph[Any]]) -> Description:
    """Describe a class that is, or could be, registered."""
    summary, text, sections, example = _parts(inspect.cleandoc(vars(named).get("__doc__") or ""))
    is_subgraph = issubclass(named, Subgraph)
    contract = Contract(options=named.options) if issubclass(named, Subgraph) else named.contract
    return Description(
        name=named.__name__,
        module=named.__module__,
        summary=summary,
        text=text,
        sections=sections,
        example=example,
        inputs=_ports(contract.inputs),
        outputs=_ports(contract.outputs),
        side_inputs=_ports(contract.side_inputs),
        side_outputs=_ports(contract.side_outputs),
        options=tuple(_options(contract.options)),
        input_policy=None if is_subgraph else _policy_name(contract),
        timestamp_offset=contract.timestamp_offset,
        services=tuple(each.name for each in (*contract.services, *contract.optional_services)),
        remarks=() if is_subgraph else tuple(_remarks(contract)),
        kind=Kind.SUBGRAPH_CLASS if is_subgraph else Kind.CALCULATOR,
    )


# ---- the docstring ------------------------------------------------------------------------------


def _parts(documentation: str) -> tuple[str, str, dict[str, str], str]:
    """Return summary, text, sections without the example, and the example's YAML."""
    places = [*_SECTION.finditer(documentation), None]
    start = len(documentation) if places[0] is None else places[0].start()
    summary, _, text = documentation[:start].partition("\n")
    sections: dict[str, str] = {}
    example = ""
    for place, following in itertools.pairwise(places):
        if place is None:
            continue
        end = len(documentation) if following is None else following.start()
        body = _unindented(documentation[place.end() : end])
        if place[1] == "Example":
            found = _YAML.search(documentation, place.start(), end)
            example = textwrap.dedent(found["text"]) if found else body
        else:
            sections[place[1]] = body
    return summary, text.strip(), sections, example


def _unindented(text: str) -> str:
    first, _, rest = text.strip().partition("\n")
    return f"{first}\n{textwrap.dedent(rest)}".strip()


# ---- ports and timing ---------------------------------------------------------------------------


def _ports(ports: Sequence[Port]) -> tuple[PortDescription, ...]:
    return tuple(
        PortDescription(each.tag, _port_type(each), each.optional, each.repeated, each.doc)
        for each in ports
    )


def _port_type(port: Port) -> str:
    if port.same_as is None:
        return type_words(port.type)
    return f"as input {port.same_as}" if port.same_as else "as the input without tag"


def _policy_name(contract: Contract) -> str:
    kind = type(contract.input_policy)
    return next(name for name, policy in POLICIES.items() if policy is kind)


def _remarks(contract: Contract) -> Iterator[str]:
    if not contract.inputs:
        yield "It has no input streams: as a source it is called until it stops."
    elif contract.timestamp_offset is None:
        yield "It promises nothing about its outputs' times but what it says itself."
    elif contract.timestamp_offset == 0:
        yield "Outputs for a time come at that time; a time without outputs is settled."
    else:
        yield f"Outputs for a time come {contract.timestamp_offset} µs later."
    if contract.process_timestamps:
        yield "It is also called where a time is settled and empty."
    if contract.settles:
        yield "It settles its times itself."
    if contract.loses:
        yield f"It can lose {contract.loses}."
    if contract.releases_lock:
        yield "It works, or waits, without the interpreter's lock: other threads get on meanwhile."
    if contract.varies_with:
        yield f"Its results depend on {contract.varies_with}."
    if contract.reads_headers:
        yield "It reads the headers of its inputs, and is opened after the nodes that feed it."


# ---- options ------------------------------------------------------------------------------------


def _options(options: type[BaseModel], way: str = "") -> Iterator[OptionDescription]:
    for name, field in options.model_fields.items():
        yield OptionDescription(
            name=way + name,
            type=type_words(field.annotation),
            limits=_limits(field),
            default=_default(field),
            text=field.description or "",
        )
        for nested, is_list in _nested(field.annotation):
            yield from _options(nested, f"{way}{name}{'[]' if is_list else ''}.")


def _nested(annotation: Any, is_list: bool = False) -> Iterator[tuple[type[BaseModel], bool]]:
    if is_class(annotation) and issubclass(annotation, BaseModel):
        yield annotation, is_list
    holds_many = typing.get_origin(annotation) in (tuple, list)
    for each in typing.get_args(annotation):
        yield from _nested(each, is_list or holds_many)


def _limits(field: FieldInfo) -> str:
    found = [
        words.format(getattr(limit, attribute))
        for limit in field.metadata
        for attribute, words in _LIMITS
        if getattr(limit, attribute, None) is not None
    ]
    return ", ".join(found)


def _default(field: FieldInfo) -> str | None:
    if field.is_required():
        return None
    value = field.get_default(call_default_factory=True, validated_data={})
    return None if value is PydanticUndefined else written(value)


def written(value: Any) -> str:
    """Return a value as a graph file writes it."""
    if isinstance(value, BaseModel):
        inside = ", ".join(f"{name}: {written(each)}" for name, each in value)
        return f"{{{inside}}}"
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, tuple | list):
        return f"[{', '.join(written(each) for each in value)}]"
    return value if isinstance(value, str) and value else repr(value).replace("'", '"')


def type_words(kind: Any) -> str:
    """Return a type in the words of a graph file: "list of float", not "tuple[float, ...]"."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in _WORDS or origin in _WORDS:
        return _WORDS[kind if origin is None else origin]
    if origin is typing.Annotated:
        return type_words(arguments[0])
    if origin is typing.Literal:
        return " | ".join(map(str, arguments))
    if origin in (typing.Union, types.UnionType):
        return " | ".join(type_words(each) for each in arguments)
    if origin in (tuple, list) and (len(arguments) == 1 or arguments[1:] == (...,)):
        words = type_words(arguments[0])
        return f"list of ({words})" if " | " in words else f"list of {words}"
    if origin is tuple:
        return f"[{', '.join(type_words(each) for each in arguments)}]"
    if is_class(kind) and issubclass(kind, enum.Enum):
        return " | ".join(kind.__members__)
    if is_class(kind) and issubclass(kind, BaseModel):
        return "mapping"
    return type_name(kind)
