"""Executors: a graph runs in the threads that its config, its application and its start name."""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from graphflow import Calculator, Context, Contract, Graph, Packet
from graphflow.driver import LentExecutor, OwnThreads
from graphflow.driver.lent import Lender, LentWorker
from graphflow.nodes.options import NoOptions
from graphflow.plan import ExecutorKind, ExecutorPlan
from graphflow.runtime.elements import Pool
from graphflow.words.errors import CalculatorError, GraphCancelled, GraphflowError, UsageError
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    Count,
    Fail,
    Join,
    Node,
    chain,
    make_graph,
    packets,
    pose_loop,
    pose_result,
)

HANG_SECONDS = 60
THREADS = ExecutorKind.THREAD_POOL
WAITING = ExecutorKind.APPLICATION_THREAD
UNTYPED = ExecutorKind.UNTYPED


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """A hang ends the test run with the stacks of all threads."""
    faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def hasty_switching() -> Iterator[None]:
    """Threads change places some hundred times as often as usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2, thread_name_prefix="lent") as executor:
        yield executor


class AtOnce:
    """Runs each task in the thread that submits it.

    Attributes:
        deepest: how many tasks were under way at once on one stack.
    """

    def __init__(self) -> None:
        self.deepest = 0
        self._depths: dict[int, int] = {}

    def submit(self, task: Callable[[], None], /) -> None:
        here = threading.get_ident()
        self._depths[here] = self._depths.get(here, 0) + 1
        self.deepest = max(self.deepest, self._depths[here])
        task()
        self._depths[here] -= 1


class Refusing:
    """Takes so many tasks, and then refuses."""

    def __init__(self, count: int) -> None:
        self.count = count

    def submit(self, task: Callable[[], None], /) -> None:
        if not self.count:
            raise RuntimeError("cannot schedule new futures after shutdown")
        self.count -= 1
        task()


class Cancelling:
    """Cancels every task."""

    def submit(self, task: Callable[[], None], /) -> Future[None]:
        future: Future[None] = Future()
        future.cancel()
        return future


class Where(Calculator[NoOptions]):
    """Emits the name of the thread it runs in; notes those of `open` and `close`."""

    contract = Contract(**ANY_PORTS)
    opened: ClassVar[list[str]] = []
    closed: ClassVar[list[str]] = []

    def open(self, context: Context) -> None:
        Where.opened.append(threading.current_thread().name)

    def process(self, context: Context) -> None:
        context.outputs[0].emit(threading.current_thread().name)

    def close(self, context: Context) -> None:
        Where.closed.append(threading.current_thread().name)


@pytest.fixture(autouse=True)
def nobody_was_anywhere() -> None:
    Where.opened.clear()
    Where.closed.clear()


def with_executors(graph: Graph, *executors: ExecutorPlan) -> Graph:
    return Graph(replace(graph.plan, executors=executors))


def where(*executors: ExecutorPlan, count: int = 1, limit: int = 100) -> Graph:
    """A chain of nodes that tell where they run, the last one in the last executor."""
    names = ["in", *(f"s{at}" for at in range(1, count)), "out"]
    nodes = [
        Node(
            f"n{at}",
            Where,
            [names[at]],
            [names[at + 1]],
            executor=len(executors) - 1 if at == count - 1 else 0,
        )
        for at in range(count)
    ]
    return with_executors(
        make_graph(*nodes, inputs=["in"], outputs=["out"], executors=len(executors), limit=limit),
        *executors,
    )


def run_to_end(graph: Graph, count: int = 3) -> list[Any]:
    got: list[Packet] = []
    graph.observe("out", got.append)
    graph.start()
    for packet in packets(range(count)):
        graph.add_packet("in", packet)
    graph.close_inputs()
    graph.wait_until_done()
    return [packet.value for packet in got]


# ---- lent by the application ---------------------------------------------------------------------


def test_nodes_run_in_the_executor_that_is_lent_for_their_name(pool: ThreadPoolExecutor) -> None:
    graph = where(ExecutorPlan(), ExecutorPlan("io"), count=2)
    graph.set_executor("io", pool)
    assert all(name.startswith("lent") for name in run_to_end(graph))
    assert {name.partition("-")[0].partition("_")[0] for name in Where.opened} == {
        "graphflow",
        "lent",
    }


@pytest.mark.parametrize("plan", [ExecutorPlan(), ExecutorPlan("", 3)])
def test_the_default_executor_can_be_lent(pool: ThreadPoolExecutor, plan: ExecutorPlan) -> None:
    graph = where(plan)
    graph.set_executor("", pool)
    for _ in range(2):
        assert all(name.startswith("lent") for name in run_to_end(graph))
        assert not pool._shutdown


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_pools_of_all_kinds_give_what_one_thread_gives(
    limit: int, hasty_switching: None, pool: ThreadPoolExecutor
) -> None:
    kinds = [
        ExecutorPlan(),
        ExecutorPlan("own", 2, THREADS),
        ExecutorPlan("at once"),
        ExecutorPlan("waiting", kind=WAITING),
        ExecutorPlan("lent"),
    ]
    for turn in range(len(kinds)):
        others = [*kinds[1:]]
        turned = [kinds[0], *others[turn:], *others[:turn]]
        graph = with_executors(pose_loop(executors=5, limit=limit), *turned)
        graph.set_executor("lent", pool)
        graph.set_executor("at once", AtOnce())
        got: list[Packet] = []
        graph.observe("landmarks", got.append)
        graph.start(threads=2)
        for packet in packets(range(60)):
            graph.add_packet("frame", packet)
        graph.close_inputs()
        graph.wait_until_done()
        assert [packet.value for packet in got] == pose_result(60)


def test_an_executor_that_runs_tasks_at_once_keeps_the_stack_flat() -> None:
    graph = with_executors(chain(100), ExecutorPlan())
    at_once = AtOnce()
    graph.set_executor("", at_once)
    seen: list[int] = []

    def feed_more(packet: Packet) -> None:
        seen.append(packet.value)
        if packet.value < 5:
            graph.add_packet("in", packet.value + 1, packet.timestamp + 1)

    graph.observe("out", feed_more)
    graph.start()
    graph.add_packet("in", 0, 0)
    assert seen == list(range(6))  # all of it ran in add_packet
    assert at_once.deepest <= 2
    graph.close_inputs()
    graph.wait_until_done()


def test_a_source_may_run_in_a_lent_executor(pool: ThreadPoolExecutor) -> None:
    graph = with_executors(
        make_graph(
            Node("source", Count, [], ["all", "tenth"], options={"count": 200}, executor=1),
            Node("join", Join, ["all", "tenth"], ["out"]),
            outputs=["out"],
            limit=3,
            executors=2,
        ),
        ExecutorPlan(),
        ExecutorPlan("lent"),
    )
    graph.set_executor("lent", pool)
    got: list[Packet] = []
    graph.observe("out", got.append)
    graph.run()
    assert len(got) == 200


@pytest.mark.parametrize("tasks", [0, 1, 2, 5])
def test_a_run_whose_executor_refuses_a_task_fails_and_closes_its_nodes(tasks: int) -> None:
    graph = where(ExecutorPlan(), ExecutorPlan("io"), count=4)
    graph.set_executor("io", Refusing(tasks))
    message = r'executor "io" did not run a task: RuntimeError: cannot schedule .* keep it open'
    with pytest.raises(GraphflowError, match=message):
        graph.start()
        for packet in packets(range(10)):
            graph.add_packet("in", packet)
            graph.wait_until_idle()
        graph.close_inputs()
        graph.wait_until_done()
    with pytest.raises(GraphflowError, match=message):
        graph.wait_until_done()
    assert len(Where.closed) == len(Where.opened)


class Waits(Where):
    """Stays in `open` until it is let go, and so keeps its thread."""

    contract = Contract(**ANY_PORTS)
    is_open = threading.Event()
    may_go = threading.Event()

    def open(self, context: Context) -> None:
        super().open(context)
        Waits.is_open.set()
        assert Waits.may_go.wait(HANG_SECONDS)


def test_a_thread_of_the_driver_stands_in_for_an_executor_that_refuses() -> None:
    Waits.is_open.clear()
    Waits.may_go.clear()
    nodes = [Node(f"n{at}", Waits, ["in"], [f"out{at}"]) for at in range(8)]
    graph = with_executors(make_graph(*nodes, inputs=["in"]), ExecutorPlan())
    pool = ThreadPoolExecutor(1)
    graph.set_executor("", pool)
    graph.start()
    assert Waits.is_open.wait(HANG_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
    for at in range(5):  # each report finds work, and workers to ring
        with suppress(GraphflowError):
            graph.add_packet("in", at, at)
    Waits.may_go.set()
    with pytest.raises(GraphflowError, match="the default executor did not run a task"):
        graph.wait_until_done()
    assert len(Where.opened) == len(Where.closed)


def test_workers_that_an_executor_left_alone_ring_the_thread_that_stands_in() -> None:
    rung: list[str] = []
    work: Any = None
    lender = Lender(work, LentExecutor("io", Refusing(0)), Pool(0))
    lender.substitute = lambda: rung.append("stand-in")
    LentWorker(lender).ring()
    assert rung == ["stand-in"]


def test_a_run_whose_executor_was_shut_down_fails() -> None:
    graph = where(ExecutorPlan())
    pool = ThreadPoolExecutor(1)
    graph.set_executor("", pool)
    graph.start()
    graph.add_packet("in", 1, 1)
    graph.wait_until_idle()
    pool.shutdown()
    with pytest.raises(GraphflowError, match="the default executor did not run a task"):
        graph.add_packet("in", 2, 2)
        graph.wait_until_done()
    assert len(Where.opened) == len(Where.closed) == 1


def test_a_run_whose_executor_cancels_a_task_fails() -> None:
    graph = where(ExecutorPlan())
    graph.set_executor("", Cancelling())
    graph.start()
    with pytest.raises(GraphflowError, match="did not run a task: a task was cancelled; keep"):
        graph.wait_until_done()


def test_a_failing_node_ends_the_run_in_a_lent_executor(pool: ThreadPoolExecutor) -> None:
    graph = with_executors(
        make_graph(
            Node("pass", Where, ["in"], ["a"]),
            Node("broken", Fail, ["in"], ["out"]),
            inputs=["in"],
        ),
        ExecutorPlan(),
    )
    graph.set_executor("", pool)
    graph.start()
    with pytest.raises(CalculatorError, match="no processing"):
        for packet in packets(range(1000)):
            graph.add_packet("in", packet)
    with pytest.raises(CalculatorError, match="no processing"):
        graph.wait_until_done()
    assert len(Where.closed) == 1


def test_user_code_in_a_lent_executor_cannot_wait_for_the_run(pool: ThreadPoolExecutor) -> None:
    graph = where(ExecutorPlan())
    graph.set_executor("", pool)
    graph.observe("out", lambda packet: graph.wait_until_idle())
    graph.start()
    graph.add_packet("in", 1, 1)
    with pytest.raises(CalculatorError, match="user code inside a run can't wait for the run"):
        graph.wait_until_done()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "the default executor has a type in the graph"),
        ("own", 'executor "own" has a type in the graph, so it can\'t be given as well'),
        ("oi", 'executor "oi" is not declared; the graph has "own", "io" and "" for the default'),
        ("default", 'executor "default": the name is reserved; the default executor is ""'),
        ("__own", 'executor "__own": the name is reserved; declare another'),
    ],
)
def test_an_executor_is_lent_only_for_a_name_without_a_type(
    pool: ThreadPoolExecutor, name: str, words: str
) -> None:
    graph = where(ExecutorPlan("", 2, THREADS), ExecutorPlan("own", 1, WAITING), ExecutorPlan("io"))
    with pytest.raises(UsageError, match=words):
        graph.set_executor(name, pool)


def test_what_is_no_executor_is_refused() -> None:
    graph = where(ExecutorPlan())
    with pytest.raises(UsageError, match="the default executor: found int; expected a concurrent"):
        graph.set_executor("", 4)  # type: ignore[arg-type]
    with ProcessPoolExecutor(1) as processes, pytest.raises(UsageError, match="share memory"):
        graph.set_executor("", processes)


def test_an_executor_is_given_before_start(pool: ThreadPoolExecutor) -> None:
    graph = where(ExecutorPlan())
    with graph:
        graph.start()
        with pytest.raises(UsageError, match="executors are given before start"):
            graph.set_executor("", pool)


def test_an_executor_without_a_type_must_be_given_where_threads_run(
    pool: ThreadPoolExecutor,
) -> None:
    graph = where(ExecutorPlan(), ExecutorPlan("io"))
    with pytest.raises(
        UsageError, match=r'executor "io" has no type.* set_executor\("io", \.\.\.\)'
    ):
        graph.start()
    graph.start(threads=0)  # uses no executor at all
    graph.add_packet("in", 1, 1)
    graph.reset()
    assert Where.opened == ["MainThread"]
    graph.set_executor("", pool)
    with pytest.raises(UsageError, match="threads=2: the default executor was given"):
        graph.start(threads=2)


@pytest.mark.parametrize(
    ("plan", "threads", "words"),
    [
        (ExecutorPlan(), -1, "threads=-1: expected 0"),
        (ExecutorPlan(kind=WAITING), 2, "threads=2: the default executor runs in the threads that"),
    ],
)
def test_the_number_of_threads_must_fit(plan: ExecutorPlan, threads: int, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        where(plan).start(threads=threads)


# ---- threads of its own --------------------------------------------------------------------------


def test_threads_are_named_as_the_graph_says() -> None:
    graph = where(ExecutorPlan("", 1, THREADS, thread_name_prefix="pose"))
    assert run_to_end(graph, 1) == ["pose-0"]


class Depth(Calculator[NoOptions]):
    """Emits the nice level of its thread, and the stack size of threads made now."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        level = os.getpriority(os.PRIO_PROCESS, 0)
        context.outputs[0].emit((level, threading.stack_size()))


