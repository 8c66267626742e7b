"""The figures of a set of samples, each checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from graphflow.evaluation.curves import THRESHOLDS, pck_curve
from graphflow.evaluation.figures import figures_of
from graphflow.evaluation.jitter import jitter
from graphflow.evaluation.joint_table import joint_table
from graphflow.evaluation.presence import Presence, count_presence
from graphflow.evaluation.rules import Rules
from graphflow.evaluation.samples import JOINTS, Answer, Scored
from graphflow.evaluation.scoring import SampleScore, score
from graphflow.evaluation.world_error import world_errors_mm
from tests.graphflow.evaluation.evaluation_kit import answer, sample, scored, truth, wrong_joints

RULES = Rules()


def row(*, wrong: int = 0, name: str = "a.jpg") -> SampleScore:
    true = truth()
    return score(scored(true, answer(true, moved=wrong_joints(wrong)), name), RULES)


def test_samples_are_found_missed_false_or_rightly_nobody() -> None:
    true, no_hip = truth(), truth(unlabelled=["LEFT_HIP"])
    pairs = [
        (true, answer(true)),
        (true, None),
        (true, None),
        (None, answer(true)),
        (None, None),
        (no_hip, answer(true)),
    ]
    scores = [score(scored(*pair), RULES) for pair in pairs]
    assert count_presence(scores) == Presence(
        samples=6, found=2, missed=2, false_detections=1, rightly_nobody=1, without_torso=1
    )


def test_pdj_is_the_mean_of_the_samples_with_the_missed_ones_as_nothing() -> None:
    scores = [row(), row(wrong=17), row(wrong=8), score(scored(truth(), None), RULES)]
    detected = figures_of(scores, RULES).detected
    assert detected is not None
    percentages = [100.0, 0.0, 100 * 9 / 17, 0.0]
    assert detected.samples == 4
    assert detected.pdj == pytest.approx(np.mean(percentages))
    assert detected.deviation == pytest.approx(np.std(percentages, ddof=1))
    assert detected.pdj_where_found == pytest.approx(np.mean(percentages[:3]))
    assert detected.visibility_agrees == 100.0
    assert detected.interval is not None
    assert detected.interval.low <= detected.pdj <= detected.interval.high


def test_nothing_applies_to_pictures_of_nobody() -> None:
    figures = figures_of([score(scored(None, None), RULES)], RULES)
    assert (figures.detected, figures.errors, figures.curve, figures.world) == (None,) * 4
    assert (figures.joints, figures.jitter, figures.similarity) == ((), (), None)


def test_errors_are_means_over_joints_then_over_samples() -> None:
    true = truth()
    near = answer(true, shift=(3.0, 4.0))
    far = answer(true, moved={"NOSE": (0.0, 170.0)})
    errors = figures_of([score(scored(true, each), RULES) for each in (near, far)], RULES).errors
    assert errors is not None
    assert errors.mean_px == pytest.approx((5.0 + 10.0) / 2)
    assert errors.mean_of_torso == pytest.approx(0.075)
    assert errors.median_of_torso == pytest.approx(0.075)


def test_each_joint_has_its_own_row() -> None:
    true = truth(hidden=["LEFT_KNEE"])
    moved = answer(true, moved={"LEFT_KNEE": (0.0, 30.0)})
    rows = joint_table(
        [
            score(scored(true, moved), RULES),
            score(scored(truth(unlabelled=["LEFT_KNEE"]), moved), RULES),
            score(scored(true, None), RULES),
        ],
        RULES.threshold,
    )
    assert [each.joint for each in rows] == [n for n in JOINTS if n in {r.joint for r in rows}]
    (knee,) = [each for each in rows if each.joint == "LEFT_KNEE"]
    assert (knee.labelled, knee.visible, knee.pdj, knee.pck) == (2, 0, 0.0, 0.0)
    assert knee.visibility_agrees == 50.0
    assert knee.mean_error_px == pytest.approx(30.0)
    assert knee.mean_error_of_torso == pytest.approx(0.3)
    (nose,) = [each for each in rows if each.joint == "NOSE"]
    assert nose.pdj == pytest.approx(200 / 3)
    assert len(rows) == 17


def test_a_curve_counts_joints_within_each_distance() -> None:
    true = truth()
    moves = {JOINTS[0]: (5.0, 0.0), JOINTS[11]: (0.0, 15.5), JOINTS[12]: (300.0, 0.0)}
    curve = pck_curve([score(scored(true, answer(true, moved=moves)), RULES)])
    assert curve is not None
    at = dict(zip(THRESHOLDS, curve.percentages, strict=True))
    assert at[0.0] == 0.0  # No error is below 0.
    assert at[0.01] == pytest.approx(100 * 14 / 17)
    assert at[0.05] == pytest.approx(100 * 14 / 17)
    assert at[0.06] == pytest.approx(100 * 15 / 17)
    assert at[0.5] == pytest.approx(100 * 16 / 17)
    assert list(curve.percentages) == sorted(curve.percentages)


def test_a_curve_counts_missed_people_as_far_away() -> None:
    curve = pck_curve([row(), score(scored(truth(), None), RULES)])
    assert curve is not None
    assert max(curve.percentages) == 50.0


# ---- jitter -------------------------------------------------------------------------------------


def frames(offsets_px: list[float | None], gap_us: int = 40_000) -> list[SampleScore]:
    true = truth()
    return [
        score(
            Scored(
                sample(true, f"c.mp4@{at}", clip="c.mp4", timestamp_us=at * gap_us),
                None if offset is None else answer(true, shift=(offset, 0.0)),
            ),
            RULES,
        )
        for at, offset in enumerate(offsets_px)
    ]


def test_a_pose_that_trembles_has_jitter() -> None:
    (found,) = jitter(frames([0.0, 1.0, 0.0, 1.0]))
    assert (found.clip, found.triples) == ("c.mp4", 2)
    assert found.mean_px == pytest.approx(2.0)
    assert found.mean_of_torso == pytest.approx(0.02)


def test_a_pose_that_lags_evenly_has_none() -> None:
    (found,) = jitter(frames([3.0, 4.0, 5.0, 6.0]))
    assert found.mean_px == pytest.approx(0.0, abs=1e-5)


def test_jitter_needs_three_even_frames_with_a_pose() -> None:
    assert jitter(frames([0.0, 1.0, None, 1.0, 0.0])) == ()
    rows = frames([0.0, 1.0, 0.0, 5.0])
    assert jitter([rows[0], rows[1], rows[3]]) == ()


def test_jitter_does_not_mind_the_order_of_samples() -> None:
    rows = frames([0.0, 1.0, 0.0, 1.0])
    assert jitter(rows[::-1]) == jitter(rows)


# ---- three dimensions ---------------------------------------------------------------------------


def test_world_errors_are_taken_with_the_hips_on_each_other() -> None:
    true = np.random.default_rng(1).normal(0.0, 0.5, (33, 3))
    assert world_errors_mm(true, true + np.arange(3.0)) == pytest.approx(np.zeros(33), abs=1e-9)
    found = true.copy()
    found[JOINTS.index("NOSE"), 2] += 0.25
    errors = world_errors_mm(true, found)
    assert errors is not None
    assert errors[0] == pytest.approx(250.0)
    assert errors[1:] == pytest.approx(np.zeros(32))


def test_world_errors_need_both_true_hips() -> None:
    true = np.zeros((33, 3))
    true[JOINTS.index("LEFT_HIP")] = np.nan
    assert world_errors_mm(true, np.zeros((33, 3))) is None


def test_the_world_error_is_a_mean_over_joints_then_over_samples() -> None:
    world = np.zeros((33, 3))
    world[JOINTS.index("LEFT_EAR")] = np.nan
    true = truth(world_m=world)
    found = np.zeros((33, 3))
    found[JOINTS.index("NOSE"), 0] = 0.32
    given = answer(true)
    rows = [
        score(scored(true, Answer(given.xy_px, given.visibility, found)), RULES),
        score(scored(true, Answer(given.xy_px, given.visibility, np.zeros((33, 3)))), RULES),
        score(scored(true, given), RULES),
    ]
    error = figures_of(rows, RULES).world
    assert error is not None
    assert error.samples == 2
    assert error.mpjpe_mm == pytest.approx((320.0 / 32 + 0.0) / 2)
