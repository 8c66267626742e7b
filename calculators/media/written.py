"""What a writer left on disk, for the summary of a run."""

from __future__ import annotations

from pathlib import Path

from graphflow.words.quick_dataclass import dataclass


@dataclass(frozen=True)
class Written:
    """The result of a writer.

    Attributes:
        path: the file, or the folder of numbered files; None where nothing was written.
        frames: how many frames are in it.
    """

    path: Path | None
    frames: int
