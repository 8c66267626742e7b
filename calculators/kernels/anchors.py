"""SSD anchors: the fixed grid of boxes that a single-shot detector's outputs are relative to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calculators.types import Anchors, FloatArray


@dataclass(frozen=True)
class SsdAnchorOptions:
    """How the anchors of a model are laid out; names are SsdAnchorsCalculatorOptions'.

    Attributes:
        input_size_width: Width of the model input in pixels.
        input_size_height: Height of the model input in pixels.
        min_scale: Anchor size of the first layer, as a fraction of the input.
        max_scale: Anchor size of the last layer, as a fraction of the input.
        num_layers: Number of output layers; one stride each.
        strides: Pixels between anchors, per layer; neighbours of equal stride share a grid.
        aspect_ratios: Width over height of each anchor of a cell.
        anchor_offset_x: Where in its cell an anchor lies, 0 to 1.
        anchor_offset_y: Where in its cell an anchor lies, 0 to 1.
        fixed_anchor_size: Whether every anchor has width and height 1 (scales play no part).
        interpolated_scale_aspect_ratio: Aspect ratio of one more anchor per layer, sized between
            that layer and the next; 0 for none.
        reduce_boxes_in_lowest_layer: Whether the first layer has three predefined anchors.
    """

    input_size_width: int
    input_size_height: int
    min_scale: float
    max_scale: float
    num_layers: int
    strides: tuple[int, ...]
    aspect_ratios: tuple[float, ...] = (1.0,)
    anchor_offset_x: float = 0.5
    anchor_offset_y: float = 0.5
    fixed_anchor_size: bool = False
    interpolated_scale_aspect_ratio: float = 1.0
    reduce_boxes_in_lowest_layer: bool = False


def generate_anchors(options: SsdAnchorOptions) -> Anchors:
    """Lay out all anchors: layer groups of equal stride, then rows, columns, anchors of a cell.

    Args:
        options: The layout; see there for units.

    Returns:
        (N, 4) float32: x_center, y_center, width, height; normalised to the model input.

    Raises:
        ValueError: The number of strides is not ``num_layers``, or a stride is below 1.

    Source: MediaPipe, calculators/tflite/ssd_anchors_calculator.cc
    """
    strides = options.strides
    if len(strides) != options.num_layers or min(strides, default=1) < 1:
        raise ValueError(
            f"found strides {list(strides)} for {options.num_layers} layers; "
            "expected one stride of at least 1 px per layer"
        )
    groups: list[FloatArray] = []
    layer = 0
    while layer < len(strides):
        end = layer
        while end < len(strides) and strides[end] == strides[layer]:
            end += 1
        sizes = np.concatenate([_layer_sizes(options, index) for index in range(layer, end)])
        groups.append(_grid(options, strides[layer], sizes))
        layer = end
    return Anchors(np.concatenate(groups) if groups else np.zeros((0, 4), np.float32))


def _layer_scale(options: SsdAnchorOptions, layer: int) -> np.float32:
    low, high = np.float32(options.min_scale), np.float32(options.max_scale)
    count = len(options.strides)
    if count == 1:
        mean: np.float32 = (low + high) * np.float32(0.5)
        return mean
    # The difference is float32, the rest double: the source multiplies by the literal 1.0.
    scale: np.float32 = np.float32(float(low) + float(high - low) * layer / (count - 1))
    return scale


def _layer_sizes(options: SsdAnchorOptions, layer: int) -> FloatArray:
    """Return (A, 2) float32 width, height of the anchors that one layer adds to a cell."""
    scale = _layer_scale(options, layer)
    if layer == 0 and options.reduce_boxes_in_lowest_layer:
        ratios = [1.0, 2.0, 0.5]
        scales = [np.float32(0.1), scale, scale]
    else:
        ratios = list(options.aspect_ratios)
        scales = [scale] * len(ratios)
        if options.interpolated_scale_aspect_ratio > 0:
            is_last = layer == len(options.strides) - 1
            following = np.float32(1) if is_last else _layer_scale(options, layer + 1)
            scales.append(np.sqrt(scale * following))
            ratios.append(options.interpolated_scale_aspect_ratio)
    ratio_roots = np.sqrt(np.array(ratios, np.float32))
    widths = np.array(scales, np.float32) * ratio_roots
    heights = np.array(scales, np.float32) / ratio_roots
    return np.stack([widths, heights], axis=-1)


def _grid(options: SsdAnchorOptions, stride: int, sizes: FloatArray) -> FloatArray:
    """Return the (rows * columns * A, 4) anchors of one group of layers."""
    rows = -(-options.input_size_height // stride)
    columns = -(-options.input_size_width // stride)
    x = (np.arange(columns, dtype=np.float32) + np.float32(options.anchor_offset_x)) / np.float32(
        columns
    )
    y = (np.arange(rows, dtype=np.float32) + np.float32(options.anchor_offset_y)) / np.float32(rows)
    anchors = np.empty((rows, columns, len(sizes), 4), np.float32)
    anchors[..., 0] = x[None, :, None]
    anchors[..., 1] = y[:, None, None]
    anchors[..., 2:] = 1.0 if options.fixed_anchor_size else sizes
    return anchors.reshape(-1, 4)
