"""Cases of the corpus: loops, sources, back-pressure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from calculators.flow.flow_limiter import FlowLimiterCalculator
from graphflow import Graph
from graphflow.nodes.input_policy import (
    DefaultPolicy,
    EarlyClosePolicy,
    ImmediatePolicy,
)
from graphflow.words.timestamp import POSTSTREAM, PRESTREAM
from tests.graphflow.engine_kit import (
    Burst,
    Count,
    Header,
    Join,
    Node,
    Pass,
    StopAt,
    make_graph,
    packets,
    pose_loop,
)
from tests.simulation.case import Case, graph_of, text_graph
from tests.simulation.nodes import (
    Arrivals,
    Delay,
    LastWord,
    Seen,
    Thrice,
    Total,
)

PREVIOUS: Final = """
    input_stream: [image]
    output_stream: [tracked, previous]
    node:
      - calculator: PreviousLoopbackCalculator
        input_stream: ["MAIN:image", "LOOP:tracked"]
        input_stream_info: [{tag_index: LOOP, back_edge: true}]
        output_stream: ["PREV_LOOP:previous"]
      - calculator: PassThroughCalculator
        input_stream: ["image", "PREVIOUS:previous"]
        output_stream: ["tracked", "PREVIOUS:previous_used"]
"""


def _limited() -> Graph:
    return make_graph(
        Node(
            *("limiter", FlowLimiterCalculator, ["frame", "FINISHED:result"]),
            ["limited", "ALLOW:allow"],
            options={"max_in_queue": 1},
            back=["result"],
        ),
        Node("work", Pass, ["limited"], ["result"]),
        inputs=["frame"],
        outputs=["result", "allow"],
    )


def _delayed(policy: EarlyClosePolicy | None) -> Callable[[], Graph]:
    return graph_of(
        Node("delay", Delay, ["out"], ["before"], back=["out"]),
        Node("total", Total, ["in", "before"], ["out"], policy=policy),
        inputs=["in"],
    )


LOOPS: Final = (
    Case(
        "previous loopback",
        text_graph(PREVIOUS),
        {"image": packets(range(6))},
        times={"tracked": range(6), "previous": range(1, 6)},
        values={"previous": range(5)},
    ),
    Case(
        "a loop like pose tracking's",
        lambda: pose_loop(limit=2),
        {"frame": packets(range(9))},
        times={"landmarks": [1, 2, 3, 4, 5, 6, 7, 8]},
        longest={"frame": 2},
    ),
    Case(
        "a loop like pose tracking's on three executors",
        lambda: pose_loop(executors=3),
        {"frame": packets(range(9))},
        times={"landmarks": [1, 2, 3, 4, 5, 6, 7, 8]},
        workers=4,
    ),
    Case(
        "a loop that nobody can start",
        lambda: pose_loop(policy=DefaultPolicy()),
        {"frame": packets(range(4))},
        end="stuck",
        times={"landmarks": []},
        holds=lambda run: (
            'node "loopback" waits' in str(run.error)
            and 'stream "next_roi" (bound' in str(run.error)
        ),
    ),
    Case(
        "a unit delay that seeds its loop, ended by early close",
        _delayed(EarlyClosePolicy()),
        {"in": packets(range(8))},
        times={"out": range(8)},
        values={"out": [0, 1, 3, 6, 10, 15, 21, 28]},
    ),
    Case(
        "a unit delay that nobody ends",
        _delayed(None),
        {"in": packets(range(4))},
        end="stuck",
        times={"out": range(4)},
    ),
    Case(
        "a flow limiter",
        _limited,
        {"frame": packets(range(15))},
        is_deterministic=False,
        holds=lambda run: (
            run.timestamps("result")[-1] == 14
            and [time for time, ok in enumerate(run.values("allow")) if ok]
            == run.timestamps("result")
        ),
    ),
)


SOURCES: Final = (
    Case(
        "several sources",
        graph_of(
            Node("one", Count, [], ["a"], options={"count": 9}),
            Node("two", Count, [], ["b"], options={"count": 5}),
            Node("join", Join, ["a", "b"], ["out"]),
            limit=2,
        ),
        times={"out": range(9)},
        longest={"a": 2, "b": 2},
    ),
    Case(
        "source layers",
        graph_of(
            Node("second", Count, [], ["b"], options={"count": 3}, changes={"source_layer": 1}),
            Node("first", Count, [], ["a"], options={"count": 4}),
            Node("arrivals", Arrivals, ["a", "b"], ["out"], policy=ImmediatePolicy()),
        ),
        values={"out": [0, 1, 2, 3, 0, 1, 2]},
    ),
    Case(
        "stop from a node that is no source",
        graph_of(
            Node("one", Count, [], ["a"], options={"count": 10_000}),
            Node("two", Count, [], ["b"], options={"count": 10_000}),
            Node("join", Join, ["a", "b"], ["joined"]),
            Node("stop", StopAt, ["joined"], ["out"], options={"at": 5}),
            limit=3,
        ),
        is_deterministic=False,
        holds=lambda run: (
            run.timestamps("out")[:6] == list(range(6)) and len(run.timestamps("out")) < 100
        ),
    ),
    Case(
        "a source that ends with a fault",
        graph_of(Node("source", Thrice, [], ["n"]), Node("pass", Pass, ["n"], ["out"])),
        end="error",
        times={"out": range(3)},
        holds=lambda run: run.timestamps("out") == [0, 1, 2],
    ),
    Case(
        "a starving join, whose full queue grows",
        graph_of(
            Node("source", Count, [], ["all", "tenth"], options={"count": 30}),
            Node("join", Join, ["all", "tenth"], ["out"]),
            limit=3,
        ),
        times={"out": range(30)},
        holds=lambda run: run.longest_queues["all"] == 10,
    ),
    Case(
        "a starving join, which is reported",
        graph_of(
            Node("source", Count, [], ["all", "tenth"], options={"count": 30}),
            Node("join", Join, ["all", "tenth"], ["out"]),
            limit=3,
            report_deadlock=True,
        ),
        end="stuck",
        times={"out": []},
        holds=lambda run: "can't take from stream" in str(run.error),
    ),
    Case(
        "a burst over a full queue",
        graph_of(
            Node("source", Count, [], ["n", "tenth"], options={"count": 12}),
            Node("burst", Burst, ["n"], ["three"]),
            Node("join", Join, ["three", "tenth"], ["out"]),
            limit=2,
        ),
        times={"out": range(36)},
    ),
    Case(
        "a packet before the stream",
        graph_of(
            Node("header", Header, [], ["header"]),
            Node("pass", Pass, ["header"], ["passed"]),
            Node("seen", Seen, ["passed", "in"], ["out"]),
            inputs=["in"],
        ),
        {"in": packets([5, 6])},
        values={"out": [(PRESTREAM, ("header", None)), (5, (None, 5)), (6, (None, 6))]},
    ),
    Case(
        "a packet after the stream",
        graph_of(
            Node("last", LastWord, [], ["word"]),
            Node("pass", Pass, ["word"], ["passed"]),
            Node("seen", Seen, ["passed", "in"], ["out"]),
            inputs=["in"],
        ),
        {"in": packets([5, 6])},
        values={"out": [(5, (None, 5)), (6, (None, 6)), (POSTSTREAM, ("the end", None))]},
    ),
)