@pytest.mark.skipif(sys.platform != "linux", reason="threads have nice levels only on Linux")
def test_threads_are_as_nice_as_the_graph_says_and_others_stay_as_they_are() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    graph = with_executors(
        chain(1, Depth), ExecutorPlan("", 1, THREADS, stack_size=1 << 20, nice_level=3)
    )
    assert run_to_end(graph, 1) == [(min(before + 3, 19), threading.stack_size())]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_a_refused_nice_level_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "setpriority", refuse)
    graph = where(ExecutorPlan("", 1, THREADS, nice_level=-5))
    graph.start()
    with pytest.raises(UsageError, match="nice_priority_level -5 is refused: Permission denied"):
        graph.wait_until_done()


def test_other_systems_refuse_a_level_below_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(UsageError, match="level -2: only Linux sets it for a thread"):
        OwnThreads(1, nice_level=-2)


def test_other_systems_leave_nice_threads_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    levels: list[tuple[int, ...]] = []
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(os, "setpriority", lambda *level: levels.append(level))
    assert run_to_end(where(ExecutorPlan("", 1, THREADS, nice_level=2)), 1)
    assert levels == []  # it would be the whole process's


# ---- the threads that wait -----------------------------------------------------------------------


def test_nothing_runs_until_somebody_waits() -> None:
    graph = where(ExecutorPlan(kind=WAITING))
    got: list[str] = []
    graph.observe("out", lambda packet: got.append(packet.value))
    graph.start()
    for packet in packets(range(3)):
        graph.add_packet("in", packet)
    assert Where.opened == got == []
    graph.wait_until_idle()
    assert got == ["MainThread"] * 3
    graph.close_inputs()
    assert Where.closed == []
    graph.wait_until_done()
    assert Where.closed == ["MainThread"]


