"""The live graph keeps up: bounded ages, bounded memory, and every frame accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from graphflow.running.clock import CLOCK, VirtualClock
from graphflow.runtime.ledger import Ledger
from graphflow.testing.simulation import simulate
from graphflow.testing.timed_driver import Duration, TimedCall
from graphflow.testing.timed_simulation import TimedRun, simulate_timed
from tests.graphs.live_kit import SECOND_US, FrameCount, cheap_live_graph

POSE_US = 50_000
"""What a frame takes: the graph manages 20 a second."""

WORKERS = 2

ROUNDING_US = 1
"""Of frame times that are no whole microseconds."""


@dataclass(frozen=True)
class Played:
    """A run of the live graph on a virtual clock, and what became of its frames."""

    run: TimedRun
    frames: FrameCount
    step_us: float

    @property
    def ages(self) -> list[int]:
        return self.run.values("result_age")

    @property
    def gaps(self) -> list[int]:
        return [after - before for before, after in pairwise(self.run.seen_us["result_age"])]


def play(
    rate: float,
    *,
    seconds: float = 10,
    durations: dict[str, Duration] | None = None,
    max_in_queue: int = 1,
    checks: bool = True,
    **side_packets: Any,
) -> Played:
    graph, frames = cheap_live_graph({"max_in_queue": max_in_queue})
    run = simulate_timed(
        graph,
        durations={"pose": POSE_US, **(durations or {})},
        workers=WORKERS,
        side_packets={
            "input_path": str(rate),
            "max_frames": round(rate * seconds),
            **side_packets,
        },
        observe=["result_age"],
        checks=checks,
    )
    assert run.error is None
    return Played(run, frames, SECOND_US / rate)


def frames_dropped(ledger: Ledger) -> dict[tuple[str, str], int]:
    """Frames by node and reason; what belongs to one frame counts once."""
    dropped: dict[tuple[str, str], int] = {}
    for loss in ledger.losses:
        place = loss.node, loss.reason
        dropped[place] = max(loss.count, dropped.get(place, 0))
    return dropped


def calls_of(played: Played, node: str) -> list[TimedCall]:
    return [call for call in played.run.calls if (call.node, call.step) == (node, "process")]


def assert_all_are_accounted_for(played: Played) -> None:
    dropped = sum(frames_dropped(played.run.ledger).values())
    assert played.frames.made == len(played.ages) + dropped + played.frames.skipped


# ---- keeping up -----------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [5, 10, 19, 20])
def test_at_a_rate_that_it_manages_each_frame_is_a_result_as_old_as_the_work(rate: int) -> None:
    played = play(rate)
    assert set(played.ages) == {POSE_US}
    assert len(played.ages) == 10 * rate
    assert played.run.ledger.losses == ()


@pytest.mark.parametrize("rate", [21, 25, 30, 59.94, 60, 120, 240])
def test_beyond_it_works_without_a_pause_on_what_is_newest(rate: float) -> None:
    played = play(rate, seconds=2)
    # The last frame waits longer: no newer one takes its place.
    assert max(played.ages[:-1]) <= POSE_US + played.step_us + ROUNDING_US
    assert set(played.gaps) == {POSE_US}
    assert_all_are_accounted_for(played)


@pytest.mark.parametrize("rate", [30, 60, 240])
def test_what_it_begins_to_work_on_is_always_the_newest_frame(rate: int) -> None:
    begun = calls_of(play(rate, seconds=2), "pose")
    assert len(begun) == 41
    late = [each.begin_us - each.timestamp for each in begun]
    assert max(late) <= SECOND_US / rate + ROUNDING_US


def test_with_no_queue_results_are_fresh_and_fewer() -> None:
    played = play(30, max_in_queue=0)
    assert set(played.ages) == {POSE_US}
    assert len(played.ages) == 150
    assert_all_are_accounted_for(played)


@pytest.mark.slow
def test_60_frames_a_second_into_a_graph_that_manages_20_for_ten_minutes() -> None:
    # The invariants are checked by the shorter runs; here they would take most of the time.
    played = play(60, seconds=600, checks=False)
    assert played.frames.made == 36_000
    assert len(played.ages) == 12_001
    assert max(played.ages) <= POSE_US + 2 * played.step_us
    assert set(played.gaps) == {POSE_US}
    assert frames_dropped(played.run.ledger) == {("limiter", "too many in flight"): 23_999}
    assert_all_are_accounted_for(played)
    assert played.frames.held_max <= HELD_MAX


# ---- bounded memory -------------------------------------------------------------------------

HELD_MAX = 6
"""Pictures: one that comes, one that waits, one that is worked on, and drawn ones on their way."""


@pytest.mark.parametrize("rate", [5, 20, 30, 60, 240, 1000])
def test_pictures_in_memory_are_few_at_any_rate(rate: int) -> None:
    frames = play(rate, seconds=2).frames
    assert frames.held_max <= HELD_MAX
    assert frames.held == 0


def test_a_sink_that_is_slower_than_the_rest_makes_results_fewer_not_older() -> None:
    played = play(30, durations={"video_sink": 200_000})
    assert played.frames.held_max <= HELD_MAX + 4
    assert max(played.ages) <= POSE_US + 2 * played.step_us
    assert len(played.ages) == pytest.approx(50, abs=5)
    assert_all_are_accounted_for(played)


def test_frames_in_flight_are_as_many_as_the_graph_is_told() -> None:
    for in_flight in (1, 2, 3):
        run = play(60, seconds=2, max_in_flight=in_flight).run
        inside, inside_max = set(), 0
        for call in sorted(run.calls, key=lambda call: call.end_us):
            if (call.node, call.step) == ("entrance", "process"):
                inside.add(call.timestamp)
                inside_max = max(inside_max, len(inside))
            elif (call.node, call.step) == ("exit", "process"):
                inside.discard(call.timestamp)
        assert inside_max == in_flight


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("in_flight", [1, 2])
def test_in_any_order_of_events_the_last_frame_is_a_result_and_all_are_accounted_for(
    seed: int, in_flight: int
) -> None:
    graph, frames = cheap_live_graph()
    graph.services.give(CLOCK, VirtualClock())
    given = {"input_path": "60", "max_frames": 25, "max_in_flight": in_flight}
    run = simulate(graph, [], seed=seed, side_packets=given, observe=["result_age"])
    assert run.error is None
    times = run.timestamps("result_age")
    assert times[0] == 0
    assert times[-1] == round(24 * SECOND_US / 60)
    dropped = frames_dropped(run.ledger).get(("limiter", "too many in flight"), 0)
    assert len(times) + dropped == frames.made == 25
    assert frames.held_max <= HELD_MAX + 4 * in_flight


# ---- what is too old ------------------------------------------------------------------------


def hiccups(timestamp: int) -> int:
    """Every fifth of a second a frame takes four times as long."""
    return 4 * POSE_US if timestamp // 200_000 % 5 == 0 else POSE_US


def test_results_that_are_too_old_are_dropped_with_their_reason() -> None:
    played = play(60, durations={"pose": hiccups}, max_latency_ms=100)
    assert max(played.ages) <= 100_000
    dropped = frames_dropped(played.run.ledger)
    assert set(dropped) == {("limiter", "too many in flight"), ("exit", "older than 100 ms")}
    assert_all_are_accounted_for(played)


def test_frames_that_are_too_old_are_turned_away_before_work_is_spent_on_them() -> None:
    # A frame that comes while one is worked on waits for up to 150 ms: the limit allows 100.
    played = play(5, durations={"pose": 350_000}, max_latency_ms=100)
    dropped = frames_dropped(played.run.ledger)
    assert dropped["entrance", "older than 100 ms"] == 25
    assert len(calls_of(played, "pose")) == 25
    assert_all_are_accounted_for(played)
