"""Description: a graph as a recording keeps it: its nodes, expanded, in a graph file's words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from pydantic import ValidationError

from graphflow.nodes.contract import port_name
from graphflow.nodes.options import Options
from graphflow.plan import NodePlan, Plan
from graphflow.recording.faults import RecordingError

Ends = tuple[tuple[str, int, str], ...]
"""Ports of a node: tag, index, and the name of what is connected."""


@dataclass(frozen=True)
class NodeDescription:
    """A node, as it was in the run.

    Attributes:
        name: unique in the graph.
        calculator: name of its class, as graphs write it.
        module: where the class was; never imported for that.
        options: as JSON; None where they can't be written.
        input_stream, output_stream, input_side_packet, output_side_packet: what is connected.
        reads_headers: it reads what producers say of whole streams.
        is_recorded: its calls are in the recording.
    """

    name: str
    calculator: str
    module: str
    options: dict[str, Any] | None
    input_stream: Ends = ()
    output_stream: Ends = ()
    input_side_packet: Ends = ()
    output_side_packet: Ends = ()
    reads_headers: bool = False
    is_recorded: bool = True

    @property
    def is_source(self) -> bool:
        """Whether it has outputs but no inputs, and so runs by itself."""
        return not self.input_stream and bool(self.output_stream)

    @property
    def is_sink(self) -> bool:
        """Whether nothing of what it does stays within the graph."""
        return not self.output_stream and not self.output_side_packet


@dataclass(frozen=True)
class GraphDescription:
    """A graph, as it was in the run.

    Attributes:
        file: the graph file; "" for a graph made in code.
        node: every node, in the plan's order.
        input_stream, output_stream: the graph's own.
        streams: those whose packets are recorded.
    """

    file: str
    node: tuple[NodeDescription, ...]
    input_stream: tuple[str, ...]
    output_stream: tuple[str, ...]
    streams: tuple[str, ...]

    def find(self, name: str) -> NodeDescription | None:
        """Return the node of that name, or None."""
        return next((each for each in self.node if each.name == name), None)

    def as_json(self) -> str:
        """Return the description as text, with a graph file's keys and TAG:index:name."""
        written = asdict(self)
        for node in written["node"]:
            for key in _ENDS:
                node[key] = [f"{tag}:{index}:{name}" for tag, index, name in node[key]]
        return json.dumps(written, indent=1)

    @classmethod
    def from_json(cls, text: str) -> GraphDescription:
        """Read what `as_json` has written; unknown keys are passed over.

        Raises:
            RecordingError: it is none.
        """
        try:
            written = json.loads(text)
            known = {key: tuple(written[key]) for key in ("input_stream", "output_stream")}
            nodes = tuple(_node(each) for each in written["node"])
            return cls(str(written["file"]), nodes, **known, streams=tuple(written["streams"]))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise RecordingError(f"found no description of a graph: {error!r}") from error


_ENDS = ("input_stream", "output_stream", "input_side_packet", "output_side_packet")


def describe_plan(plan: Plan, streams: Iterable[str]) -> GraphDescription:
    """Describe a plan of which some streams are recorded.

    The calls of a node are recorded if all its streams are: then it can be called again alone.
    """
    names = tuple(each.name for each in plan.streams)
    chosen = set(streams)
    return GraphDescription(
        file=plan.file,
        node=tuple(_describe(node, names, chosen) for node in plan.nodes),
        input_stream=tuple(names[index] for index in plan.inputs),
        output_stream=tuple(names[index] for index in plan.outputs),
        streams=tuple(name for name in names if name in chosen),
    )


def _describe(node: NodePlan, names: tuple[str, ...], chosen: set[str]) -> NodeDescription:
    inputs = tuple((each.tag, each.index, names[each.stream]) for each in node.inputs)
    outputs = tuple((each.tag, each.index, names[each.stream]) for each in node.outputs)
    return NodeDescription(
        name=node.name,
        calculator=node.calculator.__name__,
        module=node.calculator.__module__,
        options=written_options(node.options),
        input_stream=inputs,
        output_stream=outputs,
        input_side_packet=tuple((each.tag, each.index, each.name) for each in node.side_inputs),
        output_side_packet=tuple((each.tag, each.index, each.name) for each in node.side_outputs),
        reads_headers=node.reads_headers,
        is_recorded={name for _, _, name in (*inputs, *outputs)} <= chosen,
    )


def written_options(options: Options) -> dict[str, Any] | None:
    """Return options as JSON has them; None if they don't come back the same."""
    try:
        written: dict[str, Any] = json.loads(json.dumps(options.model_dump(mode="json")))
        return written if type(options).model_validate(written) == options else None
    except (ValueError, TypeError, ValidationError):
        return None


def _node(written: Mapping[str, Any]) -> NodeDescription:
    known = {each.name for each in fields(NodeDescription)}
    read = {key: value for key, value in written.items() if key in known}
    for key in _ENDS:
        read[key] = tuple(_end(each) for each in read[key])
    return NodeDescription(**read)


def _end(text: str) -> tuple[str, int, str]:
    tag, index, name = text.split(":", 2)
    return tag, int(index), name


def end_name(end: tuple[str, int, str]) -> str:
    """Return a port with its stream or side packet, for messages."""
    tag, index, name = end
    return f'{port_name(tag, index)} (stream "{name}")'
