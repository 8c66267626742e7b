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
    sides = np.array([width, height], np.float32)
    column, row = _cells(landmarks[:, :2], sides).T
    offset = (kernel_size - 1) // 2
    steps = np.arange(-offset, offset + 1)[:, None]
    # (K, N): columns and rows of each landmark's window.
    columns, rows = column + steps, row + steps
    # (K, K, N): row by row, as the source goes through a window.
    places = (rows * (width * count))[:, None] + (columns * count + np.arange(count))
    confidence = sigmoid(heatmap.reshape(-1).take(places, mode="clip"))
    is_row, is_column = _is_below(rows, height), _is_below(columns, width)
    confidence *= is_row[:, None] & is_column
    sums, highest = _moments(confidence, columns, rows)
    total = sums[0]
    is_known = is_row[offset] & is_column[offset] & (total > 0)
    is_refined = is_known & (highest >= np.float32(min_confidence_to_refine))
    result = landmarks.copy()
    sums[1:] /= sides[:, None]
    np.divide(sums[1:], total, out=result[:, :2].T, where=is_refined)
    for is_wanted, field in ((refine_visibility, 3), (refine_presence, 4)):
        if is_wanted:
            np.minimum(landmarks[:, field], highest, out=result[:, field], where=is_known)
    return NormalizedLandmarks(result)


def _cells(positions: FloatArray, sides: FloatArray) -> npt.NDArray[np.intp]:
    """Return the cell of each position, truncated towards zero; far away and NaN lie outside."""
    scaled = positions * sides
    bounded = np.fmax(np.fmin(scaled, sides, out=scaled), np.float32(-2), out=scaled)
    cells: npt.NDArray[np.intp] = bounded.astype(np.intp)
    return cells


def _is_below(cells: npt.NDArray[np.intp], side: int) -> npt.NDArray[np.bool_]:
    """Return whether cells are at least 0 and below ``side``; unsigned, what is below 0 is huge."""
    is_below: npt.NDArray[np.bool_] = cells.view(np.uintp) < side
    return is_below


def _moments(
    confidence: FloatArray, columns: npt.NDArray[np.intp], rows: npt.NDArray[np.intp]
) -> tuple[FloatArray, FloatArray]:
    """Return (3, N) sum, sum times column and sum times row, and (N,) the maximum.

    A sum over the slowest axis adds one term after the other and rounds each time to float32, as
    the source's loop does; only over the fastest axis does numpy add pairwise. Cells outside the
    window have confidence 0 and change nothing.
    """
    kernel_size, _, count = confidence.shape
    cells = kernel_size * kernel_size
    terms = np.empty((kernel_size, kernel_size, 3, count), np.float32)
    terms[:, :, 0] = confidence
    np.multiply(columns.astype(np.float32), confidence, out=terms[:, :, 1])
    np.multiply(rows.astype(np.float32)[:, None], confidence, out=terms[:, :, 2])
    sums: FloatArray = np.add.reduce(terms.reshape(cells, 3, count), axis=0)
    return sums, confidence.reshape(cells, count).max(axis=0)
