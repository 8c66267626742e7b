"""A trace file holds to the Trace Event Format, and adds up to what the run's nodes did."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from graphflow.graph import INLINE, Graph
from graphflow.trace import TraceFile, Tracer
from graphflow.words.errors import GraphflowError
from graphflow.words.timestamp import POSTSTREAM
from tests.graphflow.engine_kit import Fail, Join, Node, Pass, chain, make_graph, packets, pose_loop

Record = dict[str, Any]


def trace_of(path: Path, graph: Graph, count: int, stream: str, threads: int = INLINE) -> Record:
    graph.start(threads=threads, trace=path)
    with suppress(GraphflowError):
        for packet in packets(range(count)):
            graph.add_packet(stream, packet)
        graph.close_inputs()
        graph.wait_until_done()
    return read(path)


def read(path: Path) -> Record:
    """Read a trace as the strictest readers do."""
    text = path.read_text(encoding="utf-8")
    found: Record = json.loads(text, object_pairs_hook=no_key_twice, parse_constant=refuse)
    assert orjson.loads(text) == found
    check_format(found)
    return found


def no_key_twice(pairs: list[tuple[str, Any]]) -> Record:
    assert len({key for key, _ in pairs}) == len(pairs), pairs
    return dict(pairs)


def refuse(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def check_format(trace: Record) -> None:
    """Demand what the format says of the events that we write.

    Source: "Trace Event Format", Google: sections JSON Object Format, Duration and Complete Events,
    Instant Events, Counter Events, Flow Events, Metadata Events.
    """
    assert set(trace) == {"displayTimeUnit", "otherData", "traceEvents"}
    assert trace["displayTimeUnit"] == "ms"
    flows: dict[str, dict[int, Record]] = {"s": {}, "f": {}}
    spans: list[Record] = []
    for event in trace["traceEvents"]:
        assert isinstance(event["name"], str)
        assert isinstance(event["pid"], int)
        assert isinstance(event["tid"], int)
        assert event["ph"] in "MXCsfi"
        if event["ph"] == "M":
            values = {"process_name": str, "thread_name": str, "thread_sort_index": int}
            (value,) = event["args"].values()
            assert isinstance(value, values[event["name"]])
            continue
        assert event["ts"] >= 0
        if event["ph"] == "X":
            assert event["dur"] >= 0
            spans.append(event)
        elif event["ph"] == "C":
            assert event["args"]
            assert all(isinstance(each, int) for each in event["args"].values())
        elif event["ph"] == "i":
            assert event["s"] in "gpt"
        else:
            assert event["id"] not in flows[event["ph"]]
            flows[event["ph"]][event["id"]] = event
    assert flows["s"].keys() == flows["f"].keys()
    for number, start in flows["s"].items():
        finish = flows["f"][number]
        assert finish["bp"] == "e"
        assert (start["name"], start["cat"]) == (finish["name"], finish["cat"])
        assert start["ts"] <= finish["ts"]
        for end in (start, finish):
            assert is_inside_a_span(end, spans), end


def is_inside_a_span(event: Record, spans: list[Record]) -> bool:
    return any(
        span["tid"] == event["tid"] and span["ts"] <= event["ts"] <= span["ts"] + span["dur"]
        for span in spans
    )


def spans_of(trace: Record, step: str = "process") -> list[Record]:
    return [each for each in trace["traceEvents"] if each["ph"] == "X" and each["cat"] == step]


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_the_spans_add_up_to_what_the_nodes_did(tmp_path: Path, threads: int) -> None:
    graph = pose_loop()
    trace = trace_of(tmp_path / "t.json", graph, 40, "frame", threads)
    assert Counter(each["name"] for each in spans_of(trace)) == {
        each.node: each.calls for each in graph.node_times()
    }
    for each in graph.node_times():
        spans = [one["dur"] for one in spans_of(trace) if one["name"] == each.node]
        # The driver looks at the clock a little earlier and later than the trace.
        assert sum(spans) / 1e6 <= each.busy_seconds
        assert len(spans_of(trace, "open")) == len(spans_of(trace, "close")) == 5


def test_every_packet_that_a_node_gave_to_another_is_a_flow(tmp_path: Path) -> None:
    trace = trace_of(tmp_path / "t.json", chain(3), 10, "in")
    starts = [each["name"] for each in trace["traceEvents"] if each["ph"] == "s"]
    assert Counter(starts) == {"s1": 10, "s2": 10}


def test_a_stream_that_a_node_reads_twice_is_one_input_of_its_calls(tmp_path: Path) -> None:
    graph = make_graph(Node("n", Join, ["in", "in"], ["out"]), inputs=["in"], outputs=["out"])
    trace = trace_of(tmp_path / "t.json", graph, 2, "in")
    assert [each["args"]["inputs"] for each in spans_of(trace)] == [{"in": 0}, {"in": 1}]


def test_spans_of_a_thread_do_not_overlap(tmp_path: Path) -> None:
    trace = trace_of(tmp_path / "t.json", pose_loop(), 40, "frame", 2)
    ends: dict[int, float] = {}
    spans = [span for step in ("open", "process", "close") for span in spans_of(trace, step)]
    for span in sorted(spans, key=lambda each: each["ts"]):
        assert span["ts"] >= ends.get(span["tid"], 0) - 0.001
        ends[span["tid"]] = span["ts"] + span["dur"]


def test_a_failed_run_leaves_a_whole_file(tmp_path: Path) -> None:
    graph = make_graph(Node("n", Fail, ["in"], ["out"], options={"at": 3}), inputs=["in"])
    trace = trace_of(tmp_path / "t.json", graph, 9, "in")
    assert [each["args"]["failed"] for each in spans_of(trace)] == [False, False, False, True]
    moments = [each["name"] for each in trace["traceEvents"] if each["ph"] == "i"]
    assert moments == ["failed: CalculatorError"]


def test_the_file_is_whole_at_every_moment(tmp_path: Path) -> None:
    path, now, graph = tmp_path / "t.json", 0, chain(1)
    graph.start(threads=INLINE, trace=Tracer(path, clock=lambda: now))
    counts = [len(spans_of(read(path)))]
    for packet in packets(range(4)):
        now += 10**9
        graph.add_packet("in", packet)
        counts.append(len(spans_of(read(path))))
    assert counts == [0, 0, 1, 2, 3]
    graph.close_inputs()
    graph.wait_until_done()
    assert len(spans_of(read(path))) == 4


def test_names_and_special_times_are_written_so_that_json_can_read_them(tmp_path: Path) -> None:
    graph = make_graph(
        Node('a"\\ü', Pass, ['in"'], ['out"']), Node("b", Pass, ['out"'], ["end"]), inputs=['in"']
    )
    path = tmp_path / "t.json"
    graph.start(threads=INLINE, trace=path)
    graph.add_packet('in"', 1, POSTSTREAM)
    graph.close_inputs()
    graph.wait_until_done()
    first, second = spans_of(read(path))
    assert (first["name"], first["args"]["timestamp"]) == ('a"\\ü', "POSTSTREAM")
    assert second["args"]["inputs"] == {'out"': "POSTSTREAM"}


def test_what_keeps_the_trace_from_being_written_does_not_end_the_run(tmp_path: Path) -> None:
    class Full:
        def __init__(self) -> None:
            self.closed = False

        def seek(self, offset: int, whence: int) -> None:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            self.closed = True

    trace, graph = TraceFile(tmp_path / "t.json"), chain(1)
    graph.start(threads=INLINE, trace=Tracer(trace))
    assert trace._file is not None
    trace._file.close()
    full: Any = Full()
    trace._file = full
    graph.add_packet("in", 0, 0)
    graph.close_inputs()
    graph.wait_until_done()
    assert "No space" in str(trace.error)
    assert full.closed


def test_a_file_that_can_not_be_opened_is_told_before_anything_runs(tmp_path: Path) -> None:
    graph = chain(1)
    with pytest.raises(FileNotFoundError):
        graph.start(threads=1, trace=tmp_path / "missing" / "t.json")
    assert graph.node_times()[0].calls == 0
