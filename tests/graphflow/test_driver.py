"""The drivers: threads give what one thread gives, nothing hangs, and limits hold to the packet."""

from __future__ import annotations

import faulthandler
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from inspect import getsourcelines
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Packet
from graphflow.driver import LentExecutor, ThreadDriver, WaitingThreads
from graphflow.driver.workers import Workers
from graphflow.graph import INLINE, Graph
from graphflow.nodes.input_policy import DefaultPolicy
from graphflow.nodes.options import NoOptions
from graphflow.plan import NO_LIMIT
from graphflow.running.taps import with_taps
from graphflow.testing.simulation import SimulationDriver
from graphflow.words.errors import (
    CalculatorError,
    GraphCancelled,
    GraphflowError,
    GraphStuck,
    InternalError,
    SeveralErrors,
    TimestampError,
    UsageError,
)
from graphflow.words.packet import Packet as PacketClass
from graphflow.words.timestamp import DONE, POSTSTREAM, UNSET
from graphflow.words.waits import Reason
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    Burst,
    Count,
    Every,
    Fail,
    Join,
    Node,
    OpenCloseOnly,
    Pass,
    StopAt,
    chain,
    diamond,
    diamond_result,
    make_graph,
    packet_of,
    packets,
    pose_loop,
    pose_result,
)

HANG_SECONDS = 60


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


Start = Callable[[Graph], None]


class AtOnce:
    """An executor that runs each task in the thread that submits it."""

    def submit(self, task: Callable[[], None], /) -> None:
        task()


LENT = ThreadPoolExecutor(2, thread_name_prefix="lent")


def worked_by(workers: Workers, graph: Graph) -> None:
    """Start a graph all of whose pools are worked for in one way."""
    graph.start_with(
        lambda scheduler, calculators: ThreadDriver(
            scheduler, calculators, [workers for _ in scheduler.pools]
        )
    )


DRIVERS: dict[str, Start] = {
    "inline": lambda graph: graph.start(threads=INLINE),
    "threads": lambda graph: graph.start(threads=2),
    "lent": partial(worked_by, LentExecutor("", LENT)),
    "at once": partial(worked_by, LentExecutor("", AtOnce())),
    "waiting": partial(worked_by, WaitingThreads()),
    "simulation": lambda graph: graph.start_with(partial(SimulationDriver, seed=1, workers=2)),
}


@pytest.fixture(params=DRIVERS)
def start(request: pytest.FixtureRequest) -> Start:
    return DRIVERS[request.param]


def observed(graph: Graph, stream: str = "out") -> list[Packet]:
    got: list[Packet] = []
    graph.observe(stream, got.append)
    return got


def feed(graph: Graph, count: int, stream: str = "in") -> None:
    for packet in packets(range(count)):
        graph.add_packet(stream, packet)
    graph.close_inputs()


def in_thread(action: Callable[[], Any]) -> threading.Thread:
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    return thread


class Hold(Calculator[NoOptions]):
    """Says that it runs, and goes on when it is let."""

    contract = Contract(**ANY_PORTS)
    is_running = threading.Event()
    may_go = threading.Event()

    def process(self, context: Context) -> None:
        Hold.is_running.set()
        assert Hold.may_go.wait(HANG_SECONDS)
        context.outputs[0].add(packet_of(context.inputs[0]))


@pytest.fixture
def held() -> Iterator[Graph]:
    """A graph whose only node waits for `Hold.may_go`."""
    Hold.is_running.clear()
    Hold.may_go.clear()
    yield make_graph(Node("hold", Hold, ["in"], ["out"]), inputs=["in"], outputs=["out"], limit=1)
    Hold.may_go.set()


# ---- threads agree with one thread -----------------------------------------------------------


@pytest.mark.parametrize("executors", [1, 2])
@pytest.mark.parametrize("threads", [1, 2, 4, 8])
def test_threads_give_what_one_thread_gives(
    threads: int, executors: int, hasty_switching: None
) -> None:
    for limit in (1, 2, 100):
        graph = pose_loop(executors=executors, limit=limit)
        got = observed(graph, "landmarks")
        graph.start(threads=threads)
        feed(graph, 60, "frame")
        graph.wait_until_done()
        assert [packet.value for packet in got] == pose_result(60)


