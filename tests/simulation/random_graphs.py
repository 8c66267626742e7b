"""Graphs that nobody thought of: nodes, policies, loops, limits, sources, by hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as some

from calculators.flow.flow_limiter import FlowLimiterCalculator
from calculators.flow.previous_loopback import PreviousLoopbackCalculator
from graphflow import Context, Contract, Graph, Packet
from graphflow.driver import Late
from graphflow.graph import INLINE
from graphflow.nodes.input_policy import (
    BarrierPolicy,
    DefaultPolicy,
    EarlyClosePolicy,
    FixedSizePolicy,
    ImmediatePolicy,
    InputPolicy,
    MuxPolicy,
    SyncSet,
    SyncSetPolicy,
    TimestampAlignPolicy,
)
from graphflow.testing.simulation import simulate
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    Calls,
    Count,
    Fail,
    Join,
    Node,
    Pass,
    StopAt,
    make_graph,
    packet_of,
    packets,
    sync_sets_of,
)
from tests.simulation.case import Case
from tests.simulation.nodes import Stumble
from tests.simulation.proof import (
    MAX_EVENTS,
    Tally,
    Wrong,
    compare,
    errors_of,
    is_settled,
    plain,
    prove,
    run_driven,
)

SETS = SyncSetPolicy(sync_set=(SyncSet(tag_index=(":0",)),))

POLICIES: tuple[InputPolicy | None, ...] = (
    *(None, ImmediatePolicy(), FixedSizePolicy(), SETS, DefaultPolicy(batch_size=3)),
    *(BarrierPolicy(), EarlyClosePolicy(), TimestampAlignPolicy(), MuxPolicy()),
)


class Shift(Pass):
    """Three microseconds later."""

    def process(self, context: Context) -> None:
        packet = packet_of(context.inputs[0])
        context.outputs[0].add(packet.at(packet.timestamp + 3))


class Third(Pass):
    """Every third time."""

    def process(self, context: Context) -> None:
        if context.timestamp % 3 == 0:
            context.outputs[0].add(packet_of(context.inputs[0]))


class Triple(Pass):
    """Three packets for one."""

    contract = Contract(**ANY_PORTS, timestamp_offset=None)

    def process(self, context: Context) -> None:
        packet = packet_of(context.inputs[0])
        for step in range(3):
            context.outputs[0].add(Packet(step, packet.timestamp * 3 + step))


class MakeSide(Pass):
    """Passes packets, and makes a side packet from another."""

    def open(self, context: Context) -> None:
        sides = context.side_inputs
        context.side_outputs[""] = 1 + sum(sides["", index] for index in sides.indexes(""))


@dataclass
class RandomGraph:
    """A graph under construction, and what it is fed.

    Attributes:
        streams: those that a further node may read.
        sides: side packets made so far.
    """

    inputs: list[str]
    settings: Mapping[str, Any]
    nodes: list[Node] = field(default_factory=list)
    streams: list[str] = field(default_factory=list)
    sides: list[str] = field(default_factory=list)
    feeds: dict[str, list[Packet]] = field(default_factory=dict)

    def make(self) -> Graph:
        """Build it; every stream that a node writes is observed."""
        outputs = [name for name in self.streams if name not in self.inputs]
        return make_graph(*self.nodes, inputs=self.inputs, outputs=outputs, **self.settings)


Draw = Callable[[some.SearchStrategy[Any]], Any]


def _choose(draw: Draw, *choices: Any) -> Any:
    return draw(some.sampled_from(choices))


@some.composite
def graphs(draw: Draw, *, is_unruly: bool = False) -> RandomGraph:
    """Return a graph; an unruly one has nodes that depend on the order of events, or that fail."""
    inputs = [f"in{number}" for number in range(draw(some.integers(0, 2)))]
    executors = draw(some.integers(1, 3))
    limit = _choose(draw, 0, 1, 2, 3, 100)
    settings = {"limit": limit, "executors": executors}
    if is_unruly:
        settings["report_deadlock"] = draw(some.booleans())
    graph = RandomGraph(inputs, settings, streams=list(inputs))
    for number in range(draw(some.integers(0 if inputs else 1, 2))):
        _add_source(draw, graph, number)
    kinds = [_add_steady, _add_steady, _add_loop]
    if is_unruly:
        kinds += [_add_unruly, _add_unruly, _add_limited]
    for number in range(draw(some.integers(1, 6))):
        before = len(graph.nodes)
        draw(some.sampled_from(kinds))(draw, graph, f"n{number}")
        for node in graph.nodes[before:]:
            node.executor = draw(some.integers(0, executors - 1))
    times = some.lists(some.integers(0, 40), max_size=9, unique=True)
    graph.feeds = {name: packets(sorted(draw(times))) for name in inputs}
    return graph


def _add_source(draw: Draw, graph: RandomGraph, number: int) -> None:
    names = [f"all{number}", f"tenth{number}"]
    count = {"count": draw(some.integers(1, 14))}
    layer = {"source_layer": _choose(draw, 0, 0, 1)}
    graph.nodes.append(Node(f"source{number}", Count, [], names, options=count, changes=layer))
    graph.streams += names


def _add_steady(draw: Draw, graph: RandomGraph, name: str) -> None:
    """Add a node whose results don't depend on the order of events."""
    kind = _choose(draw, Pass, Join, Third, Triple, Shift, MakeSide)
    count = draw(some.integers(1, 3)) if kind is Join else 1
    node = Node(name, kind, [_choose(draw, *graph.streams) for _ in range(count)], [name])
    if kind is Shift:
        node.changes = {"offset": _choose(draw, None, 3)}
    if kind is MakeSide:
        node.side_inputs, node.side_outputs = graph.sides[-1:], [f"side {name}"]
        graph.sides.append(f"side {name}")
    if kind is Join and draw(some.booleans()):
        node.policy = DefaultPolicy(batch_size=draw(some.integers(2, 4)))
    elif kind is not Triple:
        node.max_in_flight = _choose(draw, 1, 1, 2, 4)
    graph.nodes.append(node)
    graph.streams.append(name)


