"""What a graph file says, typed and located. `graphflow.config.reader` makes it from values.

These are the words as written: names are not looked up yet, and options not decoded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from graphflow.config.yaml_source import NOWHERE, MappingValue
from graphflow.nodes.contract import port_name
from graphflow.plan import MISSING, NO_LIMITS, ExecutorKind, Limits, SubgraphPlan
from graphflow.words.diagnostics import Location, Note
from graphflow.words.quick_dataclass import dataclass

QUEUE_LIMIT_DEFAULT = 100
"""Source: MediaPipe, framework/calculator.proto, max_queue_size."""


@dataclass(frozen=True)
class Named:
    """A name and where it stands."""

    text: str
    location: Location = NOWHERE


@dataclass(frozen=True)
class Connection:
    """An entry of a stream or side packet list.

    Attributes:
        name: of the stream or side packet; in an expanded graph with the scope before it.
        written: the name as the file has it.
    """

    tag: str
    index: int
    name: str
    written: str
    location: Location = NOWHERE

    @property
    def port(self) -> str:
        """The port as a graph writes it."""
        return port_name(self.tag, self.index)

    @property
    def key(self) -> tuple[str, int]:
        """Tag and index."""
        return self.tag, self.index

    def named(self, name: str) -> Connection:
        """Return the same connection to another stream."""
        return replace(self, name=name)


@dataclass(frozen=True)
class SidePacketConfig:
    """A side packet that the graph takes from its caller.

    Attributes:
        type: class of the value; Any where the file declares none.
        default: the value where the caller gives none; MISSING if there is no default.
        limits: which numbers it may be.
    """

    connection: Connection
    type: Any = Any
    default: Any = MISSING
    description: str = ""
    limits: Limits = NO_LIMITS


@dataclass(frozen=True)
class BackEdge:
    """An entry of `input_stream_info`."""

    tag: str
    index: int
    is_back_edge: bool
    location: Location = NOWHERE


@dataclass(frozen=True)
class PolicyConfig:
    """An `input_stream_handler` with its options."""

    handler: Named
    options: MappingValue | None = None


@dataclass(frozen=True)
class ExecutorConfig:
    """A pool of workers; the name "" is the default one's."""

    name: Named
    num_threads: int = 0
    kind: ExecutorKind = ExecutorKind.UNTYPED
    stack_size: int = 0
    nice_level: int = 0
    thread_name_prefix: str = ""


@dataclass(frozen=True)
class NodeConfig:
    """One node as written, or, in an expanded graph, with its scope before the names.

    Attributes:
        calculator: class name, or type of a graph.
        label: the node's name in its own file; made from the calculator where none is written.
        name: unique in the expanded graph.
        max_in_flight: invocations that may run at once.
        buffer_size_hint: packets its inputs may hold at least, whatever the graph's limit.
        source_layer: for sources; 0 runs first.
        skips_errors: whether `on_error` is "skip" or a stream.
        error_stream: the stream that `on_error` names, with its one end here.
        trail: the nodes of outer graphs that brought this one in, innermost first.
        is_whole: all its connections could be read.
        unconnected: its inputs and side inputs that a subgraph's user left out, as written.
        refused: what only a calculator's node may have and this one has, for subgraphs.
        subgraph: in an expanded graph, the name of the subgraph that it came with.
    """

    calculator: Named
    label: str = ""
    name: str = ""
    inputs: tuple[Connection, ...] = ()
    outputs: tuple[Connection, ...] = ()
    side_inputs: tuple[Connection, ...] = ()
    side_outputs: tuple[Connection, ...] = ()
    options: MappingValue | None = None
    back_edges: tuple[BackEdge, ...] = ()
    policy: PolicyConfig | None = None
    executor: Named | None = None
    max_in_flight: int = 1
    buffer_size_hint: int = 0
    source_layer: int = 0
    skips_errors: bool = False
    error_stream: Connection | None = None
    location: Location = NOWHERE
    trail: tuple[Note, ...] = ()
    is_whole: bool = True
    unconnected: tuple[Connection, ...] = ()
    refused: tuple[Named, ...] = ()
    subgraph: str = ""

    @property
    def is_source(self) -> bool:
        """Whether it has outputs but no inputs."""
        return not self.inputs and bool(self.outputs)

    @property
    def produced(self) -> tuple[Connection, ...]:
        """The streams that it produces: its outputs, and the stream of its errors."""
        return self.outputs if self.error_stream is None else (*self.outputs, self.error_stream)


@dataclass(frozen=True)
class GraphConfig:
    """A graph as written, or expanded.

    Attributes:
        imports: the modules that register calculators for it.
        is_whole: all its connections, and those of its nodes, could be read.
        subgraphs: of an expanded graph, outer ones before those inside of them.
    """

    file: str = ""
    type: Named | None = None
    imports: tuple[Named, ...] = ()
    inputs: tuple[Connection, ...] = ()
    outputs: tuple[Connection, ...] = ()
    side_inputs: tuple[SidePacketConfig, ...] = ()
    side_outputs: tuple[Connection, ...] = ()
    nodes: tuple[NodeConfig, ...] = ()
    executors: tuple[ExecutorConfig, ...] = ()
    num_threads: int = 0
    max_queue_size: int = QUEUE_LIMIT_DEFAULT
    report_deadlock: bool = False
    policy: PolicyConfig | None = None
    location: Location = NOWHERE
    is_whole: bool = True
    subgraphs: tuple[SubgraphPlan, ...] = ()
