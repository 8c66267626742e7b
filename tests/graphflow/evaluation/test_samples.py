"""Samples: shapes are checked, and COCO's key points are the same joints here."""

from __future__ import annotations

import numpy as np
import pytest

from graphflow.evaluation.samples import COCO_ROWS, JOINTS, Answer, Truth

PAIRS = ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
COCO_NAMES = ["nose", *(f"{side}_{joint}" for joint in PAIRS for side in ("left", "right"))]


def test_coco_key_points_are_joints_of_the_same_name() -> None:
    assert [JOINTS[row].lower() for row in COCO_ROWS] == COCO_NAMES
    assert len(JOINTS) == 33


def test_a_visible_joint_is_labelled() -> None:
    seen = np.ones(33, bool)
    with pytest.raises(ValueError, match="visible that is not labelled"):
        Truth(np.zeros((33, 2)), seen, ~seen)


def test_a_labelled_joint_has_a_place() -> None:
    places = np.zeros((33, 2))
    places[11, 1] = np.nan
    with pytest.raises(ValueError, match="LEFT_SHOULDER is labelled, but has no place"):
        Truth(places, np.ones(33, bool), np.ones(33, bool))


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"xy_px: found an array of shape \(17, 2\)"):
        Answer(np.zeros((17, 2)), np.zeros(33))
    with pytest.raises(ValueError, match=r"world_m: found .* expected \(33, 3\)"):
        Answer(np.zeros((33, 2)), np.zeros(33), np.zeros((33, 2)))
