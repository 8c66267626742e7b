from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from calculators.kernels.anchors import SsdAnchorOptions, generate_anchors

POSE = SsdAnchorOptions(
    input_size_width=224,
    input_size_height=224,
    min_scale=0.1484375,
    max_scale=0.75,
    num_layers=5,
    strides=(8, 16, 32, 32, 32),
    fixed_anchor_size=True,
)


def test_pose_detector_has_2254_anchors_in_three_grids() -> None:
    anchors = generate_anchors(POSE)
    assert anchors.shape == (2254, 4)
    assert anchors.dtype == np.float32
    assert np.all(anchors[:, 2:] == 1)
    for start, grid in ((0, 28), (1568, 14), (1960, 7)):
        assert anchors[start, 0] == np.float32(0.5) / np.float32(grid)


def test_anchors_of_a_cell_are_neighbours_and_x_runs_faster_than_y() -> None:
    anchors = generate_anchors(POSE)
    assert np.array_equal(anchors[0], anchors[1])
    assert anchors[2, 0] == np.float32(1.5) / np.float32(28)
    assert anchors[2, 1] == anchors[0, 1]
    assert anchors[56, 1] == np.float32(1.5) / np.float32(28)
    assert len(np.unique(anchors[1960:1966], axis=0)) == 1


def test_every_anchor_centre_is_symmetric_about_the_middle() -> None:
    anchors = generate_anchors(POSE)
    assert np.allclose(anchors[:1568, :2].mean(axis=0), 0.5, atol=1e-6)


def test_a_side_that_is_no_multiple_of_the_stride_rounds_the_grid_up() -> None:
    options = replace(POSE, input_size_width=100, num_layers=1, strides=(32,))
    assert len(generate_anchors(options)) == 4 * 7 * 2


def test_sizes_follow_scales_and_aspect_ratios() -> None:
    options = SsdAnchorOptions(
        input_size_width=64,
        input_size_height=64,
        min_scale=0.2,
        max_scale=0.8,
        num_layers=2,
        strides=(32, 64),
        aspect_ratios=(1.0, 4.0),
    )
    first_cell = generate_anchors(options)[:3, 2:]
    between = math.sqrt(0.2 * 0.8)
    assert np.allclose(first_cell, [[0.2, 0.2], [0.4, 0.1], [between, between]], atol=1e-6)
    last_cell = generate_anchors(options)[-3:, 2:]
    assert np.allclose(last_cell[2], math.sqrt(0.8), atol=1e-6)


def test_reduced_lowest_layer_has_three_predefined_anchors() -> None:
    options = replace(
        POSE,
        num_layers=1,
        strides=(224,),
        fixed_anchor_size=False,
        reduce_boxes_in_lowest_layer=True,
    )
    anchors = generate_anchors(options)
    assert anchors.shape == (3, 4)
    assert np.allclose(anchors[0, 2:], 0.1)
    assert np.allclose(anchors[1, 2] / anchors[1, 3], 2)
    assert np.allclose(anchors[2, 2] / anchors[2, 3], 0.5)


def test_no_interpolated_anchor_when_its_ratio_is_zero() -> None:
    assert len(generate_anchors(replace(POSE, interpolated_scale_aspect_ratio=0.0))) == 1127


def test_no_layers_give_no_anchors() -> None:
    assert generate_anchors(replace(POSE, num_layers=0, strides=())).shape == (0, 4)


@pytest.mark.parametrize("strides", [(8, 16), (8, 16, 32, 32, 0)])
def test_wrong_strides_are_refused(strides: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="5 layers; expected one stride"):
        generate_anchors(replace(POSE, strides=strides))
