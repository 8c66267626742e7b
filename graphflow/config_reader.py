"""Turn located values into a typed GraphConfig, collecting every fault of a file.

Keys are those of MediaPipe's CalculatorGraphConfig. A repeated key takes a list or a single value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from graphflow.config import (
    QUEUE_LIMIT_DEFAULT,
    BackEdge,
    Connection,
    ExecutorConfig,
    GraphConfig,
    Named,
    NodeConfig,
    PolicyConfig,
    SidePacketConfig,
)
from graphflow.decoding import Undecodable, decode, shown
from graphflow.diagnostics import Diagnostic, Location, Note, listed
from graphflow.plan import MISSING
from graphflow.stream_names import (
    FORMS,
    REFERENCE_FORMS,
    NameFault,
    did_you_mean,
    parse_connection,
    parse_reference,
)
from graphflow.yaml_source import ListValue, MappingValue, PythonValue, ScalarValue, Value

_CONNECTION_KEYS: Final = (
    "input_stream",
    "output_stream",
    "input_side_packet",
    "output_side_packet",
)
_GRAPH_KEYS: Final = (
    "type",
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
)
_CALCULATOR_ONLY: Final = (
    "options",
    "input_stream_info",
    "input_stream_handler",
    "executor",
    "max_in_flight",
)
_UNSUPPORTED: Final[dict[str, str]] = {
    "packet_generator": "use a node without streams that makes side packets",
    "packet_factory": "use a node without streams that makes side packets",
    "status_handler": "errors are exceptions of the run",
    "profiler_config": "tracing is asked for when a graph is run",
    "runtime_info": "a graph that waits explains itself",
    "output_stream_handler": "outputs are always released in order",
    "graph_options": "an option can be overridden when the graph is loaded",
    "option_value": "an option can be overridden when the graph is loaded",
    "node_options": 'write them under "options"',
    "source_layer": "a source can wait for a side packet of another node",
    "buffer_size_hint": 'the graph\'s "max_queue_size" holds for every stream',
    "package": "a graph is found by its file's name",
}
_SIDE_PACKET_TYPES: Final[dict[str, type]] = {
    "string": str,
    "bool": bool,
    "int": int,
    "float": float,
}
_RESERVED_EXECUTORS: Final = ("default", "gpu")


def read_config(value: Value | None, file: str) -> tuple[GraphConfig, tuple[Diagnostic, ...]]:
    """Make a GraphConfig from a value, as far as it goes, and tell all faults of the file."""
    reader = _ConfigReader()
    if not isinstance(value, MappingValue):
        location = Location(file, 1, 1) if value is None else value.location
        found = "an empty file" if value is None else shown(value)
        reader.report(location, "this is no graph", found, "keys and values, among them node")
        return GraphConfig(file, location=location, is_whole=False), tuple(reader.diagnostics)
    return reader.graph(value, file), tuple(reader.diagnostics)


class _ConfigReader:
    """Reads one file.

    Attributes:
        unread: how many connections could not be read so far.
    """

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.unread = 0

    def report(
        self,
        location: Location,
        fault: str,
        found: str = "",
        expected: str = "",
        hint: str = "",
        note: Note | None = None,
    ) -> None:
        notes = () if note is None else (note,)
        self.diagnostics.append(Diagnostic(location, fault, found, expected, notes, hint))

    # Graph, node and their parts.

    def graph(self, value: MappingValue, file: str) -> GraphConfig:
        keys = self._keys(value, "a graph", _GRAPH_KEYS)
        side_inputs = self._side_packets(keys.get("input_side_packet"))
        executors = self._executors(keys)
        nodes = [self._node(item) for item in self._list(keys.get("node"))]
        if not nodes:
            self.report(value.location, "the graph has no nodes", hint='list them under "node"')
        queue_limit = self._number(keys, "max_queue_size", -1, QUEUE_LIMIT_DEFAULT)
        num_threads = self._number(keys, "num_threads", 0, 0)
        self._check_executors(executors, keys)
        return GraphConfig(
            file=file,
            type=self._name(keys, "type"),
            inputs=self._connections(keys, "input_stream"),
            outputs=self._connections(keys, "output_stream"),
            side_inputs=side_inputs,
            side_outputs=self._connections(keys, "output_side_packet"),
            nodes=self._labelled([node for node in nodes if node is not None]),
            executors=executors,
            num_threads=num_threads,
            max_queue_size=queue_limit,
            report_deadlock=self._flag(keys, "report_deadlock"),
            policy=self._policy(keys),
            location=value.location,
            is_whole=value.is_whole and not self.unread and None not in nodes,
        )

    def _node(self, value: Value) -> NodeConfig | None:
        if not isinstance(value, MappingValue):
            self.report(value.location, "a node", shown(value), "keys and values")
            return None
        unread = self.unread
        keys = self._keys(value, "a node", _NODE_KEYS)
        calculator = self._name(keys, "calculator")
        if calculator is None and "calculator" not in keys:
            self.report(
                value.location,
                "a node has no calculator",
                hint='"calculator" names a calculator class or the type of a graph',
            )
        name = self._name(keys, "name")
        if name is not None and (not name.text or "." in name.text):
            self.report(name.location, f'node name "{name.text}"', "", "a name without dots")
        return NodeConfig(
            calculator=calculator or Named("", value.location),
            label=name.text if name else "",
            inputs=self._connections(keys, "input_stream"),
            outputs=self._connections(keys, "output_stream"),
            side_inputs=self._connections(keys, "input_side_packet"),
            side_outputs=self._connections(keys, "output_side_packet"),
            options=self._options(keys),
            back_edges=self._back_edges(keys),
            policy=self._policy(keys),
            executor=self._name(keys, "executor"),
            max_in_flight=self._number(keys, "max_in_flight", 1, 1),
            location=name.location if name else value.location,
            is_whole=value.is_whole and self.unread == unread,
            refused=tuple(
                Named(entry.key, entry.location)
                for entry in value.entries
                if entry.key in _CALCULATOR_ONLY
            ),
        )

    def _labelled(self, nodes: list[NodeConfig]) -> tuple[NodeConfig, ...]:
        """Name the nodes that have no name after their calculator, with _k where several share it.

        Source: MediaPipe, framework/tool/name_util.cc.
        """
        taken: dict[str, Location] = {}
        for node in nodes:
            if node.label in taken:
                note = Note("first at", taken[node.label])
                self.report(node.location, f'node name "{node.label}" appears twice', note=note)
            elif node.label:
                taken[node.label] = node.location
        unnamed = Counter(node.calculator.text for node in nodes if not node.label)
        counted: Counter[str] = Counter()
        labelled = []
        for node in nodes:
            label = node.label
            base = node.calculator.text
            while not label or (not node.label and label in taken):
                counted[base] += 1
                is_shared = unnamed[base] > 1 or base in taken
                label = f"{base}_{counted[base]}" if is_shared else base
            taken.setdefault(label, node.location)
            labelled.append(replace(node, label=label, name=label))
        return tuple(labelled)

    def _options(self, keys: Mapping[str, Value]) -> MappingValue | None:
        value = keys.get("options")
        if isinstance(value, MappingValue):
            return value
        if value is not None and not _is_nothing(value):
            self.report(value.location, 'key "options"', shown(value), "keys and values")
        return None

    def _back_edges(self, keys: Mapping[str, Value]) -> tuple[BackEdge, ...]:
        back_edges = []
        for item in self._list(keys.get("input_stream_info")):
            if not isinstance(item, MappingValue):
                self.report(
                    item.location, 'key "input_stream_info"', shown(item), "tag_index and back_edge"
                )
                continue
            entry = self._keys(item, "input_stream_info", ("tag_index", "back_edge"))
            reference = entry.get("tag_index")
            if reference is None:
                self.report(item.location, 'input_stream_info lacks "tag_index"')
                continue
            parsed = self._reference(reference)
            if parsed is not None:
                flag = self._flag(entry, "back_edge")
                back_edges.append(BackEdge(*parsed, flag, reference.location))
        return tuple(back_edges)

    def _reference(self, value: Value) -> tuple[str, int] | None:
        text = self._text(value, "tag_index")
        if text is None:
            return None
        try:
            return parse_reference(text)
        except NameFault as fault:
            what = f'tag_index "{text}"'
            self.report(value.location, what, expected=REFERENCE_FORMS, hint=str(fault))
            return None

    def _policy(self, keys: Mapping[str, Value]) -> PolicyConfig | None:
        value = keys.get("input_stream_handler")
        if value is None:
            return None
        if not isinstance(value, MappingValue):
            self.report(
                value.location,
                'key "input_stream_handler"',
                shown(value),
                "input_stream_handler and options below it",
            )
            return None
        entry = self._keys(value, "input_stream_handler", ("input_stream_handler", "options"))
        handler = self._name(entry, "input_stream_handler")
        if handler is None:
            handler = Named("DefaultInputStreamHandler", value.location)
        return PolicyConfig(handler, self._options(entry))

    def _executors(self, keys: Mapping[str, Value]) -> tuple[ExecutorConfig, ...]:
        executors = [self._executor(item) for item in self._list(keys.get("executor"))]
        return tuple(each for each in executors if each is not None)

    def _executor(self, value: Value) -> ExecutorConfig | None:
        if not isinstance(value, MappingValue):
            self.report(value.location, "an executor", shown(value), "keys and values")
            return None
        keys = self._keys(value, "an executor", ("name", "type", "options"))
        name = self._name(keys, "name") or Named("", value.location)
        kind = self._name(keys, "type")
        if kind is not None and kind.text != "ThreadPoolExecutor":
            self.report(
                kind.location,
                f'executor type "{kind.text}" is not supported',
                expected="ThreadPoolExecutor",
            )
        if name.text in _RESERVED_EXECUTORS or name.text.startswith("__"):
            hint = "leave the name out for the default executor" if name.text == "default" else ""
            self.report(name.location, f'executor name "{name.text}" is reserved', hint=hint)
        options = self._options(keys)
        if options is None:
            return ExecutorConfig(name)
        entries = self._keys(options, "ThreadPoolExecutor", ("num_threads",))
        return ExecutorConfig(name, self._number(entries, "num_threads", 1, 0))

    def _check_executors(
        self, executors: tuple[ExecutorConfig, ...], keys: Mapping[str, Value]
    ) -> None:
        seen: dict[str, Location] = {}
        for executor in executors:
            name = executor.name
            if name.text in seen:
                words = f'executor "{name.text}"' if name.text else "the default executor"
                note = Note("first at", seen[name.text])
                self.report(name.location, f"{words} is declared twice", note=note)
            seen.setdefault(name.text, name.location)
        if "num_threads" in keys and "" in seen:
            self.report(
                keys["num_threads"].location,
                "num_threads and a default executor exclude each other",
                note=Note("the default executor is at", seen[""]),
                hint="write num_threads into the executor's options",
            )

    # Streams and side packets.

    def _connections(self, keys: Mapping[str, Value], key: str) -> tuple[Connection, ...]:
        connections = [self._connection(item, key) for item in self._list(keys.get(key))]
        numbered = number_untagged([each for each in connections if each is not None])
        return self._unique(numbered, key)

    def _connection(self, value: Value, key: str) -> Connection | None:
        kind = "side packet" if key.endswith("packet") else "stream"
        if not isinstance(value, ScalarValue):
            hint = ""
            if isinstance(value, MappingValue) and len(value.entries) == 1:
                entry = value.entries[0]
                if isinstance(entry.value, ScalarValue):
                    hint = f'write "{entry.key}:{entry.value.text}", without a space'
            self.report(value.location, f'key "{key}"', shown(value), FORMS, hint)
            self.unread += 1
            return None
        try:
            tag, index, name = parse_connection(value.text)
        except NameFault as fault:
            self.unread += 1
            self.report(value.location, f'{kind} "{value.text}"', expected=FORMS, hint=str(fault))
            return None
        return Connection(tag, -1 if index is None else index, name, name, value.location)

    def _unique(self, connections: list[Connection], key: str) -> tuple[Connection, ...]:
        """Refuse a port given twice."""
        first: dict[tuple[str, int], Connection] = {}
        for connection in connections:
            if connection.key in first:
                self.unread += 1
                self.report(
                    connection.location,
                    f'{connection.port} appears twice in "{key}"',
                    note=Note("first at", first[connection.key].location),
                    hint=_index_hint(connection, connections),
                )
            first.setdefault(connection.key, connection)
        return tuple(first.values())

    def _side_packets(self, value: Value | None) -> tuple[SidePacketConfig, ...]:
        packets = [self._side_packet(item) for item in self._list(value)]
        present = [each for each in packets if each is not None]
        numbered = number_untagged([each.connection for each in present])
        kept = self._unique(numbered, "input_side_packet")
        return tuple(
            replace(packet, connection=connection)
            for packet, connection in zip(present, numbered, strict=True)
            if any(connection is each for each in kept)
        )

    def _side_packet(self, value: Value) -> SidePacketConfig | None:
        if not (isinstance(value, MappingValue) and value.get("name")):
            connection = self._connection(value, "input_side_packet")
            return None if connection is None else SidePacketConfig(connection)
        keys = self._keys(value, "a side packet", ("name", "type", "default", "description"))
        connection = self._connection(keys["name"], "input_side_packet")
        if connection is None:
            return None
        declared = self._side_packet_type(keys)
        return SidePacketConfig(
            connection,
            declared,
            self._side_packet_default(keys, declared, connection.name),
            self._text(keys["description"], "description") or "" if "description" in keys else "",
        )

    def _side_packet_type(self, keys: Mapping[str, Value]) -> Any:
        name = self._name(keys, "type")
        if name is None:
            return Any
        if name.text not in _SIDE_PACKET_TYPES:
            self.report(
                name.location,
                f'side packet type "{name.text}" is unknown',
                expected=listed(list(_SIDE_PACKET_TYPES), "or"),
                hint=did_you_mean(name.text, _SIDE_PACKET_TYPES),
            )
            return Any
        return _SIDE_PACKET_TYPES[name.text]

    def _side_packet_default(self, keys: Mapping[str, Value], declared: Any, name: str) -> Any:
        if "default" not in keys:
            return MISSING
        try:
            return decode(keys["default"], declared)
        except Undecodable as fault:
            what = f'default of side packet "{name}"'
            self.report(fault.value.location, what, shown(fault.value), fault.expected, fault.hint)
            return MISSING

    # Single values.

    def _keys(self, value: MappingValue, owner: str, known: tuple[str, ...]) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for entry in value.entries:
            if entry.key in known:
                found[entry.key] = entry.value
            elif entry.key in _UNSUPPORTED:
                hint = _UNSUPPORTED[entry.key]
                self.report(entry.location, f'key "{entry.key}" is not supported', hint=hint)
            else:
                hint = did_you_mean(entry.key, known)
                if not hint and len(known) < 5:
                    hint = "it takes " + listed([f'"{key}"' for key in known])
                self.report(entry.location, f'{owner} has no key "{entry.key}"', hint=hint)
        return found

    def _list(self, value: Value | None) -> tuple[Value, ...]:
        if value is None or _is_nothing(value):
            return ()
        return value.items if isinstance(value, ListValue) else (value,)

    def _name(self, keys: Mapping[str, Value], key: str) -> Named | None:
        value = keys.get(key)
        text = None if value is None else self._text(value, key)
        return None if value is None or text is None else Named(text, value.location)

    def _text(self, value: Value, key: str) -> str | None:
        decoded: str | None = self._decoded(value, key, str)
        return decoded

    def _flag(self, keys: Mapping[str, Value], key: str) -> bool:
        return key in keys and bool(self._decoded(keys[key], key, bool))

    def _number(self, keys: Mapping[str, Value], key: str, least: int, default: int) -> int:
        if key not in keys:
            return default
        number = self._decoded(keys[key], key, int, f"an integer of at least {least}")
        if number is None:
            return default
        if number < least:
            self.report(
                keys[key].location,
                f'key "{key}" is out of range',
                str(number),
                f"an integer of at least {least}",
            )
            return default
        return int(number)

    def _decoded(self, value: Value, key: str, kind: type, expected: str = "") -> Any:
        try:
            return decode(value, kind)
        except Undecodable as fault:
            self.report(
                value.location,
                f'key "{key}"',
                shown(value),
                expected or fault.expected,
                fault.hint,
            )
            return None


def number_untagged(connections: list[Connection]) -> list[Connection]:
    """Return the connections with those without tag numbered by position."""
    position = 0
    numbered = []
    for connection in connections:
        if not connection.tag:
            connection = replace(connection, index=position)
            position += 1
        numbered.append(connection)
    return numbered


def _index_hint(connection: Connection, all_of_list: list[Connection]) -> str:
    free = 1 + max(each.index for each in all_of_list if each.tag == connection.tag)
    return f'a further one is "{connection.tag}:{free}:{connection.name}"'


def _is_nothing(value: Value) -> bool:
    if isinstance(value, PythonValue):
        return value.value is None
    return isinstance(value, ScalarValue) and value.is_nothing
