"""PoseOverlayCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.media.pose_overlay import PoseOverlayCalculator
from calculators.types import Detections
from graphflow import Packet
from graphflow.testing import CalculatorRunner, make_read_only
from graphflow.words.errors import CalculatorError


def image() -> Any:
    return make_read_only(np.zeros((48, 64, 3), np.uint8))


def landmarks() -> Any:
    points = np.ones((33, 5), np.float32)
    points[:, :2] = np.linspace(0.1, 0.9, 66).reshape(33, 2)
    return make_read_only(points)


THINGS = {
    "NORM_LANDMARKS": landmarks(),
    "NORM_RECT": make_read_only(np.array([0.5, 0.5, 0.4, 0.4, 0.3], np.float32)),
    "DETECTIONS": Detections(
        np.ones(1, np.float32),
        make_read_only(np.array([[0.2, 0.2, 0.5, 0.5]], np.float32)),
        np.zeros((1, 0, 2), np.float32),
    ),
}


@pytest.mark.parametrize("connected", [[], ["NORM_LANDMARKS"], list(THINGS)])
def test_an_image_without_a_body_passes_as_it_is(connected: list[str]) -> None:
    source = image()
    outputs = CalculatorRunner(PoseOverlayCalculator).run(
        {"IMAGE": [Packet(source, 5)], **{tag: [] for tag in connected}}
    )
    assert outputs["IMAGE"].timestamps == [5]
    assert outputs["IMAGE"].values[0] is source


@pytest.mark.parametrize("tag", [*THINGS])
def test_each_thing_is_drawn_on_a_read_only_copy(tag: str) -> None:
    source = image()
    outputs = CalculatorRunner(PoseOverlayCalculator).run(
        {"IMAGE": [Packet(source, 0)], tag: [Packet(THINGS[tag], 0)]}
    )
    (drawn,) = outputs["IMAGE"].values
    assert drawn.any() and not source.any()
    assert (drawn.shape, drawn.dtype) == (source.shape, np.uint8)
    assert not drawn.flags.writeable


def test_things_without_an_image_draw_nothing_and_settle_the_time() -> None:
    with CalculatorRunner(PoseOverlayCalculator, inputs=["IMAGE", *THINGS]) as runner:
        for tag, thing in THINGS.items():
            runner.add(tag, thing, 7)
        runner.advance("IMAGE", 8)
        assert runner.outputs["IMAGE"].packets == []
        assert runner.outputs["IMAGE"].bound == 8


def test_landmarks_of_something_else_are_refused() -> None:
    hand = make_read_only(np.full((21, 5), 0.5, np.float32))
    with pytest.raises(CalculatorError, match="found 21 landmarks; expected the 33 of a pose"):
        CalculatorRunner(PoseOverlayCalculator).run(
            {"IMAGE": [Packet(image(), 0)], "NORM_LANDMARKS": [Packet(hand, 0)]}
        )
