"""PDJ: the card's rule, by hand and by what must not change it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphflow.evaluation.detected_joints import detected_joints
from graphflow.evaluation.rules import Rules
from graphflow.evaluation.samples import JOINTS, Answer, Truth
from graphflow.evaluation.scoring import score
from graphflow.evaluation.torso import torso_radius_px
from tests.graphflow.evaluation.evaluation_kit import TORSO_PX, answer, scored, truth

RULES = Rules()


def names_of(rows: Any) -> set[str]:
    return {JOINTS[row] for row in np.flatnonzero(rows)}


def test_the_torso_radius_reaches_from_mid_hips_to_mid_shoulders() -> None:
    assert torso_radius_px(truth()) == TORSO_PX
    assert torso_radius_px(truth(hidden=["LEFT_HIP"])) == TORSO_PX
    assert torso_radius_px(truth(unlabelled=["LEFT_HIP"])) is None


def test_there_is_no_torso_radius_where_hips_and_shoulders_are_one() -> None:
    flat = truth().xy_px.copy()
    flat[:] = 7.0
    every = np.ones(33, bool)
    assert torso_radius_px(Truth(flat, every, every)) is None


def test_an_error_of_the_threshold_itself_is_too_large() -> None:
    true = truth()
    near = answer(true, moved={"LEFT_KNEE": (0.0, 19.99), "RIGHT_KNEE": (20.0, 0.0)})
    found = names_of(detected_joints(true, near, TORSO_PX, RULES))
    assert "LEFT_KNEE" in found
    assert "RIGHT_KNEE" not in found
    assert len(found) == 16


def test_a_joint_at_its_place_counts_only_with_the_right_visibility() -> None:
    true = truth(hidden=["LEFT_WRIST", "RIGHT_WRIST"])
    given_ = answer(true)
    visibility = given_.visibility.copy()
    visibility[JOINTS.index("LEFT_WRIST")] = 0.5  # At the cut: said to be seen, but hidden.
    visibility[JOINTS.index("NOSE")] = 0.49  # Said to be hidden, but seen.
    found = names_of(detected_joints(true, Answer(given_.xy_px, visibility), TORSO_PX, RULES))
    assert {"LEFT_WRIST", "NOSE"} & found == set()
    assert "RIGHT_WRIST" in found


def test_unlabelled_joints_never_count() -> None:
    true = truth(unlabelled=["LEFT_EAR", "RIGHT_EAR"])
    row = score(scored(true, answer(true, moved={"LEFT_ANKLE": (99.0, 0.0)})), RULES)
    assert row.pdj == pytest.approx(100 * 14 / 15)


def test_threshold_and_cut_are_rules() -> None:
    true = truth()
    far = answer(true, shift=(30.0, 0.0))
    assert score(scored(true, far), RULES).pdj == 0.0
    assert score(scored(true, far), Rules(threshold=0.31)).pdj == 100.0
    assert score(scored(true, answer(true)), Rules(visibility_cut=0.95)).pdj == 0.0


def test_where_nobody_was_found_no_joint_is_detected() -> None:
    row = score(scored(truth(), None), RULES)
    assert row.pdj == 0.0
    assert not np.isfinite(row.errors_px).any()


@pytest.mark.parametrize("missing", ["LEFT_HIP", "RIGHT_SHOULDER"])
def test_pdj_leaves_out_samples_without_a_torso(missing: str) -> None:
    true = truth(unlabelled=[missing])
    row = score(scored(true, answer(true)), RULES)
    assert row.pdj is None
    assert np.nanmax(row.errors_px) == 0.0
    assert not np.isfinite(row.errors_of_torso).any()


def test_pdj_leaves_out_pictures_of_nobody() -> None:
    assert score(scored(None, answer(truth())), RULES).pdj is None
    assert score(scored(None, None), RULES).pdj is None


@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.floats(0.05, 20.0),
    angle=st.floats(-math.pi, math.pi),
    shift=st.tuples(st.floats(-5000, 5000), st.floats(-5000, 5000)),
)
def test_moving_turning_and_scaling_both_poses_changes_nothing(
    seed: int, scale: float, angle: float, shift: tuple[float, float]
) -> None:
    generator = np.random.default_rng(seed)
    true = truth()
    found = np.nan_to_num(true.xy_px) + generator.normal(0.0, 15.0, (33, 2))
    errors = np.linalg.norm(found - true.xy_px, axis=1) / TORSO_PX
    found[np.abs(errors - 0.2) < 1e-6] += 1.0  # Not on the limit, where the last bit decides.
    visibility = generator.uniform(0.0, 1.0, 33)
    turn = scale * np.array(
        [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    )
    moved = Truth(true.xy_px @ turn.T + shift, true.is_visible, true.is_labelled)
    before = score(scored(true, Answer(found, visibility)), RULES)
    after = score(scored(moved, Answer(found @ turn.T + shift, visibility)), RULES)
    assert before.pdj == after.pdj


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": 0.0},
        {"visibility_cut": 1.1},
        {"criterion_points": -1.0},
        {"group_min": 1},
        {"confidence": 1.0},
        {"resamples": 0},
    ],
)
def test_rules_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name}: found .*; expected"):
        Rules(**wrong)
