"""`graphflow replay`: what it prints, and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from graphflow.cli import cli

pytest.importorskip("mcap", reason="needs the extra `record`")
pytest.importorskip("msgpack", reason="needs the extra `record`")

GRAPH = """
node:
  - {calculator: CountingSourceCalculator, name: count, output_stream: [number],
     input_side_packet: ["MAX_COUNT:count"]}
  - {calculator: PassThroughCalculator, name: pass, input_stream: [number], output_stream: [same]}
  - {calculator: MakePairCalculator, name: pair, input_stream: [number, same],
     output_stream: [pair]}
input_side_packet: [{name: count, type: int, default: 5}]
"""


def graphflow(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(each) for each in arguments])


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    (tmp_path / "count.yaml").write_text(GRAPH, encoding="utf-8")
    result = graphflow("record", tmp_path / "count.yaml", tmp_path / "run.mcap")
    assert result.exit_code == 0, result.output
    return tmp_path / "run.mcap"


def test_a_whole_recording_replays(recorded: Path) -> None:
    result = graphflow("replay", recorded)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "2 nodes, 14 calls, 10 packets: bit for bit the same",
        "left out as sources or sinks: count",
    ]


def test_a_node_replays_and_shows_a_time(recorded: Path) -> None:
    result = graphflow("replay", recorded, "--node", "pair", "--at", "3")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "pair at 3 µs",
        "  in   :0 (number): 3",
        "  in   :1 (same): 3",
        "  out  :0 (pair): (3, 3)",
        "1 node, 5 calls, 4 packets: bit for bit the same",
    ]


def test_seconds_with_a_point_mean_the_nearest_time(recorded: Path) -> None:
    result = graphflow("replay", recorded, "--node", "pair", "--at", "0.00000")
    assert result.stdout.startswith("pair at 0 µs")
    assert graphflow("replay", recorded, "--node", "pair", "--at", "0.1").exit_code == 0
    assert graphflow("replay", recorded, "--node", "pair", "--at", "1.000000").exit_code == 2
    assert "expected microseconds" in graphflow("replay", recorded, "--at", "soon").stderr


def test_every_node_replays_alone(recorded: Path) -> None:
    result = graphflow("replay", recorded, "--every-node")
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == ["pass", "pair"]
    assert result.exit_code == 0


def test_a_difference_exits_1(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from calculators.core.make_pair import MakePairCalculator
    from graphflow import Context

    def process(self: object, context: Context) -> None:
        context.outputs[0].emit((0, context.inputs[0].value))

    monkeypatch.setattr(MakePairCalculator, "process", process)
    result = graphflow("replay", recorded)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == "2 nodes, 14 calls, 10 packets: 4 differences"
    assert 'node "pair" in process at 1 µs' in result.stdout
    found = json.loads(graphflow("replay", recorded, "--json").stdout)
    (replay,) = found["replays"]
    assert replay["is_same"] is False
    assert replay["difference_count"] == 4
    assert replay["differences"][0]["timestamp"] == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "exit_code", "shown"),
    [("p context.timestamp * 1000\ncontinue\n", 0, "2000"), ("q\n", 130, "-> first, second")],
    ids=["goes on", "quits"],
)
def test_the_debugger_stops_before_the_call(
    recorded: Path, typed: str, exit_code: int, shown: str
) -> None:
    arguments = ("replay", str(recorded), "--node", "pair", "--at", "2", "--pdb")
    result = subprocess.run(
        [sys.executable, "-m", "graphflow", *arguments],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == exit_code, result.stderr
    assert "make_pair.py" in result.stdout
    assert shown in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--pdb",), "--pdb needs --node"),
        (("--make-test",), "--make-test needs --node"),
        (("--node", "pair", "--every-node"), "give one of them"),
        (("--node", "pairs"), 'did you mean "pair"?'),
        (("--node", "pair", "--at", "99"), "has no call at 99"),
        (("--import", "no_such_module_here"), 'no_such_module_here" fails: ModuleNotFound'),
    ],
)
def test_a_wrong_request_exits_2(recorded: Path, arguments: tuple[str, ...], words: str) -> None:
    result = graphflow("replay", recorded, *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_damaged_recording_is_refused_and_salvaged(recorded: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mcap"
    cut.write_bytes(recorded.read_bytes()[:-500])
    refused = graphflow("replay", cut)
    assert refused.exit_code == 1
    assert "hint: --salvage" in refused.stderr
    salvaged = graphflow("replay", cut, "--salvage")
    assert salvaged.exit_code == 0, salvaged.output
    assert "going on with what can be read" in salvaged.stderr


def test_a_test_is_made(recorded: Path, tmp_path: Path) -> None:
    made = graphflow("replay", recorded, "--node", "pair", "--make-test", "--to", tmp_path / "t")
    assert made.exit_code == 0
    assert made.stdout.split() == [
        str(tmp_path / "t" / f"test_pair.{end}") for end in ("py", "mcap")
    ]
    again = graphflow("replay", recorded, "--node", "pair", "--make-test", "--to", tmp_path / "t")
    assert again.exit_code == 2
    assert "--force" in again.stderr
