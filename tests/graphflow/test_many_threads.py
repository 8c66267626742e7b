"""A graph asked, fed, read and cancelled by many threads at once; and many graphs at once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Graph, Packet, Service
from graphflow.nodes.options import NoOptions
from graphflow.words.errors import GraphCancelled, GraphflowError
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    Fail,
    Join,
    Node,
    Pass,
    chain,
    make_graph,
    packet_of,
)

HANG_SECONDS = 60
ROUNDS = 20


@pytest.fixture(autouse=True)
def hasty_switching() -> Iterator[None]:
    """Let threads take turns far more often than usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


def together(*actions: Callable[[], Any]) -> None:
    """Run actions in threads that begin at once; what one raises is raised here."""
    begin = threading.Barrier(len(actions))
    faults: list[BaseException] = []

    def run(action: Callable[[], Any]) -> None:
        begin.wait(HANG_SECONDS)
        try:
            action()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(each,), daemon=True) for each in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG_SECONDS)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    if faults:
        raise faults[0]


def three_inputs(limit: int = 2) -> Graph:
    return make_graph(
        Node("join", Join, ["a", "b", "c"], ["out"]),
        Node("pass", Pass, ["out"], ["last"]),
        inputs=["a", "b", "c"],
        outputs=["last"],
        limit=limit,
    )


def feed(graph: Graph, name: str, count: int = 100) -> None:
    for time in range(count):
        graph.add_packet(name, time, time)
    graph.close_input(name)


@pytest.mark.parametrize("threads", [1, 3])
def test_inputs_are_fed_while_others_look_read_and_wait(threads: int) -> None:
    graph = three_inputs()
    poller = graph.poll("last", max_queue_size=3)
    seen: list[Packet] = []
    graph.observe("out", seen.append)
    polled: list[Packet] = []
    graph.start(threads=threads)

    def look() -> None:
        while graph.is_running:
            assert all(str(wait) for wait in graph.explain())
            assert [each.node for each in graph.node_times()] == ["join", "pass"]
            assert graph.bound("last") <= graph.bound("a")
            assert not graph.has_failed

    together(
        *(lambda name=name: feed(graph, name) for name in ("a", "b", "c")),
        lambda: polled.extend(poller),
        graph.wait_until_done,
        graph.wait_until_done,
        look,
    )
    assert [packet.value for packet in polled] == [(time,) * 3 for time in range(100)]
    assert seen == polled


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_anybody_may_cancel_while_others_feed_read_and_wait(round_: int) -> None:
    graph, is_under_way = three_inputs(), threading.Event()
    poller = graph.poll("last", max_queue_size=3)
    graph.observe("last", lambda packet: is_under_way.set())
    graph.start(threads=2)
    told: list[type[BaseException]] = []

    def until_cancelled(act: Callable[[], Any]) -> Callable[[], None]:
        def run() -> None:
            with pytest.raises(GraphflowError) as caught:
                act()
            told.append(type(caught.value))

        return run

    def cancel() -> None:
        assert is_under_way.wait(HANG_SECONDS)
        graph.cancel()

    together(
        *(until_cancelled(partial(feed, graph, name, 10**9)) for name in ("a", "b", "c")),
        until_cancelled(lambda: list(poller)),
        until_cancelled(graph.wait_until_done),
        cancel,
        cancel,
    )
    assert told == [GraphCancelled] * 5


def test_a_failure_is_told_to_every_thread_and_the_graph_runs_again() -> None:
    graph = make_graph(
        Node("fail", Fail, ["a"], ["x"], options={"at": 7}),
        Node("pass", Pass, ["b"], ["y"]),
        inputs=["a", "b"],
        outputs=["x", "y"],
        limit=2,
    )
    for _ in range(ROUNDS):
        graph.start(threads=2)
        errors: list[BaseException] = []

        def run(act: Callable[[], Any], errors: list[BaseException] = errors) -> None:
            with pytest.raises(GraphflowError, match="no processing") as caught:
                act()
            errors.append(caught.value)

        together(
            lambda: run(lambda: feed(graph, "a", 10**9)),
            lambda: run(lambda: feed(graph, "b", 10**9)),
            lambda: run(graph.wait_until_done),
        )
        assert len({id(error) for error in errors}) == 1
        graph.reset()


class Tally:
    """A service that is safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0
        self.threads: set[str] = set()

    def add(self) -> None:
        with self._lock:
            self.count += 1
            self.threads.add(threading.current_thread().name)


TALLY = Service("tally", default=Tally)


class CountIn(Calculator[NoOptions]):
    """Counts its packets in the service, and passes them."""

    contract = Contract(**ANY_PORTS, services=(TALLY,))

    def process(self, context: Context) -> None:
        context.service(TALLY).add()
        context.outputs[0].add(packet_of(context.inputs[0]))


def test_many_graphs_at_once_share_what_they_are_given_and_nothing_else() -> None:
    shared = Tally()
    results: list[list[Packet]] = []

    def run() -> None:
        nodes = [
            Node(f"n{at}", CountIn, ["in"], [f"o{at}"], changes={"services": (TALLY,)})
            for at in range(2)
        ]
        graph = make_graph(*nodes, inputs=["in"], outputs=["o0", "o1"])
        graph.set_service(TALLY, shared)
        seen: list[Packet] = []
        graph.observe("o0", seen.append)
        for _ in range(3):
            graph.start(threads=2)
            feed(graph, "in", 50)
            graph.wait_until_done()
            graph.reset()
        results.append(seen)

    together(*[run] * 4)
    assert [len(seen) for seen in results] == [150] * 4
    assert shared.count == 4 * 3 * 2 * 50


def test_each_observer_is_called_by_one_thread_at_a_time() -> None:
    graph = chain(1)
    inside, overlaps = [0, 0], [0, 0]

    def observer(at: int) -> Callable[[Packet], None]:
        def call(packet: Packet) -> None:
            inside[at] += 1
            overlaps[at] += inside[at] > 1
            inside[at] -= 1

        return call

    graph.observe("out", observer(0))
    graph.observe("out", observer(1))
    graph.start(threads=4)
    feed(graph, "in", 1000)
    graph.wait_until_done()
    assert (inside, overlaps) == ([0, 0], [0, 0])
