"""GpuOrigin: an option that MediaPipe's graphs set and that has no meaning here."""

from __future__ import annotations

from enum import Enum


class GpuOrigin(Enum):
    """Accepted so that MediaPipe's graphs load; there is no GPU here."""

    DEFAULT = "DEFAULT"
    CONVENTIONAL = "CONVENTIONAL"
    TOP_LEFT = "TOP_LEFT"
