"""What every part of the benchmarks is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

MS: Final = 1e3
US: Final = 1e6


@dataclass(frozen=True)
class Setting:
    """How a run measures.

    Attributes:
        python: that of MediaPipe's environment.
        folder: for files that may go afterwards.
        large: the clip of 1280 x 720.
        small: the clip of 640 x 480.
        clip_frames: how many frames each of them has.
        rounds: turns of every side that are kept.
        is_quick: whether to do less, for figures that are rough.
    """

    python: Path
    folder: Path
    large: Path
    small: Path
    clip_frames: int
    rounds: int
    is_quick: bool

    def fewer(self, full: int, quick: int) -> int:
        """Return a number of things to do: the second for a quick run."""
        return quick if self.is_quick else full

    def frames(self, full: int, quick: int) -> int:
        """Return a number of frames that the clips have."""
        return min(self.fewer(full, quick), self.clip_frames)
