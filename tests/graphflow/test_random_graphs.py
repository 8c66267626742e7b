"""Graphs that nobody thought of: random nodes, policies, limits and executors, random orders."""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator
from random import Random

import pytest

from graphflow import Context, Contract, Packet
from graphflow.errors import GraphflowError
from graphflow.graph import INLINE, Graph
from graphflow.input_policy import (
    BarrierPolicy,
    DefaultPolicy,
    EarlyClosePolicy,
    FixedSizePolicy,
    ImmediatePolicy,
    MuxPolicy,
    SyncSet,
    SyncSetPolicy,
    TimestampAlignPolicy,
)
from graphflow.simulation import explore, simulate
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    Calls,
    Count,
    Fail,
    Join,
    Node,
    Pass,
    make_graph,
    packet_of,
    packets,
    sync_sets_of,
)


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


class Later(Pass):
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
            context.outputs[0].add(Packet((packet.value, step), packet.timestamp * 3 + step))


class MakeSide(Pass):
    """Passes packets, and makes a side packet from another."""

    def open(self, context: Context) -> None:
        sides = context.side_inputs
        context.side_outputs[""] = 1 + sum(sides["", index] for index in sides.indexes(""))


def random_node(random: Random, name: str, streams: list[str], sides: list[str]) -> Node:
    """A node that joins by timestamp: its results don't depend on the order of events."""
    kind = random.choice((Pass, Join, Third, Triple, Later, MakeSide))
    count = random.randint(1, 3) if kind is Join else 1
    node = Node(name, kind, [random.choice(streams) for _ in range(count)], [name])
    if kind is Later:
        node.changes = {"offset": random.choice((None, 3))}
    if kind is MakeSide:
        node.side_inputs, node.side_outputs = list(sides[-1:]), [f"side {name}"]
        sides.append(f"side {name}")
    if kind is not Triple:
        node.max_in_flight = random.choice((1, 1, 2, 4))
    return node


def unruly_node(random: Random, name: str, streams: list[str]) -> Node:
    """A node whose calls depend on the order of events, or that fails."""
    inputs = [random.choice(streams) for _ in range(random.randint(1, 3))]
    sets = SyncSetPolicy(sync_set=(SyncSet(tag_index=(":0",)),))
    policy = random.choice(
        (
            *(None, ImmediatePolicy(), FixedSizePolicy(), sets, DefaultPolicy(batch_size=3)),
            *(BarrierPolicy(), EarlyClosePolicy(), TimestampAlignPolicy(), MuxPolicy()),
        )
    )
    node = Node(name, Calls, inputs, [name], policy=policy)
    node.sync_sets = sync_sets_of(sets, len(inputs)) if policy is sets else ()
    node.changes = {"process_timestamps": random.random() < 0.5}
    if random.random() < 0.3:
        step = random.choice(("open", "process", "close"))
        node = Node(name, Fail, inputs[:1], [name], options={"step": step, "at": 6})
    return node


def random_graph(random: Random, *, unruly: float = 0.0) -> tuple[Graph, list[str], list[str]]:
    """Return a graph, the names of its inputs, and those of its nodes' outputs."""
    inputs = [f"in {number}" for number in range(random.randint(0, 2))]
    streams, sides, nodes = list(inputs), list[str](), list[Node]()
    if not inputs or random.random() < 0.4:
        count = {"count": random.randint(1, 14)}
        nodes.append(Node("source", Count, [], ["all", "tenth"], options=count))
        streams += ["all", "tenth"]
    executors = random.randint(1, 3)
    for number in range(random.randint(1, 6)):
        if random.random() < unruly:
            nodes.append(unruly_node(random, f"n{number}", streams))
        else:
            nodes.append(random_node(random, f"n{number}", streams, sides))
        nodes[-1].executor = random.randrange(executors)
        streams.append(f"n{number}")
    outputs = [stream for stream in streams if stream.startswith("n")]
    limit = random.choice((0, 1, 2, 3, 100))
    graph = make_graph(*nodes, inputs=inputs, outputs=outputs, limit=limit, executors=executors)
    return graph, inputs, outputs


def random_feeds(random: Random, inputs: list[str]) -> dict[str, list[Packet]]:
    return {
        name: packets(sorted(random.sample(range(40), random.randint(0, 10)))) for name in inputs
    }


@pytest.mark.parametrize("number", range(40))
def test_joins_by_timestamp_give_one_result_in_every_order_and_driver(number: int) -> None:
    random = Random(number)
    graph, inputs, outputs = random_graph(random)
    feeds = random_feeds(random, inputs)
    expected = explore(graph, feeds, seeds=range(4), workers=random.randint(1, 6))
    for threads in (INLINE, 2):
        run = Graph(graph.plan)
        got: dict[str, list[Packet]] = {name: [] for name in outputs}
        for name in outputs:
            run.observe(name, got[name].append)
        run.start(threads=threads)
        error = None
        try:
            for packet, name in sorted(
                ((packet, name) for name, fed in feeds.items() for packet in fed),
                key=lambda each: (each[0].timestamp, each[1]),
            ):
                run.add_packet(name, packet)
            run.close_inputs()
            run.wait_until_done()
        except GraphflowError as caught:
            error = caught
        assert (error is None) is (expected.error is None)
        if error is None:
            for name in outputs:
                assert [(p.timestamp, p.value) for p in got[name]] == list(
                    zip(expected.timestamps(name), expected.values(name), strict=True)
                )


@pytest.mark.parametrize("number", range(90))
def test_whatever_happens_every_opened_node_is_closed_once(number: int) -> None:
    random = Random(number)
    graph, inputs, _ = random_graph(random, unruly=0.5)
    for seed in range(4):
        run = simulate(
            graph,
            random_feeds(random, inputs),
            seed=seed,
            workers=random.randint(1, 6),
            cancel_after=random.choice((None, random.randint(0, 120))),
        )
        # Observers are there too; a node that fails to open was not opened.
        failed = {
            error.node
            for error in getattr(run.error, "errors", [run.error])
            if getattr(error, "step", "") == "open"
        }
        opened = sorted(name for name in run.calls_of("open") if name not in failed)
        assert opened == sorted(run.calls_of("close"))