@pytest.mark.parametrize("threads", [1, 2, 4, 8])
def test_parallel_calls_on_threads_keep_their_order(threads: int, hasty_switching: None) -> None:
    # Behaviour 71.
    graph = make_graph(
        Node("burst", Burst, ["in"], ["three"]),
        Node("drop", Every, ["three"], ["dropped"], max_in_flight=4),
        Node("keep", Pass, ["three"], ["kept"], max_in_flight=3),
        Node("join", Join, ["kept", "dropped"], ["out"]),
        inputs=["in"],
        outputs=["out"],
        limit=4,
    )
    for _ in range(2):
        got = observed(graph)
        graph.start(threads=threads)
        feed(graph, 40)
        graph.wait_until_done()
        assert [packet.value for packet in got] == diamond_result(range(120))


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_sources_on_threads_with_full_queues(threads: int, hasty_switching: None) -> None:
    graph = make_graph(
        Node("source", Count, [], ["all", "tenth"], options={"count": 200}),
        Node("join", Join, ["all", "tenth"], ["out"]),
        outputs=["out"],
        limit=3,
    )
    got = observed(graph)
    graph.run(threads=threads)
    assert [packet.value for packet in got] == [(i, i if i % 10 == 9 else None) for i in range(200)]


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_idle_means_that_everything_fed_is_out(threads: int, hasty_switching: None) -> None:
    graph = diamond()
    got = observed(graph)
    graph.start(threads=threads)
    for packet in packets(range(100)):
        graph.add_packet("in", packet)
        graph.wait_until_idle()
        assert got[-1].timestamp == packet.timestamp
    graph.close_inputs()
    graph.wait_until_done()


@pytest.mark.parametrize("limit", [1, 2])
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_a_queue_limit_is_kept_to_the_packet(
    limit: int, threads: int, hasty_switching: None
) -> None:
    graph = diamond(limit=limit)
    got = observed(graph)
    graph.start(threads=threads)
    scheduler = graph.current_run.scheduler
    assert scheduler is not None
    add, longest = scheduler.add, []

    def add_and_look(stream: Any, packet: Packet) -> None:
        add(stream, packet)
        longest.append(max(len(queue.packets) for queue in stream.queues))

    scheduler.add = add_and_look  # type: ignore[method-assign]
    feed(graph, 300)
    graph.wait_until_done()
    assert max(longest) <= limit
    assert len(got) == 300


def test_several_threads_may_feed_one_graph(hasty_switching: None) -> None:
    graph = make_graph(
        Node("join", Join, ["a", "b"], ["out"]), inputs=["a", "b"], outputs=["out"], limit=2
    )
    got = observed(graph)
    graph.start(threads=2)

    def feed_one(stream: str) -> None:
        for packet in packets(range(200)):
            graph.add_packet(stream, packet)
        graph.close_input(stream)

    threads = [in_thread(partial(feed_one, stream)) for stream in ("a", "b")]
    graph.wait_until_done()
    for thread in threads:
        thread.join(HANG_SECONDS)
    assert [packet.value for packet in got] == [(i, i) for i in range(200)]


# ---- the same in all drivers -------------------------------------------------------------------


def test_a_bad_timestamp_raises_in_the_caller_and_does_no_harm(start: Start) -> None:
    graph = chain(2)
    got = observed(graph)
    start(graph)
    graph.add_packet("in", "first", 10)
    with pytest.raises(TimestampError, match='"in": found a packet at 10; expected 11 or later'):
        graph.add_packet("in", "again", 10)
    with pytest.raises(TimestampError, match="can't carry the timestamp UNSET"):
        graph.add_packet("in", "never", UNSET)
    with pytest.raises(TimestampError, match="POSTSTREAM must be the only one"):
        graph.add_packet("in", "after", POSTSTREAM)
    graph.advance("in", 20)
    with pytest.raises(TimestampError, match="found a packet at 15; expected 20 or later"):
        graph.add_packet("in", "late", 15)
    graph.advance("in", 5)
    graph.add_packet("in", "second", 20)
    graph.close_inputs()
    with pytest.raises(TimestampError, match='"in" is closed; found a packet at 30'):
        graph.add_packet("in", "too late", 30)
    graph.wait_until_done()
    assert [packet.value for packet in got] == ["first", "second"]


