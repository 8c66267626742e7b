from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from graphflow.cli import cli
from graphflow.commands.eval import execute
from graphflow.commands.requests import EvalRequest
from graphflow.evaluation.running import answer_all
from tests.graphflow.evaluation.tiny_graphs import (
    GRAPH,
    READING_GRAPH,
    truth_line,
    write_clip,
    write_graph,
    write_picture,
)

COUNT = 6


pytestmark = pytest.mark.usefixtures("tiny_nodes")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with a graph and a data set of pictures; in half of them it is off."""
    monkeypatch.chdir(tmp_path)
    write_graph(tmp_path)
    lines = []
    for index in range(COUNT):
        write_picture(tmp_path / f"{index}.png", index, 5)
        truth_x = index if index % 2 else index + 3
        light = "dim" if index % 2 else "bright"
        lines.append(truth_line(f"{index}.png", truth_x, 5, light=light, hall="east"))
    (tmp_path / "truth.jsonl").write_text("".join(lines))
    return tmp_path


def evaluate(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["eval", "graph.yaml", "--dataset", "truth.jsonl", *arguments])


def report(*arguments: str) -> dict[str, Any]:
    result = evaluate("--json", "-", *arguments)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_table_says_how_many_joints_were_detected_and_what_became_of_every_row() -> None:
    result = evaluate()
    assert result.exit_code == 0
    assert re.search(r"PDJ@0\.2 +50\.0 %", result.stdout)
    assert result.stdout.endswith("6 rows read = 6 scored\n")


def test_json_goes_to_stdout_or_a_file() -> None:
    assert report()["total"]["detected"]["pdj"] == 50.0
    assert evaluate("--json", "a.json").exit_code == 0
    assert json.loads(Path("a.json").read_text())["total"]["detected"]["pdj"] == 50.0


def test_groups_are_compared_by_the_columns_asked_for() -> None:
    found = report("--group-by", "light")
    pdj = {each["name"]: each["figures"]["detected"]["pdj"] for each in found["groups"]}
    assert pdj == {"bright": 0.0, "dim": 100.0}


def test_a_misspelt_column_is_told() -> None:
    result = evaluate("--group-by", "ligth")
    assert result.exit_code == 2
    assert 'has no column "ligth"\n  hint: did you mean "light"?' in result.stderr
    assert '--unit: truth.jsonl has no column "man"' in evaluate("--unit", "man").stderr


def test_the_rules_are_options() -> None:
    # Off by 3 pixels, with a torso of 4.
    assert report("--threshold", "0.8")["total"]["detected"]["pdj"] == 100.0
    grouped = ("--group-by", "light", "--group-min", "3")
    assert report(*grouped)["fairness"][0]["verdict"] == "above, as by chance"
    (fairness,) = report(*grouped, "--criterion", "100")["fairness"]
    assert (fairness["criterion_points"], fairness["verdict"]) == (100.0, "fair")
    assert report("--seed", "7")["rules"]["seed"] == 7
    assert report()["total"]["detected"]["interval"] is not None
    assert report("--unit", "hall")["total"]["detected"]["interval"] is None  # They are one.


def test_tables_of_samples_and_joints_are_written_and_a_page() -> None:
    assert evaluate("--csv", "a.csv", "--html", "a.html").exit_code == 0
    assert len(Path("a.csv").read_text().splitlines()) == 1 + COUNT
    assert len(Path("a-joints.csv").read_text().splitlines()) == 1 + 33
    assert "<svg" in Path("a.html").read_text()


def test_a_file_that_cannot_be_written_is_told_before_anything_runs() -> None:
    result = evaluate("--html", "nowhere/a.html")
    assert result.exit_code == 2
    assert 'can\'t write "nowhere/a.html": there is no folder nowhere' in result.stderr
    assert not Path("out").exists()


def test_tables_and_pages_do_not_go_to_stdout() -> None:
    result = evaluate("--csv", "-")
    assert result.exit_code == 2
    assert "--csv: found -; expected a file" in result.stderr


def test_a_graph_with_a_source_is_fed_with_the_pictures() -> None:
    Path("graph.yaml").write_text(READING_GRAPH)
    assert report()["total"]["detected"]["pdj"] == 50.0


def test_a_graph_that_says_no_landmarks_is_refused() -> None:
    Path("graph.yaml").write_text(GRAPH.replace("LANDMARKS:landmarks", "POSE:landmarks", 1))
    found = report()  # By its type it is found all the same.
    assert found["total"]["presence"]["samples"] == COUNT
    result = CliRunner().invoke(cli, ["eval", "pose_renderer", "--dataset", "truth.jsonl"])
    assert result.exit_code == 2 and "can't be evaluated" in result.stderr


def test_bad_rows_are_told_and_skipped_or_refused() -> None:
    with Path("truth.jsonl").open("a") as file:
        file.write(truth_line("missing.png", 1, 5) + "{\n")
    result = evaluate()
    assert result.exit_code == 0
    assert "skipped: 2 of 8 rows make no sample:\ntruth.jsonl:7: there is no file" in result.stderr
    assert "\ntruth.jsonl:8: the line is no JSON" in result.stderr
    assert "8 rows read = 6 scored + 2 bad" in result.stdout
    refused = evaluate("--bad-rows", "refuse")
    assert refused.exit_code == 2
    assert "truth.jsonl:8: the line is no JSON" in refused.stderr


def test_pictures_that_fail_are_told_and_counted() -> None:
    write_picture(Path("1.png"), 1, 5, brightness=150)
    result = evaluate()
    assert result.exit_code == 0
    assert "graph could not be asked for 1 samples:\ntruth.jsonl:2: 1.png: " in result.stderr
    assert "6 rows read = 5 scored + 1 that failed" in result.stdout


def test_nothing_scored_is_a_failure() -> None:
    Path("truth.jsonl").write_text("{\n")
    result = evaluate()
    assert result.exit_code == 1
    assert "error: truth.jsonl has no sample; nothing was scored" in result.stderr
    Path("truth.jsonl").write_text(truth_line("0.png", 1, 5, width=99))
    result = evaluate()
    assert result.exit_code == 1
    assert "error: graph answered no sample of truth.jsonl" in result.stderr


def test_stills_are_tracked_from_a_disturbed_region_of_the_truth() -> None:
    """This graph says that everybody is in the middle of the region it is given: the hips."""
    assert report("--mode", "tracking")["total"]["errors"]["mean_px"] < 0.3
    moved = report("--mode", "tracking", "--shift", "0.5")
    assert moved["total"]["errors"]["mean_px"] > 2
    assert moved["facts"]["shift, scale, roll"] == "0.5, 1, 0°"
    result = evaluate("--roll", "8")
    assert result.exit_code == 2 and "go with --mode tracking" in result.stderr


def test_clips_are_tracked_unless_detection_is_asked_for() -> None:
    write_clip(Path("c.mkv"), [(x, 5) for x in range(4)])
    lines = [truth_line("", x, 5, image=None, clip="c.mkv", timestamp=x * 100_000) for x in (1, 3)]
    Path("truth.jsonl").write_text("".join(lines))
    assert evaluate().exit_code == 0
    assert evaluate("--mode", "detection").exit_code == 0
    counts = set()
    for path in Path("out/evaluation").iterdir():
        answers = [json.loads(line) for line in path.read_text().splitlines()]
        counts.add(tuple(a["pose_landmarks"][0][2] for a in answers if "sample" in a))
    assert counts == {(2.0, 4.0), (1.0, 1.0)}
    with Path("truth.jsonl").open("a") as file:
        file.write(truth_line("0.png", 1, 5))
    assert "evaluate them apart" in evaluate("--mode", "tracking").stderr


def test_another_graph_is_the_other_side() -> None:
    Path("other.yaml").write_text(GRAPH + "# the same\n")
    comparison = report("--against", "other.yaml")["comparison"]
    assert (comparison["first"], comparison["second"]) == ("graph", "other")
    assert comparison["difference"] == 0.0 and comparison["scored"] == COUNT


def test_recorded_answers_are_the_other_side() -> None:
    assert evaluate().exit_code == 0
    (path,) = Path("out/evaluation").iterdir()
    comparison = report("--against", str(path))["comparison"]
    assert comparison["second"] == path.name and comparison["difference"] == 0.0


def test_a_stopped_evaluation_goes_on_and_says_so() -> None:
    assert evaluate().exit_code == 0
    (path,) = Path("out/evaluation").iterdir()
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:4]) + lines[4][:30])
    result = evaluate()
    assert result.exit_code == 0
    assert f"3 of 6 samples were answered before ({path}); --fresh asks" in result.stderr
    assert "6 rows read = 6 scored" in result.stdout
    path.write_text("".join(lines[:4]))
    assert "were answered before" not in evaluate("--fresh").stderr
    assert "6 of 6 samples were answered before" in evaluate("--resume").stderr
    assert "exclude each other" in evaluate("--resume", "--fresh").stderr


def test_ctrl_c_keeps_the_answers_and_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:

    def interrupted_after_two(*arguments: Any) -> Any:
        for number, told in enumerate(answer_all(*arguments)):
            yield told
            if number == 1:
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("graphflow.evaluation.evaluating.answer_all", interrupted_after_two)
    stderr = io.StringIO()
    request = EvalRequest("graph.yaml", "truth.jsonl", workers=1)
    assert execute(request, io.StringIO(), stderr) == 130
    assert re.search(r"stopped: \d of 6 samples are answered; the same command", stderr.getvalue())


def test_a_killed_evaluation_goes_on_where_it_was(folder: Path) -> None:
    """The picture that kills the process is there once."""
    killing = folder / "killing.py"
    killing.write_text(
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from graphflow import register\n"
        "from tests.graphflow.evaluation.tiny_graphs import TINY_NODES\n"
        "for node in TINY_NODES: register(node)\n"
        "from graphflow.evaluation import answer_file\n"
        "add = answer_file.AnswerFile.add\n"
        "def add_and_die(self, found, source):\n"
        "    is_new = add(self, found, source)\n"
        "    if found.name == '2.png' and not Path('died').exists():\n"
        "        Path('died').touch()\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return is_new\n"
        "answer_file.AnswerFile.add = add_and_die\n"
        "from graphflow.cli import main\n"
        "main()\n"
    )
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, str(killing), "eval", "graph.yaml", "--dataset", "truth.jsonl"]
    command += ["--workers", "1"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    first = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert first.returncode == -signal.SIGKILL
    second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr
    assert "3 of 6 samples were answered before" in second.stderr
    assert "6 rows read = 6 scored" in second.stdout


def test_a_stop_at_the_second_graph_keeps_the_answers_of_the_first() -> None:
    Path("other.yaml").write_text(GRAPH + "# the same\n")
    assert evaluate("--against", "other.yaml").exit_code == 0
    end = b'{"format":"graphflow evaluation answers 1","is_finished":true}\n'
    for path in Path("out/evaluation").iterdir():
        whole = path.read_bytes()
        assert whole.endswith(end)
        stopped = whole.removesuffix(end)
        lines = stopped.splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:3]) if path.name.startswith("other") else stopped)
    result = evaluate("--against", "other.yaml")
    assert "6 of 6 samples were answered before (out/evaluation/graph-" in result.stderr
    assert "2 of 6 samples were answered before (out/evaluation/other-" in result.stderr


def test_a_page_without_matplotlib_is_refused_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("graphflow.commands.evaluation.find_spec", lambda name: None)
    result = evaluate("--html", "a.html")
    assert result.exit_code == 2 and "graphflow-perception[eval]" in result.stderr
    assert not Path("out").exists()


def test_the_sample_clip_is_the_data_set_where_none_is_named() -> None:
    result = CliRunner().invoke(cli, ["eval", "graph.yaml", "--mode", "detection", "--json", "-"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["total"]["presence"]["samples"] == 165


def test_help_has_examples_and_exit_codes() -> None:
    text = CliRunner().invoke(cli, ["eval", "--help"]).stdout
    assert "graphflow eval pose_tracking\n" in text and "Exit codes: 0" in text