def test_adding_to_a_full_graph_does_its_work() -> None:
    graph = where(ExecutorPlan(kind=WAITING), limit=1)
    assert run_to_end(graph, 10) == ["MainThread"] * 10


def test_a_reader_does_only_the_work_it_waits_for() -> None:
    class Endless(Calculator[NoOptions]):
        contract = Contract(**ANY_PORTS)
        calls = 0

        def process(self, context: Context) -> None:
            Endless.calls += 1
            context.outputs[0].add(Packet(threading.current_thread().name, Endless.calls))

    graph = with_executors(
        make_graph(Node("endless", Endless, [], ["out"]), outputs=["out"]),
        ExecutorPlan(kind=WAITING),
    )
    poller = graph.poll("out", max_queue_size=2)
    graph.start()
    assert Endless.calls == 0
    for _ in range(5):
        packet = poller.next()
        assert packet is not None
        assert packet.value == "MainThread"
    assert Endless.calls < 2000
    graph.cancel()
    with pytest.raises(GraphCancelled):
        graph.wait_until_done()


def test_a_reader_waits_no_longer_than_it_said() -> None:
    graph = where(ExecutorPlan(kind=WAITING))
    poller = graph.poll("out")
    graph.start()
    with pytest.raises(TimeoutError):
        poller.next(timeout=0.01)
    graph.add_packet("in", 1, 1)
    packet = poller.next(timeout=HANG_SECONDS)
    assert packet is not None
    assert packet.value == "MainThread"
    graph.close_inputs()
    assert poller.next() is None
    graph.wait_until_done()


