"""Recorder: everything that nodes were given and gave is in the file, and the run is the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from graphflow import Graph
from graphflow.loading import plan_from_text
from graphflow.nodes.registry import Registry
from graphflow.recording import Recorder, Recording, RecordingError
from graphflow.words.errors import CalculatorError, UsageError
from graphflow.words.timestamp import DONE, MAX, UNSTARTED

TEXT = (Path(__file__).parent / "numbers.yaml").read_text(encoding="utf-8")

Record = Callable[..., Path]


def values(recording: Recording, stream: str) -> list[tuple[int, Any]]:
    return [(each.timestamp, each.value) for each in recording.packets(stream)]


@pytest.mark.parametrize("threads", [0, 2])
def test_packets_of_all_streams_are_recorded(graph: Graph, record: Record, threads: int) -> None:
    with Recording(record(graph, threads=threads)) as recording:
        assert values(recording, "number") == [(10 * each, each) for each in range(6)]
        assert values(recording, "even") == [(0, 0), (20, 2), (40, 4)]
        assert [value["sum"] for _, value in values(recording, "sum")][:6] == [
            *(100, 100, 104, 104, 112, 112)
        ]
        assert recording.end == {"status": "done", "error": ""}
        assert recording.damage == ""


def test_calls_say_what_came_in_and_what_went_out(graph: Graph, record: Record) -> None:
    with Recording(record(graph)) as recording:
        calls = list(recording.calls("even"))
    assert [call.step for call in calls] == ["open", *["process"] * 6, "close"]
    assert calls[0].timestamp == UNSTARTED
    second = calls[2]
    assert (second.inputs[0].time, second.inputs[0].settled) == (10, 10)
    assert second.outputs[0].times == ()
    assert calls[3].outputs[0].times == (20,)
    assert calls[3].outputs[0].bound == 21
    assert calls[3].is_at(20)
    assert not calls[3].is_at(10)
    assert (calls[-1].timestamp, calls[-1].inputs[0].settled) == (DONE, MAX)


def test_calls_at_bounds_alone_are_recorded(graph: Graph, record: Record) -> None:
    with Recording(record(graph)) as recording:
        calls = [each for each in recording.calls("sum") if each.step == "process"]
        assert recording.bounds("number")[0] == 1000
    assert [each.time for each in calls[-1].inputs] == [None, None]


def test_side_packets_options_and_versions_are_recorded(graph: Graph, record: Record) -> None:
    with Recording(record(graph)) as recording:
        assert recording.side_packet("start") == 100
        node = recording.graph.find("sum")
        assert recording.versions["format"] == "1"
    assert node is not None
    assert node.options == {"factor": 2}
    assert node.input_stream == (("IN", 0, "even"), ("TICK", 0, "number"))


def test_chosen_streams_and_nodes_are_recorded_alone(graph: Graph, record: Record) -> None:
    with Recording(record(graph, streams=["sum"])) as recording:
        assert recording.streams == ("sum",)
        assert list(recording.calls()) == []


def test_a_chosen_node_is_recorded_with_its_calls(graph: Graph, record: Record) -> None:
    with Recording(record(graph, nodes=["even"])) as recording:
        assert set(recording.streams) == {"number", "even"}
        assert {each.node for each in recording.calls()} == {"even"}


def test_an_unknown_stream_or_node_is_refused_with_a_suggestion(
    graph: Graph, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r'no stream "evn" to record\n.*did you mean "even"'):
        Recorder(tmp_path / "run.mcap", graph, streams=["evn"])
    with pytest.raises(UsageError, match='no node "smu" to record'):
        Recorder(tmp_path / "run.mcap", graph, nodes=["smu"])
    assert not (tmp_path / "run.mcap").exists()


class Mesh:
    pass


MESHES = """
input_stream: [mesh]
node:
  - {calculator: PassThroughCalculator, input_stream: [mesh], output_stream: [same], name: pass}
