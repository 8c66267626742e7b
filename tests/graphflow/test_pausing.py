"""Pausing a graph: for every driver, for asyncio, and while somebody waits."""

from __future__ import annotations

import asyncio
import faulthandler
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from graphflow import Calculator, Context, Contract, Packet
from graphflow.aio import AsyncGraph
from graphflow.graph import INLINE, Graph
from graphflow.nodes.options import NoOptions
from graphflow.testing.simulation import SimulationDriver
from graphflow.words.errors import GraphCancelled, GraphFull, UsageError
from tests.graphflow.engine_kit import ANY_PORTS, Node, chain, make_graph, packets

HANG_SECONDS = 60

Start = Callable[[Graph], None]

DRIVERS: dict[str, Start] = {
    "inline": lambda graph: graph.start(threads=INLINE),
    "threads": lambda graph: graph.start(threads=2),
    "simulation": lambda graph: graph.start_with(partial(SimulationDriver, seed=1, workers=2)),
}


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """A hang ends the test run with the stacks of all threads."""
    faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(params=DRIVERS)
def start(request: pytest.FixtureRequest) -> Start:
    return DRIVERS[request.param]


def observed(graph: Graph) -> list[Packet]:
    got: list[Packet] = []
    graph.observe("out", got.append)
    return got


def test_what_is_added_in_a_pause_is_processed_after_it(start: Start) -> None:
    graph = chain(3)
    got = observed(graph)
    start(graph)
    graph.add_packet("in", 0, 0)
    graph.wait_until_idle()
    graph.pause()
    assert graph.is_paused
    for packet in packets(range(1, 5)):
        graph.add_packet("in", packet)
    assert [packet.value for packet in got] == [0]
    graph.resume()
    graph.wait_until_idle()
    assert [packet.value for packet in got] == [0, 1, 2, 3, 4]
    graph.close_inputs()
    graph.wait_until_done()


def test_a_cancel_ends_a_paused_run_and_a_later_pause_is_ignored(start: Start) -> None:
    graph = chain(3)
    got = observed(graph)
    start(graph)
    graph.pause()
    graph.add_packet("in", 0, 0)
    graph.cancel()
    graph.pause()
    with pytest.raises(GraphCancelled):
        graph.wait_until_done()
    assert (got, graph.is_paused) == ([], False)


def test_a_paused_run_begins_anew_unpaused(start: Start) -> None:
    graph = chain(1)
    got = observed(graph)
    start(graph)
    graph.pause()
    graph.reset()
    start(graph)
    graph.add_packet("in", 0, 0)
    graph.close_inputs()
    graph.wait_until_done()
    assert len(got) == 1


def test_leaving_the_context_resumes(start: Start) -> None:
    graph = chain(2)
    got = observed(graph)
    with graph:
        start(graph)
        graph.pause()
        graph.add_packet("in", 0, 0)
    assert len(got) == 1


def test_pausing_a_graph_that_was_not_started_is_refused() -> None:
    assert not chain(1).is_paused
    with pytest.raises(UsageError, match="not started"):
        chain(1).pause()


def test_user_code_may_pause_the_run_it_is_part_of(start: Start) -> None:
    graph = chain(2)
    got: list[Packet] = []

    def pause_at_first(packet: Packet) -> None:
        got.append(packet)
        if packet.timestamp == 0:
            graph.pause()
            paused.set()

    paused = threading.Event()
    graph.observe("out", pause_at_first)
    start(graph)
    graph.add_packet("in", 0, 0)
    while not paused.is_set() and not graph.is_paused and start is DRIVERS["simulation"]:
        graph.wait_until_idle()
    assert paused.wait(HANG_SECONDS)
    graph.add_packet("in", 1, 1)
    assert [packet.timestamp for packet in got] == [0]
    graph.resume()
    graph.close_inputs()
    graph.wait_until_done()
    assert [packet.timestamp for packet in got] == [0, 1]


