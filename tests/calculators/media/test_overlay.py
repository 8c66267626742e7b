"""Drawing over images, and telling their size."""

from __future__ import annotations

import numpy as np

from calculators.media import ImagePropertiesCalculator, PoseOverlayCalculator
from calculators.types import Detections, ImageSize, RgbImage
from graphflow import Packet
from graphflow.testing import CalculatorRunner


def image() -> RgbImage:
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels.setflags(write=False)
    return RgbImage(pixels)


def landmarks() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    points = np.full((33, 5), 0.5, np.float32)
    points[:, :2] = np.linspace(0.1, 0.9, 66).reshape(33, 2)
    points[:, 3:] = 1
    return points


def test_an_image_without_a_body_passes_as_it_is() -> None:
    source = image()
    outputs = CalculatorRunner(PoseOverlayCalculator).run(
        {"IMAGE": [Packet(source, 5)], "NORM_LANDMARKS": []}
    )
    assert outputs["IMAGE"].timestamps == [5]
    assert outputs["IMAGE"].values[0] is source


def test_each_thing_is_drawn_on_a_read_only_copy() -> None:
    batch = Detections(
        np.ones(1, np.float32),
        np.array([[0.2, 0.2, 0.5, 0.5]], np.float32),
        np.zeros((1, 0, 2), np.float32),
    )
    things = {
        "NORM_LANDMARKS": landmarks(),
        "NORM_RECT": np.array([0.5, 0.5, 0.4, 0.4, 0.3], np.float32),
        "DETECTIONS": batch,
    }
    for tag, thing in things.items():
        source = image()
        (drawn,) = (
            CalculatorRunner(PoseOverlayCalculator)
            .run({"IMAGE": [Packet(source, 0)], tag: [Packet(thing, 0)]})["IMAGE"]
            .values
        )
        assert drawn.any() and not source.any(), tag
        assert not drawn.flags.writeable


def test_landmarks_without_an_image_draw_nothing() -> None:
    outputs = CalculatorRunner(PoseOverlayCalculator).run(
        {"IMAGE": [], "NORM_LANDMARKS": [Packet(landmarks(), 0)]}
    )
    assert outputs["IMAGE"].packets == []


def test_the_size_is_width_then_height() -> None:
    outputs = CalculatorRunner(ImagePropertiesCalculator).run({"IMAGE": [Packet(image(), 3)]})
    assert outputs["SIZE"].values == [ImageSize(64, 48)]
    assert outputs["SIZE"].timestamps == [3]