def test_a_bad_timestamp_raises_although_the_packet_before_is_not_brought_in() -> None:
    graph = chain(1)
    got = observed(graph)
    graph.start(threads=1)
    driver: Any = graph.current_run.driver
    while not driver._shared.take_key():
        pass  # the worker opens the graph
    graph.add_packet("in", "first", 10)
    with pytest.raises(TimestampError, match="found a packet at 10; expected 11"):
        graph.add_packet("in", "again", 10)
    driver._shared.key.append(None)
    feeder = in_thread(lambda: graph.add_packet("in", "second", 11))
    feeder.join(HANG_SECONDS)
    graph.close_inputs()
    graph.wait_until_done()
    assert [packet.value for packet in got] == ["first", "second"]


def test_a_loop_that_waits_for_itself_is_reported(start: Start) -> None:
    graph = pose_loop(policy=DefaultPolicy())
    start(graph)
    with pytest.raises(GraphStuck) as caught:
        feed(graph, 4, "frame")
        graph.wait_until_done()
    assert 'node "loopback" waits for a packet or bound' in str(caught.value)
    assert (
        'stream "next_roi" (bound PRESTREAM, written by node "track", not called yet; '
        "0 packets so far)" in str(caught.value)
    )
    graph.cancel()  # too late to change the outcome
    graph.close_inputs()
    with pytest.raises(GraphStuck):
        graph.wait_until_done()


def test_an_error_reaches_whoever_feeds_or_waits(start: Start) -> None:
    # Behaviour 57.
    graph = make_graph(Node("broken", Fail, ["in"], ["out"]), inputs=["in"], outputs=["out"])
    start(graph)
    with pytest.raises(CalculatorError, match="ValueError: no processing") as caught:
        for packet in packets(range(1000)):
            graph.add_packet("in", packet)
            graph.wait_until_idle()
    assert isinstance(caught.value.__cause__, ValueError)
    assert (caught.value.node, caught.value.step, caught.value.timestamp) == (
        "broken",
        "process",
        7,
    )
    assert graph.has_failed
    graph.close_input("in")
    with pytest.raises(CalculatorError, match="no processing"):
        graph.wait_until_done()
    with pytest.raises(CalculatorError, match="no processing"):
        graph.add_packet("in", 1, 5000)
    with pytest.raises(CalculatorError, match="no processing"):
        graph.wait_until_idle()


def test_several_errors_are_all_told(start: Start) -> None:
    class AlsoClose(Fail):
        def close(self, context: Context) -> None:
            raise OSError("no closing either")

    graph = make_graph(
        Node("broken", AlsoClose, ["in"], ["out"], options={"at": 1}),
        inputs=["in"],
        outputs=["out"],
    )
    start(graph)
    with pytest.raises(SeveralErrors) as caught:
        graph.add_packet("in", 1, 1)
        graph.close_inputs()
        graph.wait_until_done()
    assert [error.step for error in caught.value.errors] == ["process", "close"]  # type: ignore[attr-defined]


def test_a_graph_runs_again_after_success_failure_and_cancel(start: Start) -> None:
    graph = make_graph(
        Node("broken", Fail, ["in"], ["out"], options={"at": 2}), inputs=["in"], outputs=["out"]
    )
    got = observed(graph)
    for count in (2, 5, 2):
        start(graph)
        with pytest.raises(UsageError, match="the graph is running"):
            start(graph)
        if count == 5:
            with pytest.raises(CalculatorError):
                feed(graph, count)
                graph.wait_until_done()
        else:
            feed(graph, count)
            graph.wait_until_done()
    start(graph)
    graph.cancel()
    with pytest.raises(GraphCancelled):
        graph.wait_until_done()
    with pytest.raises(GraphCancelled):
        graph.add_packet("in", 1, 1)
    start(graph)
    feed(graph, 1)
    graph.wait_until_done()
    times = [packet.timestamp for packet in got]
    assert times[:2] == [0, 1]
    assert times[-3:] == [0, 1, 0]


def test_an_error_in_an_observer_ends_the_run(start: Start) -> None:
    graph = chain(1)

    def refuse(packet: Packet) -> None:
        raise RuntimeError("don't want it")

    graph.observe("out", refuse)
    start(graph)
    with pytest.raises(CalculatorError, match='"observer of out" failed in process at 0 µs'):
        feed(graph, 1)
        graph.wait_until_done()


def test_a_graph_without_nodes_ends_when_its_inputs_are_closed(start: Start) -> None:
    graph = make_graph(inputs=["in"])
    start(graph)
    for time in range(5):
        graph.add_packet("in", "nobody reads it", time)
    graph.wait_until_idle()
    graph.close_inputs()
    graph.wait_until_done()
    with pytest.raises(TimestampError, match="is closed"):
        graph.add_packet("in", 1, 10)


