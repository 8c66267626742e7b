"""Turn located values into a typed GraphConfig, collecting every fault of a file.

Keys are those of MediaPipe's CalculatorGraphConfig. A repeated key takes a list or a single value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from graphflow.config.connection_reader import ConnectionReader
from graphflow.config.decoding import shown
from graphflow.config.executor_reader import MAX_THREADS, read_executors
from graphflow.config.forwarding import OPTION_VALUE
from graphflow.config.graph_config import (
    QUEUE_LIMIT_DEFAULT,
    BackEdge,
    Connection,
    GraphConfig,
    Named,
    NodeConfig,
    PolicyConfig,
)
from graphflow.config.parameters import PARAMETER_KEYS
from graphflow.config.stream_names import REFERENCE_FORMS, NameFault, parse_reference
from graphflow.config.value_reader import ValueReader
from graphflow.config.yaml_source import MappingValue, Value
from graphflow.words.diagnostics import Diagnostic, Location, Note
from graphflow.words.errors import ConfigError

_CONNECTION_KEYS: Final = (
    "input_stream",
    "output_stream",
    "input_side_packet",
    "output_side_packet",
)
_GRAPH_KEYS: Final = (
    "type",
    "import",
    *_CONNECTION_KEYS,
    "node",
    "executor",
    "num_threads",
    "max_queue_size",
    "report_deadlock",
    "input_stream_handler",
)
_NODE_KEYS: Final = (
    "calculator",
    "name",
    *_CONNECTION_KEYS,
    "options",
    "input_stream_info",
    "input_stream_handler",
    "executor",
    "max_in_flight",
    "buffer_size_hint",
    "source_layer",
    "on_error",
)
_CALCULATOR_ONLY: Final = (
    "options",
    "input_stream_info",
    "input_stream_handler",
    "executor",
    "max_in_flight",
    "buffer_size_hint",
    "source_layer",
    "on_error",
)
_ON_ERROR: Final = "fail, skip or {stream: name}"
UNSUPPORTED: Final[dict[str, str]] = {
    "packet_generator": "use a node without streams that makes side packets",
    "packet_factory": "use a node without streams that makes side packets",
    "status_handler": "errors are exceptions of the run",
    "profiler_config": "tracing is asked for when a graph is run",
    "runtime_info": "a graph that waits explains itself",
    "output_stream_handler": "outputs are always released in order",
    "node_options": 'write them under "options"',
    "package": "a graph is found by its file's name",
}
"""Keys that MediaPipe has and graphflow lacks, with a hint for each."""

_NO_CALCULATOR: Final = "node"
"""What a node without a calculator is called, so that it has a name at all."""


def read_config(
    value: Value | None, file: str, *, takes_parameters: bool = True
) -> tuple[GraphConfig, tuple[Diagnostic, ...]]:
    """Make a GraphConfig from a value, as far as it goes, and tell all faults of the file.

    Args:
        value: the graph; the values of its parameters are put in already.
        file: its name.
        takes_parameters: whether it may have keys that declare and forward parameters.
    """
    reader = _ConfigReader(takes_parameters=takes_parameters)
    if not isinstance(value, MappingValue):
        location = Location(file, 1, 1) if value is None else value.location
        found = "an empty file" if value is None else shown(value)
        reader.values.report(
            location, "this is no graph", found, "keys and values, among them node"
        )
        return GraphConfig(file, location=location, is_whole=False), tuple(
            reader.values.diagnostics
        )
    try:
        config = reader.graph(value, file)
    except ConfigError as limit:
        return GraphConfig(file, location=value.location, is_whole=False), limit.diagnostics
    return config, tuple(reader.values.diagnostics)


class _ConfigReader:
    """Reads one file."""

    def __init__(self, *, takes_parameters: bool) -> None:
        self._graph_keys = (*_GRAPH_KEYS, *PARAMETER_KEYS) if takes_parameters else _GRAPH_KEYS
        self._node_keys = (*_NODE_KEYS, OPTION_VALUE) if takes_parameters else _NODE_KEYS
        self.values = ValueReader(UNSUPPORTED)
        self._lists = ConnectionReader(self.values)

    def graph(self, value: MappingValue, file: str) -> GraphConfig:
        keys = self.values.keys(value, "a graph", self._graph_keys)
        side_inputs = self._lists.side_packets(keys.get("input_side_packet"))
        executors = read_executors(self.values, keys)
        nodes = [self._node(item) for item in self.values.items(keys.get("node"))]
        if not nodes:
            self.values.report(
                value.location, "the graph has no nodes", hint='list them under "node"'
            )
        queue_limit = self.values.number(keys, "max_queue_size", -1, QUEUE_LIMIT_DEFAULT)
        num_threads = self.values.number(keys, "num_threads", 0, 0, MAX_THREADS)
        return GraphConfig(
            file=file,
            type=self.values.name(keys, "type"),
            imports=self._imports(keys),
            inputs=self._lists.connections(keys, "input_stream"),
            outputs=self._lists.connections(keys, "output_stream"),
            side_inputs=side_inputs,
            side_outputs=self._lists.connections(keys, "output_side_packet"),
            nodes=self._labelled([node for node in nodes if node is not None]),
            executors=executors,
            num_threads=num_threads,
            max_queue_size=queue_limit,
            report_deadlock=self.values.flag(keys, "report_deadlock"),
            policy=self._policy(keys),
            location=value.location,
            is_whole=value.is_whole
            and not self._lists.unread
            and all(node is not None and node.is_whole for node in nodes),
        )

    def _imports(self, keys: Mapping[str, Value]) -> tuple[Named, ...]:
        items = self.values.items(keys.get("import"))
        texts = [(self.values.text(item, "import"), item.location) for item in items]
        return tuple(Named(text, place) for text, place in texts if text is not None)

    def _node(self, value: Value) -> NodeConfig | None:
        if not isinstance(value, MappingValue):
            self.values.report(value.location, "a node", shown(value), "keys and values")
            return None
        unread = self._lists.unread
        keys = self.values.keys(value, "a node", self._node_keys)
        calculator = self.values.name(keys, "calculator")
        is_unreadable = calculator is None and "calculator" in keys
        if value.is_whole and not is_unreadable and not (calculator and calculator.text):
            self.values.report(
                value.location,
                "a node has no calculator",
                hint='"calculator" names a calculator class or the type of a graph',
            )
        name = self.values.name(keys, "name")
        if name is not None and (not name.text or "." in name.text):
            self.values.report(name.location, f'node name "{name.text}"', "", "a name without dots")
        is_source = "output_stream" in keys and "input_stream" not in keys
        skips_errors, error_stream = self._on_error(keys, is_source=is_source)
        return NodeConfig(
            calculator=calculator or Named("", value.location),
            label=name.text if name else "",
            inputs=self._lists.connections(keys, "input_stream"),
            outputs=self._lists.connections(keys, "output_stream"),
            side_inputs=self._lists.connections(keys, "input_side_packet"),
            side_outputs=self._lists.connections(keys, "output_side_packet"),
            options=self.values.options(keys),
            back_edges=self._back_edges(keys),
            policy=self._policy(keys),
            executor=self.values.name(keys, "executor"),
            max_in_flight=self.values.number(keys, "max_in_flight", 1, 1),
            buffer_size_hint=self.values.number(keys, "buffer_size_hint", 0, 0),
            source_layer=self._source_layer(keys, is_source=is_source),
            skips_errors=skips_errors,
            error_stream=error_stream,
            location=name.location if name else value.location,
            is_whole=value.is_whole and self._lists.unread == unread,
            refused=tuple(
                Named(entry.key, entry.location)
                for entry in value.entries
                if entry.key in _CALCULATOR_ONLY
            ),
        )

    def _source_layer(self, keys: Mapping[str, Value], *, is_source: bool) -> int:
        if "source_layer" in keys and not is_source:
            self.values.report(
                keys["source_layer"].location,
                "source_layer is for sources: nodes with outputs and without inputs",
            )
        return self.values.number(keys, "source_layer", 0, 0)

    def _on_error(
        self, keys: Mapping[str, Value], *, is_source: bool
    ) -> tuple[bool, Connection | None]:
        """Return whether failed calls are passed over, and the stream that gets their errors."""
        value, stream = keys.get("on_error"), None
        if isinstance(value, MappingValue):
            stream = self._error_stream(value)
        elif value is None or (name := self.values.name(keys, "on_error")) is None:
            return False, None
        elif name.text not in ("fail", "skip"):
            self.values.report(name.location, f'on_error "{name.text}"', expected=_ON_ERROR)
            return False, None
        elif name.text == "fail":
            return False, None
        if is_source:
            self.values.report(
                value.location,
                "a source can't skip errors",
                hint="it would be called again for the same packet for ever",
            )
        return True, stream

    def _error_stream(self, value: MappingValue) -> Connection | None:
        keys = self.values.keys(value, "on_error", ("stream",))
        name = self.values.name(keys, "stream")
        if name is None:
            if not value.entries:
                self.values.report(value.location, "on_error without a stream", "", _ON_ERROR)
            return None
        found = self._lists.connections(keys, "stream")
        if found and found[0].tag:
            self.values.report(name.location, f'stream "{name.text}"', "", "a name without a tag")
        return found[0] if found else None

    def _labelled(self, nodes: list[NodeConfig]) -> tuple[NodeConfig, ...]:
        """Name the nodes that have no name after their calculator, with _k where several share it.

        Source: MediaPipe, framework/tool/name_util.cc.
        """
        taken: dict[str, Location] = {}
        for node in nodes:
            if node.label in taken:
                note = Note("first at", taken[node.label])
                self.values.report(
                    node.location, f'node name "{node.label}" appears twice', note=note
                )
            elif node.label:
                taken[node.label] = node.location
        bases = [node.calculator.text or _NO_CALCULATOR for node in nodes]
        unnamed = Counter(base for node, base in zip(nodes, bases, strict=True) if not node.label)
        counted: Counter[str] = Counter()
        labelled = []
        for node, base in zip(nodes, bases, strict=True):
            label = node.label
            while not label or (not node.label and label in taken):
                counted[base] += 1
                is_shared = unnamed[base] > 1 or base in taken
                label = f"{base}_{counted[base]}" if is_shared else base
            taken.setdefault(label, node.location)
            labelled.append(replace(node, label=label, name=label))
        return tuple(labelled)

    def _back_edges(self, keys: Mapping[str, Value]) -> tuple[BackEdge, ...]:
        back_edges = []
        for item in self.values.items(keys.get("input_stream_info")):
            if not isinstance(item, MappingValue):
                self.values.report(
                    item.location, 'key "input_stream_info"', shown(item), "tag_index and back_edge"
                )
                continue
            entry = self.values.keys(item, "input_stream_info", ("tag_index", "back_edge"))
            reference = entry.get("tag_index")
            if reference is None:
                self.values.report(item.location, 'input_stream_info lacks "tag_index"')
                continue
            parsed = self._reference(reference)
            if parsed is not None:
                flag = self.values.flag(entry, "back_edge")
                back_edges.append(BackEdge(*parsed, flag, reference.location))
        return tuple(back_edges)

    def _reference(self, value: Value) -> tuple[str, int] | None:
        text = self.values.text(value, "tag_index")
        if text is None:
            return None
        try:
            return parse_reference(text)
        except NameFault as fault:
            what = f'tag_index "{text}"'
            self.values.report(value.location, what, expected=REFERENCE_FORMS, hint=str(fault))
            return None

    def _policy(self, keys: Mapping[str, Value]) -> PolicyConfig | None:
        value = keys.get("input_stream_handler")
        if value is None:
            return None
        if not isinstance(value, MappingValue):
            self.values.report(
                value.location,
                'key "input_stream_handler"',
                shown(value),
                "input_stream_handler and options below it",
            )
            return None
        entry = self.values.keys(value, "input_stream_handler", ("input_stream_handler", "options"))
        handler = self.values.name(entry, "input_stream_handler")
        if handler is None:
            handler = Named("DefaultInputStreamHandler", value.location)
        return PolicyConfig(handler, self.values.options(entry))
