"""LiveSourceCalculator: files, in real and virtual time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from calculators.live.delivery import SUPERSEDED
from calculators.live.live_source import LiveSourceCalculator
from calculators.types import VideoHeader
from graphflow import Graph
from graphflow.running.clock import CLOCK, VirtualClock
from graphflow.testing import CalculatorRunner, Outputs
from graphflow.testing.timed_simulation import TimedRun, simulate_timed
from graphflow.words.errors import CalculatorError, ConfigError
from graphflow.words.timestamp import PRESTREAM
from tests.calculators.live.clips import write_clip

GRAPH = """
input_side_packet: [input_path, {name: realtime, type: bool, default: false}]
output_side_packet: ["CAPTURE_ORIGIN:capture_origin"]
output_stream: [image, slow_image]
max_queue_size: 1
node:
  - name: camera
    calculator: LiveSourceCalculator
    input_side_packet: ["INPUT_FILE_PATH:input_path", "REALTIME:realtime"]
    output_side_packet: ["CAPTURE_ORIGIN:capture_origin"]
    output_stream: ["VIDEO:image"]
  - name: slow
    calculator: PassThroughCalculator
    input_stream: [image]
    output_stream: [slow_image]
"""


def play(path: Path | str, **sides: Any) -> Outputs:
    runner = CalculatorRunner(LiveSourceCalculator, services={CLOCK: VirtualClock()})
    return runner.run(side_packets={"INPUT_FILE_PATH": str(path), **sides})


def simulate(path: Path, *, slow_us: int = 0, realtime: bool = True) -> TimedRun:
    return simulate_timed(
        Graph.from_text(GRAPH),
        side_packets={"input_path": str(path), "realtime": realtime},
        durations={"slow": slow_us},
        clock=VirtualClock(7_000_000),
    )


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Ten frames, 100 ms apart."""
    return write_clip(tmp_path / "clip.mp4", frames=10)


@pytest.mark.parametrize("realtime", [True, False])
def test_every_frame_of_a_file_comes_at_its_time(clip: Path, realtime: bool) -> None:
    outputs = play(clip, REALTIME=realtime)
    assert outputs["VIDEO"].timestamps == [100_000 * index for index in range(10)]


def test_the_header_comes_before_the_stream(clip: Path) -> None:
    outputs = play(clip)
    assert outputs["VIDEO_PRESTREAM"].timestamps == [PRESTREAM]
    (header,) = outputs["VIDEO_PRESTREAM"].values
    assert isinstance(header, VideoHeader)
    assert (header.width, header.height, header.frame_count) == (64, 48, 10)


@pytest.mark.parametrize(("limit", "count"), [(2, 2), (0, 10), (None, 10), (99, 10)])
def test_max_frames_ends_the_stream(clip: Path, limit: int | None, count: int) -> None:
    assert len(play(clip, MAX_FRAMES=limit)["VIDEO"].packets) == count


def test_a_negative_max_frames_is_refused(clip: Path) -> None:
    with pytest.raises(CalculatorError, match="MAX_FRAMES: found -1; expected 0 or more"):
        play(clip, MAX_FRAMES=-1)


def test_in_real_time_frames_come_when_they_are_due(clip: Path) -> None:
    run = simulate(clip)
    assert run.seen_us["image"] == [7_000_000 + 100_000 * index for index in range(10)]
    origin = run.side_packets["capture_origin"]
    assert [origin + time for time in run.timestamps("image")] == run.seen_us["image"]


def test_a_slow_graph_gets_the_newest_frame_and_the_ledger_the_others(clip: Path) -> None:
    run = simulate(clip, slow_us=250_000)
    # One frame waits before the slow node; when it is taken, the newest that is due follows.
    assert run.timestamps("image") == [0, 100_000, 200_000, 500_000, 700_000, 900_000]
    (loss,) = run.ledger.losses
    assert (loss.node, loss.reason, loss.count) == ("camera", SUPERSEDED, 4)
    again = simulate(clip, slow_us=250_000)
    assert (again.timestamps("image"), again.calls) == (run.timestamps("image"), run.calls)


def test_without_real_time_nothing_is_lost(clip: Path) -> None:
    run = simulate(clip, slow_us=250_000, realtime=False)
    assert len(run.packets["slow_image"]) == 10


def test_a_missing_file_fails_in_open(tmp_path: Path) -> None:
    with pytest.raises(CalculatorError, match="no such file") as caught:
        play(tmp_path / "nothing.mp4")
    assert caught.value.step == "open"


def test_wrong_options_are_refused_when_the_graph_is_loaded() -> None:
    for options, words in (
        ("{width: 640}", "width and height go together"),
        ("{raw_format: gray}", "raw_format needs width and height"),
        ("{bad_timestamps: ignore}", "bad_timestamps"),
    ):
        text = GRAPH.replace(
            "    calculator: LiveS", f"    options: {options}\n    calculator: LiveS"
        )
        with pytest.raises(ConfigError, match=words):
            Graph.from_text(text)
