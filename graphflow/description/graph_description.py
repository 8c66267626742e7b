"""Describe a graph file: its streams, side packets and parameters, with their comments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from graphflow.config.decoding import decode
from graphflow.config.graph_config import Connection
from graphflow.config.library import read_text
from graphflow.config.parameters import Parameter
from graphflow.config.stream_names import camel_case
from graphflow.description.calculator_description import (
    Description,
    Kind,
    OptionDescription,
    PortDescription,
    type_words,
    written,
)
from graphflow.loading import load_graph
from graphflow.nodes.registry import Registry
from graphflow.nodes.registry import registry as every_class
from graphflow.plan import MISSING, NO_LIMITS, Limits, Plan

_SENTENCE: Final = re.compile(r"(?P<first>.*?\.)(?:\s|$)")
_TYPE_IN_COMMENT: Final = re.compile(r"\s*\((?P<type>[A-Za-z_][\w, \[\]|]*)\)$")
_SOURCE: Final = "Source: "


def described_graph(path: Path, registry: Registry = every_class) -> Description:
    """Return what a graph file says of itself.

    Raises:
        ConfigError: the graph has faults.
    """
    loaded = load_graph(path, registry=registry)
    own, plan = loaded.files[0], loaded.plan
    lines = own.source.text.splitlines()
    head = head_of(own.source.text)
    return Description(
        name=camel_case(path.stem),
        module=str(path),
        summary=summary_of(head),
        text=_rest_of(head),
        sections=_source_of(head),
        inputs=tuple(_stream(each, plan, lines) for each in own.config.inputs),
        outputs=tuple(_stream(each, plan, lines) for each in own.config.outputs),
        side_inputs=tuple(
            _side_packet(each.connection, plan, lines) for each in own.config.side_inputs
        ),
        side_outputs=tuple(_side_packet(each, plan, lines) for each in own.config.side_outputs),
        options=tuple(_parameter(each, lines) for each in own.source.parameters.declared.values()),
        example="",
        input_policy=None,
        timestamp_offset=None,
        services=_services(plan),
        remarks=(),
        kind=Kind.GRAPH,
    )


def graph_summary(path: Path) -> str:
    """Return the first sentence of a graph file's comment; the graph is not loaded."""
    return summary_of(head_of(read_text(path)))


def head_of(text: str) -> str:
    """Return the comment that a file begins with; lines that tell editors of a schema are none."""
    kept: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        if "yaml-language-server:" not in line:
            kept.append(line.removeprefix("#").removeprefix(" "))
    return "\n".join(kept).strip()


def summary_of(head: str) -> str:
    """Return the first sentence of a comment."""
    paragraph = " ".join(head.partition("\n\n")[0].split())
    found = _SENTENCE.match(paragraph)
    return found["first"] if found else paragraph


def _rest_of(head: str) -> str:
    """Return a comment without its first sentence and without its source."""
    first, *others = head.split("\n\n")
    rest = " ".join(first.split()).removeprefix(summary_of(head)).strip()
    kept = [each for each in others if not each.startswith(_SOURCE)]
    return "\n\n".join([rest, *kept] if rest else kept)


def _source_of(head: str) -> dict[str, str]:
    found = [each.removeprefix(_SOURCE) for each in head.split("\n\n") if each.startswith(_SOURCE)]
    return {"Source": found[0]} if found else {}


def _services(plan: Plan) -> tuple[str, ...]:
    keys = [key for node in plan.nodes for key in (*node.services, *node.optional_services)]
    return tuple(dict.fromkeys(key.name for key in keys))


def _stream(connection: Connection, plan: Plan, lines: Sequence[str]) -> PortDescription:
    kinds = {stream.name: stream.type for stream in plan.streams}
    text, words = _comment_above(connection.location.line, lines)
    kind = kinds.get(connection.name, Any)
    return PortDescription(
        connection.tag,
        words if kind is Any and words else type_words(kind),
        is_optional=False,
        is_repeated=False,
        text=text,
        index=connection.index,
    )


def _side_packet(connection: Connection, plan: Plan, lines: Sequence[str]) -> PortDescription:
    packet = plan.side_packets[connection.name]
    text, words = _comment_above(connection.location.line, lines)
    kind = words if packet.type is Any and words else type_words(packet.type)
    return PortDescription(
        connection.tag or connection.name,
        f"{kind}, {limits_in_words(packet.limits)}" if packet.limits != NO_LIMITS else kind,
        is_optional=not packet.is_required,
        is_repeated=False,
        text=packet.description or text,
        index=connection.index if connection.tag else 0,
        default=None if packet.default is MISSING else written(packet.default),
    )


def _parameter(parameter: Parameter, lines: Sequence[str]) -> OptionDescription:
    default = None
    if parameter.default is not None:
        default = written(decode(parameter.default, parameter.type))
    return OptionDescription(
        parameter.name,
        type_words(parameter.type),
        limits_in_words(parameter.limits),
        default,
        parameter.description or _comment_above(parameter.location.line, lines)[0],
    )


def limits_in_words(limits: Limits) -> str:
    """Return limits as those of options are told: "at least 0, at most 1"."""
    told = (("at least", limits.minimum), ("at most", limits.maximum))
    return ", ".join(f"{words} {value}" for words, value in told if value is not None)


def _comment_above(line: int, lines: Sequence[str]) -> tuple[str, str]:
    """Return the comment that ends on the line above, and the type in parentheses at its end."""
    kept: list[str] = []
    at = line - 2
    while at >= 0 and lines[at].lstrip().startswith("#"):
        kept.insert(0, lines[at].lstrip().removeprefix("#").strip())
        at -= 1
    text = " ".join(kept)
    found = _TYPE_IN_COMMENT.search(text)
    text = text[: found.start()] if found else text
    return text.removesuffix("."), found["type"] if found else ""
