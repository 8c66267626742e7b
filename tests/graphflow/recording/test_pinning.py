"""Pinning: the written test passes at once, and fails when the calculator changes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from graphflow import Graph
from graphflow.loading import plan_from_text
from graphflow.nodes.registry import Registry
from graphflow.recording import Recorder, Recording, RecordingError, make_test, pinning, replay_node
from graphflow.words.errors import UsageError
from tests.graphflow.recording import kit

Record = Callable[..., Path]

CALCULATOR = """
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class TripleCalculator(Calculator[NoOptions]):
    contract = Contract(inputs=(Port("", int),), outputs=(Port("", int),))

    def process(self, context: Context) -> None:
        context.outputs[0].emit(context.inputs[0].value * 3)
"""

RECORD = '''
import triples
from graphflow import Graph
from graphflow.recording import Recorder

graph = Graph.from_text("""
input_stream: [number]
node: [{calculator: TripleCalculator, name: triple, input_stream: [number], output_stream: [more]}]
""")
with Recorder("run.mcap", graph):
    graph.start(threads=0)
    for number in range(5):
        graph.add_packet("number", number, number)
    graph.close_inputs()
    graph.wait_until_done()
'''


def python(folder: Path, repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    import os

    environment = dict(os.environ)
    paths = [str(repository), str(folder), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(paths)
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_written_test_passes_at_once_and_fails_when_the_calculator_changes(
    tmp_path: Path, repository: Path
) -> None:
    (tmp_path / "triples.py").write_text(CALCULATOR, encoding="utf-8")
    recorded = python(tmp_path, repository, "-c", RECORD)
    assert recorded.returncode == 0, recorded.stderr
    made = python(
        *(tmp_path, repository, "-m", "graphflow", "replay", "run.mcap", "--node", "triple"),
        *("--make-test", "--to", "tests", "--import", "triples"),
    )
    assert made.stdout.splitlines() == ["tests/test_triple.py", "tests/test_triple.mcap"]
    pytest_arguments = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    passing = python(tmp_path, repository, *pytest_arguments)
    assert passing.returncode == 0, passing.stdout
    changed = CALCULATOR.replace("* 3", "* 4")
    (tmp_path / "triples.py").write_text(changed, encoding="utf-8")
    failing = python(tmp_path, repository, *pytest_arguments)
    assert failing.returncode == 1
    assert "packet at 1: found 4; expected 3" in failing.stdout


def test_the_data_is_the_node_alone(
    graph: Graph, record: Record, registry: Registry, tmp_path: Path
) -> None:
    with Recording(record(graph)) as recording:
        pinned = make_test(recording, "sum", tmp_path / "tests", registry=registry)
    assert "import tests.graphflow.recording.kit" in pinned.test.read_text(encoding="utf-8")
    with Recording(pinned.data) as data:
        assert [node.name for node in data.graph.node] == ["sum"]
        assert data.side_packets == ("start",)
    assert replay_node(pinned.data, "sum", registry=registry).calls == pinned.calls
    assert pinned.left == 0


def test_a_time_ends_the_test(
    graph: Graph, record: Record, registry: Registry, tmp_path: Path
) -> None:
    with Recording(record(graph)) as recording:
        pinned = make_test(recording, "even", tmp_path, until=20, registry=registry)
        count = len(list(recording.calls("even")))
    assert (pinned.calls, pinned.left) == (4, count - 4)
    assert replay_node(pinned.data, "even", registry=registry).is_same


def test_the_data_is_small(
    graph: Graph,
    record: Record,
    registry: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pinning, "DATA_BYTES_MAX", 10)
    with Recording(record(graph, count=500)) as recording:
        pinned = make_test(recording, "even", tmp_path, registry=registry)
    assert 1 < pinned.calls < 10
    assert pinned.left > 480
    assert replay_node(pinned.data, "even", registry=registry).is_same


def test_side_packets_without_codec_come_with_the_node_that_makes_them(
    tmp_path: Path, registry: Registry
) -> None:
    text = """
input_stream: [number]
input_side_packet: [gain]
node:
  - {calculator: MakeOpaqueCalculator, name: make, input_side_packet: ["GAIN:gain"],
     output_side_packet: ["OPAQUE:opaque"]}
  - {calculator: GainCalculator, name: gain, input_stream: [number], output_stream: [more],
     input_side_packet: ["OPAQUE:opaque"]}
"""
    graph = Graph(plan_from_text(text, registry=registry))
    with Recorder(tmp_path / "run.mcap", graph):
        graph.start({"gain": 3}, threads=0)
        graph.add_packet("number", 5, 0)
        graph.close_inputs()
        graph.wait_until_done()
    with Recording(tmp_path / "run.mcap") as recording:
        pinned = make_test(recording, "gain", tmp_path, registry=registry)
    assert replay_node(pinned.data, "gain", registry=registry).is_same


def test_an_earlier_test_is_not_replaced_unasked(
    graph: Graph, record: Record, registry: Registry, tmp_path: Path
) -> None:
    with Recording(record(graph)) as recording:
        make_test(recording, "even", tmp_path, registry=registry)
        with pytest.raises(UsageError, match="is there already"):
            make_test(recording, "even", tmp_path, registry=registry)
        make_test(recording, "even", tmp_path, replaces=True, registry=registry)


def test_a_node_that_gives_something_else_is_not_pinned(
    graph: Graph, record: Record, tmp_path: Path
) -> None:
    class Other(kit.EvenCalculator):
        def process(self, context: object) -> None:
            pass

    registry = kit.kit_registry()
    registry._classes["EvenCalculator"] = Other
    with (
        Recording(record(graph)) as recording,
        pytest.raises(RecordingError, match="gives something else already now"),
    ):
        make_test(recording, "even", tmp_path, registry=registry)
    assert not (tmp_path / "test_even.py").exists()


def test_a_calculator_of_the_program_itself_is_not_pinned(
    graph: Graph, record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit.EvenCalculator, "__module__", "__main__")
    with (
        Recording(record(graph)) as recording,
        pytest.raises(UsageError, match="EvenCalculator was defined in the program itself"),
    ):
        make_test(recording, "even", tmp_path, registry=kit.kit_registry())