def _add_loop(draw: Draw, graph: RandomGraph, name: str) -> None:
    """Add a loop in which each packet meets what became of the one before."""
    main, body = _choose(draw, *graph.streams), _choose(draw, Pass, Third)
    graph.nodes += [
        Node(
            *(f"{name} back", PreviousLoopbackCalculator, [f"MAIN:{main}", f"LOOP:{name}"]),
            [f"PREV_LOOP:{name} before"],
            back=[name],
        ),
        Node(f"{name} body", body, [main], [f"{name} kept"]),
        Node(f"{name} pair", First, [f"{name} kept", f"{name} before"], [name]),
    ]
    graph.streams += [f"{name} before", f"{name} kept", name]


class First(Pass):
    """Passes the first input where there is one; looks at the others."""

    def process(self, context: Context) -> None:
        first, second = context.inputs
        if not first.is_empty:
            context.outputs[0].emit((first.value, second.packet is not None))


def _add_unruly(draw: Draw, graph: RandomGraph, name: str) -> None:
    """Add a node whose calls depend on the order of events, or that fails or stops sources."""
    inputs = [_choose(draw, *graph.streams) for _ in range(draw(some.integers(1, 3)))]
    kind = _choose(draw, Calls, Calls, Fail, Stumble, StopAt)
    if kind is Calls:
        policy = draw(some.sampled_from(POLICIES))
        node = Node(name, Calls, inputs, [name], policy=policy)
        node.sync_sets = sync_sets_of(SETS, len(inputs)) if policy is SETS else ()
        node.changes = {"process_timestamps": draw(some.booleans())}
    else:
        steps = {"step": _choose(draw, "open", "process", "close"), "at": 6}
        options = steps if kind is Fail else {} if kind is Stumble else {"at": 6}
        node = Node(name, kind, inputs[:1], [name], options=options)
        node.max_in_flight = _choose(draw, 1, 3)
        node.changes = {"skips_errors": draw(some.booleans())}
    graph.nodes.append(node)
    graph.streams.append(name)


def _add_limited(draw: Draw, graph: RandomGraph, name: str) -> None:
    """Add a part of the graph into which a limiter lets one packet at a time."""
    frame = _choose(draw, *graph.streams)
    graph.nodes += [
        Node(
            *(f"{name} limiter", FlowLimiterCalculator, [frame, f"FINISHED:{name}"]),
            [f"{name} limited"],
            options={"max_in_queue": draw(some.integers(0, 2))},
            back=[name],
        ),
        Node(f"{name} work", Pass, [f"{name} limited"], [name]),
    ]
    graph.streams += [f"{name} limited", name]


def check_one_result(graph: RandomGraph, seeds: range, tally: Tally) -> None:
    """Demand one result of all orders of events and drivers, and that stories replay.

    Raises:
        Wrong: there are two, or a run is not as it must be.
    """
    case = Case("random", graph.make, graph.feeds, workers=4)
    expected = prove(case, seeds, tally)
    for threads in (INLINE, 2):
        run, found = run_driven(case, threads, records=True)
        compare(case, expected, plain(found), f"{threads} threads")
        run.replay(run.story)


def check_end(graph: RandomGraph, seed: int, cancel_after: int | None, tally: Tally) -> None:
    """Demand that a run ends or is reported stuck, and that whatever was opened is closed once.

    Raises:
        Wrong: it does not, or is not.
    """
    run = simulate(
        graph.make(),
        graph.feeds,
        seed=seed,
        workers=1 + seed % 6,
        cancel_after=cancel_after,
        late=Late.DROP,
        pauses=seed % 2,
        max_events=MAX_EVENTS,
    )
    tally.count("unruly", run)
    # Observers are there too; a node that fails to open was not opened.
    failed = {each.node for each in errors_of(run.error) if getattr(each, "step", "") == "open"}
    opened = sorted(name for name in run.calls_of("open") if name not in failed)
    if opened != sorted(run.calls_of("close")):
        raise Wrong("open and close differ", Case("unruly", graph.make), run.events)
    for entry in run.ledger.entries:
        if not is_settled(entry):
            raise Wrong("ledger", Case("unruly", graph.make), entry)
