"""Stalls: each is told once, and again when what it waits for changes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Hashable
from typing import Any

import pytest

from graphflow.graph import INLINE
from graphflow.running.stalls import Stall
from graphflow.words.diagnostics import Location
from graphflow.words.errors import UsageError
from graphflow.words.waits import Call, Reason, Wait
from tests.graphflow.engine_kit import (
    ImmediatePass,
    Node,
    Pass,
    chain,
    diamond,
    diamond_result,
    make_graph,
)

PATIENCE_SECONDS = 60


def running(seconds: float, node: str = "n") -> Wait:
    return Wait(node, Location(), Reason.RUNNING, call=Call("process", 5, seconds, "a.py:1 in f"))


class FakeRun:
    """A run whose progress and explanation the test sets."""

    def __init__(self) -> None:
        self.calls = 0
        self.is_over = self.is_paused = False
        self.waits = [running(1.0)]

    def progress(self) -> Hashable:
        return self.calls

    def explain(self) -> list[Wait]:
        return self.waits


def test_a_stall_is_told_once_when_nothing_moved_for_so_long() -> None:
    run = FakeRun()
    stall = Stall(run, seconds=10)
    assert [bool(stall.look(now)) for now in (0, 9.9, 10, 11, 20)] == [0, 0, 1, 0, 0]


def test_progress_ends_a_stall_and_the_next_is_told_again() -> None:
    run = FakeRun()
    stall = Stall(run, seconds=10)
    stall.look(0)
    assert stall.look(10) == run.waits
    run.calls = 1
    assert stall.look(15) == []
    assert stall.look(24) == []
    assert stall.look(25) == run.waits


def test_an_explanation_that_changes_is_told_again_but_not_for_its_seconds() -> None:
    run = FakeRun()
    stall = Stall(run, seconds=10)
    stall.look(0)
    assert stall.look(10)
    run.waits = [running(2.0)]
    assert stall.look(11) == []
    run.waits = [running(3.0, "other")]
    assert stall.look(12) == run.waits


@pytest.mark.parametrize("what", ["is_over", "is_paused"])
def test_a_run_that_is_over_or_paused_has_not_stalled(what: str) -> None:
    run = FakeRun()
    stall = Stall(run, seconds=10)
    stall.look(0)
    setattr(run, what, True)
    assert stall.look(10) == []


@pytest.mark.parametrize("threads", [INLINE, 1])
def test_every_call_is_progress(threads: int) -> None:
    graph = chain(2)
    graph.start(threads=threads)
    found = [graph.current_run.progress()]
    for time in range(3):
        graph.add_packet("in", 0, time)
        graph.wait_until_idle()
        found.append(graph.current_run.progress())
    assert len(set(found)) == 4
    graph.advance("in", 10)
    graph.wait_until_idle()
    assert graph.current_run.progress() == found[-1]
    graph.cancel()


@pytest.mark.parametrize("threads", [INLINE, 3])
def test_looking_in_at_any_moment_disturbs_nothing(threads: int) -> None:
    graph = diamond()
    got: list[tuple[int, Any]] = []
    graph.observe("out", lambda packet: got.append((packet.timestamp, packet.value)))
    is_over = threading.Event()
    faults: list[BaseException] = []
    looks: list[int] = []

    def look_in() -> None:
        try:
            while not is_over.is_set():
                for wait in graph.explain():
                    assert str(wait)
                assert all(entry.delivered >= 0 for entry in graph.ledger().entries)
                looks.append(1)
        except BaseException as fault:
            faults.append(fault)

    graph.start(threads=threads)
    looker = threading.Thread(target=look_in)
    looker.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for time in range(300):
            graph.add_packet("in", time, time)
    finally:
        sys.setswitchinterval(interval)
        is_over.set()
        looker.join(PATIENCE_SECONDS)
    graph.close_inputs()
    graph.wait_until_done()
    assert faults == []
    assert looks
    assert got == [(time, value) for time, value in _diamond_values(300)]


def test_who_asks_an_inline_run_in_the_middle_of_a_report_asks_again() -> None:
    graph = chain(1)
    answers: list[Exception | str] = [KeyError(), RuntimeError(), "answer"]

    def ask(machine: object) -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    found: list[str] = []
    graph.observe("in", lambda packet: found.append(graph.current_run.driver.look(ask)))
    graph.start(threads=INLINE)
    graph.add_packet("in", 0, 0)
    assert found == ["answer"]
    answers.append(KeyError())
    with pytest.raises(KeyError):
        graph.current_run.driver.look(ask)
    graph.cancel()


def _diamond_values(count: int) -> list[tuple[int, Any]]:
    return [(time, (time, value)) for time, (_, value) in enumerate(diamond_result(range(count)))]


def test_a_call_that_begins_is_progress() -> None:
    began, may_end = threading.Event(), threading.Event()
    graph = chain(1)

    def hold(packet: Any) -> None:
        began.set()
        may_end.wait(PATIENCE_SECONDS)

    graph.observe("in", hold)
    graph.start(threads=1)
    graph.wait_until_idle()
    before = graph.current_run.progress()
    graph.add_packet("in", 0, 0)
    assert began.wait(PATIENCE_SECONDS)
    assert graph.current_run.progress() != before
    may_end.set()
    graph.cancel()


def test_a_graph_that_nobody_feeds_is_told_by_the_watch() -> None:
    graph = make_graph(Node("n", Pass, ["in"], ["out"]), inputs=["in"])
    told: list[list[Wait]] = []
    has_told = threading.Event()

    def tell(waits: list[Wait]) -> None:
        told.append(waits)
        has_told.set()

    with graph.watch_stalls(0.01, tell):
        graph.start(threads=1)
        assert has_told.wait(PATIENCE_SECONDS)
        graph.cancel()
    assert (
        told[0][0].remedy == 'add a packet to "in", advance its bound past that time, or close it'
    )


def test_a_watch_may_be_stopped_by_its_callback_and_before_any_run() -> None:
    graph = make_graph(Node("n", ImmediatePass, ["in"], ["out"]), inputs=["in"])
    graph.watch_stalls(0.01, print).stop()
    is_stopped = threading.Event()

    def stop(waits: list[Wait]) -> None:
        watch.stop()
        is_stopped.set()

    watch = graph.watch_stalls(0.01, stop)
    graph.start(threads=1)
    assert is_stopped.wait(PATIENCE_SECONDS)
    graph.cancel()


def test_a_watch_needs_some_time() -> None:
    with pytest.raises(UsageError, match="found 0 seconds; expected more than 0"):
        chain(1).watch_stalls(0, print)


def test_a_poller_that_nobody_reads_is_told() -> None:
    graph = chain(1)
    poller = graph.poll("out", max_queue_size=1)
    told: list[list[Wait]] = []
    has_told = threading.Event()

    def tell(waits: list[Wait]) -> None:
        told.append(waits)
        if any("nobody reads" in each.remedy for each in waits):
            has_told.set()

    with graph.watch_stalls(0.01, tell):
        graph.start(threads=2)
        for time in range(3):
            graph.add_packet("in", time, time)
        assert has_told.wait(PATIENCE_SECONDS)
        graph.cancel()
    found = next(each for each in told[-1] if each.node == "poller of out")
    assert found.remedy == (
        "it is full, and nobody reads: read the poller of out to the end, in a thread of its own, "
        "or set max_queue_size=0"
    )
    assert poller.queue_size == 1
