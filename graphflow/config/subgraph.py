"""Expand subgraphs: replace each node that names a graph by that graph's nodes.

Inner names get the prefix `<node name in lower case>__`. Streams of the interface are matched by
tag and index, and take the outer names. The node's options are the values of the subgraph's
parameters. A declared input that the node leaves unconnected is
removed from the inner nodes, which must be able to do without it. Of the subgraph's own settings
(executors, queue sizes, input stream handler) nothing remains: the outermost graph decides.

The graph comes from a file, or from a subgraph class, which makes one for each node.

Source: MediaPipe, framework/tool/subgraph_expansion.cc.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Final

from graphflow.config.binding import Giver, bind
from graphflow.config.connection_reader import number_untagged
from graphflow.config.fault_list import FaultList
from graphflow.config.graph_config import Connection, GraphConfig, NodeConfig, SidePacketConfig
from graphflow.config.library import Library, used_by, with_trail
from graphflow.config.module_imports import import_modules
from graphflow.config.parameters import Parameters
from graphflow.config.stream_names import did_you_mean, snake_case
from graphflow.config.subgraph_classes import made_graph
from graphflow.config.yaml_source import Value
from graphflow.nodes.registry import Registry
from graphflow.plan import MISSING, Connected, SubgraphPlan
from graphflow.words.diagnostics import Diagnostic, Note, listed
from graphflow.words.errors import ConfigError
from graphflow.words.quick_dataclass import dataclass

NODES_MAX: Final = 20_000
"""So many nodes are expanded: ten graphs of ten nodes that name each other make billions."""

LEVELS_MAX: Final = 50
"""So deep may graphs contain graphs."""

_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9_]")
_Connections = tuple[Connection, ...]
_PASS_THROUGH: Final = "put a PassThroughCalculator between them"


def expand(
    config: GraphConfig, registry: Registry, library: Library
) -> tuple[GraphConfig, tuple[Diagnostic, ...]]:
    """Return the graph with all its subgraphs expanded, and the faults found on the way."""
    expansion = _Expansion(registry, library)
    expansion.add(config, _Scope(files=(config.file,)))
    expanded = replace(
        config,
        nodes=tuple(expansion.nodes),
        side_inputs=(*config.side_inputs, *expansion.defaults),
        subgraphs=tuple(expansion.subgraphs),
    )
    return expanded, (*library.diagnostics, *expansion.diagnostics)


@dataclass(frozen=True)
class _Scope:
    """Where a graph is expanded.

    Attributes:
        prefix: put before inner names.
        streams, side_packets: outer name of each interface name; None for an unconnected input.
        trail: the nodes that lead here, innermost first.
        files: of the graphs that lead here, outermost first.
        subgraph: name of the node that is expanded, "" for the graph itself.
    """

    prefix: str = ""
    streams: Mapping[str, str | None] = field(default_factory=dict)
    side_packets: Mapping[str, str | None] = field(default_factory=dict)
    trail: tuple[Note, ...] = ()
    files: tuple[str, ...] = ()
    subgraph: str = ""

    def renamed(
        self, connections: Sequence[Connection], names: Mapping[str, str | None]
    ) -> tuple[tuple[Connection, Connection], ...]:
        """Pair the connections with themselves under outer names; unconnected inputs are gone."""
        kept, outer = [], []
        for connection in connections:
            name = names.get(connection.name, self.prefix + connection.name)
            if name is not None:
                kept.append(connection)
                outer.append(connection.named(name))
        return tuple(zip(kept, number_untagged(outer), strict=True))

    @staticmethod
    def unconnected(
        connections: Sequence[Connection], names: Mapping[str, str | None]
    ) -> tuple[Connection, ...]:
        """Return the connections to interface inputs that the subgraph's user left out."""
        return tuple(each for each in connections if names.get(each.name, "") is None)


