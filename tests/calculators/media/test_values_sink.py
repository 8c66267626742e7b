"""ValuesSinkCalculator, and the files it writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calculators.media.values_sink import ValuesSinkCalculator
from calculators.media.written import Written
from graphflow import Packet
from graphflow.loading import plan_from_text
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import CalculatorError, ConfigError


def sunk(path: Path | str | None, inputs: dict[str, list[Packet]], **options: Any) -> Any:
    runner = CalculatorRunner(ValuesSinkCalculator, options=options)
    return runner.run(inputs, side_packets={"FILE_PATH": None if path is None else str(path)})


TICKS = [Packet("frame", time) for time in (0, 10, 20)]
COUNTS = [Packet(3, 0), Packet(np.int64(4), 20)]
ANGLES = [Packet(np.float32(0.5), 10)]


def test_every_tick_is_a_line_of_json(tmp_path: Path) -> None:
    path = tmp_path / "values.jsonl"
    inputs = {"TICK": TICKS, "VALUE": COUNTS, "VALUE:1": ANGLES}
    outputs = sunk(path, inputs, name=["count", "angle"])
    assert outputs.side["WRITTEN"] == Written(path, 3)
    assert [json.loads(line) for line in path.read_text("utf-8").splitlines()] == [
        {"timestamp": 0, "count": 3, "angle": None},
        {"timestamp": 10, "count": None, "angle": 0.5},
        {"timestamp": 20, "count": 4, "angle": None},
    ]


def test_every_tick_is_a_row_of_csv(tmp_path: Path) -> None:
    path = tmp_path / "values.csv"
    words = [Packet('say "a, b"', 0), Packet(True, 10)]
    sunk(path, {"TICK": TICKS, "VALUE": words})
    assert path.read_bytes() == b'timestamp,value_0\n0,"say ""a, b"""\n10,True\n20,\n'


def test_without_ticks_there_is_a_record_where_there_is_a_value(tmp_path: Path) -> None:
    path = tmp_path / "values.csv"
    sunk(path, {"VALUE": COUNTS, "VALUE:1": ANGLES}, name=["count", "angle"])
    assert path.read_text("utf-8") == "timestamp,count,angle\n0,3,\n10,,0.5\n20,4,\n"


def test_a_number_that_is_not_finite_is_null(tmp_path: Path) -> None:
    path = tmp_path / "values.jsonl"
    sunk(path, {"VALUE": [Packet(float("nan"), 0)]})
    assert path.read_text("utf-8") == '{"timestamp":0,"value_0":null}\n'


@pytest.mark.parametrize("path", ["", None])
def test_without_a_path_nothing_is_written(path: str | None) -> None:
    assert sunk(path, {"VALUE": COUNTS}).side["WRITTEN"] == Written(None, 0)


def test_without_a_record_an_older_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "values.csv"
    path.write_text("older", "utf-8")
    assert sunk(path, {"VALUE": []}).side["WRITTEN"] == Written(None, 0)
    assert path.read_text("utf-8") == "older"


def test_a_value_that_no_line_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CalculatorError, match="found a value of type ndarray; expected a number"):
        sunk(tmp_path / "values.csv", {"VALUE": [Packet(np.zeros(3), 0)]})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("values.txt", 'found the suffix ".txt"; expected .jsonl, .ndjson or .csv'),
        ("values", "found a name without suffix"),
        ("no/values.csv", "mkdir -p"),
    ],
)
def test_a_place_that_will_not_do_fails_in_open(tmp_path: Path, name: str, expected: str) -> None:
    with pytest.raises(CalculatorError, match=expected) as caught:
        sunk(tmp_path / name, {"VALUE": COUNTS})
    assert caught.value.step == "open"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("[a]", "found 1 names for 2 values; expected one each"),
        ("[a, a]", "found a name twice"),
        ("[a, timestamp]", "found a name twice"),
    ],
)
def test_names_that_do_not_fit_are_refused_with_the_graph(names: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        plan_from_text(
            f"""
            input_stream: [first, second]
            node:
              - calculator: ValuesSinkCalculator
                input_stream: ["VALUE:first", "VALUE:1:second"]
                options: {{name: {names}}}
            """
        )
