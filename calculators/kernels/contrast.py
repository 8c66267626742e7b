"""Contrast: spread the levels of an image over the whole range."""

from __future__ import annotations

import numpy as np

from calculators.types import RgbImage

LEVELS = 256


def stretch_contrast(image: RgbImage, low_share: float, high_share: float) -> RgbImage:
    """Return an image whose levels are spread linearly, the same for all three channels.

    Args:
        image: (H, W, 3) uint8.
        low_share: share of the values, 0 to 1, that may become 0; less than `high_share`.
        high_share: share of the values, 0 to 1, above which they may become 255.

    Returns:
        (H, W, 3) uint8; a new array. An image of one level stays as it is.

    Source: ours; as ImageMagick's -contrast-stretch.
    """
    counts = np.bincount(image.reshape(-1), minlength=LEVELS)
    reached = np.cumsum(counts) / max(image.size, 1)
    low = int(np.searchsorted(reached, low_share, side="right"))
    high = int(np.searchsorted(reached, high_share, side="left"))
    if high <= low:
        return RgbImage(image.copy())
    levels = np.arange(LEVELS, dtype=np.float64)
    table = np.clip(np.rint((levels - low) * (LEVELS - 1) / (high - low)), 0, LEVELS - 1)
    return RgbImage(table.astype(np.uint8)[image])