def test_nodes_without_streams_and_empty_graphs_end_by_themselves(start: Start) -> None:
    for graph in (make_graph(), make_graph(Node("alone", OpenCloseOnly))):
        start(graph)
        graph.wait_until_done()


def test_stop_from_a_node_that_is_no_source_ends_the_run(start: Start) -> None:
    graph = make_graph(
        Node("source", Count, [], ["n"], options={"count": 1_000_000}),
        Node("stop", StopAt, ["n"], ["out"], options={"at": 20}),
        outputs=["out"],
        limit=2,
    )
    got = observed(graph)
    start(graph)
    graph.wait_until_done()
    assert [packet.timestamp for packet in got][:21] == list(range(21))


def test_explain_says_what_an_open_graph_waits_for(start: Start) -> None:
    graph = diamond()
    assert graph.explain() == []
    start(graph)
    graph.add_packet("in", 1, 1)
    graph.wait_until_idle()
    join = next(each for each in graph.explain() if each.node == "join")
    assert str(join) == (
        'graph: node "join" waits for a packet or bound on input :0, '
        'stream "kept" (bound 2, written by node "keep", last called at 1; 1 packet so far)\n'
        '  note: in the end it waits for graph input "in"'
    )
    graph.close_inputs()
    graph.wait_until_done()
    assert graph.explain() == []


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_interrupts_and_exits_in_user_code_end_the_run(
    start: Start, kind: type[BaseException]
) -> None:
    closed = []

    class Exit(Pass):
        def process(self, context: Context) -> None:
            raise kind

        def close(self, context: Context) -> None:
            closed.append(context.node_name)

    graph = make_graph(Node("exit", Exit, ["in"], ["out"]), inputs=["in"], outputs=["out"])
    start(graph)
    with pytest.raises((kind, CalculatorError)):
        feed(graph, 1)
        graph.wait_until_done()
    assert closed == ["exit"]
    with pytest.raises(CalculatorError, match=kind.__name__):
        graph.wait_until_done()


def test_user_code_may_feed_the_graph_it_runs_in(start: Start) -> None:
    graph = chain(1, limit=1)
    times = []

    def feed_more(packet: Packet) -> None:
        times.append(packet.timestamp)
        if packet.timestamp < 20:
            graph.add_packet("in", "more", packet.timestamp + 1)

    graph.observe("out", feed_more)
    start(graph)
    graph.add_packet("in", "first", 0)
    graph.wait_until_idle()
    assert times == list(range(21))
    graph.close_inputs()
    graph.wait_until_done()


def test_a_calculator_that_can_not_be_made_is_named(start: Start) -> None:
    class Unmakeable(Pass):
        def __init__(self, options: NoOptions) -> None:
            raise MemoryError("too big")

    graph = make_graph(Node("huge", Unmakeable, ["in"], ["out"]), inputs=["in"])
    for _ in range(2):
        with pytest.raises(CalculatorError, match='"huge" failed in construction: MemoryError'):
            start(graph)
    with pytest.raises(UsageError, match="was not started"):
        graph.add_packet("in", 1, 1)


def test_a_fault_told_at_the_end_is_told_to_late_feeders_too(start: Start) -> None:
    class Damaged(Calculator[NoOptions]):
        contract = Contract(**ANY_PORTS)

        def process(self, context: Context) -> None:
            context.stop(OSError("cut off"))

    graph = make_graph(
        Node("source", Damaged, [], ["n"]), Node("pass", Pass, ["in"], ["out"]), inputs=["in"]
    )
    start(graph)
    graph.wait_until_idle()
    graph.add_packet("in", 1, 1)
    graph.close_inputs()
    for act in (graph.wait_until_done, lambda: graph.add_packet("in", 1, 2)):
        with pytest.raises(CalculatorError, match="OSError: cut off"):
            act()


# ---- inline alone -----------------------------------------------------------------------------


def test_inline_interrupts_come_through_when_everything_is_closed() -> None:
    class Interrupt(Pass):
        def process(self, context: Context) -> None:
            raise KeyboardInterrupt

    graph = make_graph(
        Node("one", Interrupt, ["in"], ["a"]),
        Node("two", Pass, ["a"], ["out"], executor=1),
        inputs=["in"],
        executors=2,
    )
    graph.start(threads=INLINE)
    with pytest.raises(KeyboardInterrupt):
        graph.add_packet("in", 1, 1)
    assert graph.has_failed
    assert graph.explain() == []


