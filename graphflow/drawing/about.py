"""What a page says of each node, subgraph and stream: from the contract and the options."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from graphflow.drawing.view import short_name
from graphflow.nodes.contract import ANY_TAG, Port, port_name, type_name
from graphflow.plan import Connected, NodePlan, Plan, SidePlan, SubgraphPlan
from graphflow.words.diagnostics import Location

Row = tuple[str, str, str]
"""What it is, what it is set or connected to, and more about it."""

About = dict[str, Any]
"""Plain values, as JSON has them: title, type, kind, inside, doc, location and sections of rows."""


def about_everything(plan: Plan) -> dict[str, About]:
    """Return what there is to say, by name; a node goes before a stream of the same name."""
    streams = {stream.name: _about_stream(plan, at) for at, stream in enumerate(plan.streams)}
    subgraphs = {each.name: _about_subgraph(plan, each) for each in plan.subgraphs}
    nodes = {node.name: _about_node(plan, node) for node in plan.nodes}
    return {**streams, **subgraphs, **nodes}


def _about_node(plan: Plan, node: NodePlan) -> About:
    contract = node.calculator.contract
    names = [stream.name for stream in plan.streams]
    inputs = [(each.tag, each.index, names[each.stream]) for each in node.inputs]
    outputs = [(each.tag, each.index, names[each.stream]) for each in node.outputs]
    return _about(
        title=_title(plan, node),
        type_name=node.calculator.__name__,
        kind="node",
        inside=node.subgraph,
        doc=inspect.cleandoc(node.calculator.__doc__ or ""),
        location=_place(node.location),
        sections=(
            ("Inputs", _port_rows(plan, contract.inputs, inputs)),
            ("Outputs", _port_rows(plan, contract.outputs, outputs)),
            ("Side inputs", _port_rows(plan, contract.side_inputs, _sides(node.side_inputs))),
            ("Side outputs", _port_rows(plan, contract.side_outputs, _sides(node.side_outputs))),
            ("Options", _option_rows(node)),
            ("Runs", _run_rows(plan, node)),
        ),
    )


def _about_subgraph(plan: Plan, subgraph: SubgraphPlan) -> About:
    def rows(ports: Iterable[Connected]) -> list[Row]:
        return [
            (port_name(each.tag, each.index), short_name(plan, each.name), "") for each in ports
        ]

    file = Path(subgraph.file).name
    inner = sum(node.name.startswith(subgraph.prefix) for node in plan.nodes)
    return _about(
        title=_title(plan, subgraph),
        type_name=subgraph.type,
        kind="subgraph",
        inside=subgraph.subgraph,
        doc=f"A subgraph of {inner} nodes{', ' * bool(file)}{file}",
        location=_place(subgraph.location),
        sections=(
            ("Inputs", rows(subgraph.inputs)),
            ("Outputs", rows(subgraph.outputs)),
            ("Side inputs", rows(subgraph.side_inputs)),
            ("Side outputs", rows(subgraph.side_outputs)),
        ),
    )


def _about_stream(plan: Plan, index: int) -> About:
    stream = plan.streams[index]
    producer = None if stream.producer is None else plan.nodes[stream.producer]
    readers = [
        (_title(plan, node), port_name(each.tag, each.index), "back edge" * each.is_back_edge)
        for node in plan.nodes
        for each in node.inputs
        if each.stream == index
    ]
    writer = "from outside" if producer is None else _title(plan, producer)
    return _about(
        title=short_name(plan, stream.name),
        type_name=type_name(stream.type),
        kind="stream",
        inside="" if producer is None else producer.subgraph,
        doc="",
        location=_place(stream.location),
        sections=(("Written by", [(writer, "", "")]), ("Read by", readers)),
    )


def _about(
    title: str,
    type_name: str,
    kind: str,
    inside: str,
    doc: str,
    location: str,
    sections: Sequence[tuple[str, Sequence[Row]]],
) -> About:
    return {
        "title": title,
        "type": type_name,
        "kind": kind,
        "inside": inside,
        "doc": doc,
        "location": location,
        "sections": [[heading, rows] for heading, rows in sections if rows],
    }


def _place(location: Location) -> str:
    """Return a place without the folders, which are nobody else's business."""
    file = Path(location.file).name
    return f"{file}:{location.line}" if file and location.line else file


def _title(plan: Plan, of: NodePlan | SubgraphPlan) -> str:
    return short_name(plan, of.name)


def _sides(ports: Iterable[SidePlan]) -> list[tuple[str, int, str]]:
    return [(each.tag, each.index, each.name) for each in ports]


def _port_rows(
    plan: Plan, ports: Sequence[Port], connected: Sequence[tuple[str, int, str]]
) -> list[Row]:
    """Return a row for each port that is connected, and for each declared one that is not."""
    declared = {port.tag: port for port in ports}
    rows = []
    for tag, index, name in connected:
        port = declared.get(tag) or declared.get(ANY_TAG)
        rows.append((port_name(tag, index), short_name(plan, name), _port_words(port)))
    used = {tag for tag, _, _ in connected}
    rows += [
        (port_name(port.tag), "not connected", _port_words(port))
        for port in ports
        if port.tag not in used and port.tag != ANY_TAG
    ]
    return rows


def _port_words(port: Port | None) -> str:
    if port is None:
        return ""
    words = [] if port.type is Any else [type_name(port.type)]
    words += ["optional"] if port.optional else []
    words += [port.doc] if port.doc else []
    return "; ".join(words)


def _option_rows(node: NodePlan) -> list[Row]:
    fields = type(node.options).model_fields
    rows = []
    for name, field in fields.items():
        value = getattr(node.options, name)
        is_default = name not in node.options.model_fields_set
        more = [field.description or "", "default" if is_default else ""]
        rows.append((name, _shown(value), "; ".join(each for each in more if each)))
    return rows


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _run_rows(plan: Plan, node: NodePlan) -> list[Row]:
    """Return when and where the node runs, as far as it is not the usual."""
    rows = [("input policy", type(node.policy).__name__, "")] if node.inputs else []
    if node.inputs:
        promise = "none" if node.offset is None else f"{node.offset} µs"
        rows.append(("timestamp offset", promise, ""))
    if node.max_in_flight > 1:
        rows.append(("calls at once", str(node.max_in_flight), ""))
    if node.executor:
        rows.append(("executor", plan.executors[node.executor].name, ""))
    if node.process_timestamps:
        rows.append(("runs on bounds", "yes", ""))
    if node.skips_errors:
        rows.append(("failed calls", "passed over", ""))
    return rows
