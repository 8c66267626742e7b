"""A report as JSON and CSV: everything is in, in words that other programs understand."""

from __future__ import annotations

import csv
import io
import json

import pytest

from graphflow.evaluation.report import FORMAT
from graphflow.evaluation.writing import from_json, joints_csv, json_schema, samples_csv, to_json
from tests.graphflow.evaluation.reports import compared, plain, scores_of


def test_json_says_what_the_report_says() -> None:
    report = plain()
    found = json.loads(to_json(report))
    assert found["format"] == FORMAT
    assert report.total.detected is not None
    assert found["total"]["detected"]["pdj"] == report.total.detected.pdj
    assert found["rules"]["threshold"] == 0.2
    assert found["total"]["presence"]["missed"] == 1
    assert found["total"]["presence"]["false_detections"] == 1
    assert found["facts"]["graph"] == "pose <one>"
    assert found["fairness"][0]["verdict"] == report.fairness[0].verdict.value
    assert found["comparison"] is None


def test_json_keeps_its_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="of the extra test")
    for report in (plain(), compared()):
        jsonschema.validate(json.loads(to_json(report)), json_schema())


def test_json_can_be_read_again() -> None:
    for report in (plain(), compared()):
        assert from_json(to_json(report)) == report


def test_other_json_is_refused() -> None:
    with pytest.raises(ValueError, match="facts"):
        from_json("{}")


def test_there_is_a_line_for_each_sample() -> None:
    rows = scores_of().rows
    lines = list(csv.DictReader(io.StringIO(samples_csv(rows))))
    assert [line["name"] for line in lines] == [row.name for row in rows]
    first, missed, nobody, frame = (lines[at] for at in (0, 30, 31, 32))
    assert rows[0].pdj is not None
    assert float(first["pdj"]) == pytest.approx(rows[0].pdj, abs=1e-4)
    assert (first["group:light"], first["group:<coat>"]) == ("bright", "[red]")
    assert first["error_px:LEFT_PINKY"] == ""  # COCO has no label for it.
    assert float(first["mpjpe_mm"]) > 10
    assert (missed["is_somebody_there"], missed["is_found"], missed["pdj"]) == ("1", "0", "0.0000")
    assert (missed["mean_error_px"], missed["visibility_agrees"]) == ("", "")
    assert (nobody["is_somebody_there"], nobody["is_found"], nobody["pdj"]) == ("0", "1", "")
    assert (frame["clip"], frame["timestamp_us"], frame["group:light"]) == ("c.mp4", "0", "")


def test_other_answers_stand_beside_the_first() -> None:
    rows, others = scores_of().rows, scores_of(1, 5).rows[:-1]
    lines = list(csv.DictReader(io.StringIO(samples_csv(rows, others))))
    first, missed, nobody = (lines[at] for at in (0, 30, 31))
    difference = float(first["pdj"]) - float(first["other:pdj"])
    assert float(first["pdj_difference"]) == pytest.approx(difference, abs=2e-4)
    assert (missed["other:is_found"], missed["pdj_difference"]) == ("0", "0.0000")
    assert (nobody["other:pdj"], nobody["pdj_difference"]) == ("", "")
    assert lines[-1]["other:is_found"] == ""  # The others lack this sample.


def test_there_is_a_line_for_each_joint_of_each_group() -> None:
    report = plain()
    lines = list(csv.DictReader(io.StringIO(joints_csv(report))))
    assert len(lines) == 17 * (1 + len(report.groups))
    total = [line for line in lines if line["column"] == ""]
    assert [line["joint"] for line in total] == [row.joint for row in report.total.joints]
    assert {(line["column"], line["group"]) for line in lines} >= {("light", "dim")}
    nose = total[0]
    assert nose["labelled"] == str(report.total.joints[0].labelled)
    assert float(nose["pdj"]) == pytest.approx(report.total.joints[0].pdj, abs=1e-4)
