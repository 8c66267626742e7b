"""Who waits is woken without a clock; a graph that is dropped or interrupted leaves no mess."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract
from graphflow.aio import AsyncGraph
from graphflow.graph import INLINE, Graph
from graphflow.nodes.options import NoOptions
from graphflow.words.errors import (
    CalculatorError,
    GraphCancelled,
    GraphflowError,
    InternalError,
    UsageError,
)
from tests.graphflow.engine_kit import ANY_PORTS, Every, Fail, Node, chain, make_graph

HANG_SECONDS = 60


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """A hang ends the test run with the stacks of all threads."""
    faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


class Noting(Calculator[NoOptions]):
    """Notes that it was opened and closed."""

    contract = Contract(**ANY_PORTS)
    notes: list[str] = []  # noqa: RUF012 (shared by the test)

    def open(self, context: Context) -> None:
        Noting.notes.append(f"open {context.node_name}")

    def process(self, context: Context) -> None:
        context.outputs[0].emit(context.inputs[0].value)

    def close(self, context: Context) -> None:
        Noting.notes.append(f"close {context.node_name}")


@pytest.fixture(autouse=True)
def notes() -> list[str]:
    Noting.notes = []
    return Noting.notes


def failing() -> Graph:
    node = Node("fail", Fail, ["in"], ["out"], options={"at": 3})
    return make_graph(node, inputs=["in"], outputs=["out"])


def without_clock(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Refuse to wait for a time; return what is set when somebody waits."""
    changed = graph._handover.changed
    original, waits = changed.wait, threading.Event()

    def wait(timeout: float | None = None) -> bool:
        assert timeout is None
        waits.set()
        return original()

    monkeypatch.setattr(changed, "wait", wait)
    return waits


def in_thread(action: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Run something in a thread; what it returned or raised is added to a list."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(action())
        except GraphflowError as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, found


@pytest.mark.parametrize("how", ["fail", "cancel", "break"])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_reader_is_woken_when_the_run_fails(
    how: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = failing()
    poller = graph.poll("out")
    waits = without_clock(graph, monkeypatch)
    graph.start(threads=threads)
    reader, found = in_thread(poller.next)
    assert waits.wait(HANG_SECONDS)
    if how == "cancel":
        graph.cancel()
    elif how == "break":
        monkeypatch.setattr(graph.current_run.scheduler, "end_sources", lambda: 1 / 0)
        graph.end_sources()
    else:
        graph.add_packet("in", 1, 3)
    reader.join(HANG_SECONDS)
    expected = {"fail": CalculatorError, "cancel": GraphCancelled, "break": InternalError}
    assert [type(each) for each in found] == [expected[how]]


def test_who_asks_for_an_outcome_is_woken_when_the_run_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = failing()
    graph.outcomes()
    waits = without_clock(graph, monkeypatch)
    graph.start(threads=1)
    reader, found = in_thread(lambda: graph.outcome(5))
    assert waits.wait(HANG_SECONDS)
    graph.add_packet("in", 1, 3)
    reader.join(HANG_SECONDS)
    assert isinstance(found[0].error, CalculatorError)


def test_a_frame_that_needs_later_input_is_told_without_a_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = Node("slow", Every, ["in"], ["out"], changes={"offset": -5})
    graph = make_graph(slow, inputs=["in"], outputs=["out"])
    graph.outcomes(max_queue_size=0)
    without_clock(graph, monkeypatch)
    graph.start(threads=2)
    with pytest.raises(UsageError, match="10 is not finished"):
        graph.process({"in": 1}, timestamp=10)
    graph.reset()


def test_a_coroutine_is_woken_when_the_run_fails() -> None:
    async def run() -> BaseException | None:
        graph = AsyncGraph(failing())
        arrivals = graph.poll("out")
        await graph.start(threads=1)
        waiting = asyncio.ensure_future(arrivals.next())
        await asyncio.sleep(0)
        await graph.add_packet("in", 1, 3)
        (outcome,) = await asyncio.gather(waiting, return_exceptions=True)
        return outcome if isinstance(outcome, BaseException) else None

    assert isinstance(asyncio.run(run()), CalculatorError)


# ---- a graph that is dropped ---------------------------------------------------------------------


def test_the_threads_of_a_dropped_graph_end_and_its_calculators_are_closed(
    notes: list[str],
) -> None:
    graph = chain(2, Noting)
    graph.poll("out")
    graph.start(threads=2)
    graph.wait_until_idle()
    driver: Any = graph.current_run.driver
    workers = tuple(driver._shared.workers)
    assert len(workers) == 3
    watch = weakref.ref(graph)
    del graph
    gc.collect()
    assert watch() is None
    for worker in workers:
        worker.join()
    assert sorted(notes) == ["close n0", "close n1", "open n0", "open n1"]


def test_a_graph_that_was_run_again_cancels_only_its_last_run() -> None:
    graph = chain(1)
    for _ in range(3):
        graph.start(threads=1)
        graph.close_inputs()
        graph.wait_until_done()
    graph.start(threads=1)
    driver = graph.current_run.driver
    del graph
    gc.collect()
    with pytest.raises(GraphCancelled, match="dropped"):
        driver.wait_until_done()


# ---- interrupts within the machine ---------------------------------------------------------------


@pytest.mark.parametrize(
    "place",
    [
        "graphflow.runtime.scheduler.Scheduler._take_next",
        "graphflow.runtime.scheduler.put",
        "graphflow.runtime.scheduler.Scheduler._take",
    ],
)
def test_an_interrupt_in_the_machine_closes_what_is_open(
    place: str, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: Any) -> None:
        raise KeyboardInterrupt

    graph = chain(2, Noting)
    with pytest.raises(KeyboardInterrupt), graph:
        graph.start(threads=INLINE)
        graph.add_packet("in", 1, 1)
        monkeypatch.setattr(place, interrupt)
        graph.add_packet("in", 2, 2)
    assert sorted(notes) == ["close n0", "close n1", "open n0", "open n1"]
    assert not graph.is_running
    with pytest.raises(GraphCancelled, match="interrupted"):
        graph.wait_until_done()


def test_an_interrupt_before_an_open_is_reported_closes_it(
    notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: Any) -> None:
        raise KeyboardInterrupt

    graph = chain(2, Noting)
    monkeypatch.setattr("graphflow.runtime.scheduler.finish_generally", interrupt)
    with pytest.raises(KeyboardInterrupt):
        graph.start(threads=INLINE)
    assert notes == ["open n0", "close n0"]


def test_a_fault_of_the_machine_closes_what_is_open_too(
    notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = chain(1, Noting)
    graph.start(threads=INLINE)
    monkeypatch.setattr("graphflow.runtime.scheduler.put", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        graph.add_packet("in", 1, 1)
    assert notes == ["open n0", "close n0"]
    with pytest.raises(InternalError, match="a bug in graphflow"):
        graph.wait_until_done()


def test_an_interrupt_of_a_feeding_thread_closes_what_is_open(
    notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: Any) -> None:
        raise KeyboardInterrupt

    graph = chain(2, Noting)
    with pytest.raises(KeyboardInterrupt), graph:
        graph.start(threads=2)
        graph.wait_until_idle()
        monkeypatch.setattr(graph.current_run.scheduler, "advance", interrupt)
        graph.close_inputs()
    assert sorted(notes) == ["close n0", "close n1", "open n0", "open n1"]
    with pytest.raises(GraphCancelled, match="interrupted"):
        graph.wait_until_done()
