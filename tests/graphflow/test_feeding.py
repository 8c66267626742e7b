"""Graph inputs: packets that come too late, packets refused, and the end of all sources."""

from __future__ import annotations

import asyncio
import faulthandler
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from graphflow import Context, Packet
from graphflow.aio import AsyncGraph
from graphflow.driver import Driver, Late
from graphflow.graph import INLINE, Graph
from graphflow.runtime.elements import Stream
from graphflow.testing.simulation import SimulationDriver
from graphflow.words.errors import GraphCancelled, GraphFull, GraphStuck, TimestampError, UsageError
from graphflow.words.timestamp import DONE, MAX, POSTSTREAM
from tests.graphflow.engine_kit import (
    Count,
    Join,
    Machine,
    Node,
    Pass,
    chain,
    make_graph,
    make_plan,
)

DRIVERS = [INLINE, 2, "simulated"]


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    faulthandler.dump_traceback_later(60, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def start(graph: Graph, threads: Any) -> tuple[Driver, Stream]:
    """Start a graph, and return its driver and the stream of its input "in"."""
    if threads == "simulated":
        graph.start_with(lambda *parts: SimulationDriver(*parts, seed=3, workers=2), None)
    else:
        graph.start(threads=threads)
    driver = graph.current_run.driver
    return driver, driver.scheduler.inputs["in"]


def finish(graph: Graph) -> None:
    graph.close_inputs()
    graph.wait_until_done()


# ---- late packets -----------------------------------------------------------------------------


@pytest.mark.parametrize("threads", DRIVERS)
@pytest.mark.parametrize(
    ("late", "expected"),
    [(Late.DROP, [(5, "a"), (9, "d")]), (Late.BUMP, [(5, "a"), (6, "b"), (7, "c"), (9, "d")])],
)
def test_late_packets_are_dropped_or_bumped(
    threads: Any, late: Late, expected: list[tuple[int, str]]
) -> None:
    graph = chain(1)
    got: list[tuple[int, str]] = []
    graph.observe("out", lambda packet: got.append((packet.timestamp, packet.value)))
    driver, stream = start(graph, threads)
    driver.set_late(stream, late)
    for time, value in ((5, "a"), (5, "b"), (3, "c"), (9, "d")):
        driver.add(stream, Packet(value, time))
    finish(graph)
    assert got == expected
    assert (stream.late, stream.bumped) == ((2, 0) if late is Late.DROP else (0, 2))


@pytest.mark.parametrize("threads", DRIVERS)
@pytest.mark.parametrize("late", Late)
def test_what_no_time_can_mend_raises(threads: Any, late: Late) -> None:
    graph = chain(1)
    driver, stream = start(graph, threads)
    driver.set_late(stream, late)
    driver.add(stream, Packet("a", MAX))
    driver.wait_until_idle()
    for time in (5, MAX, POSTSTREAM):
        with pytest.raises(TimestampError):
            driver.add(stream, Packet("b", time))
    driver.advance(stream, DONE)
    with pytest.raises(TimestampError, match="closed"):
        driver.add(stream, Packet("b", 5))
    finish(graph)
    assert (stream.late, stream.bumped) == (0, 0)


def test_each_input_may_have_a_choice_of_its_own() -> None:
    graph = make_graph(
        Node("a", Pass, ["in"], ["x"]), Node("b", Pass, ["other"], ["y"]), inputs=["in", "other"]
    )
    graph.start(threads=INLINE, late={"in": "drop"})
    for name in ("in", "other"):
        graph.add_packet(name, 1, 5)
    graph.add_packet("in", 1, 5)
    with pytest.raises(TimestampError):
        graph.add_packet("other", 1, 5)
    finish(graph)
    assert graph.ledger().late == {"in": 1}


@pytest.mark.parametrize(
    ("late", "text"),
    [
        ({"out": "drop"}, 'no graph input "out"; the graph has: "in"'),
        ({"in": "crop"}, 'found late "crop"; expected "raise", "drop" or "bump"'),
        ("never", 'found late "never"; expected "raise", "drop" or "bump"'),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(late: Any, text: str) -> None:
    graph = chain(1)
    with pytest.raises(UsageError, match=text):
        graph.start(late=late)
    assert not graph.is_running


def test_coroutines_choose_too() -> None:
    async def run() -> dict[str, int]:
        graph = chain(1)
        async with AsyncGraph(graph) as wrapped:
            await wrapped.start(threads=1, late={"in": Late.BUMP}, headers={"in": 7})
            for _ in range(3):
                await wrapped.add_packet("in", 1, 5)
        assert graph.header("in") == 7
        assert graph.ledger().losses == ()
        return graph.ledger().bumped

    assert asyncio.run(run()) == {"in": 2}


def test_late_packets_raise_by_default() -> None:
    graph = chain(1)
    driver, stream = start(graph, INLINE)
    driver.add(stream, Packet("a", 5))
    with pytest.raises(TimestampError, match="found a packet at 5; expected 6 or later"):
        driver.add(stream, Packet("b", 5))
    finish(graph)


# ---- packets refused ----------------------------------------------------------------------------


class Blocked(Pass):
    """Waits in process until it is let go."""

    entered: threading.Event
    let_go: threading.Event

    def process(self, context: Context) -> None:
        self.entered.set()
        self.let_go.wait()
        super().process(context)


def test_a_packet_is_refused_while_the_graph_is_busy_and_full() -> None:  # 67
    Blocked.entered, Blocked.let_go = threading.Event(), threading.Event()
    graph = chain(1, Blocked, limit=2)
    driver, stream = start(graph, 1)
    driver.add(stream, Packet(0, 0), waits=False)
    Blocked.entered.wait()
    for time in (1, 2):
        driver.add(stream, Packet(time, time), waits=False)
    with pytest.raises(GraphFull, match='stream "in": a queue downstream'):
        driver.add(stream, Packet(3, 3), waits=False)
    assert not stream.is_awaited
    Blocked.let_go.set()
    driver.wait_until_idle()
    driver.add(stream, Packet(3, 3), waits=False)
    finish(graph)


@pytest.mark.parametrize("threads", DRIVERS)
def test_in_an_idle_graph_queues_grow_instead(threads: Any) -> None:
    graph = make_graph(
        Node("join", Join, ["in", "other"], ["out"]), inputs=["in", "other"], limit=1
    )
    driver, stream = start(graph, threads)
    for time in range(4):
        driver.wait_until_idle()
        driver.add(stream, Packet(time, time), waits=False)
    finish(graph)


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_in_an_idle_graph_a_deadlock_is_reported_if_that_is_asked_for(threads: int) -> None:  # 121
    graph = make_graph(
        Node("join", Join, ["in", "other"], ["out"]),
        inputs=["in", "other"],
        limit=1,
        report_deadlock=True,
    )
    driver, stream = start(graph, threads)
    driver.add(stream, Packet(0, 0), waits=False)
    driver.wait_until_idle()
    with pytest.raises(GraphStuck, match="join"):
        driver.add(stream, Packet(1, 1), waits=False)
    with pytest.raises(GraphStuck):
        finish(graph)


class FeedsItself(Pass):
    """Adds packets to the graph's input until one is refused."""

    driver: Driver
    refused: list[int]

    def process(self, context: Context) -> None:
        stream = self.driver.scheduler.inputs["in"]
        if context.timestamp == 0:
            for time in range(1, 9):
                try:
                    self.driver.add(stream, Packet(time, time), waits=False)
                except GraphFull:
                    self.refused.append(time)
        super().process(context)


@pytest.mark.parametrize("threads", DRIVERS)
def test_user_code_inside_a_run_can_be_refused(threads: Any) -> None:
    FeedsItself.refused = []
    graph = chain(1, FeedsItself, limit=3)
    driver, stream = start(graph, threads)
    FeedsItself.driver = driver
    driver.add(stream, Packet(0, 0))
    driver.wait_until_idle()
    finish(graph)
    assert FeedsItself.refused == [4, 5, 6, 7, 8] or threads == "simulated"


# ---- the end of all sources -------------------------------------------------------------------


@pytest.mark.parametrize("threads", [2, "simulated"])
def test_sources_can_be_ended_while_inputs_stay_open(threads: Any) -> None:  # 65
    graph = make_graph(
        Node("source", Count, [], ["endless"], options={"count": 1 << 40}),
        Node("sink", Pass, ["endless"], ["counted"]),
        Node("pass", Pass, ["in"], ["out"]),
        inputs=["in"],
    )
    got: list[int] = []
    graph.observe("out", lambda packet: got.append(packet.value))
    driver, stream = start(graph, threads)
    driver.add(stream, Packet(1, 1))
    driver.end_sources()
    driver.wait_until_idle()
    driver.add(stream, Packet(2, 2))
    finish(graph)
    assert got == [1, 2]
    assert graph.bound("counted") == DONE


def test_ending_sources_inline_and_after_a_failure_changes_nothing_else() -> None:
    graph = chain(1)
    driver, _ = start(graph, INLINE)
    driver.end_sources()
    finish(graph)
    made = Machine(make_plan(Node("source", Count, [], ["out"])))
    made.open_all()
    made.cancel(GraphCancelled("enough"))
    made.end_sources()
    assert not made.scheduler.nodes[0].is_exhausted


# ---- what Graph offers of it ------------------------------------------------------------------


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_a_graph_can_be_told_to_drop_what_comes_too_late(threads: int) -> None:
    graph = chain(1)
    found: list[int] = []
    graph.observe("out", lambda packet: found.append(packet.timestamp))
    graph.start(threads=threads, late="drop")
    for time in (5, 3, 7):
        graph.add_packet("in", time, time)
    finish(graph)
    assert found == [5, 7]
    assert graph.ledger().late == {"in": 1}


def test_a_packet_that_need_not_wait_is_refused_when_a_queue_is_full() -> None:
    gate = threading.Event()

    def wait(packet: Packet) -> None:
        gate.wait(30)

    graph = chain(1, limit=1)
    graph.observe("out", wait)
    graph.start(threads=1)
    with pytest.raises(GraphFull):
        for time in range(20):
            graph.add_packet("in", time, time, waits=False)
    gate.set()
    finish(graph)


@pytest.mark.parametrize("threads", [INLINE, 1])
def test_the_ledger_is_there_as_soon_as_a_graph_was_started(threads: int) -> None:
    graph = chain(1)
    with pytest.raises(UsageError, match="was not started"):
        graph.ledger()
    graph.start(threads=threads)
    assert graph.ledger().entries[0].delivered == 0
    graph.add_packet("in", 1, 1)
    graph.wait_until_idle()
    assert graph.ledger().entries[0].consumed == 1
    finish(graph)
    entry = graph.ledger().entries[0]
    assert (entry.delivered, entry.consumed, entry.dropped, entry.queued) == (1, 1, 0, 0)
    assert graph.skipped_errors == ()


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_an_endless_source_waits_for_an_input_that_is_open(threads: int) -> None:
    text = """
input_stream: [in]
input_side_packet: ["MAX_COUNT:count"]
node:
  - calculator: CountingSourceCalculator
    input_side_packet: ["MAX_COUNT:count"]
    output_stream: [numbers]
  - {calculator: PassThroughCalculator, input_stream: [in, numbers], output_stream: [a, b]}
"""
    graph = Graph.from_text(text)
    found: list[int] = []
    graph.observe("b", lambda packet: found.append(packet.value))
    graph.start({"count": 10**12}, threads=threads)  # comes back, though the source goes on
    graph.wait_until_idle()
    assert found == []
    graph.end_sources()
    finish(graph)
    assert found == list(range(len(found)))
