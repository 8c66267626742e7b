"""PoseEventsCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np

from calculators.live.pose_events import PoseEventsCalculator
from calculators.types import PoseEvent
from graphflow import Packet
from graphflow.testing import CalculatorRunner

BODY = np.zeros((33, 5), np.float32)
SECOND = 1_000_000


def events(seen: str, step_us: int = 100_000, **options: Any) -> list[tuple[int, PoseEvent]]:
    """Run one frame a step, "+" where a body is seen; return events with their packets' times."""
    times = [at * step_us for at in range(len(seen))]
    ticks = [Packet(None, time) for time in times]
    bodies = [Packet(BODY, time) for time, each in zip(times, seen, strict=True) if each == "+"]
    runner = CalculatorRunner(PoseEventsCalculator, options=options)
    found = runner.run({"TICK": ticks, "NORM_LANDMARKS": bodies})["EVENTS"]
    assert all(len(each) == 1 for each in found.values)
    return [(int(time), each[0]) for time, each in zip(found.timestamps, found.values, strict=True)]


def test_presence_begins_when_it_is_sure_and_ends_so() -> None:
    found = events("--+++++" + "-" * 12)
    assert found == [
        (400_000, PoseEvent("presence", "begin", 200_000)),
        (1_700_000, PoseEvent("presence", "end", 700_000, 500_000)),
    ]


def test_a_flash_is_no_body_and_a_blink_no_departure() -> None:
    assert events("--++--+-+-") == []
    assert [each.phase for _, each in events("+++++---------+++")] == ["begin", "end"]


def test_what_lasts_is_cut_with_the_streams() -> None:
    found = events("++++")
    assert found[-1] == (300_001, PoseEvent("presence", "end", 300_000, 300_000, is_cut=True))


def test_the_options_say_how_long() -> None:
    found = events("+--+", appear_after_s=0.0, gone_after_s=0.1)
    assert [(time, each.phase) for time, each in found] == [
        (0, "begin"),
        (200_000, "end"),
        (300_000, "begin"),
        (300_001, "end"),
    ]


def test_only_frames_that_were_looked_at_count() -> None:
    """A limiter dropped what lies between: nobody says that the body was gone then."""
    found = events("++++", step_us=5 * SECOND)
    assert [each.phase for _, each in found] == ["begin", "end"]
    assert found[-1][1].is_cut


def test_nothing_of_nothing() -> None:
    assert events("") == []
    assert events("-----") == []


def test_landmarks_without_a_frame_do_not_count() -> None:
    bodies = [Packet(BODY, 100_000 * at) for at in range(9)]
    runner = CalculatorRunner(PoseEventsCalculator)
    assert runner.run({"TICK": [], "NORM_LANDMARKS": bodies})["EVENTS"].values == []
