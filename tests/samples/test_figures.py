"""The rendered data set: many pictures, and what is true of them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calculators.pose_landmark import PoseLandmark
from graphflow.evaluation.datasets.opening import open_dataset
from samples.figure.body import body_parts
from samples.figure.camera import Camera
from samples.figure.render import Scene
from samples.figure.skeleton import FOREARM_M, SHIN_M, THIGH_M, UPPER_ARM_M
from samples.figures.covers import HEDGE, POST, cover
from samples.figures.drawing import Drawn, draw
from samples.figures.landmarks import landmarks_m
from samples.figures.make_figures import main, make_figures
from samples.figures.poses import POSES, skeleton_of, varied
from samples.figures.truth import pixels_of, record_of, seen_from, seen_landmarks
from samples.figures.wardrobe import CLOTHES, SKINS, dressed

CAMERA = Camera(120, 160)


def shown(pose: str = "standing", yaw_deg: float = 0.0, *, behind: str = "") -> Drawn:
    skeleton = skeleton_of(POSES[pose], math.radians(yaw_deg))
    covers = cover(behind, CAMERA, 0.0, 0.7) if behind else []
    return Drawn({}, skeleton, Scene([*body_parts(skeleton), *covers], CAMERA))


def seen_names(drawn: Drawn) -> set[str]:
    is_seen = seen_landmarks(drawn, landmarks_m(drawn.skeleton))
    return {each.name for each in PoseLandmark if is_seen[each]}


@pytest.mark.parametrize("name", POSES)
def test_bones_keep_their_length_in_every_pose(name: str) -> None:
    pose = varied(POSES[name], np.random.default_rng(7))
    points = landmarks_m(skeleton_of(pose, 0.4))
    for side in ("LEFT", "RIGHT"):
        for first, second, length_m in (
            ("SHOULDER", "ELBOW", UPPER_ARM_M),
            ("ELBOW", "WRIST", FOREARM_M),
            ("HIP", "KNEE", THIGH_M),
            ("KNEE", "ANKLE", SHIN_M),
        ):
            ends = points[[PoseLandmark[f"{side}_{end}"] for end in (first, second)]]
            assert np.linalg.norm(ends[0] - ends[1]) == pytest.approx(length_m, abs=2e-3)


def test_left_is_the_figures_own() -> None:
    points = landmarks_m(skeleton_of(POSES["standing"]))
    pixels = pixels_of(CAMERA, points)
    for each in PoseLandmark:
        if each.name.startswith("LEFT_"):
            other = PoseLandmark[each.name.replace("LEFT_", "RIGHT_")]
            assert pixels[each, 0] > pixels[other, 0]


def test_from_the_front_all_is_seen_but_the_heels() -> None:
    every = {each.name for each in PoseLandmark}
    assert every - seen_names(shown("arms out")) == {"LEFT_HEEL", "RIGHT_HEEL"}


def test_from_behind_the_face_is_hidden_and_the_limbs_are_seen() -> None:
    seen = seen_names(shown("arms out", 180.0))
    assert not {"NOSE", "LEFT_EYE", "RIGHT_EYE", "MOUTH_LEFT"} & seen
    assert {"LEFT_SHOULDER", "RIGHT_ELBOW", "LEFT_KNEE", "RIGHT_ANKLE", "LEFT_HIP"} <= seen


def test_from_the_side_the_farther_half_is_hidden() -> None:
    seen = seen_names(shown("standing", 90.0))
    assert "RIGHT_SHOULDER" in seen
    assert "LEFT_SHOULDER" not in seen
    assert "LEFT_ELBOW" not in seen


def test_a_hedge_hides_the_legs_and_nothing_else() -> None:
    hidden = seen_names(shown("standing")) - seen_names(shown("standing", behind=HEDGE))
    assert {"LEFT_ANKLE", "RIGHT_ANKLE", "LEFT_FOOT_INDEX", "RIGHT_KNEE"} <= hidden
    assert not {"NOSE", "LEFT_SHOULDER", "RIGHT_ELBOW"} & hidden


def test_a_post_hides_what_is_behind_it() -> None:
    hidden = seen_names(shown("arms out")) - seen_names(shown("arms out", behind=POST))
    assert "NOSE" in hidden
    assert not {"LEFT_WRIST", "RIGHT_WRIST", "LEFT_ANKLE"} & hidden


def test_world_landmarks_are_seen_from_the_camera() -> None:
    drawn = shown("standing", 90.0)
    points = landmarks_m(drawn.skeleton)
    world = seen_from(CAMERA, drawn.skeleton, points)
    # It looks to the picture's right: its left shoulder is farther away, its nose on the right.
    assert world[PoseLandmark.LEFT_SHOULDER, 2] > world[PoseLandmark.RIGHT_SHOULDER, 2] + 0.2
    assert world[PoseLandmark.NOSE, 0] > 0.05
    assert world[PoseLandmark.NOSE, 1] < world[PoseLandmark.LEFT_HIP, 1] < 0.1
    middle = world[[PoseLandmark.LEFT_HIP, PoseLandmark.RIGHT_HIP]].mean(axis=0)
    np.testing.assert_allclose(middle, 0, atol=1e-6)


def test_a_tilted_camera_turns_the_picture_and_not_the_distances() -> None:
    points = landmarks_m(skeleton_of(POSES["standing"]))
    tilted = replace(CAMERA, roll_rad=0.3)
    centre = np.array([CAMERA.width_px - 1, CAMERA.height_px - 1]) / 2
    upright_px, tilted_px = (pixels_of(each, points) - centre for each in (CAMERA, tilted))
    cosine, sine = math.cos(0.3), math.sin(0.3)
    turned = upright_px @ np.array([[cosine, -sine], [sine, cosine]])
    np.testing.assert_allclose(tilted_px, turned, atol=1e-3)


def test_joints_outside_the_picture_are_not_labelled() -> None:
    drawn = shown("standing")
    near = replace(drawn.scene, camera=replace(CAMERA, zoom=2.0))
    record = record_of(replace(drawn, scene=near), "a.png")
    assert record["pose_landmarks"][PoseLandmark.LEFT_ANKLE] is None
    assert record["pose_landmarks"][PoseLandmark.LEFT_HIP][3] == 1.0


def test_clothes_and_skin_change_colours_alone() -> None:
    parts = body_parts(skeleton_of(POSES["standing"]))
    painted = dressed(parts, "dark", "all black")
    points = np.zeros((3, 1), np.float32)
    for part, other in zip(parts, painted, strict=True):
        assert (part.name, part.shape, part.frame) == (other.name, other.shape, other.frame)
        kind = part.name.split()[-1]
        if kind in {"shirt", "arm", "hand", "shoe"}:
            assert other.paint(points).sum() < part.paint(points).sum()
    assert {"light", "medium", "dark"} == set(SKINS)
    assert "blue and black" in CLOTHES


def test_chance_is_the_same_for_the_same_seed_and_number() -> None:
    first, second, other = draw(3, 5, 32, 48), draw(3, 5, 32, 48), draw(4, 5, 32, 48)
    assert record_of(first, "a.png") == record_of(second, "a.png")
    assert record_of(first, "a.png") != record_of(other, "a.png")


def test_every_pose_takes_its_turn() -> None:
    poses = [draw(1, number, 32, 48).groups["pose"] for number in range(len(POSES))]
    assert poses == list(POSES)


@pytest.mark.slow
def test_a_set_can_be_evaluated_and_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    first = make_figures(tmp_path / "a", 2, (32, 48), 1, 1)
    assert main(["-o", str(tmp_path / "b"), "--count", "2", "--size", "32x48"]) == 0
    for path in sorted(first.parent.iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    samples = list(open_dataset(str(first), None).samples())
    assert [each.name for each in samples] == ["figure_0000.png", "figure_0001.png"]
    lines = [json.loads(line) for line in first.read_text("utf-8").splitlines()]
    for sample, line in zip(samples, lines, strict=True):
        assert sample.truth is not None and sample.truth.world_m is not None
        assert sample.groups["pose"] == line["pose"]
        assert sample.source.is_file()
        assert sample.truth.is_labelled.sum() >= 25