class _Expansion:
    """Collects the nodes of the expanded graph.

    Attributes:
        nodes: calculators only, in the order written.
        defaults: side packets of subgraphs that nobody connects and that have a default.
        subgraphs: those expanded.
    """

    def __init__(self, registry: Registry, library: Library) -> None:
        self.nodes: list[NodeConfig] = []
        self.defaults: list[SidePacketConfig] = []
        self.subgraphs: list[SubgraphPlan] = []
        self.diagnostics = FaultList()
        self._seen = 0
        self._lacks_modules = False
        self._registry = registry
        self._library = library

    def add(self, config: GraphConfig, scope: _Scope) -> None:
        for absent in import_modules(config.imports, config.file, self._registry):
            self._lacks_modules = True
            self.diagnostics.append(with_trail(absent, scope.trail))
        for node in config.nodes:
            self._seen += 1
            if self._seen > NODES_MAX:
                fault = f"the graph, with its subgraphs, has more than {NODES_MAX:,} nodes"
                raise ConfigError([*self.diagnostics, Diagnostic(node.location, fault)])
            scoped = _scoped(node, scope)
            if self._registry.get(node.calculator.text) is not None:
                self.nodes.append(scoped)
            elif node.calculator.text:
                self._add_subgraph(scoped, scope)

    def _add_subgraph(self, node: NodeConfig, scope: _Scope) -> None:
        if len(scope.files) > LEVELS_MAX:
            fault = f"graphs are nested more than {LEVELS_MAX} deep"
            self.diagnostics.report(node.calculator.location, fault, notes=node.trail)
            return
        subgraph = self._registry.subgraph(node.calculator.text)
        if subgraph is not None:
            self._check_fields(node)
            inner, faults = made_graph(node, subgraph)
            self.diagnostics += faults
        else:
            inner = self._read(node, scope)
        if inner is None:
            return
        user = used_by(node.label, node.calculator)
        prefix = scope.prefix + _NOT_IN_NAMES.sub("_", node.label.lower()) + "__"
        streams = self._matched(node, "input", node.inputs, inner.inputs)
        streams |= self._outer_outputs(node, "output", node.outputs, inner.outputs, streams)
        side_inputs = [packet.connection for packet in inner.side_inputs]
        sides = self._matched(node, "side input", node.side_inputs, side_inputs)
        sides |= self._outer_outputs(
            node, "side output", node.side_outputs, inner.side_outputs, sides
        )
        self._keep_defaults(inner, prefix, sides)
        self.subgraphs.append(_subgraph_plan(node, prefix, inner.file))
        trail, files = (user, *scope.trail), (*scope.files, inner.file)
        self.add(inner, _Scope(prefix, streams, sides, trail, files, node.name))

    def _read(self, node: NodeConfig, scope: _Scope) -> GraphConfig | None:
        """Return the graph of a file; report why there is none."""
        path = self._library.find(node.calculator.text, scope.files[-1])
        if path is None:
            self._report_unknown(node, scope)
            return None
        if _same_file(path, scope.files):
            self._report_recursion(node, scope, path)
            return None
        user = used_by(node.label, node.calculator)
        values = self._parameter_values(node, self._library.source(path, user).parameters)
        inner = None if values is None else self._library.read(path, values, user)
        if inner is not None:
            self._check_fields(node)
            self._check_type(node, inner, user)
        return inner

    def _parameter_values(
        self, node: NodeConfig, parameters: Parameters
    ) -> dict[str, Value] | None:
        """Return the values that a node's options give a subgraph's parameters."""
        options = node.options
        if not parameters.declared and parameters.is_whole:
            options = None
            self._refuse_options(node)
        giver = Giver(node.calculator.text, node.label, node.location)
        values, faults = bind(parameters, options, giver)
        self.diagnostics += (with_trail(fault, node.trail) for fault in faults)
        return values

    def _refuse_options(self, node: NodeConfig) -> None:
        calculator = node.calculator.text
        for refused in node.refused:
            if refused.text == "options":
                hint = f"{calculator} declares none; write them at its nodes, or override them"
                self.diagnostics.report(
                    refused.location,
                    'a subgraph takes no "options" unless it declares parameters',
                    hint=hint,
                    notes=node.trail,
                )

    def _keep_defaults(self, inner: GraphConfig, prefix: str, sides: dict[str, str | None]) -> None:
        for packet in inner.side_inputs:
            name = packet.connection.name
            if sides[name] is None and packet.default is not MISSING:
                sides[name] = prefix + name
                connection = packet.connection.named(prefix + name)
                self.defaults.append(replace(packet, connection=connection))

    def _matched(
        self,
        node: NodeConfig,
        kind: str,
        given: Sequence[Connection],
        declared: Sequence[Connection],
    ) -> dict[str, str | None]:
        """Return the outer name of each declared input; report what is not declared."""
        by_key = {connection.key: connection for connection in given}
        self._check_declared(node, kind, given, declared)
        return {
            each.name: by_key[each.key].name if each.key in by_key else None for each in declared
        }

    def _outer_outputs(
        self,
        node: NodeConfig,
        kind: str,
        given: Sequence[Connection],
        declared: Sequence[Connection],
        inputs: Mapping[str, str | None],
    ) -> dict[str, str | None]:
        """Return the outer name of each output that is connected; others keep inner names."""
        by_key = {connection.key: connection for connection in given}
        self._check_declared(node, kind, given, declared)
        names: dict[str, str | None] = {}
        for each in declared:
            if each.key not in by_key:
                continue
            if each.name in inputs or each.name in names:
                again = "an input too" if each.name in inputs else "given out twice"
                self.diagnostics.report(
                    each.location,
                    f'{kind} "{each.written}" of {node.calculator.text} is {again}',
                    hint=_PASS_THROUGH,
                    notes=(used_by(node.label, node.calculator), *node.trail),
                )
                continue
            names[each.name] = by_key[each.key].name
        return names

    def _check_declared(
        self,
        node: NodeConfig,
        kind: str,
        given: Sequence[Connection],
        declared: Sequence[Connection],
    ) -> None:
        ports = {each.key: each.port for each in declared}
        for connection in given:
            if connection.key not in ports:
                self.diagnostics.report(
                    connection.location,
                    f"{node.calculator.text} has no {kind} {connection.port}",
                    expected=listed(list(ports.values()), "or"),
                    hint=did_you_mean(connection.port, ports.values()),
                    notes=node.trail,
                )

    def _check_fields(self, node: NodeConfig) -> None:
        """Report what only a calculator's node may have. What options it may have is told apart."""
        for refused in node.refused:
            if refused.text != "options":
                name = node.calculator.text
                self.diagnostics.report(
                    refused.location,
                    f'a subgraph takes no "{refused.text}"',
                    hint=f"write it at a node of {name}, or override it when loading",
                    notes=node.trail,
                )

    def _check_type(self, node: NodeConfig, inner: GraphConfig, user: Note) -> None:
        if inner.type is not None and inner.type.text != node.calculator.text:
            self.diagnostics.report(
                inner.type.location,
                f'graph type "{inner.type.text}"',
                expected=f"{node.calculator.text}, as the file's name says",
                notes=(user, *node.trail),
            )

    def _report_unknown(self, node: NodeConfig, scope: _Scope) -> None:
        if self._lacks_modules:
            # It may be in the module that was not imported, and that is told already.
            return
        name = node.calculator.text
        misnamed = self._library.misnamed(name, scope.files[-1])
        if misnamed is not None:
            hint = (
                f'graph type "{name}" is looked for in {snake_case(name)}.yaml; rename {misnamed}'
            )
        else:
            known = {*self._registry.names(), *self._library.types(scope.files[-1])}
            hint = did_you_mean(name, known)
        fault = f'unknown calculator "{name}"'
        self.diagnostics.report(node.calculator.location, fault, hint=hint, notes=node.trail)

    def _report_recursion(self, node: NodeConfig, scope: _Scope, path: Path) -> None:
        names = [Path(file).name for file in scope.files]
        start = next(at for at, file in enumerate(scope.files) if _same_file(path, (file,)))
        self.diagnostics.report(
            node.calculator.location,
            "a graph contains itself",
            found=" -> ".join([*names[start:], path.name]),
            notes=node.trail,
        )


