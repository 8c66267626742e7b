"""Figures of BlazePose's model card (July 2020), as lines to compare with."""

from __future__ import annotations

from typing import Final

LOWEST_REGION_PDJ: Final = 80.9
"""Of the 14 regions in the card's table."""

HIGHEST_REGION_PDJ: Final = 86.8
"""Of the 14 regions in the card's table; its text says 85.5, and a range of 4.6."""
