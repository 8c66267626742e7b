from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from graphflow.cli import cli
from graphflow.commands.draw import opened_subgraphs
from graphflow.loading import load_plan
from graphflow.words.errors import UsageError


def draw(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["draw", *arguments], prog_name="graphflow")


@pytest.mark.parametrize(
    ("ending", "start"),
    [(".svg", b"<svg"), (".png", b"\x89PNG"), (".mmd", b"flowchart"), (".gv", b"digraph")],
)
def test_the_ending_tells_the_format(ending: str, start: bytes, tmp_path: Path) -> None:
    if ending in (".svg", ".png"):
        pytest.importorskip("pygraphviz", reason="drawing needs the extra draw")
        pytest.importorskip("resvg_py", reason="PNG needs the extra draw")
    target = tmp_path / "new" / f"pose{ending}"
    result = draw("pose_tracking", "-o", str(target))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"wrote {target}\n"
    assert target.read_bytes().startswith(start)


def test_text_goes_to_stdout_without_a_file() -> None:
    result = draw("pose_tracking", "--format", "mermaid", "--depth", "1")
    assert result.stdout.startswith("flowchart TB\n")
    assert 'subgraph f0 ["PoseLandmarkCpu"]' in result.stdout


def test_an_unknown_ending_is_refused_with_those_there_are() -> None:
    result = draw("pose_tracking", "-o", "pose.pdf")
    assert result.exit_code == 2
    assert result.stderr == (
        'error: "pose.pdf" does not tell the format\n'
        "  hint: names end in .svg, .html, .png, .mmd, .mermaid, .dot or .gv; or give --format\n"
    )


def test_neither_file_nor_format_is_refused() -> None:
    result = draw("pose_tracking")
    assert result.exit_code == 2
    assert result.stderr == "error: what to draw? give -o FILE, or --format for stdout\n"


def test_an_unknown_subgraph_is_refused_with_a_suggestion() -> None:
    result = draw("pose_tracking", "--format", "dot", "--expand", "PoseLandmarkCpuu")
    assert result.exit_code == 2
    assert 'the graph has no subgraph "PoseLandmarkCpuu"' in result.stderr
    assert 'did you mean "PoseLandmarkCpu"' in result.stderr


def test_a_broken_graph_is_refused(tmp_path: Path) -> None:
    graph = tmp_path / "broken.yaml"
    graph.write_text("node:\n  - calculator: GateCalculater\n", encoding="utf-8")
    result = draw(str(graph), "--format", "dot")
    assert result.exit_code == 2
    assert 'unknown calculator "GateCalculater"' in result.stderr


def test_missing_layout_package_is_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pygraphviz", None)
    result = draw("pose_tracking", "--format", "svg")
    assert result.exit_code == 2
    assert "pip install 'graphflow-perception[draw]'" in result.stderr


def test_opening_a_subgraph_opens_those_around_it() -> None:
    plan = load_plan("pose_tracking")
    assert opened_subgraphs(plan, ["TensorsToPoseLandmarksAndSegmentation"], 0) == {
        "PoseLandmarkCpu",
        "poselandmarkcpu__PoseLandmarkByRoiCpu",
        "poselandmarkcpu__poselandmarkbyroicpu__TensorsToPoseLandmarksAndSegmentation",
    }


def test_all_opens_everything() -> None:
    plan = load_plan("pose_tracking")
    assert opened_subgraphs(plan, ["all"], 0) == {each.name for each in plan.subgraphs}


def test_depth_counts_levels() -> None:
    plan = load_plan("pose_tracking")
    assert opened_subgraphs(plan, [], 1) == {"PoseLandmarkCpu", "PoseRenderer"}


def test_all_of_a_graph_without_subgraphs_is_nothing() -> None:
    plan = load_plan("pose_renderer")
    assert opened_subgraphs(plan, ["all"], 3) == set()
    with pytest.raises(UsageError, match="it has none"):
        opened_subgraphs(plan, ["Inner"], 0)
