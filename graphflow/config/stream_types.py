"""Find the payload type of each stream, and check that its consumers can take it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from graphflow.config.library import with_trail
from graphflow.config.port_matching import Match, MatchedNode
from graphflow.nodes.contract import ANY_TAG, Port, type_name
from graphflow.nodes.payload_types import is_checkable
from graphflow.nodes.type_relations import is_compatible
from graphflow.words.diagnostics import Diagnostic


def stream_types(
    nodes: Sequence[MatchedNode], inputs: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the type of each stream that a node produces; Any where nothing is known.

    Args:
        nodes: all nodes.
        inputs: the types of the graph's inputs, where they are known; they are returned too.

    An output may have the type of an input, which may come around a loop; so the types are
    followed until nothing changes any more. A type only ever changes from Any, once.
    """
    types = dict(inputs or {})
    consumers: dict[str, list[MatchedNode]] = {}
    for node in nodes:
        for match in node.inputs:
            consumers.setdefault(match.connection.name, []).append(node)
    waiting = deque(nodes)
    while waiting:
        node = waiting.popleft()
        for match in node.outputs:
            name = match.connection.name
            if types.get(name, Any) is Any:
                types[name] = _output_type(node, match, types)
                if types[name] is not Any:
                    waiting += consumers.get(name, ())
    return types


def input_types(nodes: Sequence[MatchedNode], names: Iterable[str]) -> dict[str, Any]:
    """Return, for each graph input, the class that all of its readers take; Any if there is none.

    Readers that take anything, or what can't be checked in a run, have no say.
    """
    classes: dict[str, list[type]] = {name: [] for name in names}
    for node in nodes:
        for match in node.inputs:
            consumed = _consumed_type(node, match, {})
            if match.connection.name in classes and is_checkable(consumed):
                classes[match.connection.name].append(consumed)
    return {
        name: next(
            (each for each in wanted if all(is_compatible(each, other) for other in wanted)), Any
        )
        for name, wanted in classes.items()
    }


def type_for_run(node: MatchedNode, match: Match, types: Mapping[str, Any]) -> type | None:
    """Return the class that a run must hold an input's payloads to; None if nothing is left open.

    Args:
        node: the consumer.
        match: its input.
        types: of all streams, graph inputs included.
    """
    consumed = _consumed_type(node, match, types)
    if not is_checkable(consumed):
        return None
    produced = types.get(match.connection.name, Any)
    return consumed if produced is Any or not is_compatible(produced, consumed) else None


def type_faults(nodes: Sequence[MatchedNode], types: dict[str, Any]) -> Iterator[Diagnostic]:
    """Tell which inputs get payloads of a type they do not take."""
    producers = {match.connection.name: (node, match) for node in nodes for match in node.outputs}
    for node in nodes:
        for match in node.inputs:
            produced = types.get(match.connection.name, Any)
            consumed = _consumed_type(node, match, types)
            if not is_compatible(produced, consumed):
                maker, made = producers[match.connection.name]
                fault = _mismatch(
                    f'stream "{match.connection.written}"',
                    f'{type_name(produced)}, from node "{maker.config.label}" '
                    f"at {made.connection.location}",
                    f"{type_name(consumed)}, for input {match.connection.port} "
                    f'of node "{node.config.label}"',
                    match,
                )
                yield with_trail(fault, node.config.trail)


def side_types(
    nodes: Sequence[MatchedNode], types: Mapping[str, Any], declared: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the type of each side packet; Any where nothing is known.

    A side output may have the type of a side input or of an input. Side packets make no loops, so
    as many rounds as there are nodes are enough, and one usually is.

    Args:
        nodes: all nodes.
        types: of the streams.
        declared: of the side packets that the caller gives.
    """
    found = dict(declared)
    for _ in nodes:
        before = dict(found)
        for node in nodes:
            for match in node.side_outputs:
                found[match.connection.name] = _side_output_type(node, match, types, found)
        if found == before:
            break
    return found


def side_type_faults(nodes: Sequence[MatchedNode], types: dict[str, Any]) -> Iterator[Diagnostic]:
    """Tell which side inputs get values of a type they do not take.

    Args:
        nodes: all nodes.
        types: of the side packets.
    """
    makers = {
        match.connection.name: f'node "{node.config.label}" at {match.connection.location}'
        for node in nodes
        for match in node.side_outputs
    }
    for node in nodes:
        for match in node.side_inputs:
            produced = types.get(match.connection.name, Any)
            words = makers.get(match.connection.name, "the graph's side input")
            consumed = match.port.type
            if not is_compatible(produced, consumed):
                fault = _mismatch(
                    f'side packet "{match.connection.written}"',
                    f"{type_name(produced)}, from {words}",
                    f"{type_name(consumed)}, for side input {match.connection.port} "
                    f'of node "{node.config.label}"',
                    match,
                )
                yield with_trail(fault, node.config.trail)


def _mismatch(what: str, found: str, expected: str, match: Match) -> Diagnostic:
    return Diagnostic(match.connection.location, f"type mismatch on {what}", found, expected)


def _output_type(node: MatchedNode, match: Match, types: Mapping[str, Any]) -> Any:
    if match.port.tag == ANY_TAG and not match.port.free:
        return _input_type(node, match.connection.key, types)
    if match.port.same_as is not None:
        return _same_type(node, match, match.port.same_as, types)
    return match.port.type


def _consumed_type(node: MatchedNode, match: Match, types: Mapping[str, Any]) -> Any:
    port: Port = match.port
    if port.same_as is not None:
        return _same_type(node, match, port.same_as, types)
    return port.type


def _same_type(node: MatchedNode, match: Match, tag: str, types: Mapping[str, Any]) -> Any:
    found = _input_type(node, (tag, match.connection.index), types)
    return _input_type(node, (tag, 0), types) if found is Any else found


def _input_type(node: MatchedNode, key: tuple[str, int], types: Mapping[str, Any]) -> Any:
    match = node.input_at.get(key)
    if match is None:
        return Any
    found = types.get(match.connection.name, Any)
    return match.port.type if found is Any else found


def _side_output_type(
    node: MatchedNode, match: Match, types: Mapping[str, Any], side: Mapping[str, Any]
) -> Any:
    port, index = match.port, match.connection.index
    mirrored = match.connection.tag if port.tag == ANY_TAG and not port.free else port.same_as
    if mirrored is None:
        return port.type
    for key in ((mirrored, index), (mirrored, 0)):
        source = node.side_input_at.get(key)
        if source is not None:
            found = side.get(source.connection.name, Any)
            return source.port.type if found is Any else found
    return _same_type(node, match, mirrored, types)
