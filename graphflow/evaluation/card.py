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
