"""What a comparison runs on both sides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """One comparison: a clip, or stills one after another, in one mode and profile."""

    name: str
    paths: tuple[str, ...]
    stills: bool
    static: bool
    profile: str
    max_frames: int = 0
    smooth: bool = True
    segmentation: bool = False
    masks: int = 0
    output: str = ""
    stages: str = ""
