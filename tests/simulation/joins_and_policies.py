"""Cases of the corpus: joins, input policies, offsets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from graphflow import Packet
from graphflow.nodes.input_policy import (
    BarrierPolicy,
    DefaultPolicy,
    EarlyClosePolicy,
    FixedSizePolicy,
    ImmediatePolicy,
    SyncSet,
    SyncSetPolicy,
    TimestampAlignPolicy,
)
from graphflow.testing.simulation import SimulatedRun
from graphflow.words.timestamp import MAX, MIN
from tests.graphflow.engine_kit import (
    Burst,
    Calls,
    Every,
    ImmediatePass,
    Join,
    Node,
    OpenCloseOnly,
    Pass,
    Settled,
    chain,
    diamond,
    make_graph,
    packets,
)
from tests.simulation.case import Case, graph_of, ordered, text_graph
from tests.simulation.nodes import (
    Later,
    Liar,
)

SYNC_SETS: Final = SyncSetPolicy(sync_set=(SyncSet(tag_index=(":0", ":2")),))


JOINS: Final = (
    Case("chain", lambda: chain(4), {"in": packets(range(6))}, times={"out": range(6)}),
    Case(
        "chain with queues of one packet",
        lambda: chain(3, limit=1),
        {"in": packets(range(6))},
        times={"out": range(6)},
        longest={"in": 1},
    ),
    Case(
        "join of branches, one of which drops",
        lambda: diamond(limit=3),
        {"in": packets(range(9))},
        times={"out": range(9)},
        values={"out": [(t, None if t % 3 else t * 10) for t in range(9)]},
        longest={"in": 3},
    ),
    Case(
        "join of two inputs",
        graph_of(Node("join", Join, ["a", "b"], ["out"]), inputs=["a", "b"]),
        {"a": packets(range(0, 12, 2)), "b": packets(range(0, 12, 3))},
        times={"out": [0, 2, 3, 4, 6, 8, 9, 10]},
    ),
    Case(
        "bounds without packets",
        graph_of(
            Node("drop", Every, ["a"], ["dropped"]),
            Node("join", Join, ["dropped", "b"], ["out"]),
            inputs=["a", "b"],
        ),
        {"a": [*packets([1, 3]), 10, *packets([12])], "b": [*packets([2, 9]), 13]},
        times={"out": [2, 3, 9, 12]},
    ),
    Case(
        "lowest and highest times",
        lambda: diamond(),
        ordered(("in", MIN), ("in", -1), ("in", 0), ("in", MAX)),
        times={"out": [MIN, -1, 0, MAX]},
    ),
    Case(
        "several executors",
        graph_of(
            Node("drop", Every, ["in"], ["dropped"], executor=1),
            Node("keep", Pass, ["in"], ["kept"], executor=2),
            Node("join", Join, ["kept", "dropped"], ["out"]),
            inputs=["in"],
            executors=3,
            limit=2,
        ),
        {"in": packets(range(7))},
        times={"out": range(7)},
        workers=4,
    ),
    Case(
        "a chain over two executors",
        graph_of(
            Node("first", Pass, ["in"], ["between"]),
            Node("second", Pass, ["between"], ["out"], executor=1),
            inputs=["in"],
            executors=2,
        ),
        {"in": packets(range(5))},
        times={"out": range(5)},
    ),
    Case("a node without streams", lambda: make_graph(Node("alone", OpenCloseOnly))),
)


def _is_rising_mix(times: Sequence[int], *, must: Sequence[int], may: Sequence[int]) -> bool:
    """Tell whether each time is there once at most, and those that must be are."""
    return sorted(set(times)) == sorted(times) and {*must} <= {*times} <= {*must, *may}


def _discarded(run: SimulatedRun) -> int:
    return sum(entry.discarded for entry in run.ledger.entries)


POLICIES: Final = (
    Case(
        "batches",
        graph_of(
            Node("batch", Pass, ["in"], ["some"], policy=DefaultPolicy(batch_size=3)),
            Node("join", Join, ["in", "some"], ["out"]),
            inputs=["in"],
        ),
        {"in": packets(range(8))},
        times={"out": range(8)},
    ),
    Case(
        "sync sets",
        graph_of(
            Node(
                *("sets", Pass, ["a", "b", "c"], ["a_out", "b_out", "c_out"]),
                policy=SYNC_SETS,
                sync_sets=((0, 2), (1,)),
            ),
            outputs="a_out b_out c_out",
            inputs=["a", "b", "c"],
        ),
        {"a": packets([0, 10]), "b": packets([-5, 5, 7]), "c": packets([0, 20])},
        times={"a_out": [0, 10], "b_out": [-5, 5, 7], "c_out": [0, 20]},
    ),
    Case(
        "sync sets with settled times",
        graph_of(
            Node(
                *("sets", Calls, ["a", "b"], ["out"]),
                policy=SYNC_SETS,
                sync_sets=((0,), (1,)),
                changes={"process_timestamps": True},
            ),
            inputs=["a", "b"],
        ),
        {"a": [*packets([1]), 10, *packets([13])], "b": [*packets([2]), 7, *packets([12])]},
        is_deterministic=False,
        holds=lambda run: _is_rising_mix(
            [value[0] for value in run.values("out")], must=[1, 2, 12, 13], may=[6, 9]
        ),
    ),
    Case(
        "immediate",
        graph_of(
            Node("pass", ImmediatePass, ["a", "b"], ["a_out", "b_out"], changes={"offset": None}),
            outputs="a_out b_out",
            inputs=["a", "b"],
        ),
        {"a": packets([5, 6, 9]), "b": packets([1, 2, 9])},
        times={"a_out": [5, 6, 9], "b_out": [1, 2, 9]},
    ),
    Case(
        "immediate with settled times",
        graph_of(
            Node(
                *("calls", Calls, ["a", "b"], ["out"]),
                policy=ImmediatePolicy(),
                changes={"process_timestamps": True},
            ),
            inputs=["a", "b"],
        ),
        {"a": [*packets([0, 3]), 9], "b": packets([1, 3])},
        is_deterministic=False,
        holds=lambda run: {0, 1, 3} <= {value[0] for value in run.values("out")},
    ),
    Case(
        "fixed size",
        graph_of(
            Node("thin", Pass, ["in"], ["thinned"], policy=FixedSizePolicy()),
            Node("join", Join, ["in", "thinned"], ["out"]),
            outputs="out thinned",
            inputs=["in"],
        ),
        {"in": packets(range(12))},
        is_deterministic=False,
        holds=lambda run: (
            run.timestamps("thinned")[-1] == 11
            and run.values("out")
            == [(t, t if t in run.timestamps("thinned") else None) for t in range(12)]
        ),
    ),
    Case(
        "fixed size with a smallest size",
        graph_of(
            Node(
                *("join", Join, ["a", "b"], ["out"]),
                policy=FixedSizePolicy(
                    trigger_queue_size=3, target_queue_size=2, fixed_min_size=True
                ),
            ),
            inputs=["a", "b"],
        ),
        {"a": packets([1, 5, 6, 7, 8, 9]), "b": packets([4, 5, 8, 9, 10])},
        is_deterministic=False,
        holds=lambda run: run.values("out")[-1] == (None, 10),
    ),
    Case(
        "barrier",
        graph_of(
            Node("pair", Join, ["a", "b"], ["out"], policy=BarrierPolicy()), inputs=["a", "b"]
        ),
        {"a": packets([0, 10, 20]), "b": packets([3, 4, 30])},
        times={"out": [0, 4, 20]},
        values={"out": [(0, 3), (10, 4), (20, 30)]},
    ),
    Case(
        "early close",
        graph_of(
            Node("join", Join, ["a", "b"], ["out"], policy=EarlyClosePolicy()), inputs=["a", "b"]
        ),
        {"a": packets([0, 2]), "b": packets([0, 1, 2, 3, 4])},
        times={"out": [0, 1, 2]},
    ),
    Case(
        "aligned clocks",
        graph_of(
            Node(
                *("align", Join, ["a", "b"], ["out"]),
                policy=TimestampAlignPolicy(timestamp_base_tag_index=":0"),
            ),
            inputs=["a", "b"],
        ),
        ordered(("b", 1000), ("a", 0), ("a", 10), ("b", 1010), ("b", 1015), ("a", 20)),
        times={"out": [0, 10, 15, 20]},
        values={"out": [(0, 1000), (10, 1010), (None, 1015), (20, None)]},
    ),
    Case(
        "mux",
        text_graph(
            """
            input_stream: [near, far, choice]
            output_stream: [out]
            node:
              - calculator: MuxCalculator
                input_stream: ["INPUT:0:near", "INPUT:1:far", "SELECT:choice"]
                output_stream: ["OUTPUT:out"]
            """
        ),
        {
            "near": packets([0, 1, 2, 5, 6]),
            "far": packets([1, 2, 3, 4]),
            "choice": [Packet(value, time) for time, value in enumerate([0, 1, 0, 0, 1, 0])],
        },
        times={"out": [0, 1, 2, 4, 5]},
        holds=lambda run: run.ledger.dropped + _discarded(run) == 4,
    ),
    Case(
        "settled times",
        graph_of(
            Node("drop", Every, ["in"], ["dropped"]),
            Node("settled", Settled, ["dropped"], ["out"]),
            inputs=["in"],
        ),
        {"in": packets(range(10))},
        is_deterministic=False,
        holds=lambda run: (
            [value for value in run.values("out") if value is not None] == [0, 30, 60, 90]
        ),
    ),
)


OFFSETS: Final = (
    Case(
        "an offset, kept while waiting too",
        graph_of(
            Node("later", Later, ["in"], ["shifted"]),
            Node("join", Join, ["in", "shifted"], ["out"]),
            inputs=["in"],
        ),
        {"in": [*packets(range(0, 30, 5)), 1000]},
        times={"out": range(0, 30, 5)},
    ),
    Case(
        "an offset with several calls in flight",
        graph_of(
            Node("drop", Every, ["in"], ["dropped"]),
            Node("later", Later, ["dropped"], ["shifted"], max_in_flight=3),
            Node("join", Join, ["in", "shifted"], ["out"]),
            inputs=["in"],
        ),
        {"in": [*packets(range(0, 30, 5)), 1000]},
        times={"out": range(0, 30, 5)},
    ),
    Case(
        "a broken promise",
        graph_of(Node("liar", Liar, ["in"], ["out"]), inputs=["in"]),
        {"in": packets(range(0, 40, 10))},
        end="error",
        times={"out": [5, 15]},
    ),
    Case(
        "bursts without an offset",
        graph_of(
            Node("burst", Burst, ["in"], ["three"]),
            Node("drop", Every, ["three"], ["dropped"], max_in_flight=3),
            Node("keep", Pass, ["three"], ["kept"], max_in_flight=2),
            Node("join", Join, ["kept", "dropped"], ["out"]),
            inputs=["in"],
            limit=4,
        ),
        {"in": packets(range(5))},
        times={"out": range(15)},
        workers=5,
    ),
    Case(
        "results in order from calls in any order",
        graph_of(Node("fast", Pass, ["in"], ["out"], max_in_flight=3), inputs=["in"]),
        {"in": packets(range(9))},
        times={"out": range(9)},
        workers=4,
    ),
)