"""


def run_meshes(recorder: Recorder, graph: Graph) -> None:
    with recorder:
        graph.start(threads=0)
        graph.add_packet("mesh", None, 0)
        graph.add_packet("mesh", Mesh(), 10)
        graph.close_inputs()
        graph.wait_until_done()


def test_a_payload_without_codec_fails_the_run_and_names_stream_and_class(tmp_path: Path) -> None:
    graph = Graph(plan_from_text(MESHES))
    recorder = Recorder(tmp_path / "run.mcap", graph)
    with pytest.raises(CalculatorError, match=r'stream "(mesh|same)" at 10 .*class .*Mesh'):
        run_meshes(recorder, graph)
    with Recording(tmp_path / "run.mcap") as recording:
        assert recording.end["status"] == "failed"


def test_payloads_without_codec_can_be_skipped_and_are_counted(tmp_path: Path) -> None:
    graph = Graph(plan_from_text(MESHES))
    recorder = Recorder(tmp_path / "run.mcap", graph, skips_unknown=True)
    run_meshes(recorder, graph)
    assert recorder.skipped == {("mesh", "Mesh"): 1, ("same", "Mesh"): 1}
    with Recording(tmp_path / "run.mcap") as recording:
        assert recording.end["skipped mesh"] == "1 of Mesh"
        assert recording.packet("mesh", 0).value is None
        with pytest.raises(RecordingError, match='"mesh" at 10 was left out: class Mesh'):
            recording.packet("mesh", 10)


def test_a_payload_that_is_sent_on_is_written_once(tmp_path: Path) -> None:
    graph, random = Graph(plan_from_text(MESHES)), Random(0)
    path = tmp_path / "run.mcap"
    with Recorder(path, graph):
        graph.start(threads=0)
        for number in range(40):
            graph.add_packet("mesh", random.randbytes(1000), number)
        graph.close_inputs()
        graph.wait_until_done()
    with Recording(path) as recording:
        both = [[each.value for each in recording.packets(name)] for name in ("mesh", "same")]
    assert both[0] == both[1]
    assert len(both[1]) == 40
    assert path.stat().st_size < 60_000


def test_what_a_call_raised_is_recorded(graph: Graph, tmp_path: Path) -> None:
    with pytest.raises(CalculatorError), Recorder(tmp_path / "run.mcap", graph):
        graph.start({"start": 1}, threads=0)
        graph.add_packet("number", -13, 5)
        graph.wait_until_done()
    with Recording(tmp_path / "run.mcap") as recording:
        calls = list(recording.calls("even"))
        assert "failed in process at 5" in recording.end["error"]
    assert [(each.step, each.error) for each in calls] == [
        *(("open", ""), ("process", "ValueError: unlucky"), ("close", "")),
    ]


def test_a_recorder_records_one_run(graph: Graph, record: Record) -> None:
    record(graph)
    with pytest.raises(UsageError, match="records one run"):
        graph.start({"start": 1}, threads=0)


def test_a_disk_that_is_full_is_told_at_the_end_and_the_run_goes_on(
    graph: Graph, tmp_path: Path
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    sums: list[Any] = []
    graph.observe("sum", sums.append)
    with pytest.raises(RecordingError, match="No space left"), Recorder("/dev/full", graph):
        graph.start({"start": 1}, threads=0)
        for number in range(400):
            graph.add_packet("number", 2, number)
        graph.close_inputs()
        graph.wait_until_done()
    assert len(sums) == 400


@pytest.mark.parametrize("threads", [0, 2])
def test_recording_does_not_change_the_result(
    registry: Registry, record: Record, threads: int
) -> None:
    def result(records: bool) -> list[Any]:
        graph, seen = Graph(plan_from_text(TEXT, registry=registry)), []
        graph.observe("sum", lambda packet: seen.append((packet.timestamp, packet.value)))
        if records:
            record(graph, threads=threads, count=50)
        else:
            graph.start({"start": 100}, threads=threads)
            for number in range(50):
                graph.add_packet("number", number, number * 10)
            graph.close_inputs()
            graph.wait_until_done()
        return [value for value in seen if value[0] < 500]

    assert result(records=True) == result(records=False)


def test_a_cancelled_run_is_no_run_that_was_done(graph: Graph, tmp_path: Path) -> None:
    with Recorder(tmp_path / "run.mcap", graph):
        graph.start({"start": 1}, threads=0)
        graph.add_packet("number", 2, 5)
        graph.cancel()
    with Recording(tmp_path / "run.mcap") as recording:
        assert recording.end["status"] == "failed"
        assert [each.step for each in recording.calls("even")] == ["open", "process", "close"]
