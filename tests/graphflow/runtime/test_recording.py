"""Recording and replay: what a story keeps, and where one that does not fit is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphflow import Graph, Packet
from graphflow.graph import INLINE
from graphflow.runtime.policies import DefaultRule
from graphflow.runtime.recording import Call, Emitted, Entry, RecordingScheduler, Story
from graphflow.runtime.scheduler import Scheduler
from graphflow.words.errors import CalculatorError, InternalError, StoryError, UsageError
from graphflow.words.timestamp import UNSTARTED
from tests.graphflow.engine_kit import Fail, Node, Pass, chain, diamond, make_graph

QUERIES = {
    *("close_input", "explain", "has_failed", "is_done", "is_full", "is_idle", "is_paused"),
    *("ledger", "set_header", "when_failed", "when_room"),
}
"""What changes no scheduling: questions, headers, who is told; closing an input is an advance."""


def run(graph: Graph, count: int = 3, threads: int = INLINE) -> Story:
    graph.start(threads=threads, records=True)
    for time in range(count):
        graph.add_packet("in", Packet(time, time))
    graph.close_inputs()
    graph.wait_until_done()
    return graph.story


def test_everything_that_changes_the_machine_is_recorded() -> None:
    public = {name for name in vars(Scheduler) if not name.startswith("_")}
    recorded = {name for name in vars(RecordingScheduler) if not name.startswith("_")}
    assert public - QUERIES == recorded - {"recorded"}


def test_a_story_has_reports_and_answers_in_order() -> None:
    story = run(chain(1), count=1)
    opened, process = Call("n0", 0, "open", UNSTARTED, (None,)), Call("n0", 0, "process", 0, (0,))
    assert story.nodes == ("n0",)
    assert story.entries[:4] == (
        Entry("take", gave=opened),
        Entry("finish_and_take", call=opened, emitted=(Emitted(UNSTARTED + 1),)),
        Entry("add", "in", 0),
        Entry("take", gave=process),
    )
    assert Entry("finish_and_take", call=process, emitted=(Emitted(1, (0,)),)) in story.entries


def test_payloads_and_messages_stay_out_of_the_file(tmp_path: Path) -> None:
    def fail(packet: Packet) -> None:
        raise ValueError(f"can't look at {packet.value}")

    graph = chain(2)
    graph.observe("out", fail)
    graph.start({}, threads=INLINE, records=True)
    graph.add_packet("in", "secret", 0)
    graph.close_inputs()
    with pytest.raises(CalculatorError, match="secret"):
        graph.wait_until_done()
    graph.story.save(tmp_path / "story.jsonl")
    text = (tmp_path / "story.jsonl").read_text(encoding="utf-8")
    assert "secret" not in text
    assert '"cause":"ValueError"' in text
    assert chain(2).replay(Story.load(tmp_path / "story.jsonl")) == []


def test_the_story_of_a_run_that_is_not_over_says_what_is_waited_for() -> None:
    graph = diamond()
    graph.start(threads=INLINE, records=True)
    graph.add_packet("in", 1, 0)
    waits = diamond().replay(graph.story)
    assert {"drop", "keep", "join"} <= {wait.node for wait in waits}
    assert waits == graph.explain()
    graph.cancel()


def test_a_run_is_not_recorded_unless_asked() -> None:
    graph = chain(1)
    with pytest.raises(UsageError, match="records=True"):
        _ = graph.story
    graph.run(threads=INLINE)
    assert type(graph.current_run.scheduler) is Scheduler
    with pytest.raises(UsageError, match="records=True"):
        _ = graph.story


def test_a_machine_that_failed_fails_again_in_the_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    def review(self: Any, node: Any) -> Any:
        if any(queue.packets and queue.packets[0].timestamp == 2 for queue in node.queues):
            raise KeyError("a bug")
        return original(self, node)

    original = DefaultRule.review
    monkeypatch.setattr(DefaultRule, "review", review)
    graph = diamond()
    with pytest.raises(InternalError):
        run(graph, threads=1)
    story = graph.story
    assert story.entries[-1].raised == "KeyError"
    graph.replay(story)
    monkeypatch.undo()
    last = len(story.entries)
    with pytest.raises(StoryError, match=f"entry {last}, .*: found no error; expected KeyError"):
        graph.replay(story)


def other(story: Story, number: int, **changes: Any) -> Story:
    entries = list(story.entries)
    entries[number - 1] = replace(entries[number - 1], **changes)
    return replace(story, entries=tuple(entries))


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (lambda story: replace(story, nodes=("x",)), "another graph: found nodes n0; expected x"),
        (lambda story: other(story, 3, event="fed"), "entry 3, fed: no 'such event: fed'"),
        (lambda story: other(story, 3, stream="a"), "entry 3, add: no 'a'"),
        (lambda story: other(story, 2, call=None), "entry 2, .* no 'such call in flight: nothing'"),
        (lambda story: other(story, 2, emitted=()), "entry 2, .* no '0 outputs in n0 open"),
        (
            lambda story: other(story, 3, raised="KeyError"),
            "entry 3, add: found no error; expected KeyError",
        ),
        (
            lambda story: other(story, 3, time=7),
            r"entry 4, take: found n0 process 7 with packets \(7\); expected n0 process 0 with",
        ),
        (lambda story: other(story, 4, gave=None), "entry 4, take: found n0 .* expected nothing"),
    ],
)
def test_a_story_that_does_not_fit_is_refused(
    tamper: Callable[[Story], Story], message: str
) -> None:
    story = run(chain(1), count=1)
    with pytest.raises(StoryError, match=message):
        chain(1).replay(tamper(story))


def test_observers_of_one_stream_are_told_apart() -> None:
    graph = chain(1)
    for _ in range(2):
        graph.observe("out", lambda packet: None)
    story = run(graph, count=1)
    opened = [each.gave for each in story.entries if each.gave and each.gave.step == "open"]
    assert [(each.node, each.number) for each in opened] == [
        ("n0", 0),
        ("observer of out", 1),
        ("observer of out", 2),
    ]


def test_refused_feeds_are_part_of_the_story() -> None:
    graph = make_graph(Node("n", Pass, ["in"], ["out"]), inputs=["in"])
    graph.start(threads=INLINE, records=True)
    machine = graph.current_run.scheduler
    machine.add(machine.inputs["in"], Packet(None, 5))
    with pytest.raises(ValueError, match="found a packet at 3"):
        machine.add(machine.inputs["in"], Packet(None, 3))
    assert graph.story.entries[-1] == Entry("add", "in", 3, raised="TimestampError")
    graph.replay(graph.story)
    graph.cancel()


def test_a_pause_is_part_of_the_story() -> None:
    graph = chain(2)
    graph.start(threads=INLINE, records=True)
    graph.pause()
    graph.add_packet("in", Packet(1, 1))
    graph.resume()
    graph.close_inputs()
    graph.wait_until_done()
    assert {"pause", "resume"} <= {entry.event for entry in graph.story.entries}
    assert graph.replay(graph.story) == []


def test_interrupts_and_skipped_errors_replay() -> None:
    class Interrupted(Fail):
        def process(self, context: Any) -> None:
            if context.timestamp == 2:
                raise KeyboardInterrupt
            super().process(context)

    node = Node("n", Interrupted, ["in"], ["out"], options={"at": 1})
    node.changes = {"skips_errors": True}
    graph = make_graph(node, inputs=["in"])
    with pytest.raises(KeyboardInterrupt):
        run(graph)
    fails = [
        (each.cause, each.is_interrupt) for each in graph.story.entries if each.event == "fail"
    ]
    assert fails == [("ValueError", False), ("KeyboardInterrupt", True)]
    graph.replay(graph.story)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"graphflow_story": 2}', "no JSON", '"words"'])
def test_a_file_that_is_no_story_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "story.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StoryError, match=r"story\.jsonl:.*found no"):
        Story.load(path)


@pytest.mark.parametrize("line", ["{", "3", '{"event": "add", "when": 3}', '{"stream": "in"}'])
def test_a_line_that_is_none_of_a_story_is_refused_with_its_number(
    line: str, tmp_path: Path
) -> None:
    path = tmp_path / "story.jsonl"
    run(chain(1)).save(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:3], line, *lines[4:]]), encoding="utf-8")
    with pytest.raises(StoryError, match=r"story\.jsonl:4: found no line of a story"):
        Story.load(path)
