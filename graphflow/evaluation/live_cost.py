"""What it costs to drop frames: a live run's landmarks against those of a run without losses.

Theory. A run without losses gives the landmarks of every frame: the truth here. The live run gives
results for some of the frames, each some time after its capture. At the capture of each frame of
the clip three questions can be asked of the live run:

* *results*: if this frame has a result, how far is it from the truth of this frame? It may be off,
  for tracker and filters have seen fewer frames.
* *held*: what does the newest result of this or an earlier frame say of this frame? That is what
  drops cost those who keep results, in a file say: each result holds until the next one.
* *on screen*: what does the newest result say that has arrived when this frame is captured? That is
  what somebody sees who moves and looks: drops and delay together.

A frame's error is the mean over its landmarks of the distance in pixels; and that by the torso of
the truth in this frame. Where one of both has a pose and the other has not there is no error, but a
count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from calculators.live.places import is_file
from graphflow.evaluation.torso import HIPS, SHOULDERS

Landmarks = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TrueFrame:
    """A frame of the run without losses.

    Attributes:
        time_us: when it is captured, from the clip's begin.
        landmarks: (N, 5) float32, normalised; None without a pose.
        width, height: of the picture, pixels.
    """

    time_us: int
    landmarks: Landmarks | None
    width: int
    height: int


@dataclass(frozen=True)
class LiveResult:
    """A result of the live run.

    Attributes:
        time_us: of its frame.
        seen_us: when it was there, by the same clock.
        landmarks: as in TrueFrame; None where nobody was found.
    """

    time_us: int
    seen_us: int
    landmarks: Landmarks | None


@dataclass(frozen=True)
class Spread:
    """How values are spread; quantiles are of values that occurred.

    Attributes:
        median, mean, p95, max: of them.
    """

    median: float
    mean: float
    p95: float
    max: float


@dataclass(frozen=True)
class LandmarkError:
    """How far live landmarks are from the true ones.

    Attributes:
        frames: how many have both.
        px: of the frames' errors, pixels; None where there are none.
        of_torso: the same as a share of the torso; frames without a torso's length left out.
        missing: frames with a true pose for which there is none live.
        false: frames without a true pose for which there is one live.
    """

    frames: int
    px: Spread | None
    of_torso: Spread | None
    missing: int
    false: int


@dataclass(frozen=True)
class DropPattern:
    """Which frames have no result.

    Attributes:
        dropped: how many.
        runs: how many times so many frames in a row had none, by that number.
        longest_gap_us: the longest time from the frame of one result to that of the next one, or
            from the first frame to the first result's, or from the last result's to the last frame.
    """

    dropped: int
    runs: Mapping[int, int]
    longest_gap_us: int


@dataclass(frozen=True)
class LiveCost:
    """What a live run lost.

    Attributes:
        frames: of the clip.
        frames_with_pose: of those, in the run without losses.
        results: of the live run.
        results_with_pose: of those.
        source_rate, result_rate: frames and results a second of the clip.
        age_us: of results: from the capture of a frame to its result.
        lag_us: at the capture of each frame, how old the frame is whose result is on screen.
        unseen: frames before the first result is on screen.
        pattern: which frames have no result.
        of_results, held, on_screen: the three errors.
    """

    frames: int
    frames_with_pose: int
    results: int
    results_with_pose: int
    source_rate: float
    result_rate: float
    age_us: Spread | None
    lag_us: Spread | None
    unseen: int
    pattern: DropPattern
    of_results: LandmarkError
    held: LandmarkError
    on_screen: LandmarkError


def can_be_played_twice(source: str) -> bool:
    """Tell whether a source gives the same frames again: a file, a picture or a folder.

    Raises:
        UsageError: it is a camera that is not there.
    """
    return is_file(source)


def size_of(image: Any) -> tuple[int, int] | None:
    """Return width and height of a picture; None for anything else.

    Args:
        image: any payload; (H, W, 3) arrays are pictures.
    """
    shape: tuple[int, ...] = getattr(image, "shape", ())
    return (shape[1], shape[0]) if len(shape) == 3 and shape[2] == 3 else None


def is_pose(payload: Any) -> bool:
    """Tell whether a payload is a list of landmarks that has shoulders and hips."""
    shape: tuple[int, ...] = getattr(payload, "shape", ())
    return len(shape) == 2 and shape[0] > max(HIPS) and shape[1] >= 2


def live_cost(truth: Sequence[TrueFrame], results: Iterable[LiveResult]) -> LiveCost:
    """Compare a live run with one without losses.

    Args:
        truth: at least one frame, by rising times.
        results: of some of these frames, in any order.
    """
    by_time = sorted(results, key=lambda each: each.time_us)
    arrived = _newest_first_seen(by_time)
    times = [frame.time_us for frame in truth]
    shown = [_last(arrived, "seen_us", time) for time in times]
    held = [_last(by_time, "time_us", time) for time in times]
    own = {each.time_us: each for each in by_time}
    duration_us = times[-1] - times[0]
    seconds = duration_us / 1e6 * len(times) / max(len(times) - 1, 1)
    lags = [
        time - each.time_us for time, each in zip(times, shown, strict=True) if each is not None
    ]
    return LiveCost(
        frames=len(truth),
        frames_with_pose=sum(frame.landmarks is not None for frame in truth),
        results=len(by_time),
        results_with_pose=sum(each.landmarks is not None for each in by_time),
        source_rate=len(truth) / seconds if seconds else 0.0,
        result_rate=len(by_time) / seconds if seconds else 0.0,
        age_us=spread([each.seen_us - each.time_us for each in by_time]),
        lag_us=spread(lags),
        unseen=sum(each is None for each in shown),
        pattern=drop_pattern(times, own),
        of_results=_error(truth, [own.get(time) for time in times], skips_absent=True),
        held=_error(truth, held),
        on_screen=_error(truth, shown),
    )


def drop_pattern(times: Sequence[int], with_result: Iterable[int]) -> DropPattern:
    """Return which of the frames at `times` have no result.

    Args:
        times: of all frames, rising, microseconds.
        with_result: of those with one.
    """
    kept = set(with_result)
    runs: dict[int, int] = {}
    run = 0
    marks = [times[0]]
    for time in times:
        if time not in kept:
            run += 1
            continue
        marks.append(time)
        if run:
            runs[run] = runs.get(run, 0) + 1
        run = 0
    if run:
        runs[run] = runs.get(run, 0) + 1
    marks.append(times[-1])
    gaps = [after - before for before, after in pairwise(marks)]
    dropped = sum(length * count for length, count in runs.items())
    return DropPattern(dropped, dict(sorted(runs.items())), max(gaps))


def spread(values: Sequence[float]) -> Spread | None:
    """Return how values are spread; None for none. Quantiles are nearest ranks."""
    if not values:
        return None
    median, p95 = np.quantile(values, (0.5, 0.95), method="inverted_cdf")
    return Spread(float(median), float(np.mean(values)), float(p95), float(max(values)))


def _newest_first_seen(by_time: Sequence[LiveResult]) -> list[LiveResult]:
    """Return results in the order in which they come on screen; one that comes late does not."""
    shown: list[LiveResult] = []
    for each in sorted(by_time, key=lambda result: (result.seen_us, result.time_us)):
        if not shown or each.time_us > shown[-1].time_us:
            shown.append(each)
    return shown


def _last(results: Sequence[LiveResult], by: str, time_us: int) -> LiveResult | None:
    """Return the last result that is there at a time; they are sorted by that attribute."""
    low, high = 0, len(results)
    while low < high:
        middle = (low + high) // 2
        if getattr(results[middle], by) <= time_us:
            low = middle + 1
        else:
            high = middle
    return results[low - 1] if low else None


def _error(
    truth: Sequence[TrueFrame],
    answers: Sequence[LiveResult | None],
    *,
    skips_absent: bool = False,
) -> LandmarkError:
    """Compare frames with answers, None for no answer at all."""
    in_px: list[float] = []
    of_torso: list[float] = []
    missing = false = 0
    for frame, answer in zip(truth, answers, strict=True):
        if answer is None and skips_absent:
            continue
        found = None if answer is None else answer.landmarks
        if frame.landmarks is None or found is None:
            missing += frame.landmarks is not None
            false += found is not None
            continue
        true_px, found_px = _pixels(frame.landmarks, frame), _pixels(found, frame)
        error = float(np.linalg.norm(true_px - found_px, axis=1).mean())
        torso = float(np.linalg.norm(_middle(true_px, SHOULDERS) - _middle(true_px, HIPS)))
        in_px.append(error)
        if torso > 0:
            of_torso.append(error / torso)
    return LandmarkError(len(in_px), spread(in_px), spread(of_torso), missing, false)


def _pixels(landmarks: Landmarks, frame: TrueFrame) -> Pixels:
    places: Pixels = landmarks[:, :2].astype(np.float64) * (frame.width, frame.height)
    return places


def _middle(places: Pixels, rows: Sequence[int]) -> Pixels:
    middle: Pixels = places[list(rows)].mean(axis=0)
    return middle
