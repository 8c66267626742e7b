"""`graphflow run --realtime --max-latency`, and how old results are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click.testing
import pytest

from graphflow.cli import cli
from graphflow.commands.live_options import Ages, AgeTally, live_side_texts
from graphflow.nodes.calculator import Calculator
from graphflow.nodes.context import Context
from graphflow.nodes.contract import Contract, Port
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import registry
from graphflow.plan import Plan, StreamPlan
from graphflow.words.errors import UsageError
from graphflow.words.packet import Packet

LIVE = """
input_side_packet:
  - {name: realtime, type: bool, default: false}
  - {name: max_latency_ms, type: int, default: 0}
output_stream: ["current", "AGE:age"]
node:
  - name: source
    calculator: FramesOfLongAgoCalculator
    input_side_packet: ["REALTIME:realtime"]
    output_stream: ["frame"]
    output_side_packet: ["CAPTURE_ORIGIN:capture_origin"]
  - name: gate
    calculator: AgeGateCalculator
    input_stream: ["frame"]
    input_side_packet: ["CAPTURE_ORIGIN:capture_origin", "MAX_LATENCY_MS:max_latency_ms"]
    output_stream: ["current", "AGE:age"]
"""

OFFLINE = """
output_stream: [number]
node:
  - {calculator: FramesOfLongAgoCalculator, output_stream: number}
"""

FRAMES = 3


class FramesOfLongAgoCalculator(Calculator[NoOptions]):
    """Give three frames, captured in 1970; twice as many unless their pace is asked for."""

    contract = Contract(
        outputs=(Port("", int),),
        side_inputs=(Port("REALTIME", bool, optional=True),),
        side_outputs=(Port("CAPTURE_ORIGIN", int, optional=True),),
    )

    def open(self, context: Context) -> None:
        if "CAPTURE_ORIGIN" in context.side_outputs:
            context.side_outputs["CAPTURE_ORIGIN"] = 0
        self._frames = FRAMES if context.side_inputs.get("REALTIME") else 2 * FRAMES
        self._given = 0

    def process(self, context: Context) -> None:
        if self._given == self._frames:
            context.stop()
            return
        context.outputs[0].add(Packet(self._given, 1000 * self._given))
        self._given += 1


class FakeGraph:
    def __init__(self) -> None:
        self.callbacks: dict[str, Callable[[Packet], None]] = {}

    def observe(self, stream: str, callback: Callable[[Packet], None]) -> None:
        self.callbacks[stream] = callback


def plan_with_ages() -> Plan:
    return Plan(
        nodes=(), streams=(StreamPlan("result_age", None),), outputs=(0,), output_tags=("AGE",)
    )


@pytest.fixture(autouse=True)
def _toy_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let graphs find the nodes of this file, in its tests alone."""
    toys = {each.__name__: each for each in (FramesOfLongAgoCalculator,)}
    monkeypatch.setattr(registry, "_classes", {**registry._classes, **toys})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "live.yaml").write_text(LIVE)
    (tmp_path / "offline.yaml").write_text(OFFLINE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def graphflow(*arguments: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(cli, ["run", *arguments], catch_exceptions=False)


def test_ages_are_counted_with_the_longest_gap() -> None:
    graph = FakeGraph()
    tally = AgeTally(graph, plan_with_ages())
    for time, age_us in ((0, 40_000), (33_000, 20_000), (133_000, 30_000)):
        graph.callbacks["result_age"](Packet(age_us, time))
    assert tally.note == "3 results, 30 ms old"
    ages = tally.ages()
    assert ages == Ages(3, median_us=30_000, p95_us=40_000, max_us=40_000, gap_max_us=100_000)
    assert str(ages) == "30.0 ms median, 40.0 ms for 95 % of the results, 40.0 ms at most"


def test_a_graph_that_tells_no_ages_has_none() -> None:
    graph = FakeGraph()
    assert AgeTally(graph, Plan(nodes=(), streams=())).ages() is None
    assert graph.callbacks == {}


def test_no_results_have_no_lines() -> None:
    ages = AgeTally(FakeGraph(), plan_with_ages()).ages()
    assert ages is not None
    assert (str(ages), ages.rows()) == ("no results", [])
    assert AgeTally(FakeGraph(), plan_with_ages()).note == ""


@pytest.mark.usefixtures("folder")
def test_the_summary_of_a_live_graph_tells_results_and_ages() -> None:
    result = graphflow("live.yaml")
    lines = result.stdout.splitlines()
    assert lines[0] == f"frames  {2 * FRAMES}, {2 * FRAMES} results"
    assert "results a second" in lines[1]
    assert lines[2].startswith("age     ")
    assert lines[3] == "        from one result's frame to the next 1.0 ms at most"
    # A source waits for frames: its time is no work.
    assert not any("source" in line for line in lines)


@pytest.mark.usefixtures("folder")
def test_the_ages_are_in_the_json() -> None:
    ages = json.loads(graphflow("live.yaml", "--json").stdout)["ages"]
    assert set(ages) == {"count", "median_ms", "p95_ms", "max_ms", "gap_max_ms"}
    assert (ages["count"], ages["gap_max_ms"]) == (2 * FRAMES, 1.0)
    assert json.loads(graphflow("offline.yaml", "--json").stdout)["ages"] is None


@pytest.mark.usefixtures("folder")
def test_max_latency_drops_what_is_older_and_the_ledger_says_so() -> None:
    summary = json.loads(graphflow("live.yaml", "--max-latency", "200", "--json").stdout)
    assert summary["ages"]["count"] == 0
    (loss,) = summary["losses"]
    assert (loss["node"], loss["reason"], loss["count"]) == (
        *("gate", "older than 200 ms"),
        2 * FRAMES,
    )


@pytest.mark.usefixtures("folder")
def test_realtime_gives_the_side_packet() -> None:
    assert json.loads(graphflow("live.yaml", "--realtime", "--json").stdout)["frames"] == FRAMES


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("options", "side_packet"),
    [(["--realtime"], "realtime"), (["--max-latency", "5"], "max_latency_ms")],
)
def test_a_graph_without_the_side_packet_is_told_with_a_hint(
    options: list[str], side_packet: str
) -> None:
    result = graphflow("offline.yaml", *options)
    assert result.exit_code == 2
    assert f'it has no side packet "{side_packet}"' in result.stderr
    assert "hint: run pose_tracking_live" in result.stderr


@pytest.mark.usefixtures("folder")
def test_what_both_an_option_and_side_give_is_refused() -> None:
    result = graphflow("live.yaml", "--max-latency", "5", "--side", "max_latency_ms=6")
    assert (result.exit_code, '"max_latency_ms" is given twice' in result.stderr) == (2, True)


def test_options_that_are_not_given_ask_nothing_of_the_graph() -> None:
    plan = Plan(nodes=(), streams=())
    assert live_side_texts(plan, {}, is_realtime=False, max_latency_ms=None) == {}
    with pytest.raises(UsageError, match="--realtime"):
        live_side_texts(plan, {}, is_realtime=True, max_latency_ms=None)
