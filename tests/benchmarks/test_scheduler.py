"""The comparison of schedulers: its graphs, its arithmetic and its table; not its times."""

from __future__ import annotations

import pytest

from benchmarks.scheduler import (
    BEGIN,
    DOCUMENT,
    END,
    MODES,
    Hop,
    LostPackets,
    Pair,
    flatness,
    hop_of,
    measure,
    run_graphflow,
    shapes,
    table,
    with_report,
)
from benchmarks.scheduler_shapes import Shape, chain, diamond, pose
from graphflow.graph import INLINE


@pytest.mark.parametrize("threads", [INLINE, 2])
@pytest.mark.parametrize("shape", [chain(3, 5), diamond(5), pose(5)], ids=lambda each: each.name)
def test_every_packet_comes_out_of_every_shape(shape: Shape, threads: int) -> None:
    hop = run_graphflow(shape, threads)
    assert hop.wall_us > 0


def test_mediapipe_gets_the_same_graph_as_text() -> None:
    assert chain(1, 5).as_text() == (
        'input_stream: "s0"\noutput_stream: "s1"\n'
        'node { calculator: "PassThroughCalculator" input_stream: "s0" output_stream: "s1" }'
    )
    loopback = pose(5).as_text().splitlines()[2]
    assert 'input_stream_info { tag_index: "LOOP" back_edge: true }' in loopback


def test_a_hop_is_the_time_by_packets_and_nodes() -> None:
    assert hop_of(chain(10, 5), "graphflow", 0.001, 0.0005, 5) == Hop(20.0, 10.0)
    with pytest.raises(LostPackets, match="chain of 10, graphflow: 4 of 5 packets came out"):
        hop_of(chain(10, 5), "graphflow", 0.001, 0.0005, 4)


def test_packets_are_scaled_but_never_none() -> None:
    assert {shape.packets for shape in shapes(0.0)} == {2}


def test_sides_take_turns_and_the_first_turn_is_thrown_away() -> None:
    turns: list[str] = []

    def side(name: str, cost: float) -> Hop:
        turns.append(name)
        return Hop(cost * len(turns), cost)

    shape = chain(100, 5)
    results = measure(lambda *_: side("theirs", 2), lambda *_: side("ours", 1), [shape], pairs=2)
    assert turns == ["theirs", "ours"] * 3 * len(MODES)
    assert [len(pairs) for pairs in results.values()] == [2, 2, 2]


def test_the_table_has_medians_and_ratios_of_neighbours() -> None:
    pairs = [Pair(Hop(4, 2), Hop(2, 1)), Pair(Hop(8, 2), Hop(2, 2)), Pair(Hop(2, 2), Hop(2, 3))]
    results = {(chain(100, 5), MODES[0]): pairs}
    assert table(results).splitlines()[-1] == (
        "| chain of 100 | inline | 4.00 | 2.00 | 0.50 (0.25 to 1.00) "
        "| 2.00 | 2.00 | 1.00 (0.50 to 1.50) |"
    )


def test_flatness_compares_the_longest_chain_with_a_tenth_of_it() -> None:
    def at(cost: float) -> list[Pair]:
        return [Pair(Hop(9, 2 * cost), Hop(9, cost))]

    results = {(chain(100, 5), MODES[0]): at(1.0), (chain(1000, 5), MODES[0]): at(1.5)}
    assert flatness(results).endswith(": inline 1.50 (MediaPipe 1.50).")


def test_the_document_has_the_marks_between_which_the_table_goes() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    written = with_report(document, "new")
    head, _, rest = written.partition(BEGIN)
    assert rest.partition(END)[0] == "\nnew\n"
    assert document.startswith(head)
    with pytest.raises(ValueError, match="no marks"):
        with_report("", "new")
