"""Check the names within one graph file: each stream and side packet has exactly one producer.

This is done file by file, before subgraphs are expanded, so that messages quote names as they are
written and suggest only names that are legal there.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphflow.config.fault_list import FaultList
from graphflow.config.graph_config import Connection, GraphConfig, NodeConfig
from graphflow.config.stream_names import did_you_mean
from graphflow.words.diagnostics import Diagnostic, Location, Note, listed
from graphflow.words.errors import ConfigError
from graphflow.words.quick_dataclass import dataclass


@dataclass(frozen=True)
class _Producer:
    """What makes a stream or side packet: a node, or the graph's caller."""

    words: str
    location: Location


def check_scope(config: GraphConfig) -> tuple[Diagnostic, ...]:
    """Tell which streams and side packets of one file have no producer, or two."""
    faults = FaultList()
    try:
        for kind in ("stream", "side packet"):
            faults.extend(_Scope(config, kind).faults())
    except ConfigError as limit:
        return limit.diagnostics
    return tuple(faults)


class _Scope:
    """The streams, or the side packets, of one file."""

    def __init__(self, config: GraphConfig, kind: str) -> None:
        self._config = config
        self._kind = kind

    def faults(self) -> Iterator[Diagnostic]:
        producers: dict[str, _Producer] = {}
        for connection, words in self._produced():
            name = connection.name
            if name in producers:
                yield self._twice(connection, words, producers[name])
            else:
                producers[name] = _Producer(words, connection.location)
        if not self._config.is_whole:
            # Its producer may stand in what could not be read.
            return
        for connection in self._consumed():
            if connection.name not in producers:
                yield self._nowhere(connection, producers)

    def _produced(self) -> Iterator[tuple[Connection, str]]:
        if self._kind == "stream":
            for connection in self._config.inputs:
                yield connection, "the graph's input"
        else:
            for packet in self._config.side_inputs:
                yield packet.connection, "the graph's side input"
        for node in self._config.nodes:
            for connection in self._outputs(node):
                yield connection, f'node "{node.label}"'

    def _consumed(self) -> Iterator[Connection]:
        is_stream = self._kind == "stream"
        for node in self._config.nodes:
            yield from node.inputs if is_stream else node.side_inputs
        yield from self._config.outputs if is_stream else self._config.side_outputs

    def _outputs(self, node: NodeConfig) -> tuple[Connection, ...]:
        return node.produced if self._kind == "stream" else node.side_outputs

    def _twice(self, connection: Connection, words: str, first: _Producer) -> Diagnostic:
        hint = ""
        if self._kind == "stream":
            hint = "to choose between two streams, use MergeCalculator"
        return Diagnostic(
            connection.location,
            f'{self._kind} "{connection.name}" has two producers',
            found=listed([first.words, words]),
            expected="exactly one",
            notes=(Note("first at", first.location),),
            hint=hint,
        )

    def _nowhere(self, connection: Connection, producers: dict[str, _Producer]) -> Diagnostic:
        hint = did_you_mean(connection.name, producers)
        if hint.count('"') == 2:
            near = hint.split('"')[1]
            hint = f'did you mean "{near}", produced at {producers[near].location}?'
        elif not hint:
            key = "input_stream" if self._kind == "stream" else "input_side_packet"
            hint = f'if it comes from outside, list it under the graph\'s "{key}"'
        return Diagnostic(
            connection.location, f'nothing produces {self._kind} "{connection.name}"', hint=hint
        )
