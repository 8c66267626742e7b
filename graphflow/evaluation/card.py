"""Figures of BlazePose's model card (July 2020), as lines to compare with."""

from __future__ import annotations

from typing import Final

CARD_THRESHOLD: Final = 0.2
"""The largest error of a detected joint, as a share of the torso radius."""

CARD_CRITERION_POINTS: Final = 5.0
"""The largest range between regions that the card calls fair, points of PDJ."""

LOWEST_REGION_PDJ: Final = 80.9
"""Of the 14 regions in the card's table."""

HIGHEST_REGION_PDJ: Final = 86.8
"""Of the 14 regions in the card's table; its text says 85.5, and a range of 4.6."""

TOLERATED_SHIFT_PERCENT: Final = 10.0
"""Of the region's side, by which its centre may be off."""

TOLERATED_SCALE_PERCENT: Final = 10.0
"""By which the region may be too large or too small."""

TOLERATED_ROLL_DEG: Final = 8.0
"""By which the region may be turned, either way."""
