"""Plan: a validated graph, indexed and frozen. What wiring makes and the machine runs."""

from __future__ import annotations

import enum
import math
from dataclasses import field
from typing import Any, Final

from graphflow.nodes.calculator import AnyCalculator
from graphflow.nodes.input_policy import DefaultPolicy, InputPolicy
from graphflow.nodes.options import NoOptions, Options
from graphflow.nodes.service import Service
from graphflow.words.diagnostics import Location
from graphflow.words.displays import Bundle, bundle_of
from graphflow.words.quick_dataclass import dataclass

NO_LIMIT: Final = 0
MISSING: Final = object()
"""The default of a side packet that has none."""


@dataclass(frozen=True)
class StreamPlan:
    """A named edge with one producer.

    Attributes:
        name: unique in the expanded graph.
        producer: index of the producing node, None for a graph input.
        type: payload type, Any where unknown; of a graph input, the class that its readers take.
        location: where it is produced.
    """

    name: str
    producer: int | None
    type: Any = Any
    location: Location = field(default=Location())


@dataclass(frozen=True)
class InputPlan:
    """A node's input: which stream, and how it queues.

    Attributes:
        stream: index into Plan.streams.
        is_back_edge: excluded from ordering because it closes a loop.
        queue_limit: packets at which its queue is full; NO_LIMIT for none.
        checked_type: the class of its payloads, where only a run can show that they have it.
    """

    tag: str
    index: int
    stream: int
    is_back_edge: bool = False
    queue_limit: int = 100
    checked_type: type | None = None


@dataclass(frozen=True)
class OutputPlan:
    """A node's output: which stream.

    Attributes:
        stream: index into Plan.streams.
        checked_type: the class that a run holds its payloads to; None where readers see to that.
    """

    tag: str
    index: int
    stream: int
    checked_type: type | None = None


@dataclass(frozen=True)
class SidePlan:
    """A node's side input or side output: which side packet.

    Attributes:
        is_optional: the contract can do without.
        checked_type: of a side output, the class that its value is held to when it is made.
    """

    tag: str
    index: int
    name: str
    is_optional: bool = False
    checked_type: type | None = None


@dataclass(frozen=True)
class NodePlan:
    """A node, ready to be made.

    Attributes:
        name: unique in the expanded graph.
        calculator: its class.
        offset: timestamp offset; None for no promise, and for every source.
        sync_sets: for the sync set policy, input positions set by set; every input in exactly one.
        base_input: for the timestamp align policy, position of the input whose clock counts.
        executor: index into Plan.executors.
        source_layer: for sources; those of higher layers wait for the end of the lower ones'.
        reads_headers: it is opened after the nodes that feed it, back edges left out.
        skips_errors: a failed call of `process` is passed over, and does not end the run.
        error_stream: index into Plan.streams of the one that gets the errors passed over, if any;
            it is none of `outputs`.
        services: without which it can't run.
        optional_services: that it can do without.
        subgraph: name of the subgraph that it came with, "" for a node of the graph itself.
        settles: each call emits, or advances its outputs' bounds as far as it can tell.
        loses: which packets it may drop because of load or order of arrival; "" for none.
        releases_lock: `process` spends its time without the interpreter's lock.
        varies_with: on what, besides its inputs, its results depend; None if the policy decides.
    """

    name: str
    calculator: type[AnyCalculator]
    inputs: tuple[InputPlan, ...] = ()
    outputs: tuple[OutputPlan, ...] = ()
    side_inputs: tuple[SidePlan, ...] = ()
    side_outputs: tuple[SidePlan, ...] = ()
    options: Options = field(default_factory=NoOptions)
    policy: InputPolicy = field(default_factory=DefaultPolicy)
    sync_sets: tuple[tuple[int, ...], ...] = ()
    base_input: int = 0
    offset: int | None = 0
    process_timestamps: bool = False
    max_in_flight: int = 1
    executor: int = 0
    source_layer: int = 0
    reads_headers: bool = False
    skips_errors: bool = False
    error_stream: int | None = None
    services: tuple[Service[Any], ...] = ()
    optional_services: tuple[Service[Any], ...] = ()
    subgraph: str = ""
    settles: bool = False
    loses: str = ""
    releases_lock: bool = False
    varies_with: str | None = None
    location: Location = field(default=Location())

    @property
    def is_source(self) -> bool:
        """Whether it has outputs but no inputs, and so runs by itself."""
        return not self.inputs and bool(self.outputs)


@dataclass(frozen=True)
class Connected:
    """An end of a subgraph, and the stream or side packet that is connected to it."""

    tag: str
    index: int
    name: str