def test_inline_waiting_for_an_end_that_can_not_come_raises() -> None:
    graph = chain(1)
    graph.start(threads=INLINE)
    with pytest.raises(UsageError, match="close the graph inputs first"):
        graph.wait_until_done()


def test_inline_deadlock_of_full_queues_is_reported_to_the_feeder() -> None:
    # Behaviour 293.
    graph = make_graph(
        Node("join", Join, ["a", "b"], ["out"]),
        inputs=["a", "b"],
        limit=1,
        report_deadlock=True,
    )
    graph.start(threads=INLINE)
    graph.add_packet("a", 1, 0)
    with pytest.raises(GraphStuck, match='can\'t take from stream "a": 1 packets wait there'):
        graph.add_packet("a", 1, 1)


# ---- threads alone ----------------------------------------------------------------------------


def test_a_feeder_waits_while_a_queue_is_full(held: Graph) -> None:
    held.start(threads=1)
    held.add_packet("in", 0, 0)
    assert Hold.is_running.wait(HANG_SECONDS)
    held.add_packet("in", 1, 1)  # fills the queue
    third = in_thread(lambda: held.add_packet("in", 2, 2))
    while not held.current_run.driver._shared.waiting:  # type: ignore[attr-defined]
        assert third.is_alive()
    Hold.may_go.set()
    third.join(HANG_SECONDS)
    assert not third.is_alive()
    held.close_inputs()
    held.wait_until_done()
    assert held.bound("out") == DONE


def test_who_waits_is_not_looked_at_at_every_hop() -> None:
    graph = chain(20)
    graph.start(threads=1)
    graph.wait_until_idle()
    driver: Any = graph.current_run.driver
    looks = 0

    def is_idle() -> bool:
        nonlocal looks
        looks += 1
        return bool(driver.scheduler.is_idle)

    graph.pause()
    for packet in packets(range(20)):
        graph.add_packet("in", packet)
    waiter = in_thread(lambda: driver.wait_for(is_idle))
    while not looks:
        assert waiter.is_alive()
    graph.resume()
    waiter.join(HANG_SECONDS)
    assert not waiter.is_alive()
    assert graph.bound("out") == 20
    assert looks <= 5
    graph.close_inputs()
    graph.wait_until_done()


@pytest.mark.parametrize("what", ["cancel", "fail"])
def test_a_waiting_feeder_is_told_that_the_run_is_over(held: Graph, what: str) -> None:
    held.start(threads=1)
    held.add_packet("in", 0, 0)
    assert Hold.is_running.wait(HANG_SECONDS)
    held.add_packet("in", 1, 1)
    errors: list[GraphflowError] = []

    def feed_third() -> None:
        try:
            held.add_packet("in", 2, 2)
        except GraphflowError as error:
            errors.append(error)

    third = in_thread(feed_third)
    while not held.current_run.driver._shared.waiting:  # type: ignore[attr-defined]
        assert third.is_alive()
    if what == "cancel":
        held.cancel()
    else:
        driver: Any = held.current_run.driver
        driver._shared.report(held.current_run.scheduler.cancel, UsageError("broken"))
    third.join(HANG_SECONDS)
    assert [type(error) for error in errors] == [GraphCancelled if what == "cancel" else UsageError]
    Hold.may_go.set()
    with pytest.raises(GraphflowError):
        held.wait_until_done()


def test_explain_names_what_runs(held: Graph) -> None:
    held.start(threads=1)
    held.add_packet("in", 0, 5)
    assert Hold.is_running.wait(HANG_SECONDS)
    (wait,) = held.explain()
    assert (wait.node, wait.reason) == ("hold", Reason.RUNNING)
    assert (wait.call.step, wait.call.timestamp) == ("process", 5)
    assert wait.call.seconds is not None and wait.call.seconds >= 0
    line = getsourcelines(Hold.process)[1] + 2
    assert wait.call.place.startswith(f"{__file__}:{line} in process, inside threading.py:")
    assert "is running: process at 5, for 0." in str(wait)
    Hold.may_go.set()
    held.close_inputs()
    held.wait_until_done()