# ---- in the thread that waits ----------------------------------------------------------------


def test_inline_waiting_for_a_paused_run_raises() -> None:
    graph = chain(1)
    graph.start(threads=INLINE)
    graph.pause()
    graph.wait_until_idle()
    graph.add_packet("in", 0, 0)
    graph.close_inputs()
    for wait in (graph.wait_until_idle, graph.wait_until_done):
        with pytest.raises(UsageError, match="the run is paused"):
            wait()
    graph.resume()
    graph.wait_until_done()


def test_inline_a_full_paused_graph_takes_no_packet() -> None:
    graph = chain(1, limit=1)
    graph.start(threads=INLINE)
    graph.pause()
    graph.add_packet("in", 0, 0)
    for waits in (True, False):
        with pytest.raises(GraphFull):
            graph.add_packet("in", 1, 1, waits=waits)
    graph.resume()
    graph.add_packet("in", 1, 1)


# ---- threads ---------------------------------------------------------------------------------


class Hold(Calculator[NoOptions]):
    """Says that it runs, and goes on when it is let."""

    contract = Contract(**ANY_PORTS)
    is_running = threading.Event()
    may_go = threading.Event()

    def process(self, context: Context) -> None:
        Hold.is_running.set()
        assert Hold.may_go.wait(HANG_SECONDS)
        context.outputs[0].emit(context.inputs[0].value)


@pytest.fixture
def held() -> Iterator[Graph]:
    """A run with a call in flight, which returns when `Hold.may_go` is set."""
    Hold.is_running.clear()
    Hold.may_go.clear()
    graph = make_graph(Node("hold", Hold, ["in"], ["out"]), inputs=["in"], outputs=["out"], limit=1)
    observed(graph)
    graph.start(threads=2)
    graph.add_packet("in", 0, 0)
    assert Hold.is_running.wait(HANG_SECONDS)
    yield graph
    Hold.may_go.set()


def test_what_waits_for_idleness_waits_for_the_resume(held: Graph) -> None:
    held.pause()
    held.add_packet("in", 1, 1)
    waiter = threading.Thread(target=held.wait_until_idle)
    waiter.start()
    Hold.may_go.set()
    driver = held.current_run.driver
    while held.current_run.scheduler.in_flight or not driver._shared.waiting:  # type: ignore[attr-defined]
        assert waiter.is_alive()
    assert held.bound("out") <= 1
    held.resume()
    waiter.join(HANG_SECONDS)
    assert not waiter.is_alive()
    assert held.bound("out") == 2
    held.close_inputs()
    held.wait_until_done()


def test_a_run_that_finishes_its_calls_in_a_pause_ends_after_it(held: Graph) -> None:
    held.pause()
    held.close_inputs()
    Hold.may_go.set()
    while held.current_run.scheduler.in_flight:
        assert held.is_running
    assert held.is_running
    held.resume()
    held.wait_until_done()


def test_sleeping_workers_do_not_spin_in_a_pause(held: Graph) -> None:
    held.pause()
    held.add_packet("in", 1, 1)
    Hold.may_go.set()
    workers = held.current_run.driver._shared.workers  # type: ignore[attr-defined]
    idle = held.current_run.scheduler.pools[0].idle
    while len(idle) < len(workers):
        assert held.is_running
    for _ in range(5):
        held.advance("in", 2)
    assert len(idle) == len(workers), "nobody was rung"
    held.resume()
    held.close_inputs()
    held.wait_until_done()


def test_a_coroutine_pauses_and_resumes() -> None:
    async def run() -> list[int]:
        graph = AsyncGraph(chain(2))
        arrivals = graph.poll("out")
        async with graph:
            await graph.start(threads=1)
            graph.pause()
            await graph.add_packet("in", 5, 0)
            assert graph.graph.is_paused
            graph.resume()
            first = await arrivals.next()
            graph.pause()
        assert first is not None
        return [first.value]

    assert asyncio.run(run()) == [5]