@dataclass(frozen=True)
class SubgraphPlan:
    """A subgraph as it was written. Nothing runs it: its nodes stand in the Plan themselves.

    Attributes:
        name: unique in the expanded graph.
        type: what its node names: a graph's type, or a subgraph class.
        prefix: what the names of its own nodes begin with.
        subgraph: name of the subgraph that it is in, "" for the graph itself.
        inputs, outputs, side_inputs, side_outputs: those connected, with the names outside of it.
        file: of the graph; "" where a class made it.
        location: of the node that uses it.
    """

    name: str
    type: str
    prefix: str
    subgraph: str = ""
    inputs: tuple[Connected, ...] = ()
    outputs: tuple[Connected, ...] = ()
    side_inputs: tuple[Connected, ...] = ()
    side_outputs: tuple[Connected, ...] = ()
    file: str = ""
    location: Location = field(default=Location())


@dataclass(frozen=True)
class Limits:
    """Which numbers are allowed, the limits included; None for no limit."""

    minimum: float | None = None
    maximum: float | None = None

    def allow(self, value: Any) -> bool:
        """Tell whether a number lies within the limits; what is no number is not limited."""
        if not isinstance(value, int | float):
            return True
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        return low <= value <= high

    def __str__(self) -> str:
        if self.maximum is None:
            return "a number" if self.minimum is None else f"a number of at least {self.minimum}"
        if self.minimum is None:
            return f"a number of at most {self.maximum}"
        return f"a number from {self.minimum} to {self.maximum}"


NO_LIMITS: Final = Limits()


@dataclass(frozen=True)
class SidePacketPlan:
    """A side packet of the graph.

    Attributes:
        producer: index of the node that makes it; None if the caller gives it.
        default: value where the caller gives none; MISSING if there is no default.
        is_required: somebody needs it, and there is neither default nor producer.
        limits: which numbers it may be.
    """

    name: str
    producer: int | None = None
    type: Any = Any
    default: Any = MISSING
    is_required: bool = False
    description: str = ""
    location: Location = field(default=Location())
    limits: Limits = NO_LIMITS


class ExecutorKind(enum.Enum):
    """Whose threads an executor's work is done by.

    Attributes:
        UNTYPED: of what the application lends; by default, for the default executor, its own.
        THREAD_POOL: its own.
        APPLICATION_THREAD: those that wait for the graph.
    """

    UNTYPED = enum.auto()
    THREAD_POOL = enum.auto()
    APPLICATION_THREAD = enum.auto()


def is_reserved_executor(name: str) -> bool:
    """Tell whether no executor may have this name.

    Source: MediaPipe, framework/executor.h and validated_graph_config.cc.
    """
    return name in ("default", "gpu") or name.startswith("__")


@dataclass(frozen=True)
class ExecutorPlan:
    """A named pool of workers.

    Attributes:
        num_threads: 0 for as many as the machine has cores, at most the number of nodes.
        stack_size: of each thread, bytes; 0 for the system's.
        nice_level: added to how nice its threads are to others, -20 to 19.
        thread_name_prefix: what its threads' names begin with.
    """

    name: str = ""
    num_threads: int = 0
    kind: ExecutorKind = ExecutorKind.UNTYPED
    stack_size: int = 0
    nice_level: int = 0
    thread_name_prefix: str = ""


@dataclass(frozen=True)
class Plan:
    """A validated graph.

    Attributes:
        nodes: in topological order (back edges left out, side packets included).
        streams: every stream; graph inputs first.
        inputs: indexes of the graph input streams, as written.
        outputs: indexes of the streams that the graph declares as its outputs, as written.
        output_tags: their tags, in the same order; "" for those without.
        side_packets: by name.
        executors: the default one first.
        report_deadlock: fail instead of growing full queues when nothing else can run.
        subgraphs: those that the nodes came with, outer ones before those inside of them.
    """

    nodes: tuple[NodePlan, ...]
    streams: tuple[StreamPlan, ...]
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    side_packets: dict[str, SidePacketPlan] = field(default_factory=dict)
    executors: tuple[ExecutorPlan, ...] = (ExecutorPlan(),)
    report_deadlock: bool = False
    type: str = ""
    file: str = ""
    subgraphs: tuple[SubgraphPlan, ...] = ()
    output_tags: tuple[str, ...] = ()

    def output(self, tag: str) -> str:
        """Return the name of the first output stream with this tag; "" if there is none."""
        for index, each in zip(self.outputs, self.output_tags, strict=False):
            if each == tag:
                return self.streams[index].name
        return ""

    def _repr_mimebundle_(self, **wanted: Any) -> Bundle:
        return bundle_of(self)
