"""Angles at joints, from landmarks in space."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from calculators.types import WorldLandmarks


def joint_angles_deg(
    landmarks: WorldLandmarks, triples: Sequence[tuple[int, int, int]]
) -> npt.NDArray[np.float64]:
    """Measure the angle at the middle landmark of each triple.

    Args:
        landmarks: (N, 5) float32; x, y, z in one unit, then visibility and presence, unused.
        triples: J rows each of an end, the joint and the other end.

    Returns:
        (J,) float64 degrees from 0 (folded) to 180 (straight); NaN where an end lies on the joint
        or a coordinate is not finite.

    Raises:
        ValueError: a triple names a row that does not exist.
    """
    rows = np.asarray(triples, np.intp).reshape(-1, 3)
    if rows.size and not 0 <= rows.min() <= rows.max() < len(landmarks):
        raise ValueError(
            f"found {len(landmarks)} landmarks; the joints need rows up to {rows.max()}"
        )
    points = landmarks[:, :3].astype(np.float64)[rows]  # (J, 3 points, 3 coordinates)
    first, second = points[:, 0] - points[:, 1], points[:, 2] - points[:, 1]
    with np.errstate(invalid="ignore"):
        across = np.linalg.norm(np.cross(first, second), axis=1)
        along = np.sum(first * second, axis=1)
        # Exact near 0 and 180 degrees too, where the arc cosine is not.
        angles = np.degrees(np.arctan2(across, along))
    is_point = ~np.any(first, axis=1) | ~np.any(second, axis=1)
    return np.where(is_point, np.nan, angles)
