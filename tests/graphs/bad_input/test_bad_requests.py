"""Wrong graphs and command lines: every fault with its place, exit code 2, nothing begun."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Port
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import registry

Make = Callable[..., Path]
Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pose_trackin"], ["there is no such graph file", '"pose_tracking"']),
        (["graphs/none.yaml"], ["graphs/none.yaml: there is no such graph file"]),
        (["pose_tracking", "--side", "outputpath=x"], ["no side packet", '"output_path"']),
        (["pose_tracking", "--side", "foo"], ['--side: found "foo"; expected NAME=VALUE']),
        (["pose_tracking", "--side", "a=1", "--side", "a=2"], ['"a" is given twice']),
        (["pose_tracking", "--side", "max_frames=ten"], ['text "ten"', "expected an integer"]),
        (["pose_tracking", "--side", "smooth_landmarks=2"], ["expected true or false"]),
        (["pose_tracking", "--side", "min_detection_confidence=x"], ["expected a number"]),
        (["pose_tracking", "--side", "min_detection_confidence=7"], ["found 7", "from 0.0 to 1.0"]),
        (["pose_tracking", "--side", "max_frames=-1"], ["found -1", "at least 0"]),
        (["pose_tracking", "--set", "foo"], ['--set: found "foo"; expected NODE.OPTION=VALUE']),
        (["pose_tracking", "--set", "video_snk.crf=1"], ["no node", '"video_sink"']),
        (["pose_tracking", "--set", "video_sink.cfr=1"], ['no option "cfr"', '"crf"']),
        (["pose_tracking", "--set", "video_sink.crf=99"], ["found 99", "from 0 to 51"]),
        (["pose_tracking", "--set", "video_sink.crf=x"], ['text "x"', "expected an integer"]),
        (["pose_tracking", "--set", "video_sink.preset=fst"], ["expected ultrafast", '"fast"']),
        (["pose_tracking", "--threads", "0"], ["--threads", "0 is not in the range"]),
        (["pose_tracking", "--threads", "-1"], ["--threads"]),
        (["pose_tracking", "--threads", "100000"], ["--threads", "256"]),
        (["pose_tracking", "--max-frames", "0"], ["--max-frames"]),
        (["pose_tracking", "--max-frames", "-3"], ["--max-frames"]),
        (["pose_tracking", "--max-frames", "many"], ["--max-frames", "'many'"]),
        (["pose_tracking", "--ouput", "x"], ["--ouput", "--output"]),
        (["pose_tracking", "clip.mp4"], ["unexpected extra argument"]),
        ([], ["GRAPH"]),
    ],
)
def test_a_wrong_request_exits_2_and_says_what_is_expected(
    call: Run, arguments: list[str], words: list[str]
) -> None:
    outcome = call("run", *arguments)
    outcome.check_told(2, *words)
    assert outcome.stdout == ""
    assert outcome.files == set()


def test_an_unknown_command_is_told(call: Run) -> None:
    call("rum").check_told(2, 'no command is called "rum"')


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["1:1: this is no graph", "an empty file"]),
        (b"# a comment\n", ["this is no graph"]),
        (b"- a\n- b\n", ["this is no graph", "found a list"]),
        (b"just words\n", ["this is no graph"]),
        (b"type: T\n", ["the graph has no nodes"]),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", ["not UTF-8"]),
        (b"node:\n  - {calculator: [\n", ["this is not YAML"]),
    ],
)
def test_a_file_that_is_no_graph_is_told(
    call: Run, tmp_path: Path, content: bytes, words: list[str]
) -> None:
    path = tmp_path / "graph.yaml"
    path.write_bytes(content)
    outcome = call("run", path)
    outcome.check_told(2, "graph.yaml:", "1 fault", *words)


def test_a_folder_is_no_graph(call: Run, tmp_path: Path) -> None:
    call("run", tmp_path).check_told(2, str(tmp_path), "a folder")


FAULTY = """\
type: Faulty
input_side_packet:
  - {name: "input_path", type: strin}
