"""QualityWarningsCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.live.quality_warnings import QualityWarningsCalculator
from calculators.types import Detections, PoseEvent, PoseQuality
from graphflow import Packet
from graphflow.loading import plan_from_text
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import ConfigError

STEP_US = 500_000


def image(low: int = 50, high: int = 250) -> np.ndarray:
    """A striped picture: luma between both levels, contrast half of their distance."""
    stripes = np.where(np.arange(100) // 5 % 2 == 0, low, high).astype(np.uint8)
    return np.broadcast_to(stripes[:, None, None], (100, 100, 3)).copy()


def body(scale: float = 0.6, top: float = 0.2) -> np.ndarray:
    """A straight body: head at its top, feet at its end."""
    landmarks = np.zeros((33, 5), np.float32)
    landmarks[:, 0] = 0.5
    landmarks[15:17, 0] = 0.5 - 0.2 * scale, 0.5 + 0.2 * scale
    landmarks[:, 1] = top + scale * np.linspace(0.0, 1.0, 33)
    landmarks[11:13, 1], landmarks[23:25, 1] = top + 0.2 * scale, top + 0.5 * scale
    landmarks[:, 3] = 1.0
    return landmarks


def people(count: int) -> Detections:
    return Detections(
        np.ones(count, np.float32),
        np.zeros((count, 4), np.float32),
        np.zeros((count, 4, 2), np.float32),
    )


def run(
    frames: list[tuple[Any, Any]], looks: list[int | None] | None = None, **options: Any
) -> tuple[list[tuple[int, tuple[PoseEvent, ...]]], list[PoseQuality]]:
    """Run frames of picture and landmarks (None for nobody), one each half a second."""
    times = [at * STEP_US for at in range(len(frames))]
    feeds = {
        "IMAGE": [Packet(each, time) for time, (each, _) in zip(times, frames, strict=True)],
        "NORM_LANDMARKS": [
            Packet(each, time)
            for time, (_, each) in zip(times, frames, strict=True)
            if each is not None
        ],
    }
    if looks is not None:
        both = [(time, each) for time, each in zip(times, looks, strict=True) if each is not None]
        feeds["DETECTOR_TICK"] = [Packet(None, time) for time, _ in both]
        feeds["DETECTIONS"] = [Packet(people(each), time) for time, each in both if each]
    found = CalculatorRunner(QualityWarningsCalculator, options=options).run(feeds)
    events = found["EVENTS"]
    return list(zip(map(int, events.timestamps), events.values, strict=True)), found[
        "QUALITY"
    ].values


def kinds(frames: list[tuple[Any, Any]], **options: Any) -> list[tuple[int, str, str]]:
    found, _ = run(frames, **options)
    return [(time, each.kind, each.phase) for time, group in found for each in group]


def test_a_good_picture_warns_of_nothing() -> None:
    events, qualities = run([(image(), body())] * 6)
    assert events == []
    assert len(qualities) == 6
    assert qualities[0].body_size == pytest.approx(0.6)
    assert (qualities[0].head_seen, qualities[0].people) == (1.0, None)
    assert qualities[0].luma == pytest.approx(150, abs=10)


def test_far_away_begins_and_ends_with_value_and_threshold() -> None:
    near, far = (image(), body()), (image(), body(0.25))
    found, _ = run([near, *[far] * 4, *[near] * 4])
    (begun, (begin,)), (ended, (end,)) = found
    assert (begun, begin.kind, begin.phase, begin.since_us) == (
        1_500_000,
        "too_far",
        "begin",
        500_000,
    )
    assert (begin.measure, begin.threshold, begin.lasted_us) == ("body_size", 0.3, None)
    assert begin.value == pytest.approx(0.25)
    assert (ended, end.phase, end.since_us, end.lasted_us) == (
        3_500_000,
        "end",
        2_500_000,
        2_000_000,
    )
    assert end.value == pytest.approx(0.6)
    assert not end.is_cut


def test_a_head_above_the_picture_is_out_of_frame() -> None:
    assert kinds([(image(), body(top=-0.2))] * 3) == [
        (1_000_000, "head_out_of_frame", "begin"),
        (1_000_001, "head_out_of_frame", "end"),
    ]


def test_warnings_of_a_body_end_with_it() -> None:
    found = kinds([*[(image(), body(0.1))] * 3, *[(image(), None)] * 3])
    assert found == [(1_000_000, "too_far", "begin"), (2_500_000, "too_far", "end")]


def test_darkness_counts_with_and_without_a_body() -> None:
    for landmarks in (None, body()):
        found, _ = run([(image(0, 40), landmarks)] * 3)
        assert [(each.kind, each.measure) for _, group in found for each in group] == [
            ("poor_light", "luma")
        ] * 2


def test_a_flat_picture_is_poor_light_for_a_body_and_a_wall_without_one() -> None:
    found, _ = run([(image(120, 130), body())] * 3)
    assert [each.measure for _, group in found for each in group] == ["contrast"] * 2
    assert kinds([(image(120, 130), None)] * 3) == []


def test_people_are_counted_where_the_detector_looked() -> None:
    frames = [(image(), body())] * 8
    looks = [2, None, 3, None, 1, None, None, 0]
    found, qualities = run(frames, looks)
    assert [each.people for each in qualities] == looks
    assert [(time, each.phase, each.value) for time, group in found for each in group] == [
        (1_000_000, "begin", 3.0),
        (3_500_000, "end", 0.0),
    ]


def test_one_look_at_two_is_not_enough() -> None:
    assert run([(image(), body())] * 5, [2, None, 1, None, 2])[0] == []


def test_several_warnings_of_one_time_come_in_one_packet() -> None:
    found, _ = run([(image(0, 20), body(0.1))] * 3)
    assert [len(group) for _, group in found] == [2, 2]
    assert all(each.is_cut for each in found[1][1])


@pytest.mark.parametrize(
    "options",
    [{"body_size_min": 0.0}, {"body_size_min": 0.05}, {"begin_after_s": 2.0}],
)
def test_options_say_what_is_warned_of(options: dict[str, float]) -> None:
    assert kinds([(image(), body(0.1))] * 3, **options) == []


def test_people_max_is_the_most_that_do_not_warn() -> None:
    assert run([(image(), body())] * 3, [2, 2, 2], people_max=2)[0] == []


def test_detections_without_their_tick_are_refused() -> None:
    with pytest.raises(ConfigError, match="expected DETECTIONS and DETECTOR_TICK"):
        plan_from_text(
            "input_stream: [image, pose, people]\n"
            "node:\n"
            "  - calculator: QualityWarningsCalculator\n"
            '    input_stream: ["IMAGE:image", "NORM_LANDMARKS:pose", "DETECTIONS:people"]\n'
        )
