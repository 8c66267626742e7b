"""SsdAnchorsCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.tensor.ssd_anchors import SsdAnchorsCalculator
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import CalculatorError

OPTIONS: dict[str, Any] = {
    "input_size_width": 224,
    "input_size_height": 224,
    "min_scale": 0.1484375,
    "max_scale": 0.75,
    "num_layers": 5,
    "strides": [8, 16, 32, 32, 32],
    "fixed_anchor_size": True,
}


@pytest.mark.parametrize("port", ["ANCHORS", ""])
def test_the_pose_detector_has_2254_anchors(port: str) -> None:
    outputs = CalculatorRunner(SsdAnchorsCalculator, options=OPTIONS, side_outputs=[port]).run()
    (anchors,) = outputs.side.values()
    assert anchors.shape == (2254, 4)
    np.testing.assert_array_equal(anchors[0], np.array([0.5 / 28, 0.5 / 28, 1, 1], np.float32))
    assert not anchors.flags.writeable


def test_a_missing_stride_is_told() -> None:
    runner = CalculatorRunner(SsdAnchorsCalculator, options={**OPTIONS, "num_layers": 4})
    with pytest.raises(CalculatorError, match="for 4 layers"):
        runner.run()


def anchors(**options: Any) -> Any:
    runner = CalculatorRunner(
        SsdAnchorsCalculator, options={**OPTIONS, **options}, side_outputs=["ANCHORS"]
    )
    return runner.run().side["ANCHORS"]


def test_both_ends_give_the_same_anchors() -> None:
    side = (
        CalculatorRunner(SsdAnchorsCalculator, options=OPTIONS, side_outputs=["ANCHORS", ""])
        .run()
        .side
    )
    np.testing.assert_array_equal(side["ANCHORS"], side[":0"])


def test_an_anchor_lies_where_the_offsets_say() -> None:
    first = anchors(anchor_offset_x=0.0, anchor_offset_y=1.0)[0]
    np.testing.assert_allclose(first[:2], [0.0, 1 / 28])


def test_without_one_more_ratio_there_is_half_as_many() -> None:
    assert len(anchors(interpolated_scale_aspect_ratio=0.0)) == 1127


def test_anchors_of_no_fixed_size_grow_with_their_layer() -> None:
    found = anchors(fixed_anchor_size=False)
    np.testing.assert_allclose(found[0, 2:], 0.1484375, atol=1e-6)
    assert found[-1, 2] >= 0.75


def test_the_lowest_layer_may_have_three_predefined_anchors() -> None:
    options = {"fixed_anchor_size": False, "reduce_boxes_in_lowest_layer": True}
    # One anchor more for each cell of the first layer, which is not merged with another.
    assert len(anchors(**options)) == 2254 + 28 * 28


@pytest.mark.parametrize(
    "options", [{"input_size_width": 0}, {"input_size_height": 0}, {"num_layers": 0}]
)
def test_options_out_of_range_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        anchors(**options)
