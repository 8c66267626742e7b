"""Match the connections of a node with the ports of its contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from graphflow.config.graph_config import Connection, NodeConfig
from graphflow.config.index_gaps import gap_faults
from graphflow.config.stream_names import did_you_mean
from graphflow.nodes.calculator import AnyCalculator
from graphflow.nodes.contract import ANY_TAG, Contract, Port, port_name
from graphflow.words.diagnostics import Diagnostic, is_one_slip, listed
from graphflow.words.errors import CalculatorError
from graphflow.words.quick_dataclass import dataclass


@dataclass(frozen=True)
class Match:
    """A connection and the port of the contract it belongs to."""

    connection: Connection
    port: Port


@dataclass(frozen=True)
class MatchedNode:
    """A node whose four lists were matched.

    Attributes:
        contract: of this node, as its calculator answered for it.
    """

    config: NodeConfig
    calculator: type[AnyCalculator]
    contract: Contract
    inputs: tuple[Match, ...]
    outputs: tuple[Match, ...]
    side_inputs: tuple[Match, ...]
    side_outputs: tuple[Match, ...]

    @cached_property
    def input_at(self) -> dict[tuple[str, int], Match]:
        """The inputs by tag and index."""
        return {match.connection.key: match for match in self.inputs}

    @cached_property
    def side_input_at(self) -> dict[tuple[str, int], Match]:
        """The side inputs by tag and index."""
        return {match.connection.key: match for match in self.side_inputs}


def match_ports(
    node: NodeConfig, calculator: type[AnyCalculator], contract: Contract
) -> tuple[MatchedNode, tuple[Diagnostic, ...]]:
    """Match a node with its contract, and tell where they differ."""
    lists = (
        _List(node, "input", contract.inputs, node.inputs),
        _List(node, "output", contract.outputs, node.outputs),
        _List(node, "side input", contract.side_inputs, node.side_inputs),
        _List(node, "side output", contract.side_outputs, node.side_outputs),
    )
    faults = [fault for each in lists for fault in each.undeclared()]
    if node.is_whole:
        faults += [fault for each in lists for fault in each.lacking()]
        faults += [fault for each in lists for fault in each.gaps()]
        faults += lists[1].mirror_faults(lists[0])
        faults += lists[3].mirror_faults(lists[2])
    matches = [each.matches() for each in lists]
    return MatchedNode(node, calculator, contract, *matches), tuple(faults)


def with_error_stream(node: MatchedNode) -> MatchedNode:
    """Add the stream of a node's errors to its outputs, which its calculator knows nothing of."""
    if node.config.error_stream is None:
        return node
    port = Port("", CalculatorError, doc="why the call at this time failed")
    return replace(node, outputs=(*node.outputs, Match(node.config.error_stream, port)))


