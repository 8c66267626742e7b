"""The comparison of schedulers: its graphs and its arithmetic; not its times."""

from __future__ import annotations

import pytest

from benchmarks.figures import Figure
from benchmarks.mediapipe_environment import EnvironmentProblem
from benchmarks.ours.scheduler import run
from benchmarks.parts.scheduler import (
    AGAINST,
    WORKERS,
    against_mediapipe,
    against_one,
    hop_of,
    our_side,
    their_side,
)
from benchmarks.scheduler_shapes import Shape, chain, diamond, pose
from benchmarks.turns import CPU, WALL, Sample, Spread
from graphflow.graph import INLINE


@pytest.mark.parametrize("threads", [INLINE, 2])
@pytest.mark.parametrize("shape", [chain(3, 5), diamond(5), pose(5)], ids=lambda each: each.name)
def test_every_packet_comes_out_of_every_shape(shape: Shape, threads: int) -> None:
    answer = run(shape.as_config(), shape.observed, shape.packets, threads)
    assert answer["seen"] == shape.packets
    assert answer[WALL] > 0


def test_mediapipe_gets_the_same_graph_as_text() -> None:
    assert chain(1, 5).as_text() == (
        'input_stream: "s0"\noutput_stream: "s1"\n'
        'node { calculator: "PassThroughCalculator" input_stream: "s0" output_stream: "s1" }'
    )
    loopback = pose(5).as_text().splitlines()[2]
    assert 'input_stream_info { tag_index: "LOOP" back_edge: true }' in loopback


def test_a_hop_is_the_time_by_packets_and_nodes() -> None:
    assert hop_of(chain(10, 5), {WALL: 1.0, CPU: 0.5, "seen": 5}) == {WALL: 0.02, CPU: 0.01}
    with pytest.raises(EnvironmentProblem, match="chain of 10: 4 of 5 packets came out"):
        hop_of(chain(10, 5), {WALL: 1.0, CPU: 0.5, "seen": 4})


def one_round(shape: str) -> dict[str, Sample]:
    costs = {"inline": 1.0, "one worker": 2.0, "two workers": 3.0}
    found: dict[str, Sample] = {
        our_side(shape, way): {WALL: cost, CPU: cost} for way, cost in costs.items()
    }
    for threads in {*AGAINST.values()}:
        found[their_side(shape, threads)] = {WALL: 4.0 * threads, CPU: 4.0}
    return found


def value_by_name(figures: list[Figure]) -> dict[str, float]:
    return {each.name: each.value.median for each in figures}


def test_a_hop_is_held_against_mediapipe_on_as_many_threads() -> None:
    figures = against_mediapipe([one_round("chain of 10")], ["chain of 10"])
    assert value_by_name(figures) == {
        "chain of 10, one worker": 0.5,
        "chain of 10, inline": 0.25,
        "chain of 10, two workers": 0.375,
    }
    assert [each.is_met for each in figures] == [True, None, None]
    assert figures[2].by_cpu == Spread(0.75, 0.75, 0.75)
    assert set(WORKERS) == set(AGAINST)


def test_two_workers_are_held_against_one_on_chains_alone() -> None:
    figures = against_one([one_round("chain of 10") | one_round("diamond of 3")],
                          ["chain of 10", "diamond of 3"])  # fmt: skip
    assert value_by_name(figures) == {"chain of 10, two workers against one": 1.5}
    assert figures[0].is_met is False


def test_the_longest_chain_is_held_against_a_tenth_of_it() -> None:
    chains = ["chain of 100", "chain of 1,000"]
    figures = against_one([one_round(chains[0]) | one_round(chains[1])], chains)
    assert value_by_name(figures)["a hop in a chain of 1,000 against one of 100"] == 1.0
