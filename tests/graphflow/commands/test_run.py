from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from pydantic import Field

from graphflow import Calculator, Context, Contract, Options, Packet, Port
from graphflow.commands import side_values
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import registry
from graphflow.running.notices import NOTICES
from tests.graphflow.command_line import graphflow

GRAPH = """\
type: Toy
input_side_packet:
  - {name: "input_path", type: string, default: "1"}
  - {name: "output_path", type: string, default: "out/numbers.txt"}
  - {name: "max_frames", type: int, default: 5}
  - {name: "is_loud", type: bool, default: false}
node:
  - calculator: ToySource
    name: source
    input_side_packet: ["MAX_FRAMES:max_frames", "START:input_path"]
    output_stream: ["NUMBERS:numbers", "HEADER:header"]
  - calculator: ToyPose
    name: pose
    input_stream: ["numbers"]
    output_stream: ["pose_landmarks"]
  - calculator: ToySink
    name: sink
    input_stream: ["numbers"]
    input_side_packet: ["PATH:output_path"]
    options: {fail_at: "${fail_at}"}
parameter: {name: fail_at, type: int, default: 0, minimum: 0}
"""


class Header:
    frame_count = 50


class ToySource(Calculator[NoOptions]):
    contract = Contract(
        outputs=(Port("NUMBERS", int), Port("HEADER", Header)),
        side_inputs=(Port("MAX_FRAMES", int), Port("START", str)),
    )

    def open(self, context: Context) -> None:
        self.number = int(context.side_inputs["START"])
        self.left = context.side_inputs["MAX_FRAMES"]
        context.outputs["HEADER"].add(Packet(Header(), 0))

    def process(self, context: Context) -> None:
        if not self.left:
            context.stop()
            return
        context.outputs["NUMBERS"].add(Packet(self.number, self.number))
        self.number += 1
        self.left -= 1


class ToyPose(Calculator[NoOptions]):
    contract = Contract(inputs=(Port("", int),), outputs=(Port("", int),))

    def process(self, context: Context) -> None:
        if context.inputs[0].value % 2:
            context.outputs[0].emit(context.inputs[0].value)


class ToySinkOptions(Options):
    fail_at: int = Field(0, ge=0, description="number to fail at; 0 for none")
    drop_at: int = Field(0, ge=0, description="number to drop; 0 for none")
    signal_at: int = Field(0, ge=0, description="number to raise SIGINT at; 0 for none")
    tell_at: int = Field(0, ge=0, description="number to tell the user; 0 for none")