def test_a_frame_can_be_processed_by_the_thread_that_asks() -> None:
    graph = where(ExecutorPlan(kind=WAITING))
    assert graph.process({"in": 1}, timestamp=5)["out"] == "MainThread"
    graph.reset()


def test_an_interrupt_in_a_waiting_thread_is_raised_there_and_ends_the_run() -> None:
    class Interrupted(Where):
        contract = Contract(**ANY_PORTS)

        def process(self, context: Context) -> None:
            raise KeyboardInterrupt

    graph = with_executors(
        make_graph(Node("stopped", Interrupted, ["in"], ["out"]), inputs=["in"]),
        ExecutorPlan(kind=WAITING),
    )
    graph.start()
    graph.add_packet("in", 1, 1)
    with pytest.raises(KeyboardInterrupt):
        graph.wait_until_idle()
    assert graph.has_failed
    with pytest.raises(CalculatorError, match="KeyboardInterrupt"):
        graph.wait_until_done()
    assert len(Where.closed) == 1


def test_a_failed_run_is_closed_by_the_thread_that_waits_for_its_end() -> None:
    graph = with_executors(
        make_graph(
            Node("where", Where, ["in"], ["a"]),
            Node("broken", Fail, ["in"], ["out"], options={"at": 0}),
            inputs=["in"],
        ),
        ExecutorPlan(kind=WAITING),
    )
    graph.start()
    graph.add_packet("in", 0, 0)
    with pytest.raises(CalculatorError, match="no processing"):
        graph.wait_until_done()
    assert Where.closed == ["MainThread"]