def test_user_code_can_not_wait_for_the_run_it_is_part_of() -> None:
    graph = chain(1)
    errors: list[str] = []

    def wait(packet: Packet) -> None:
        for wait_for in (graph.wait_until_idle, graph.wait_until_done):
            try:
                wait_for()
            except UsageError as error:
                errors.append(str(error))

    graph.observe("out", wait)
    graph.start(threads=2)
    feed(graph, 1)
    graph.wait_until_done()
    assert errors == ["user code inside a run can't wait for the run"] * 2


@pytest.mark.parametrize("threads", [INLINE, 1, 2])
def test_a_fault_of_the_machine_ends_everything(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = chain(2)
    graph.start(threads=threads)
    graph.add_packet("in", 1, 1)
    graph.wait_until_idle()

    def fail(*arguments: Any) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("graphflow.runtime.scheduler.Scheduler._take_next", fail)
    with pytest.raises((InternalError, ZeroDivisionError), match="a bug"):
        graph.add_packet("in", 2, 2)
        graph.wait_until_done()
    for act in (
        graph.wait_until_done,
        graph.wait_until_idle,
        lambda: graph.add_packet("in", 3, 3),
    ):
        with pytest.raises(InternalError, match="please report it") as caught:
            act()
        assert any("open n0" in line for line in caught.value.story)
    graph.close_inputs()
    graph.cancel()


@pytest.mark.parametrize("threads", [INLINE, 1])
def test_a_fault_of_the_machine_in_a_report_ends_everything(threads: int) -> None:
    graph = chain(1)
    graph.start(threads=threads)
    scheduler: Any = graph.current_run.scheduler
    scheduler.advance = lambda stream, bound: 1 / 0
    with suppress(ZeroDivisionError):  # inline, it comes through where it happens
        graph.close_inputs()
    with pytest.raises(InternalError, match="division by zero"):
        graph.wait_until_done()
    graph.close_inputs()


def test_a_fault_of_the_machine_in_a_report_of_user_code_ends_everything() -> None:
    graph = chain(1)
    graph.observe("out", lambda packet: graph.close_inputs())
    graph.start(threads=INLINE)
    scheduler: Any = graph.current_run.scheduler
    scheduler.advance = lambda stream, bound: 1 / 0
    with pytest.raises(InternalError, match="division by zero"):
        graph.add_packet("in", 1, 1)
    with pytest.raises(InternalError, match="division by zero"):
        graph.wait_until_done()


def test_an_interrupt_while_the_machine_runs_comes_through_and_ends_everything() -> None:
    def interrupt(stream: Any, bound: int) -> None:
        raise KeyboardInterrupt

    for threads in (INLINE, 1):
        graph = chain(1)
        graph.start(threads=threads)
        graph.wait_until_idle()
        scheduler: Any = graph.current_run.scheduler
        if threads == INLINE:
            scheduler.take = lambda pool: interrupt(pool, 0)
            driver: Any = graph.current_run.driver
            graph.current_run.driver = type(driver)(scheduler, driver.calculators)
        scheduler.advance = interrupt
        with pytest.raises(KeyboardInterrupt):
            graph.wait_until_idle()
            graph.close_inputs()
        with pytest.raises(GraphCancelled, match="interrupted"):
            graph.wait_until_done()


def test_a_slow_observer_holds_sources_back() -> None:
    graph = make_graph(
        Node("source", Count, [], ["out"], options={"count": 50}), outputs=["out"], limit=3
    )
    graph.observe("out", lambda packet: None)
    plan = with_taps(graph.plan, graph._watchers.taps)
    limits = [each.queue_limit for each in plan.nodes[-1].inputs]
    assert limits == [100]
    graph = chain(1, limit=3)
    graph.observe("out", lambda packet: None)
    assert with_taps(graph.plan, graph._watchers.taps).nodes[-1].inputs[0].queue_limit == 3
    graph = chain(1, limit=NO_LIMIT)
    graph.observe("out", lambda packet: None)
    assert with_taps(graph.plan, graph._watchers.taps).nodes[-1].inputs[0].queue_limit == NO_LIMIT


def test_packets_are_not_copied() -> None:
    graph = chain(3)
    got = observed(graph)
    graph.start(threads=2)
    value = object()
    graph.add_packet("in", PacketClass(value, 1))
    graph.close_inputs()
    graph.wait_until_done()
    assert got[0].value is value
