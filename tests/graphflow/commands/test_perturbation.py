"""graphflow eval --perturb."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from graphflow.cli import cli
from graphflow.evaluation.samples import JOINTS
from tests.graphflow.evaluation.tiny_graphs import (
    truth_line,
    write_clip,
    write_graph,
    write_picture,
)

pytestmark = pytest.mark.usefixtures("tiny_nodes")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with a graph and two pictures with their truth."""
    monkeypatch.chdir(tmp_path)
    write_graph(tmp_path)
    for index in range(2):
        write_picture(tmp_path / f"{index}.png", 6 + index, 5)
    lines = [truth_line(f"{index}.png", 6 + index, 5) for index in range(2)]
    (tmp_path / "truth.jsonl").write_text("".join(lines))
    return tmp_path


def perturb(*arguments: str, graph: str = "graph.yaml") -> Result:
    command = ["eval", graph, "--dataset", "truth.jsonl", "--perturb", *arguments]
    return CliRunner().invoke(cli, command)


def test_a_graph_is_as_good_as_the_regions_that_it_is_given() -> None:
    """The torso has four pixels and the region ten; this graph looks at its middle alone."""
    result = perturb("--json", "-")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    assert found["facts"]["mode"] == "tracking"
    lines = {
        line["kind"]: {point["amount"]: point["pdj"] for point in line["points"]}
        for line in found["sweep"]["lines"]
    }
    assert lines["shift"] == {0: 100, 5: 100, 10: 0, 15: 0, 20: 0, 25: 0}
    assert set(lines["scale"].values()) == {100}
    assert found["total"]["detected"]["pdj"] == 100


def test_the_terminal_and_the_page_tell_it() -> None:
    pytest.importorskip("matplotlib")
    result = perturb("--html", "a.html")
    assert "Regions with a wrong shift" in result.stdout
    assert 'aria-label="swept-roll"' in Path("a.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--mode", "detection"), "exclude each other"),
        (("--shift", "0.1"), "found --shift, --scale or --roll"),
    ],
)
def test_what_does_not_go_with_it_is_refused(arguments: tuple[str, ...], fault: str) -> None:
    result = perturb(*arguments)
    assert result.exit_code == 2
    assert fault in result.stderr


def test_answers_can_not_be_asked_again() -> None:
    Path("answers.jsonl").write_text("")
    result = perturb(graph="answers.jsonl")
    assert result.exit_code == 2
    assert "expected a graph to ask" in result.stderr


def test_frames_of_clips_are_refused() -> None:
    write_clip(Path("c.mkv"), [(x, 5) for x in range(4)])
    line = truth_line("", 1, 5, image=None, clip="c.mkv", timestamp=100_000)
    Path("truth.jsonl").write_text(line)
    result = perturb()
    assert result.exit_code == 2
    assert "expected pictures" in result.stderr


def test_a_still_without_a_region_is_told_with_the_reason() -> None:
    write_picture(Path("2.png"), 6, 5)
    line = json.loads(truth_line("2.png", 6, 5))
    line["pose_landmarks"][JOINTS.index("LEFT_HIP")] = None
    with Path("truth.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    counts = "3 rows read = 2 scored + 1 in no region, as the truth lacks a hip or a shoulder"
    assert counts in perturb().stdout