class ToySink(Calculator[ToySinkOptions]):
    contract = Contract(
        inputs=(Port("", int),),
        side_inputs=(Port("PATH", str),),
        options=ToySinkOptions,
        services=(NOTICES,),
    )

    def open(self, context: Context) -> None:
        self.file = Path(context.side_inputs["PATH"]).open("w", encoding="utf-8")  # noqa: SIM115

    def process(self, context: Context) -> None:
        number = context.inputs[0].value
        if number == self.options.fail_at:
            raise ValueError(f"can't bear {number}")
        if number == self.options.drop_at:
            context.inputs[0].drop("no room")
        if number == self.options.tell_at:
            context.service(NOTICES).say(f"{number} was seen")
        if number == self.options.signal_at:
            signal.raise_signal(signal.SIGINT)
        self.file.write(f"{number}\n")

    def close(self, context: Context) -> None:
        self.file.write("closed\n")
        self.file.close()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: an empty one with the toy graph, whose calculators are known."""
    toys = {each.__name__: each for each in (ToySource, ToyPose, ToySink)}
    monkeypatch.setattr(registry, "_classes", {**registry._classes, **toys})
    (tmp_path / "toy.yaml").write_text(GRAPH, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_writes_into_the_default_folder_and_sums_up(folder: Path) -> None:
    result = graphflow("run", "toy.yaml")
    assert result.exit_code == 0
    assert (folder / "out" / "numbers.txt").read_text() == "1\n2\n3\n4\n5\nclosed\n"
    lines = result.stdout.splitlines()
    assert lines[0] == "frames  5, 3 with a pose"
    assert lines[1].startswith("speed   ")
    assert lines[-1] == f"files   {Path('out/numbers.txt')}"
    assert result.stderr == ""


def test_quiet_says_nothing(folder: Path) -> None:
    result = graphflow("run", "toy.yaml", "--quiet")
    assert (result.exit_code, result.output) == (0, "")
    assert (folder / "out" / "numbers.txt").exists()


def test_notices_are_said_at_once_and_kept_for_the_summary() -> None:
    result = graphflow("run", "toy.yaml", "--json", "--set", "sink.tell_at=3")
    assert result.stderr == "3 was seen\n"
    assert json.loads(result.stdout)["notices"] == ["3 was seen"]


def test_json_has_the_documented_keys() -> None:
    result = graphflow("run", "toy.yaml", "--json", "-o", "numbers.txt")
    assert result.exit_code == 0
    summary = json.loads(result.stdout)
    assert summary.pop("seconds") > 0
    assert summary.pop("frames_per_second") > 0
    nodes, edges = summary.pop("nodes"), summary.pop("edges")
    assert {node["name"] for node in nodes} == {"source", "pose", "sink"}
    assert [node["busy_seconds"] for node in nodes] == sorted(
        (node["busy_seconds"] for node in nodes), reverse=True
    )
    assert all(set(node) == {"name", "calls", "busy_seconds", "setup_seconds"} for node in nodes)
    assert summary == {
        "status": "done",
        "graph": "toy.yaml",
        "frames": 5,
        "frames_with_pose": 3,
        "ages": None,
        "files": ["numbers.txt"],
        "error": None,
        "dropped": 0,
        "skipped": 0,
        "skipped_error": None,
        "losses": [],
        "profile": [],
        "notices": [],
    }
    assert [(edge["stream"], edge["node"], edge["consumed"]) for edge in edges][:2] == [
        ("numbers", "pose", 5),
        ("numbers", "sink", 5),
    ]


def test_no_drops_fails_of_what_a_node_says_it_lost(folder: Path) -> None:
    arguments = ["run", "toy.yaml", "--json", "--set", "sink.drop_at=3"]
    assert graphflow(*arguments).exit_code == 0
    result = graphflow(*arguments, "--no-drops")
    assert result.exit_code == 1
    assert result.stderr == (
        "error: the run lost packets (--no-drops)\n"
        '  1 packet of stream "numbers" at input :0 of node "sink": no room\n'
    )
    summary = json.loads(result.stdout)
    assert (summary["status"], summary["dropped"]) == ("failed", 1)
    assert graphflow("run", "toy.yaml", "--no-drops").exit_code == 0


def test_short_options_stand_for_side_packets(folder: Path) -> None:
    result = graphflow("run", "toy.yaml", "-i", "10", "-o", "n.txt", "--max-frames", "2")
    assert result.exit_code == 0
    assert (folder / "n.txt").read_text() == "10\n11\nclosed\n"
    assert not (folder / "out").exists()


def test_side_packets_are_decoded_by_their_declared_type(folder: Path) -> None:
    sides = ("--side", "input_path=7", "--side", "max_frames=1", "--side", "is_loud=true")
    assert graphflow("run", "toy.yaml", *sides).exit_code == 0
    assert (folder / "out" / "numbers.txt").read_text() == "7\nclosed\n"


@pytest.mark.parametrize("threads", ["1", "3"])
def test_threads_do_not_change_the_result(folder: Path, threads: str) -> None:
    assert graphflow("run", "toy.yaml", "--threads", threads).exit_code == 0
    assert (folder / "out" / "numbers.txt").read_text() == "1\n2\n3\n4\n5\nclosed\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["toi.yaml"], ["toi.yaml: there is no such graph file", 'did you mean "toy.yaml"?']),
        (["toy.yaml", "--side", "output=x"], ['no side packet "output"', '"output_path"?']),
        (["toy.yaml", "--side", "color=x"], ['no side packet "color"', "it has input_path,"]),
        (["toy.yaml", "--side", "max_frames=two"], ['found text "two"; expected an integer']),
        (["toy.yaml", "--side", "is_loud=yes"], ["expected true or false", "is written true"]),
        (["toy.yaml", "--side", "is_loud"], ['--side: found "is_loud"; expected NAME=VALUE']),
        (["toy.yaml", "--side", "a=1", "--side", "a=2"], ['--side: "a" is given twice']),
        (["toy.yaml", "-i", "1", "--side", "input_path=2"], ['"input_path" is given twice']),
        (["toy.yaml", "--set", "sank.fail_at=1"], ['no node "sank"', 'did you mean "sink"?']),
        (["toy.yaml", "--set", "sink.fail_on=1"], ['no option "fail_on"', '"fail_at"']),
        (["toy.yaml", "--set", "sink.fail_at=-1"], ["expected an integer of at least 0"]),
        (["toy.yaml", "--set", "sink.fail_at"], ["expected NODE.OPTION=VALUE"]),
        (["toy.yaml", "--set", "sink=1"], ["expected node.option"]),
        (["toy.yaml", "--param", "fail"], ["expected NAME=VALUE"]),
        (["toy.yaml", "--param", "z=1"], ['has no parameter "z"', 'it has "fail_at"']),
        (["toy.yaml", "--param", "fail_at=x"], ["--param fail_at=x", "expected an integer"]),
        (["toy.yaml", "--param", "fail_at=-1"], ["-1", "of at least 0", "at toy.yaml:21:19"]),
        (["toy.yaml", "--param", "fail_at=1", "--param", "fail_at=2"], ["given twice"]),
        (["toy.yaml", "--threads", "0"], ["--threads"]),
        (["toy.yaml", "--max-frames", "0"], ["--max-frames"]),
        ([], ["GRAPH"]),
    ],
)
def test_a_wrong_request_exits_2_and_says_what_is_wrong(
    folder: Path, arguments: list[str], words: list[str]
) -> None:
    result = graphflow("run", *arguments)
    assert result.exit_code == 2
    assert [word for word in words if word not in result.stderr] == []
    assert result.stdout == ""
    assert not (folder / "out").exists()


def test_an_option_that_the_graph_has_no_side_packet_for_is_refused(folder: Path) -> None:
    text = GRAPH.replace("max_frames", "count")
    (folder / "toy.yaml").write_text(text, encoding="utf-8")
    result = graphflow("run", "toy.yaml", "--max-frames", "2")
    assert result.exit_code == 2
    assert '--max-frames: the graph has no side packet "max_frames"' in result.stderr


def test_a_required_side_packet_must_be_given(folder: Path) -> None:
    text = GRAPH.replace(', default: "1"', ', description: "first number"')
    (folder / "toy.yaml").write_text(text, encoding="utf-8")
    result = graphflow("run", "toy.yaml")
    assert result.exit_code == 2
    assert 'the graph needs side packet "input_path" (first number)' in result.stderr
    assert "hint: give --side input_path=VALUE" in result.stderr
    assert graphflow("run", "toy.yaml", "-i", "3").exit_code == 0


def test_a_graph_with_input_streams_is_refused(folder: Path) -> None:
    text = 'input_stream: ["a"]\nnode: [{calculator: ToyPose, input_stream: [a], '
    (folder / "open.yaml").write_text(text + "output_stream: [b]}]\n", encoding="utf-8")
    result = graphflow("run", "open.yaml")
    assert result.exit_code == 2
    assert 'input streams ("a")' in result.stderr


def test_a_wrong_graph_exits_2_with_its_place(folder: Path) -> None:
    (folder / "toy.yaml").write_text(GRAPH.replace("ToyPose", "ToyPoise"), encoding="utf-8")
    result = graphflow("run", "toy.yaml")
    assert result.exit_code == 2
    assert result.stderr.startswith("toy.yaml:12:")
    assert 'did you mean "ToyPose"' in result.stderr
    assert "1 fault" in result.stderr


def test_a_failed_run_exits_1_names_the_node_and_closes_files(folder: Path) -> None:
    result = graphflow("run", "toy.yaml", "--set", "sink.fail_at=3")
    assert result.exit_code == 1
    assert "(failed)" in result.stdout.splitlines()[0]
    assert 'node "sink" failed in process at 3' in result.stderr
    assert "can't bear 3" in result.stderr
    assert "Traceback" not in result.stderr
    assert (folder / "out" / "numbers.txt").read_text() == "1\n2\nclosed\n"


def test_param_sets_a_parameter_of_the_graph() -> None:
    result = graphflow("run", "toy.yaml", "--param", "fail_at=3")
    assert result.exit_code == 1
    assert "can't bear 3" in result.stderr


def test_a_failed_run_still_prints_json() -> None:
    result = graphflow("run", "toy.yaml", "--json", "--set", "sink.fail_at=3")
    assert result.exit_code == 1
    summary = json.loads(result.stdout)
    assert summary["status"] == "failed"
    assert "can't bear 3" in summary["error"]


def test_traceback_shows_where_the_calculator_failed() -> None:
    result = graphflow("run", "toy.yaml", "--traceback", "--set", "sink.fail_at=3")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert 'raise ValueError(f"can\'t bear {number}")' in result.stderr


def test_a_missing_folder_given_by_the_user_is_not_made(folder: Path) -> None:
    result = graphflow("run", "toy.yaml", "-o", "nowhere/n.txt")
    assert result.exit_code == 1
    assert "nowhere" in result.stderr
    assert not (folder / "nowhere").exists()


@pytest.mark.parametrize("is_here", [True, False])
def test_a_default_clip_is_taken_from_the_bundle_where_it_is_not_here(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_here: bool
) -> None:
    bundle = tmp_path / "bundle"
    for place in [bundle, folder / "samples"] if is_here else [bundle]:
        place.mkdir()
        (place / "clip.mp4").touch()
    monkeypatch.setattr(side_values, "bundled_folder", lambda name: bundle)
    text = GRAPH.replace('default: "1"', 'default: "samples/clip.mp4"')
    (folder / "toy.yaml").write_text(text, encoding="utf-8")
    result = graphflow("run", "toy.yaml")
    named = Path("samples/clip.mp4") if is_here else bundle / "clip.mp4"
    assert result.exit_code == 1  # The toy source wants a number, and quotes what it got.
    assert f"'{named}'" in result.stderr


def test_an_interrupt_closes_files_and_exits_130(folder: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    arguments = ("--set", "sink.signal_at=20", "--max-frames", "1000000")
    result = graphflow("run", "toy.yaml", "--json", *arguments)
    assert result.exit_code == 130
    lines = (folder / "out" / "numbers.txt").read_text().splitlines()
    assert lines[-1] == "closed"
    assert lines[:-1] == [str(number) for number in range(1, len(lines))]
    assert 20 <= len(lines) < 1_000_000
    summary = json.loads(result.stdout)
    assert (summary["status"], summary["error"]) == ("interrupted", None)
    assert "interrupted" in result.stderr
    assert signal.getsignal(signal.SIGINT) is before
