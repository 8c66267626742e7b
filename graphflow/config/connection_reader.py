"""Read lists of streams and side packets: which port is connected to what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from graphflow.config.declaration_reader import DECLARATION_KEYS, SCALAR_TYPES, DeclarationReader
from graphflow.config.decoding import shown
from graphflow.config.graph_config import Connection, SidePacketConfig
from graphflow.config.stream_names import FORMS, NameFault, parse_connection
from graphflow.config.value_reader import ValueReader
from graphflow.config.yaml_source import MappingValue, ScalarValue, Value
from graphflow.words.diagnostics import Note


class ConnectionReader:
    """Reads the connections of one file.

    Attributes:
        unread: how many could not be read so far.
    """

    def __init__(self, values: ValueReader) -> None:
        """Read with `values`, which collects the faults."""
        self.unread = 0
        self._values = values
        self._declarations = DeclarationReader(values, "side packet", SCALAR_TYPES)

    def connections(self, keys: Mapping[str, Value], key: str) -> tuple[Connection, ...]:
        """Return the connections of a list; those that can't be read are reported and left out."""
        connections = [self._connection(item, key) for item in self._values.items(keys.get(key))]
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
            self._values.report(value.location, f'key "{key}"', shown(value), FORMS, hint)
            self.unread += 1
            return None
        try:
            tag, index, name = parse_connection(value.text)
        except NameFault as fault:
            self.unread += 1
            self._values.report(
                value.location, f'{kind} "{value.text}"', expected=FORMS, hint=str(fault)
            )
            return None
        return Connection(tag, -1 if index is None else index, name, name, value.location)

    def _unique(self, connections: list[Connection], key: str) -> tuple[Connection, ...]:
        """Refuse a port given twice."""
        first: dict[tuple[str, int], Connection] = {}
        last: dict[str, int] = {}
        for connection in connections:
            last[connection.tag] = max(connection.index, last.get(connection.tag, 0))
        for connection in connections:
            if connection.key in first:
                self.unread += 1
                free = last[connection.tag] + 1
                self._values.report(
                    connection.location,
                    f'{connection.port} appears twice in "{key}"',
                    note=Note("first at", first[connection.key].location),
                    hint=f'a further one is "{connection.tag}:{free}:{connection.name}"',
                )
            first.setdefault(connection.key, connection)
        return tuple(first.values())

    def side_packets(self, value: Value | None) -> tuple[SidePacketConfig, ...]:
        """Return the side packets that a graph takes."""
        packets = [self._side_packet(item) for item in self._values.items(value)]
        present = [each for each in packets if each is not None]
        numbered = number_untagged([each.connection for each in present])
        kept = {id(connection) for connection in self._unique(numbered, "input_side_packet")}
        return tuple(
            replace(packet, connection=connection)
            for packet, connection in zip(present, numbered, strict=True)
            if id(connection) in kept
        )

    def _side_packet(self, value: Value) -> SidePacketConfig | None:
        if not (isinstance(value, MappingValue) and value.get("name")):
            connection = self._connection(value, "input_side_packet")
            return None if connection is None else SidePacketConfig(connection)
        keys = self._values.keys(value, "a side packet", DECLARATION_KEYS)
        connection = self._connection(keys["name"], "input_side_packet")
        if connection is None:
            return None
        declared = self._declarations.read(keys, connection.name)
        return SidePacketConfig(
            connection, declared.type, declared.default, declared.description, declared.limits
        )


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
