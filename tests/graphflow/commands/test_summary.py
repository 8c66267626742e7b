from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from graphflow.commands.summary import (
    ROWS_MAX,
    Summary,
    Tally,
    WrittenFiles,
    busiest_first,
    loss_rows,
)
from graphflow.graph import NodeTime
from graphflow.nodes.calculator import Calculator
from graphflow.nodes.options import NoOptions
from graphflow.plan import InputPlan, NodePlan, OutputPlan, Plan, StreamPlan
from graphflow.runtime.ledger import Entry, Ledger, Loss
from graphflow.words.packet import Packet


class Source(Calculator[NoOptions]):
    pass


class FakeGraph:
    def __init__(self) -> None:
        self.callbacks: dict[str, Callable[[Packet], None]] = {}

    def observe(self, stream: str, callback: Callable[[Packet], None]) -> None:
        self.callbacks[stream] = callback


def plan(*streams: str) -> Plan:
    """A source with two outputs, and a node that makes the further streams."""
    names = ("frames", "header", *streams)
    made = tuple(OutputPlan("", index, 2 + index) for index in range(len(streams)))
    return Plan(
        nodes=(
            NodePlan("source", Source, outputs=(OutputPlan("A", 0, 0), OutputPlan("B", 0, 1))),
            NodePlan("node", Source, inputs=(InputPlan("", 0, 0),), outputs=made),
        ),
        streams=tuple(StreamPlan(name, 0 if at < 2 else 1) for at, name in enumerate(names)),
    )


def test_frames_are_the_packets_of_the_sources_busiest_output() -> None:
    graph = FakeGraph()
    tally = Tally(graph, plan("masks"))
    assert set(graph.callbacks) == {"frames", "header"}
    graph.callbacks["header"](Packet("header", 0))
    for time in range(3):
        graph.callbacks["frames"](Packet(time, time))
    assert (tally.frames, tally.frames_with_pose, tally.total) == (3, None, None)


def test_frames_with_a_pose_are_the_packets_of_the_pose_stream() -> None:
    graph = FakeGraph()
    tally = Tally(graph, plan("pose_landmarks"))
    assert tally.frames_with_pose == 0
    graph.callbacks["pose_landmarks"](Packet("pose", 0))
    assert tally.frames_with_pose == 1


@pytest.mark.parametrize(("announced", "total"), [(7, 7), (None, None), (0, None)])
def test_the_total_is_what_the_source_announces(announced: int | None, total: int | None) -> None:
    class Header:
        frame_count = announced

    graph = FakeGraph()
    tally = Tally(graph, plan())
    graph.callbacks["header"](Packet(Header(), 0))
    assert tally.total == total


def test_written_files_are_those_that_are_new_or_changed(tmp_path: Path) -> None:
    kept, changed, new = (tmp_path / name for name in ("kept", "changed", "new"))
    kept.write_text("kept")
    changed.write_text("before")
    odd = [Path("rtsp://camera/1"), Path("0"), Path("a\0b"), Path("x" * 5000)]
    written = WrittenFiles([kept, changed, new, *odd])
    assert written.names() == ()
    changed.write_text("after it")
    new.write_text("new")
    assert written.names() == (str(changed), str(new))


def summary(**changes: object) -> Summary:
    values = {"status": "done", "graph": "g.yaml", "frames": 60, "frames_with_pose": 58}
    return Summary(**{**values, "seconds": 2.0, **changes})  # type: ignore[arg-type]


def test_text_tells_frames_speed_time_and_files() -> None:
    nodes = (NodeTime("slow", 60, 1.5), NodeTime("quick", 60, 0.5))
    text = summary(nodes=nodes, files=("a.mp4", "b.jsonl")).as_text()
    assert text.splitlines() == [
        "frames  60, 58 with a pose",
        "speed   30.0 frames a second (2.00 s in all)",
        "time    slow       1.50 s   75%     25.00 ms a call",
        "        quick      0.50 s   25%      8.33 ms a call",
        "files   a.mp4",
        "        b.jsonl",
    ]


def test_text_leaves_out_what_there_is_not() -> None:
    text = summary(frames_with_pose=None, status="interrupted").as_text()
    assert text.splitlines() == [
        "frames  60 (interrupted)",
        "speed   30.0 frames a second (2.00 s in all)",
    ]