node:
  - calculator: MediaSourceCalculater
    output_stream: ["VIDEO:image"]
  - calculator: ImagePropertiesCalculator
    input_stream: ["IMAGE:imag"]
    output_stream: ["SIZE:size"]
    optons: {}
  - calculator: MediaSinkCalculator
    input_stream: ["VIDEO:image"]
    options: {crf: 99, codecs: x}
"""


def test_all_faults_of_a_graph_are_told_at_once_with_their_places(call: Run, folder: Path) -> None:
    (folder / "faulty.yaml").write_text(FAULTY, encoding="utf-8")
    outcome = call("run", "faulty.yaml")
    outcome.check_told(2)
    lines = outcome.stderr.splitlines()
    places = [line.split(": ")[0] for line in lines if line.startswith("faulty.yaml:")]
    assert places == [
        "faulty.yaml:3:32",
        "faulty.yaml:5:17",
        "faulty.yaml:8:20",
        "faulty.yaml:10:5",
        "faulty.yaml:13:20",
        "faulty.yaml:13:24",
    ]
    assert lines[-1] == "6 faults"
    for words in ('"MediaSourceCalculator"?', '"image"', '"options"?', "from 0 to 51", '"codec"'):
        assert words in outcome.stderr


LOOP = """\
type: Loop
input_side_packet: [{name: "input_path", type: string}]
node:
  - calculator: MediaSourceCalculator
    input_side_packet: ["INPUT_FILE_PATH:input_path"]
    output_stream: ["VIDEO:image"]
  - calculator: MergeCalculator
    name: merge
    input_stream: ["image", "again"]
    output_stream: ["merged"]
    input_stream_info: [%s]
  - calculator: PassThroughCalculator
    name: pass
    input_stream: ["merged"]
    output_stream: ["again"]
"""


def test_a_loop_without_a_back_edge_is_told_with_the_remedy(call: Run, folder: Path) -> None:
    (folder / "loop.yaml").write_text(LOOP % "", encoding="utf-8")
    outcome = call("run", "loop.yaml", "-i", "clip.mp4")
    outcome.check_told(2, "loop.yaml:9:29: these nodes form a cycle", "back_edge: true")


def test_a_loop_that_nothing_can_start_ends_as_stuck(
    call: Run, folder: Path, make_clip: Make
) -> None:
    text = LOOP % '{tag_index: ":1", back_edge: true}'
    (folder / "loop.yaml").write_text(text, encoding="utf-8")
    outcome = call("run", "loop.yaml", "-i", make_clip())
    outcome.check_told(1, "the graph is stuck", 'node "merge" waits', 'stream "again"')


class FailingCalculator(Calculator[NoOptions]):
    """Fails at the tenth frame."""

    contract = Contract(inputs=(Port(""),), outputs=(Port("", same_as=""),))

    def open(self, context: Context) -> None:
        """Begin to count."""
        self._frames = 0

    def process(self, context: Context) -> None:
        """Pass nine frames on."""
        self._frames += 1
        if self._frames == 10:
            raise RuntimeError("the tenth frame is too much")
        context.outputs[0].emit(context.inputs[0].value)


def test_a_calculator_that_raises_is_named_and_the_frames_before_are_kept(
    record: Run, folder: Path, make_clip: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        registry, "_classes", {**registry._classes, "FailingCalculator": FailingCalculator}
    )
    path = folder / "record.yaml"
    failing = "  - {name: failing, calculator: FailingCalculator, "
    failing += "input_stream: [raw], output_stream: [image]}\n"
    text = path.read_text(encoding="utf-8").replace('"VIDEO:image", ', '"VIDEO:raw", ', 1)
    path.write_text(text + failing, encoding="utf-8")
    outcome = record(make_clip(frames=20), "--threads", "1")
    outcome.check_told(
        1, 'node "failing" failed in process at 900000 µs', "RuntimeError: the tenth frame"
    )
    assert 0 < len(outcome.records) <= 9
    assert 0 < len(outcome.times) <= 9
    assert [each["frame"] for each in outcome.records] == list(range(len(outcome.records)))
    assert not [name for name in outcome.files if "partial" in name]