class _List:
    """One of a node's four lists beside the ports of that kind."""

    def __init__(
        self, node: NodeConfig, kind: str, ports: Sequence[Port], connections: Sequence[Connection]
    ) -> None:
        self.node = node
        self.kind = kind
        self.ports = {port.tag: port for port in ports}
        self.connections = connections

    def port(self, tag: str) -> Port | None:
        return self.ports.get(tag) or self.ports.get(ANY_TAG)

    def matches(self) -> tuple[Match, ...]:
        pairs = [(connection, self.port(connection.tag)) for connection in self.connections]
        return tuple(Match(connection, port) for connection, port in pairs if port is not None)

    def wild(self) -> dict[tuple[str, int], Connection]:
        """Return the connections that no declared tag covers."""
        return {
            connection.key: connection
            for connection in self.connections
            if connection.tag not in self.ports
        }

    @property
    def own_tags(self) -> list[str]:
        """The tags that the contract declares one by one."""
        return [tag for tag in self.ports if tag not in ("", ANY_TAG)]

    def undeclared(self) -> Iterator[Diagnostic]:
        for connection in self.connections:
            port = self.port(connection.tag)
            if port is None:
                yield self._undeclared(connection)
            elif connection.index and not port.repeated and port.tag != ANY_TAG:
                yield Diagnostic(
                    connection.location,
                    f"{self.node.calculator.text} takes only one {self.kind} "
                    f"{port_name(port.tag) if port.tag else 'without a tag'}",
                    found=connection.port,
                )

    def gaps(self) -> Iterator[Diagnostic]:
        """Tell of indexes that are left out."""
        # Of a port that is not repeated, and of one that is not there, another fault tells.
        sparse = [
            each.tag
            for each in self.connections
            if (port := self.port(each.tag)) is None
            or port.sparse
            or not (port.repeated or port.tag == ANY_TAG)
        ]
        owner = f'{self.kind} list of node "{self.node.label}"'
        return gap_faults(self.connections, owner, sparse)

    def mirror_faults(self, inputs: _List) -> Iterator[Diagnostic]:
        """Tell where the outputs with tag * are not the inputs with tag *, end for end."""
        wildcard = self.ports.get(ANY_TAG)
        if wildcard is None or wildcard.free or ANY_TAG not in inputs.ports:
            return
        given, taken = self.wild(), inputs.wild()
        for key, connection in given.items():
            if key not in taken:
                names = [each.port for each in taken.values()]
                yield Diagnostic(
                    connection.location,
                    f'{self.kind} {connection.port} of node "{self.node.label}" has no '
                    f"{inputs.kind} of that name to pass on",
                    expected=listed(names, "or") if names else "",
                    hint=did_you_mean(connection.port, [*names, *self.own_tags]),
                )
        for key, connection in taken.items():
            # Where an input may go without an output, a misspelt tag would pass for data.
            is_slip = any(is_one_slip(connection.tag, tag) for tag in inputs.own_tags)
            if key not in given and (is_slip or not wildcard.optional):
                yield Diagnostic(
                    connection.location,
                    f'{inputs.kind} {connection.port} of node "{self.node.label}" has no '
                    f"{self.kind} of that name",
                    hint=did_you_mean(connection.port, inputs.own_tags),
                )

    def _undeclared(self, connection: Connection) -> Diagnostic:
        owner = self.node.calculator.text
        names = [port_name(tag) if tag else "one without a tag" for tag in self.ports]
        words = connection.port if connection.tag else "without a tag"
        return Diagnostic(
            connection.location,
            f"{owner} has no {self.kind} {words}",
            expected=listed(names, "or") if names else f"no {self.kind}s",
            hint=did_you_mean(connection.tag, self.ports),
        )

    def lacking(self) -> Iterator[Diagnostic]:
        """Tell which required ports are not connected, all in one fault."""
        present = {connection.tag for connection in self.connections}
        required = [port for port in self.ports.values() if not port.optional]
        missing = [
            port
            for port in required
            if (not self.wild() if port.tag == ANY_TAG else port.tag not in present)
        ]
        if not missing:
            return
        kind = f"{self.kind}{'s' if len(missing) > 1 else ''}"
        found = listed([connection.port for connection in self.connections])
        yield Diagnostic(
            self.node.location,
            f'node "{self.node.label}" lacks required {kind} '
            + listed([_port_words(port) for port in missing]),
            found=f"{self.kind}s {found}" if self.connections else f"no {self.kind}s",
            expected=listed([_described(port, port in missing) for port in required]),
            hint=self._unconnected_hint(missing),
        )

    def _unconnected_hint(self, missing: Sequence[Port]) -> str:
        tags = {port.tag for port in missing}
        names = [
            f'"{connection.written}"'
            for connection in self.node.unconnected
            if connection.tag in tags and not self.kind.endswith("output")
        ]
        return f"connect {listed(names)} of this graph where the graph is used" if names else ""


def _port_words(port: Port) -> str:
    if port.tag == ANY_TAG:
        return "of any tag"
    return port_name(port.tag) if port.tag else "without a tag"


def _described(port: Port, is_lacking: bool) -> str:
    words = "one without a tag" if not port.tag else _port_words(port)
    if port.tag == ANY_TAG:
        words = "one of any tag"
    return f"{words} ({port.doc})" if is_lacking and port.doc else words
