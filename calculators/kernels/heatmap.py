"""Refinement of landmarks by the centre of mass of a heatmap around each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calculators.kernels.transcendental import sigmoid
from calculators.types import FloatArray, NormalizedLandmarks


def refine_landmarks(
    landmarks: NormalizedLandmarks,
    heatmap: FloatArray,
    *,
    kernel_size: int,
    min_confidence_to_refine: float,
    refine_presence: bool = False,
    refine_visibility: bool = False,
) -> NormalizedLandmarks:
    """Move each landmark to the weighted mean of the heatmap cells around it.

    Args:
        landmarks: (N, 5) float32, normalised to the heatmap.
        heatmap: (H, W, N) float32 logits, or with leading axes of length 1.
        kernel_size: Side of the window in cells; odd. Clipped at the edges.
        min_confidence_to_refine: A landmark moves only if some cell of its window reaches this.
        refine_presence: Whether presence is limited to the window's highest confidence.
        refine_visibility: Whether visibility is.

    Returns:
        (N, 5) float32; a new array. Landmarks outside the heatmap stay as they are.

    Raises:
        ValueError: The heatmap does not have one channel per landmark.

    Source: MediaPipe, calculators/util/refine_landmarks_from_heatmap_calculator.cc
    """
    if heatmap.ndim < 3 or heatmap.shape[-1] != len(landmarks):
        raise ValueError(
            f"found a heatmap of shape {heatmap.shape} for {len(landmarks)} landmarks; "
            "expected (height, width, landmarks)"
        )
    height, width, count = heatmap.shape[-3:]
    column, row = _cell(landmarks[:, 0], width), _cell(landmarks[:, 1], height)
    is_inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    offset = (kernel_size - 1) // 2
    steps = np.arange(-offset, offset + 1)
    # (K * K, N): row-major cells of each landmark's window.
    rows = row + np.repeat(steps, len(steps))[:, None]
    columns = column + np.tile(steps, len(steps))[:, None]
    is_cell = is_inside & (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    cells = (
        np.clip(rows, 0, height - 1) * width + np.clip(columns, 0, width - 1)
    ) * count + np.arange(count)
    confidence = sigmoid(heatmap.reshape(-1)[cells])
    confidence *= is_cell
    total, highest, column_mean, row_mean = _moments(confidence, columns, rows)
    is_refined = is_inside & (highest >= np.float32(min_confidence_to_refine)) & (total > 0)
    result = landmarks.copy()
    with np.errstate(all="ignore"):
        refined_x = column_mean / np.float32(width) / total
        refined_y = row_mean / np.float32(height) / total
    result[:, 0] = np.where(is_refined, refined_x, landmarks[:, 0])
    result[:, 1] = np.where(is_refined, refined_y, landmarks[:, 1])
    is_limited = is_inside & (total > 0)
    for is_wanted, field in ((refine_visibility, 3), (refine_presence, 4)):
        if is_wanted:
            limited = np.minimum(landmarks[:, field], highest)
            result[:, field] = np.where(is_limited, limited, landmarks[:, field])
    return NormalizedLandmarks(result)


def _cell(position: FloatArray, cells: int) -> npt.NDArray[np.intp]:
    """Return the cell of each position, truncated towards zero; far away and NaN lie outside."""
    scaled = position * np.float32(cells)
    bounded = np.fmax(np.fmin(scaled, np.float32(cells)), np.float32(-2))
    index: npt.NDArray[np.intp] = np.trunc(bounded).astype(np.intp)
    return index


def _moments(
    confidence: FloatArray, columns: npt.NDArray[np.intp], rows: npt.NDArray[np.intp]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return (N,) sum, maximum, sum times column, sum times row, added in cell order.

    accumulate() adds in order and rounds each sum to float32, as the source's loop does; sum()
    may add pairwise. Cells outside the window have confidence 0 and change nothing.
    """
    count = confidence.shape[1]
    terms = np.empty((len(confidence), 3, count), np.float32)
    terms[:, 0] = confidence
    np.multiply(columns.astype(np.float32), confidence, out=terms[:, 1])
    np.multiply(rows.astype(np.float32), confidence, out=terms[:, 2])
    sums = np.add.accumulate(terms, axis=0)[-1]
    return sums[0], confidence.max(axis=0), sums[1], sums[2]
