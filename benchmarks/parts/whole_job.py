"""(b) The whole job: a clip in, the same clip with the pose drawn in out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from benchmarks.figures import FASTER, Check, Figure, Part, at_least, cost
from benchmarks.parts.landmarks import THEIRS, per_frame
from benchmarks.parts.setting import MS, Setting
from benchmarks.servers import Server, graphflow_server, mediapipe_server
from benchmarks.turns import CPU, WALL, Sample, ratios, take_turns
from calculators.media.encoding_options import EncodingOptions

HOW: Final = (
    "A clip of 1280 x 720 is decoded, tracked, drawn on and written as H.264: by `pose_tracking`, "
    "and by the script people write today, with OpenCV's `VideoCapture`, `solutions.pose`, "
    "`drawing_utils` and PyAV. Both write with x264 and the same options; everything is counted "
    "from loading the graph, or opening the clip, to the closed file."
)
OURS: Final = "graphflow"
DISTANCE_MAX_PX: Final = 15.0
"""Mean distance of the landmarks at 1280 x 720, a hundredth of the diagonal.

OpenCV decodes with other roundings than PyAV, and tracking amplifies the last bit to pixels.
"""

LEVELS_MAX: Final = 4.0
"""Mean difference of the two videos' pixels, of 255."""


def measure(setting: Setting) -> Part:
    """Measure, and compare the two videos of the last turn."""
    with graphflow_server() as ours, mediapipe_server(setting.python) as theirs:
        rounds = take_turns(_sides(setting, ours, theirs), setting.rounds)
    figure = Figure(
        "decode, track, draw, encode",
        ratios(rounds, THEIRS, OURS, WALL),
        FASTER,
        at_least(2.0),
        cost(rounds, OURS, "ms a frame", MS),
        cost(rounds, THEIRS, "ms a frame", MS),
        ratios(rounds, THEIRS, OURS, CPU),
    )
    checks = [
        check_landmarks(*(_landmarks(setting, side) for side in ("ours", "theirs"))),
        check_videos(*(_pictures(_video(setting, side)) for side in ("ours", "theirs"))),
    ]
    return Part("b", "the whole job", HOW, [figure], checks, rounds=setting.rounds)


def check_landmarks(ours: np.ndarray[Any, Any], theirs: np.ndarray[Any, Any]) -> Check:
    """Compare landmarks in pixels.

    Args:
        ours: (F, 33, 2), NaN where there is no pose.
        theirs: the same.
    """
    name = "the same poses"
    if ours.shape != theirs.shape:
        return Check(name, False, f"{len(ours)} and {len(theirs)} frames")
    mismatches = int(np.count_nonzero(np.isnan(ours[:, 0, 0]) != np.isnan(theirs[:, 0, 0])))
    distances = np.linalg.norm(ours - theirs, axis=-1)
    if np.all(np.isnan(distances)):
        return Check(name, False, "there is no pose to compare")
    mean = float(np.nanmean(distances))
    return Check(
        name,
        mismatches == 0 and mean <= DISTANCE_MAX_PX,
        f"poses in the same frames but {mismatches}; landmarks {mean:.2f} px apart in the mean",
    )


def check_videos(
    ours: Iterator[np.ndarray[Any, Any]], theirs: Iterator[np.ndarray[Any, Any]]
) -> Check:
    """Compare what was written, picture by picture."""
    differences: list[float] = []
    name = "the same video"
    for mine, other in zip_longest(ours, theirs):
        if mine is None or other is None or mine.shape != other.shape:
            return Check(name, False, f"they are alike for {len(differences)} frames only")
        differences.append(float(np.mean(np.abs(mine.astype(np.int16) - other))))
    mean = float(np.mean(differences)) if differences else float("inf")
    return Check(
        name,
        mean <= LEVELS_MAX,
        f"{len(differences)} frames, {mean:.2f} of 255 levels apart in the mean",
    )


def _sides(setting: Setting, ours: Server, theirs: Server) -> dict[str, Any]:
    request = {"clip": str(setting.large), "frames": setting.frames(165, 60)}
    options = EncodingOptions()

    def run_theirs() -> Sample:
        return per_frame(
            theirs.ask(
                "whole_job",
                **_targets(setting, "theirs"),
                crf=str(options.crf),
                preset=options.preset,
                **request,
            )
        )

    def run_ours() -> Sample:
        return per_frame(ours.ask("whole_job", **_targets(setting, "ours"), **request))

    return {THEIRS: run_theirs, OURS: run_ours}


def _targets(setting: Setting, side: str) -> dict[str, str]:
    return {
        "output": str(_video(setting, side)),
        "answers": str(setting.folder / f"whole_{side}.npz"),
    }


def _video(setting: Setting, side: str) -> Path:
    return setting.folder / f"whole_{side}.mp4"


def _landmarks(setting: Setting, side: str) -> np.ndarray[Any, Any]:
    with av.open(str(setting.large)) as clip, np.load(_targets(setting, side)["answers"]) as file:
        size = clip.streams.video[0].width, clip.streams.video[0].height
        pixels: np.ndarray[Any, Any] = file["landmarks"][..., :2] * size
    return pixels


def _pictures(video: Path) -> Iterator[np.ndarray[Any, Any]]:
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="gray")
