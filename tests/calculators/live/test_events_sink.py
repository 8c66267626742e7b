"""EventsSinkCalculator."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from calculators.live.events_sink import EventsSinkCalculator
from calculators.media.written import Written
from calculators.types import PoseEvent
from graphflow import Packet
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import CalculatorError

BEGIN = PoseEvent("presence", "begin", 5)
FAR = PoseEvent("too_far", "begin", 3, measure="body_size", value=0.25, threshold=0.3)


def write(path: str | None, *packets: Packet) -> Written:
    sides = {} if path is None else {"FILE_PATH": path}
    runner = CalculatorRunner(EventsSinkCalculator)
    written: Written = runner.run({"EVENTS": list(packets)}, side_packets=sides).side["WRITTEN"]
    return written


def test_each_event_is_a_line_with_the_time_of_its_packet(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    written = write(str(path), Packet((BEGIN, FAR), 10), Packet((BEGIN,), 20))
    assert written == Written(path, 3)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [each["timestamp"] for each in lines] == [10, 10, 20]
    assert lines[1] == {
        "timestamp": 10,
        "kind": "too_far",
        "phase": "begin",
        "since_us": 3,
        "lasted_us": None,
        "measure": "body_size",
        "value": 0.25,
        "threshold": 0.3,
        "is_cut": False,
    }


@pytest.mark.parametrize("path", [None, ""])
def test_without_a_path_nothing_is_written(path: str | None) -> None:
    assert write(path, Packet((BEGIN,), 10)) == Written(None, 0)


def test_another_suffix_is_refused_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(CalculatorError, match=r"expected \.jsonl or \.ndjson"):
        write(str(tmp_path / "events.csv"), Packet((BEGIN,), 10))
