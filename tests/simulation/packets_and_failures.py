"""Cases of the corpus: side packets, nodes of the library, failures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from graphflow import Graph, Packet
from graphflow.driver import Late
from tests.graphflow.engine_kit import (
    AddSide,
    Every,
    Fail,
    Join,
    Make,
    Node,
    Pass,
    diamond,
    packets,
    pose_loop,
)
from tests.simulation.case import Case, graph_of, ordered, text_graph
from tests.simulation.nodes import (
    Announce,
    Named,
    SideOf,
    Stumble,
    SumAtEnd,
    Tracks,
    TwoOutputs,
)

SIDE_PACKETS: Final = (
    Case(
        "side packets made in open",
        graph_of(
            Node("first", Make, side_outputs=["one"]),
            Node("second", Make, side_inputs=["one", "given"], side_outputs=["two"]),
            Node("add", AddSide, ["in"], ["out"], side_inputs=["two"]),
            inputs=["in"],
            side_packets=["given"],
        ),
        {"in": packets([1, 2])},
        values={"out": [13, 14]},
        side_packets={"given": 10},
    ),
    Case(
        "a side packet made of a stream",
        graph_of(
            Node("make", SideOf, ["first"], side_outputs=["side"]),
            Node("add", AddSide, ["in"], ["out"], side_inputs=["side"]),
            inputs=["first", "in"],
        ),
        {"first": packets([7]), "in": packets([1, 2, 3])},
        values={"out": [8, 9, 10]},
    ),
    Case(
        "side packets of the node library",
        text_graph(
            """
            input_stream: [in, first]
            output_stream: [out, first_again]
            node:
              - calculator: ConstantSidePacketCalculator
                output_side_packet: ["PACKET:0:number"]
                options: {packet: [{int_value: 4}]}
              - calculator: SidePacketToStreamCalculator
                input_stream: ["TICK:in"]
                input_side_packet: [number]
                output_stream: ["AT_TICK:out"]
              - calculator: StreamToSidePacketCalculator
                input_stream: [first]
                output_side_packet: [first_side]
              - calculator: SidePacketToStreamCalculator
                input_stream: ["TICK:in"]
                input_side_packet: [first_side]
                output_stream: ["AT_FIRST_TICK:first_again"]
            """
        ),
        {"in": packets(range(4)), "first": packets([2])},
        values={"out": [4] * 4, "first_again": [2]},
    ),
    Case(
        "a side packet that never comes",
        graph_of(
            Node("make", SideOf, ["first"], side_outputs=["side"]),
            Node("add", AddSide, ["in"], ["out"], side_inputs=["side"]),
            inputs=["first", "in"],
        ),
        {"in": packets([1, 2, 3])},
        end="stuck",
        times={"out": []},
    ),
    Case(
        "gates with side packets",
        text_graph(
            """
            input_stream: [in]
            input_side_packet: [is_open]
            output_stream: [open, shut, joined]
            node:
              - calculator: GateCalculator
                input_stream: [in]
                input_side_packet: ["ALLOW:is_open"]
                output_stream: [open]
              - calculator: GateCalculator
                input_stream: [in]
                input_side_packet: ["DISALLOW:is_open"]
                output_stream: [shut]
              - calculator: MergeCalculator
                input_stream: [shut, open]
                output_stream: joined
            """
        ),
        {"in": packets(range(5))},
        times={"open": range(5), "shut": [], "joined": range(5)},
        side_packets={"is_open": True},
    ),
)


LIBRARY: Final = (
    Case(
        "a loop over elements",
        text_graph(
            """
            input_stream: [groups]
            output_stream: [sizes]
            node:
              - calculator: BeginLoopCalculator
                input_stream: ["ITERABLE:groups"]
                output_stream: ["ITEM:group", "BATCH_END:end"]
              - calculator: VectorSizeCalculator
                input_stream: ["VECTOR:group"]
                output_stream: ["SIZE:size"]
              - calculator: EndLoopCalculator
                input_stream: ["ITEM:size", "BATCH_END:end"]
                output_stream: ["ITERABLE:sizes"]
            """
        ),
        {"groups": [Packet([[1], [1, 2]], 0), Packet([], 3), 7, Packet([[]], 9)]},
        times={"sizes": [0, 9]},
        values={"sizes": [(1, 2), (0,)]},
    ),
    Case(
        "elements made in the graph",
        graph_of(
            Node("tracks", Tracks, ["in"], ["some"]),
            Node("join", Join, ["in", "some"], ["out"]),
            inputs=["in"],
        ),
        {"in": packets(range(8))},
        times={"out": range(8)},
    ),
    Case(
        "dealt out in turn, and joined",
        text_graph(
            """
            input_stream: [in]
            output_stream: [out]
            node:
              - calculator: RoundRobinDemuxCalculator
                input_stream: [in]
                output_stream: ["OUTPUT:0:a", "OUTPUT:1:b", "SELECT:branch"]
              - calculator: PassThroughCalculator
                input_stream: [a]
                output_stream: [a_done]
              - calculator: PassThroughCalculator
                input_stream: [b]
                output_stream: [b_done]
              - calculator: MuxCalculator
                input_stream: ["INPUT:0:a_done", "INPUT:1:b_done", "SELECT:branch"]
                output_stream: ["OUTPUT:out"]
            """
        ),
        {"in": packets(range(7))},
        times={"out": range(7)},
        values={"out": range(7)},
    ),
    Case(
        "the newest of a slow stream at every tick",
        text_graph(
            """
            input_stream: [slow, tick]
            output_stream: [out]
            node:
              - calculator: PacketClonerCalculator
                input_stream: ["slow", "TICK:tick"]
                output_stream: [out]
            """
        ),
        {"slow": packets([2, 5]), "tick": packets(range(8))},
        times={"out": range(2, 8)},
        values={"out": [2, 2, 2, 5, 5, 5]},
    ),
    Case(
        "subgraphs, each with a loop",
        text_graph(
            """
            input_stream: [in]
            output_stream: [second]
            node:
              - calculator: Doubled
                input_stream: [in]
                output_stream: [first]
              - calculator: Doubled
                input_stream: [first]
                output_stream: [second]
            """
        ),
        {"in": packets(range(4))},
    ),
    *(
        Case(
            f"a switch between nodes, {how}",
            text_graph(
                f"""
                parameter: [{{name: is_synchronized, type: bool, default: {flag}}}]
                input_stream: [is_paired, a, b]
                output_stream: [out]
                node:
                  - calculator: SwitchContainer
                    input_stream: ["ENABLE:is_paired", a, b]
                    output_stream: [out]
                    options:
                      synchronize_io: ${{is_synchronized}}
                      contained_node:
                        - calculator: MergeCalculator
                        - calculator: MakePairCalculator
                """
            ),
            {
                "is_paired": [Packet(True, 2), Packet(False, 4)],
                "a": packets(range(0, 6)),
                "b": packets(range(6)),
            },
            times={"out": range(6)},
            values={"out": [0, 1, (2, 2), (3, 3), 4, 5]},
        )
        for how, flag in (("by stream", "false"), ("synchronized", "true"))
    ),
    Case(
        "headers from node to node",
        graph_of(
            Node("first", Announce, ["in"], ["a"], changes={"reads_headers": True}),
            Node("second", Announce, ["a"], ["out"], changes={"reads_headers": True}),
            inputs=["in"],
        ),
        {"in": packets(range(3))},
        values={"out": [(2, (1, time)) for time in range(3)]},
    ),
    Case(
        "one output closed early",
        graph_of(
            Node("two", TwoOutputs, ["in"], ["a", "b"]),
            Node("join", Join, ["a", "b"], ["out"]),
            outputs="out b",
            inputs=["in"],
        ),
        {"in": packets(range(6))},
        times={"out": range(6), "b": range(3)},
    ),
    Case(
        "a packet emitted in close",
        graph_of(
            Node("sum", SumAtEnd, ["in"], ["sum"]),
            Node("join", Join, ["in", "sum"], ["out"]),
            inputs=["in"],
        ),
        {"in": packets(range(5))},
        times={"out": range(6)},
    ),
)


def _failing(step: str, max_in_flight: int) -> Callable[[], Graph]:
    return graph_of(
        Node("before", Pass, ["in"], ["a"], max_in_flight=max_in_flight),
        Node(
            *("broken", Fail, ["a"], ["b"]),
            options={"step": step, "at": 4},
            max_in_flight=max_in_flight,
        ),
        Node("after", Pass, ["b"], ["out"], max_in_flight=max_in_flight),
        inputs=["in"],
    )


FAILURES: Final = (
    Case("an error in open", _failing("open", 1), {"in": packets(range(6))}, end="error"),
    *(
        Case(
            f"an error in process, {count} in flight",
            _failing("process", count),
            {"in": packets(range(9))},
            end="error",
            times={"out": range(4)},
            workers=6,
        )
        for count in (1, 3)
    ),
    Case(
        "an error in close",
        _failing("close", 3),
        {"in": packets(range(6))},
        end="error",
        times={"out": range(6)},
    ),
    Case(
        "errors in four branches",
        graph_of(
            *(Node(f"{name} fails", Fail, ["in"], [name], options={"at": 4}) for name in "abcd"),
            Node("join", Join, [*"abcd"], ["out"]),
            inputs=["in"],
        ),
        {"in": packets(range(6))},
        end="error",
        times={"out": range(4)},
        workers=6,
    ),
    Case(
        "errors that are skipped",
        graph_of(
            Node("stumble", Stumble, ["in"], ["some"], changes={"skips_errors": True}),
            Node("join", Join, ["in", "some"], ["out"]),
            inputs=["in"],
        ),
        {"in": packets(range(9))},
        times={"out": range(9)},
        values={"out": [(t, t if t % 4 else None) for t in range(9)]},
        holds=lambda run: run.ledger.skipped == {"stumble": 3},
    ),
    Case(
        "errors that go to a stream",
        graph_of(
            Node("stumble", Stumble, ["in"], ["some"], errors_to="bad"),
            Node("named", Named, ["bad"], ["name"]),
            Node("join", Join, ["some", "name"], ["out"]),
            inputs=["in"],
        ),
        {"in": packets(range(6))},
        values={"out": [(t, None) if t % 4 else (None, "CalculatorError") for t in range(6)]},
        times={"out": range(6)},
    ),
    Case(
        "a cancel at any moment",
        graph_of(
            Node("one", Pass, ["in"], ["a"], max_in_flight=4),
            Node("two", Every, ["a"], ["out"], max_in_flight=4),
            inputs=["in"],
        ),
        {"in": packets(range(9))},
        end="cancelled",
        times={"out": [0, 3, 6]},
        workers=8,
    ),
    Case(
        "a cancelled loop",
        lambda: pose_loop(limit=3),
        {"frame": packets(range(6))},
        end="cancelled",
        times={"landmarks": [1, 2, 3, 4, 5]},
    ),
    *(
        Case(
            f"late packets, {late.value}",
            lambda: diamond(limit=2),
            ordered(("in", 0), ("in", 5), ("in", 3), ("in", 6), ("in", 6)),
            times={"out": times},
            late=late,
            holds=lambda run, late=late, count=count: (  # type: ignore[misc]
                (run.ledger.late, run.ledger.bumped)
                == (({"in": count}, {}) if late is Late.DROP else ({}, {"in": count}))
            ),
        )
        for late, count, times in ((Late.DROP, 2, [0, 5, 6]), (Late.BUMP, 3, [0, 5, 6, 7, 8]))
    ),
)
