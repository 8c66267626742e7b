"""How videos are encoded: the options that all sinks of frames share."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from graphflow import Options

Preset = Literal[
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
    "placebo",
]


class EncodingOptions(Options):
    """How a video is encoded; pictures are not concerned."""

    codec: str | None = Field(
        None, description="FFmpeg's name of an encoder; H.264, or VP9 for WebM, where absent"
    )
    crf: int = Field(23, ge=0, le=51, description="constant rate factor: 0 lossless, 51 worst")
    preset: Preset = Field("veryfast", description="x264's trade of time for size")
