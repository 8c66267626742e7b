"""What dropping frames costs: figures by hand."""

from __future__ import annotations

import numpy as np
import pytest

from graphflow.evaluation.live_cost import (
    DropPattern,
    LiveResult,
    Spread,
    TrueFrame,
    drop_pattern,
    is_pose,
    live_cost,
    size_of,
    spread,
)

WIDTH, HEIGHT = 200, 100
MS = 1000


def pose(x: float) -> np.ndarray:
    """A pose that stands at x; its torso is 20 px long."""
    landmarks = np.zeros((33, 5), np.float32)
    landmarks[:, 0], landmarks[:, 1] = x, 0.5
    landmarks[11:13, 1], landmarks[23:25, 1] = 0.4, 0.6
    return landmarks


def frame(time_ms: int, x: float | None) -> TrueFrame:
    return TrueFrame(time_ms * MS, None if x is None else pose(x), WIDTH, HEIGHT)


def result(time_ms: int, seen_ms: int, x: float | None) -> LiveResult:
    return LiveResult(time_ms * MS, seen_ms * MS, None if x is None else pose(x))


WALK = [frame(100 * at, 0.1 * at) for at in range(5)]
"""Ten frames a second; each is 20 px, one torso, beyond the last."""


def test_without_drops_and_delay_nothing_is_lost() -> None:
    cost = live_cost(WALK, [result(100 * at, 100 * at, 0.1 * at) for at in range(5)])
    for error in (cost.of_results, cost.held, cost.on_screen):
        assert error.px == Spread(0, 0, 0, 0)
        assert (error.frames, error.missing, error.false) == (5, 0, 0)
    assert cost.pattern == DropPattern(0, {}, 100 * MS)
    assert (cost.source_rate, cost.result_rate, cost.unseen) == (10.0, 10.0, 0)
    assert cost.age_us == cost.lag_us == Spread(0, 0, 0, 0)


def test_what_is_on_screen_is_the_newest_result_that_has_arrived() -> None:
    cost = live_cost(WALK, [result(0, 50, 0.0), result(200, 250, 0.2)])
    # At 0 nothing is there; at 100 and 200 frame 0, at 300 and 400 frame 200.
    assert cost.unseen == cost.on_screen.missing == 1
    assert cost.on_screen.px is not None
    assert cost.on_screen.px.max == pytest.approx(40, abs=1e-3)
    assert cost.on_screen.px.mean == pytest.approx((20 + 40 + 20 + 40) / 4, abs=1e-3)
    assert cost.on_screen.of_torso is not None
    assert cost.on_screen.of_torso.max == pytest.approx(2, abs=1e-4)
    assert cost.lag_us == Spread(100 * MS, 150 * MS, 200 * MS, 200 * MS)
    assert cost.age_us == Spread(50 * MS, 50 * MS, 50 * MS, 50 * MS)


def test_held_results_know_no_delay() -> None:
    cost = live_cost(WALK, [result(0, 99, 0.0), result(200, 10_000, 0.2)])
    assert cost.held.px is not None
    assert cost.held.px.mean == pytest.approx((0 + 20 + 0 + 20 + 40) / 5, abs=1e-3)
    assert cost.held.missing == 0


def test_results_are_held_against_their_own_frames() -> None:
    cost = live_cost(WALK, [result(200, 250, 0.25)])
    assert (cost.of_results.frames, cost.of_results.missing) == (1, 0)
    assert cost.of_results.px is not None
    assert cost.of_results.px.max == pytest.approx(10, abs=1e-3)
    assert cost.held.missing == 2


def test_nobody_in_one_of_both_is_counted_and_has_no_error() -> None:
    truth = [frame(0, 0.5), frame(100, None), frame(200, 0.5), frame(300, None)]
    cost = live_cost(
        truth,
        [result(0, 0, None), result(100, 100, 0.5), result(200, 200, 0.5), result(300, 300, None)],
    )
    error = cost.of_results
    assert (error.frames, error.missing, error.false) == (1, 1, 1)
    assert (cost.frames_with_pose, cost.results_with_pose) == (2, 2)


def test_a_result_that_is_overtaken_never_comes_on_screen() -> None:
    cost = live_cost(WALK, [result(0, 350, 0.0), result(100, 150, 0.1)])
    assert cost.lag_us is not None
    assert cost.lag_us.max == 300 * MS


def test_of_nothing_there_is_nothing_to_say() -> None:
    cost = live_cost(WALK, [])
    assert cost.age_us is cost.lag_us is cost.on_screen.px is None
    assert cost.pattern.runs == {5: 1}
    assert (cost.unseen, cost.results) == (5, 0)


def test_torsos_without_length_are_left_out() -> None:
    flat = np.zeros((33, 5), np.float32)
    cost = live_cost([TrueFrame(0, flat, WIDTH, HEIGHT)], [LiveResult(0, 0, flat)])
    assert cost.of_results.px == Spread(0, 0, 0, 0)
    assert cost.of_results.of_torso is None


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ([0, 100, 200, 300, 400], DropPattern(0, {}, 100)),
        ([0, 200, 400], DropPattern(2, {1: 2}, 200)),
        ([200], DropPattern(4, {2: 2}, 200)),
        ([0], DropPattern(4, {4: 1}, 400)),
        ([100, 400], DropPattern(3, {1: 1, 2: 1}, 300)),
    ],
)
def test_drops_are_told_by_their_runs(kept: list[int], expected: DropPattern) -> None:
    assert drop_pattern([0, 100, 200, 300, 400], kept) == expected


def test_quantiles_are_values_that_occurred() -> None:
    assert spread(list(range(1, 101))) == Spread(50, 50.5, 95, 100)
    assert spread([7]) == Spread(7, 7, 7, 7)
    assert spread([]) is None


def test_payloads_are_known_by_their_shape() -> None:
    assert size_of(np.zeros((4, 6, 3), np.uint8)) == (6, 4)
    assert size_of(np.zeros((4, 6), np.uint8)) is size_of("text") is None
    assert is_pose(pose(0.5))
    assert not is_pose(np.zeros((24, 5)))
    assert not is_pose(3)