def test_two_threads_that_wait_share_the_work(hasty_switching: None) -> None:
    graph = where(ExecutorPlan(kind=WAITING), ExecutorPlan("more", kind=WAITING), count=4)
    got: list[Packet] = []
    graph.observe("out", got.append)
    graph.start()
    helper = threading.Thread(target=graph.wait_until_done, daemon=True)
    helper.start()
    for packet in packets(range(200)):
        graph.add_packet("in", packet)
        graph.wait_until_idle()
        assert got[-1].timestamp == packet.timestamp
    graph.close_inputs()
    graph.wait_until_done()
    helper.join(HANG_SECONDS)
    assert not helper.is_alive()


def test_a_broken_machine_ends_every_wait_for_it() -> None:
    graph = where(ExecutorPlan(kind=WAITING))
    graph.start()
    scheduler: Any = graph.current_run.scheduler

    def broken(*_: Any) -> None:
        raise LookupError("broken")

    scheduler.take = broken
    with pytest.raises(LookupError):
        graph.wait_until_idle()
    with pytest.raises(GraphflowError, match="a bug in graphflow"):
        graph.wait_until_done()


def test_user_code_may_feed_an_input_while_another_thread_waits_for_its_room() -> None:
    graph = with_executors(chain(1, limit=1), ExecutorPlan("", 1, THREADS))
    fed: list[int] = []

    def feed_more(packet: Packet) -> None:
        if packet.value == 0:  # while the main thread waits for room
            graph.add_packet("in", 100, 100)
        fed.append(packet.value)

    graph.observe("out", feed_more)
    graph.start(late="bump")
    for at in range(5):
        graph.add_packet("in", at, at)
    graph.close_inputs()
    graph.wait_until_done()
    assert sorted(fed) == [0, 1, 2, 3, 4, 100]