def test_many_nodes_end_in_one_row_for_the_others() -> None:
    nodes = tuple(NodeTime(f"node{number}", 1, 1.0) for number in range(ROWS_MAX + 3))
    lines = summary(nodes=nodes).as_text().splitlines()
    assert len(lines) == 2 + ROWS_MAX + 1
    assert lines[-1].split() == ["3", "others", "3.00", "s", "33%"]


def test_opening_and_closing_have_a_row_of_their_own() -> None:
    nodes = (NodeTime("model", 0, 0.0, setup_seconds=0.5), NodeTime("quick", 10, 1.5))
    lines = summary(nodes=nodes).as_text().splitlines()
    assert lines[-1].split() == ["opening", "and", "closing", "0.50", "s", "25%"]


def test_losses_are_told() -> None:
    entry = Entry("n", "IMAGE", "s", 9, 5, dropped=3, discarded=0, queued=1, lost=(("slow", 4),))
    told = summary(ledger=Ledger((entry,), skipped={"x": 2}), skipped_error="node x failed")
    assert told.as_text().splitlines()[2:] == [
        'lost    4 packets of stream "s" at input IMAGE of node "n": slow',
        '        3 packets of stream "s" at input IMAGE of node "n": '
        "thrown away by the input policy",
        '        node "x", 2 times: in calls that failed and were passed over',
        "        the last failure: node x failed",
    ]
    content = json.loads(told.as_json())
    assert (content["dropped"], content["skipped"]) == (7, 2)
    assert content["losses"][0] == {
        **{"node": "n", "input": "IMAGE", "output": None, "stream": "s"},
        **{"reason": "thrown away by the input policy", "count": 3},
    }
    (edge,) = content["edges"]
    kept = sum(edge[key] for key in ("consumed", "dropped", "discarded", "abandoned", "queued"))
    assert edge["delivered"] == kept == 9
    assert (edge["lost"], edge["left_out"]) == ({"slow": 4}, {})


def test_what_a_source_did_not_emit_is_told_with_its_output() -> None:
    unsent = Loss("camera", "VIDEO", "image", "a newer frame came first", 3, is_output=True)
    told = summary(ledger=Ledger((), unsent=(unsent,)))
    assert told.as_text().splitlines()[2] == (
        'lost    3 packets of stream "image" at output VIDEO of node "camera": '
        "a newer frame came first"
    )
    content = json.loads(told.as_json())
    assert content["dropped"] == 3
    assert (content["losses"][0]["input"], content["losses"][0]["output"]) == (None, "VIDEO")


def test_notices_are_told_the_last_ones_in_full() -> None:
    told = summary(notices=tuple(f"notice {number}" for number in range(ROWS_MAX + 2)))
    lines = [line for line in told.as_text().splitlines() if "notice" in line or "earlier" in line]
    assert lines[0] == "told    2 earlier"
    assert len(lines) == ROWS_MAX + 1
    assert len(json.loads(told.as_json())["notices"]) == ROWS_MAX + 2


def test_many_losses_end_in_a_line_for_the_others() -> None:
    losses = [Loss("n", ":0", "s", f"reason {count}", count) for count in range(1, ROWS_MAX + 3)]
    rows = loss_rows(losses)
    assert rows[0] == '8 packets of stream "s" at input :0 of node "n": reason 8'
    assert (len(rows), rows[-1]) == (ROWS_MAX + 1, "and 2 more")


def test_what_a_node_lost_of_several_streams_alike_shares_a_line() -> None:
    losses = [Loss("exit", tag, tag.lower(), "too old", 6) for tag in ("IMAGE", "ROI")]
    losses += [Loss("exit", "MASK", "mask", "too old", 2), Loss("other", ":0", "s", "too old", 6)]
    assert loss_rows(losses) == [
        '6 packets each of streams "image" and "roi" at node "exit": too old',
        '6 packets of stream "s" at input :0 of node "other": too old',
        '2 packets of stream "mask" at input MASK of node "exit": too old',
    ]


def test_busiest_first_breaks_ties_by_name() -> None:
    rows = [NodeTime("b", 1, 1.0), NodeTime("a", 1, 1.0), NodeTime("c", 1, 2.0)]
    assert [row.node for row in busiest_first(rows)] == ["c", "a", "b"]


def test_json_has_null_where_there_is_nothing() -> None:
    content = json.loads(summary(frames_with_pose=None, seconds=0.0).as_json())
    assert content["frames_with_pose"] is None
    assert content["error"] is None
    assert content["frames_per_second"] == 0.0