def _scoped(node: NodeConfig, scope: _Scope) -> NodeConfig:
    """Return a node with outer names; its input_stream_info follows the inputs that move up."""
    inputs = scope.renamed(node.inputs, scope.streams)
    kept = {before.key: after.index for before, after in inputs}
    gone = scope.unconnected(node.inputs, scope.streams)
    gone_keys = {connection.key for connection in gone}
    back_edges = tuple(
        replace(edge, index=kept.get((edge.tag, edge.index), edge.index))
        for edge in node.back_edges
        if (edge.tag, edge.index) not in gone_keys
    )

    def outer(connections: Sequence[Connection], names: Mapping[str, str | None]) -> _Connections:
        return tuple(after for _, after in scope.renamed(connections, names))

    return replace(
        node,
        name=scope.prefix + node.label,
        inputs=tuple(after for _, after in inputs),
        outputs=outer(node.outputs, scope.streams),
        error_stream=next(iter(outer(node.produced[len(node.outputs) :], scope.streams)), None),
        side_inputs=outer(node.side_inputs, scope.side_packets),
        side_outputs=outer(node.side_outputs, scope.side_packets),
        back_edges=back_edges,
        trail=scope.trail,
        subgraph=scope.subgraph,
        unconnected=(*gone, *scope.unconnected(node.side_inputs, scope.side_packets)),
    )


def _subgraph_plan(node: NodeConfig, prefix: str, file: str) -> SubgraphPlan:
    def connected(connections: Sequence[Connection]) -> tuple[Connected, ...]:
        return tuple(Connected(each.tag, each.index, each.name) for each in connections)

    return SubgraphPlan(
        name=node.name,
        type=node.calculator.text,
        prefix=prefix,
        subgraph=node.subgraph,
        inputs=connected(node.inputs),
        outputs=connected(node.outputs),
        side_inputs=connected(node.side_inputs),
        side_outputs=connected(node.side_outputs),
        file=file,
        location=node.location,
    )


def _same_file(path: Path, files: Sequence[str]) -> bool:
    resolved = path.resolve()
    return any(Path(file).resolve() == resolved for file in files)
