"""Read lists of streams and side packets: which port is connected to what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from graphflow.config.decoding import Undecodable, decode, shown
from graphflow.config.graph_config import Connection, SidePacketConfig
from graphflow.config.stream_names import FORMS, NameFault, did_you_mean, parse_connection
from graphflow.config.value_reader import ValueReader
from graphflow.config.yaml_source import MappingValue, ScalarValue, Value
from graphflow.diagnostics import Note, listed
from graphflow.plan import MISSING, Limits

_SIDE_PACKET_KEYS: Final = ("name", "type", "default", "description", "minimum", "maximum")

_SIDE_PACKET_TYPES: Final[dict[str, type]] = {
    "string": str,
    "bool": bool,
    "int": int,
    "float": float,
}


class ConnectionReader:
    """Reads the connections of one file.

    Attributes:
        unread: how many could not be read so far.
    """

    def __init__(self, values: ValueReader) -> None:
        """Read with `values`, which collects the faults."""
        self.unread = 0
        self._values = values

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
        keys = self._values.keys(value, "a side packet", _SIDE_PACKET_KEYS)
        connection = self._connection(keys["name"], "input_side_packet")
        if connection is None:
            return None
        declared = self._side_packet_type(keys)
        packet = SidePacketConfig(
            connection,
            declared,
            self._side_packet_default(keys, declared, connection.name),
            self._values.text(keys["description"], "description") or ""
            if "description" in keys
            else "",
            Limits(
                self._side_packet_limit(keys, "minimum", declared, connection.name),
                self._side_packet_limit(keys, "maximum", declared, connection.name),
            ),
        )
        if not packet.limits.allow(packet.default):
            self._values.report(
                keys["default"].location,
                f'default of side packet "{connection.name}" is out of range',
                shown(keys["default"]),
                str(packet.limits),
            )
        return packet

    def _side_packet_limit(
        self, keys: Mapping[str, Value], key: str, declared: Any, name: str
    ) -> float | None:
        if key not in keys:
            return None
        what = f'{key} of side packet "{name}"'
        if declared not in (int, float):
            location = keys[key].location
            self._values.report(location, what, expected="type int or float beside it")
            return None
        try:
            limit: float = decode(keys[key], declared)
        except Undecodable as fault:
            self._values.report(
                fault.value.location, what, shown(fault.value), fault.expected, fault.hint
            )
            return None
        return limit

    def _side_packet_type(self, keys: Mapping[str, Value]) -> Any:
        name = self._values.name(keys, "type")
        if name is None:
            return Any
        if name.text not in _SIDE_PACKET_TYPES:
            self._values.report(
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
            self._values.report(
                fault.value.location, what, shown(fault.value), fault.expected, fault.hint
            )
            return MISSING


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
