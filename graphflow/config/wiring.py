"""Wire an expanded graph: look every name up, check it against the contracts, make the Plan.

All faults are collected; a Plan can be made only where there are none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from graphflow.config.fault_list import FaultList
from graphflow.config.graph_config import Connection, GraphConfig, NodeConfig
from graphflow.config.input_policies import ChosenPolicy, choose_policy, read_policy
from graphflow.config.library import with_trail
from graphflow.config.node_contracts import contract_of
from graphflow.config.option_checking import Owner, check_options
from graphflow.config.ordering import Edge, explain_cycles, topological_order
from graphflow.config.port_matching import Match, MatchedNode, match_ports, with_error_stream
from graphflow.config.stream_names import did_you_mean
from graphflow.config.stream_types import (
    input_types,
    side_type_faults,
    side_types,
    stream_types,
    type_faults,
    type_for_run,
)
from graphflow.nodes.calculator import AnyCalculator
from graphflow.nodes.contract import port_name
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.nodes.options import Options
from graphflow.nodes.payload_types import is_checkable
from graphflow.nodes.registry import Registry
from graphflow.plan import (
    MISSING,
    NO_LIMIT,
    ExecutorPlan,
    InputPlan,
    NodePlan,
    OutputPlan,
    Plan,
    SidePacketPlan,
    SidePlan,
    StreamPlan,
    is_reserved_executor,
)
from graphflow.words.diagnostics import Diagnostic, Location, listed
from graphflow.words.quick_dataclass import dataclass


@dataclass(frozen=True)
class _Ready:
    """A node whose names are all looked up."""

    matched: MatchedNode
    options: Options | None
    policy: ChosenPolicy
    back_edges: frozenset[tuple[str, int]]
    executor: int

    @property
    def config(self) -> NodeConfig:
        return self.matched.config


class Wiring:
    """The nodes of an expanded graph on their way to a Plan.

    Attributes:
        diagnostics: all faults found.
    """

    def __init__(self, config: GraphConfig, registry: Registry) -> None:
        """Look every name of `config` up and check it against the contracts in `registry`."""
        self.diagnostics = FaultList()
        self._config = config
        self._executors = _executors(config)
        self._graph_policy, faults = read_policy(config.policy)
        self.diagnostics += faults
        self._nodes: list[_Ready] = []
        for node in config.nodes:
            calculator = registry.get(node.calculator.text)
            assert calculator is not None, "expansion leaves out what is not registered"
            self._nodes.append(self._ready(node, calculator))
        self._order = self._ordered()
        self._check_types()

    def _ordered(self) -> list[int]:
        """Return the nodes in topological order; where there is none, report the cycles."""
        edges = self._edges()
        order = topological_order(len(self._nodes), edges)
        if len(order) < len(self._nodes):
            matched = [node.matched for node in self._nodes]
            self.diagnostics += explain_cycles(matched, edges)
        return order

    def _check_types(self) -> None:
        """Report streams and side packets whose ends disagree about the type."""
        matched = [node.matched for node in self._nodes]
        self._types = stream_types(matched)
        self.diagnostics += type_faults(matched, self._types)
        # Only a run sees what comes from outside; so graph inputs have types there, not above.
        inputs = input_types(matched, [each.name for each in self._config.inputs])
        self._run_types = stream_types(matched, inputs)
        declared = {each.connection.name: each.type for each in self._config.side_inputs}
        self._side_types = side_types(matched, self._types, declared)
        self.diagnostics += side_type_faults(matched, self._side_types)

    def plan(self) -> Plan:
        """Return the Plan; to be called only where no faults were found, here or before."""
        nodes = [self._nodes[at] for at in self._order]
        streams = self._streams(nodes)
        indexes = {stream.name: at for at, stream in enumerate(streams)}
        return Plan(
            nodes=tuple(self._node_plan(node, indexes) for node in nodes),
            streams=streams,
            inputs=tuple(range(len(self._config.inputs))),
            outputs=tuple(indexes[each.name] for each in self._config.outputs),
            output_tags=tuple(each.tag for each in self._config.outputs),
            side_packets=self._side_packets(nodes),
            executors=self._executors,
            report_deadlock=self._config.report_deadlock,
            type=self._config.type.text if self._config.type else "",
            file=self._config.file,
            subgraphs=self._config.subgraphs,
        )

    # One node.

    def _ready(self, node: NodeConfig, calculator: type[AnyCalculator]) -> _Ready:
        owner = Owner(f'node "{node.label}"', node.calculator.text, node.location, node.trail)
        options, option_faults = check_options(calculator.contract.options, node.options, owner)
        contract, refusals = contract_of(node, calculator, options)
        matched, port_faults = match_ports(node, calculator, contract)
        matched = with_error_stream(matched)
        self._add((*refusals, *port_faults), node)
        inputs = [match.connection for match in matched.inputs]
        policy, policy_faults = choose_policy(
            node, inputs, contract.input_policy, self._graph_policy
        )
        self.diagnostics += (*option_faults, *policy_faults)
        self._add(tuple(_order_faults(node, policy)), node)
        return _Ready(matched, options, policy, self._back_edges(node), self._executor(node))

    def _back_edges(self, node: NodeConfig) -> frozenset[tuple[str, int]]:
        ports = {connection.key: connection.port for connection in node.inputs}
        marked: dict[tuple[str, int], Location] = {}
        faults = []
        for edge in node.back_edges:
            key, port = (edge.tag, edge.index), port_name(edge.tag, edge.index)
            if key not in ports:
                expected = listed(list(ports.values()), "or") if ports else ""
                hint = did_you_mean(port, ports.values())
                fault = f'node "{node.label}" has no input {port}'
                faults.append(Diagnostic(edge.location, fault, expected=expected, hint=hint))
            elif key in marked:
                fault = f'input {port} of node "{node.label}" has two entries in input_stream_info'
                faults.append(Diagnostic(edge.location, fault))
            marked[key] = edge.location
        self._add(faults, node)
        return frozenset((edge.tag, edge.index) for edge in node.back_edges if edge.is_back_edge)

    def _executor(self, node: NodeConfig) -> int:
        wanted = node.executor.text if node.executor else ""
        names = [executor.name for executor in self._executors]
        if wanted in names:
            return names.index(wanted)
        assert node.executor is not None
        if is_reserved_executor(wanted):
            hint = "leave it out for the default executor" if wanted == "default" else ""
            fault = f'executor name "{wanted}" is reserved'
            self._add([Diagnostic(node.executor.location, fault, hint=hint)], node)
            return 0
        known = [f'"{name}"' for name in names if name]
        diagnostic = Diagnostic(
            node.executor.location,
            f'executor "{wanted}" is not declared',
            expected=listed(known, "or") if known else "",
            hint=did_you_mean(wanted, names) or 'list it under "executor" of the outermost graph',
        )
        self._add([diagnostic], node)
        return 0

    def _add(self, faults: Sequence[Diagnostic], node: NodeConfig) -> None:
        self.diagnostics += (with_trail(fault, node.trail) for fault in faults)

    # Between nodes.

    def _edges(self) -> list[Edge]:
        streams = _producers([node.config.produced for node in self._nodes])
        side_packets = _producers([node.config.side_outputs for node in self._nodes])
        edges = []
        for at, node in enumerate(self._nodes):
            for connection in node.config.inputs:
                if connection.name in streams and connection.key not in node.back_edges:
                    edges.append(Edge(streams[connection.name], at, connection, True))
            for connection in node.config.side_inputs:
                if connection.name in side_packets:
                    edges.append(Edge(side_packets[connection.name], at, connection, False))
        return edges

    # The parts of the Plan.

    def _streams(self, nodes: Sequence[_Ready]) -> tuple[StreamPlan, ...]:
        streams = [
            StreamPlan(each.name, None, self._run_types[each.name], each.location)
            for each in self._config.inputs
        ]
        for at, node in enumerate(nodes):
            for match in node.matched.outputs:
                each = match.connection
                streams.append(StreamPlan(each.name, at, self._run_types[each.name], each.location))
        return tuple(streams)

    def _node_plan(self, node: _Ready, indexes: dict[str, int]) -> NodePlan:
        matched, config = node.matched, node.config
        contract = matched.contract
        assert node.options is not None
        return NodePlan(
            name=config.name,
            calculator=matched.calculator,
            inputs=tuple(self._input_plan(node, match, indexes) for match in matched.inputs),
            outputs=tuple(
                OutputPlan(each.tag, each.index, indexes[each.name]) for each in config.outputs
            ),
            side_inputs=tuple(_side_plan(match) for match in matched.side_inputs),
            side_outputs=tuple(
                _side_plan(match, self._side_types[match.connection.name])
                for match in matched.side_outputs
            ),
            options=node.options,
            policy=node.policy.policy,
            sync_sets=node.policy.sync_sets,
            base_input=node.policy.base_input,
            offset=None if config.is_source else contract.timestamp_offset,
            process_timestamps=contract.process_timestamps,
            max_in_flight=config.max_in_flight,
            executor=node.executor,
            source_layer=config.source_layer,
            reads_headers=contract.reads_headers,
            skips_errors=config.skips_errors,
            error_stream=None if config.error_stream is None else indexes[config.error_stream.name],
            services=tuple(contract.services),
            optional_services=tuple(contract.optional_services),
            subgraph=config.subgraph,
            settles=contract.settles,
            loses=contract.loses,
            releases_lock=contract.releases_lock,
            varies_with=contract.varies_with,
            location=config.location,
        )

    def _input_plan(self, node: _Ready, match: Match, indexes: dict[str, int]) -> InputPlan:
        each = match.connection
        return InputPlan(
            each.tag,
            each.index,
            indexes[each.name],
            each.key in node.back_edges,
            queue_limit=self._queue_limit(node.config.buffer_size_hint),
            checked_type=type_for_run(node.matched, match, self._run_types),
        )

    def _queue_limit(self, hint: int) -> int:
        limit = self._config.max_queue_size
        return max(limit, hint) if limit > 0 else NO_LIMIT

    def _side_packets(self, nodes: Sequence[_Ready]) -> dict[str, SidePacketPlan]:
        needed = {
            match.connection.name
            for node in nodes
            for match in node.matched.side_inputs
            if not match.port.optional
        }
        plans = {}
        for given in self._config.side_inputs:
            name = given.connection.name
            is_required = name in needed and given.default is MISSING
            plans[name] = SidePacketPlan(
                name,
                None,
                given.type,
                given.default,
                is_required,
                given.description,
                given.connection.location,
                given.limits,
            )
        for at, node in enumerate(nodes):
            for match in node.matched.side_outputs:
                each: Connection = match.connection
                plans[each.name] = SidePacketPlan(
                    each.name, at, self._side_types[each.name], location=each.location
                )
        return plans


def _producers(outputs: Sequence[Sequence[Connection]]) -> dict[str, int]:
    """Return the position of the node that produces each name; the first, where a fault has two."""
    producers: dict[str, int] = {}
    for at, connections in enumerate(outputs):
        for connection in connections:
            producers.setdefault(connection.name, at)
    return producers


def _order_faults(node: NodeConfig, chosen: ChosenPolicy) -> Iterator[Diagnostic]:
    """Refuse a stream of errors whose times would not rise."""
    is_apart = isinstance(chosen.policy, ImmediatePolicy) or len(chosen.sync_sets) > 1
    if node.error_stream is not None and is_apart and len(node.inputs) > 1:
        yield Diagnostic(
            node.error_stream.location,
            f'node "{node.label}" can\'t send its errors to a stream',
            expected="a node that is called in order of time",
            hint="its input policy calls it for each input apart; use on_error: skip",
        )


def _side_plan(match: Match, made_type: Any = Any) -> SidePlan:
    each = match.connection
    checked_type = made_type if is_checkable(made_type) else None
    return SidePlan(each.tag, each.index, each.name, match.port.optional, checked_type)


def _executors(config: GraphConfig) -> tuple[ExecutorPlan, ...]:
    named = [
        ExecutorPlan(
            each.name.text,
            each.num_threads,
            each.kind,
            each.stack_size,
            each.nice_level,
            each.thread_name_prefix,
        )
        for each in config.executors
    ]
    default = next((each for each in named if not each.name), None)
    others = {each.name: each for each in named if each.name}
    return default or ExecutorPlan("", config.num_threads), *others.values()
