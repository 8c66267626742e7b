"""Pollers: every packet, in order, then the end; and back-pressure that never hangs in silence."""

from __future__ import annotations

import faulthandler
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Graph, Packet
from graphflow.graph import INLINE
from graphflow.nodes.options import NoOptions
from graphflow.plan import NO_LIMIT
from graphflow.words.errors import (
    CalculatorError,
    GraphCancelled,
    GraphflowError,
    InternalError,
    UsageError,
)
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    Count,
    Every,
    Fail,
    Node,
    Pass,
    chain,
    make_graph,
    packet_of,
    packets,
)


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """A hang ends the test run with the stacks of all threads."""
    faulthandler.dump_traceback_later(60, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def counting(count: int = 50, *more: Node, **settings: Any) -> Graph:
    source = Node("source", Count, [], ["numbers"], options={"count": count})
    pass_on = Node("pass", Pass, ["numbers"], ["out"])
    return make_graph(source, pass_on, *more, **{"outputs": ["out"], **settings})


class BrokenSource(Calculator[NoOptions]):
    """Ends early: some packets, then a fault."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        context.outputs[0].add(Packet(1, 1))
        context.stop(fault=OSError("the file ends in the middle"))


# ---- all packets, and the end ----------------------------------------------------------------


@pytest.mark.parametrize("max_queue_size", [1, 2, 100, NO_LIMIT])
@pytest.mark.parametrize("threads", [1, 3])
def test_a_poller_gives_every_packet_and_then_the_end(threads: int, max_queue_size: int) -> None:
    graph = counting(1000)  # behaviour 153
    poller = graph.poll("out", max_queue_size=max_queue_size)
    with graph:
        graph.start(threads=threads)
        graph.close_inputs()
        assert [packet.value for packet in poller] == list(range(1000))
        assert poller.next() is None
    assert poller.next() is None
    assert poller.queue_size == 0


def test_pollers_on_chained_streams_may_be_read_in_turn() -> None:
    graph = counting(200)  # behaviour 155
    first, second = graph.poll("numbers", max_queue_size=1), graph.poll("out", max_queue_size=1)
    with graph:
        graph.start(threads=1)
        for number in range(200):
            packet, other = first.next(), second.next()
            assert packet is not None
            assert other is not None
            assert packet.value == other.value == number
        assert first.next() is second.next() is None


def test_a_poller_may_see_times_that_are_settled_and_empty() -> None:
    graph = make_graph(Node("drop", Every, ["in"], ["out"]), inputs=["in"], outputs=["out"])
    poller = graph.poll("out", sees_bounds=True)
    graph.start(threads=INLINE)
    for packet in packets([0, 1, 3]):
        graph.add_packet("in", packet)
    graph.close_inputs()
    assert [(each.timestamp, each.value) for each in poller] == [(0, 0), (1, None), (3, 30)]


def test_several_threads_may_read() -> None:
    graph = counting(300)
    poller = graph.poll("out", max_queue_size=2)
    got: list[int] = []

    def read() -> None:
        got.extend(packet.value for packet in poller)

    readers = [threading.Thread(target=read) for _ in range(3)]
    graph.start(threads=2)
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    graph.wait_until_done()
    assert sorted(got) == list(range(300))


def test_what_is_left_can_be_read_after_the_run() -> None:
    graph = counting(5)
    poller = graph.poll("out")
    graph.run()
    assert poller.queue_size == 5
    assert [packet.value for packet in poller] == [0, 1, 2, 3, 4]


def test_a_poller_begins_again_with_each_run() -> None:
    graph = counting(5)
    poller = graph.poll("out")
    graph.run()
    graph.run()
    assert [packet.value for packet in poller] == [0, 1, 2, 3, 4]


# ---- when nothing comes ------------------------------------------------------------------------


def test_waiting_has_a_limit() -> None:
    graph = chain(1)
    poller = graph.poll("out")
    graph.start(threads=1)
    with pytest.raises(TimeoutError, match=r'the poller of "out": nothing came in 0.01 s'):
        poller.next(timeout=0.01)
    graph.add_packet("in", 7, 7)
    packet = poller.next(timeout=60)
    assert packet is not None
    assert packet.value == 7
    graph.reset()


def test_a_graph_in_the_reader_s_thread_is_not_waited_for() -> None:
    graph = chain(1)
    poller = graph.poll("out")
    with pytest.raises(UsageError, match="the graph was not started"):
        poller.next()
    graph.start(threads=INLINE)
    with pytest.raises(UsageError, match="nothing comes while that waits; feed the graph"):
        poller.next()
    graph.add_packet("in", 7, 7)
    assert [packet.value for packet in (poller.next(),) if packet] == [7]


def test_pollers_are_made_before_the_start_and_for_streams_there_are() -> None:
    graph = chain(1)
    with pytest.raises(UsageError, match='no stream "outt" to observe; did you mean "out"'):
        graph.poll("outt")
    with pytest.raises(UsageError, match="found max_queue_size -1; expected 0"):
        graph.poll("out", max_queue_size=-1)
    graph.start(threads=INLINE)
    with pytest.raises(UsageError, match="before start"):
        graph.poll("out")


# ---- failures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("max_queue_size", [1, 100])
def test_a_failed_run_gives_what_there_is_and_raises(max_queue_size: int) -> None:
    graph = make_graph(
        Node("source", Count, [], ["numbers"], options={"count": 1000}),
        Node("fail", Fail, ["numbers"], ["out"], options={"at": 20}),
        outputs=["out"],
    )
    poller = graph.poll("out", max_queue_size=max_queue_size)
    graph.start(threads=2)
    got = []
    with pytest.raises(CalculatorError, match="no processing"):
        for packet in poller:
            got.append(packet.value)
    assert got == list(range(len(got)))
    with pytest.raises(CalculatorError, match="no processing"):
        poller.next()
    with pytest.raises(CalculatorError, match="no processing"):
        graph.wait_until_done()


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_a_run_that_fails_in_open_raises_from_the_poller(threads: int) -> None:
    graph = make_graph(Node("fail", Fail, ["in"], ["out"], options={"step": "open"}), inputs=["in"])
    poller = graph.poll("out")
    graph.start(threads=threads)
    with pytest.raises(CalculatorError, match="no opening"):
        poller.next()


def test_a_damaged_source_raises_after_its_last_packet() -> None:
    graph = make_graph(Node("source", BrokenSource, [], ["out"]))
    poller = graph.poll("out")
    graph.start(threads=2)
    assert [packet.value for packet in (poller.next(),) if packet] == [1]
    with pytest.raises(CalculatorError, match="the file ends in the middle"):
        poller.next()


def test_cancelling_lets_a_waiting_reader_go() -> None:
    graph = chain(1)
    poller = graph.poll("out")
    graph.start(threads=1)
    found: list[GraphflowError] = []

    def read() -> None:
        try:
            poller.next()
        except GraphflowError as error:
            found.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    graph.cancel()
    reader.join()
    assert [type(error) for error in found] == [GraphCancelled]


def test_a_broken_machine_lets_readers_and_full_pollers_go() -> None:
    graph = chain(1)
    poller = graph.poll("out", max_queue_size=1)
    graph.start(threads=1)
    for packet in packets(range(3)):
        graph.add_packet("in", packet)

    def broken(*_: Any) -> None:
        raise RuntimeError("a bug")

    graph.current_run.driver.scheduler.advance = broken  # type: ignore[assignment,method-assign]
    graph.close_inputs()
    with pytest.raises(InternalError):
        for _ in poller:
            pass
    with pytest.raises(InternalError):
        graph.wait_until_done()


# ---- back-pressure ------------------------------------------------------------------------------


class Gauge(Calculator[NoOptions]):
    """Passes its input, and counts."""

    contract = Contract(**ANY_PORTS)
    count = 0

    def process(self, context: Context) -> None:
        Gauge.count += 1
        context.outputs[0].add(packet_of(context.inputs[0]))


def test_a_full_poller_holds_the_source_back() -> None:
    Gauge.count = 0
    graph = make_graph(
        Node("source", Count, [], ["numbers"], options={"count": 1000}),
        Node("gauge", Gauge, ["numbers"], ["out"]),
        limit=2,
    )
    poller = graph.poll("out", max_queue_size=3)
    graph.start(threads=2)
    for number in range(500):
        packet = poller.next()
        assert packet is not None
        assert packet.value == number
        # In the poller, in its node's hands, in the two queues, in the hands of nodes, and one
        # more in each queue that an unfinished call may still fill.
        assert Gauge.count <= number + 1 + 3 + 1 + 2 * 2 + 4
    graph.reset()


def test_a_full_poller_holds_a_feeder_back_until_somebody_reads() -> None:
    graph = chain(1, limit=1)
    poller = graph.poll("out", max_queue_size=1)
    graph.start(threads=1)

    def feed() -> None:
        for packet in packets(range(200)):
            graph.add_packet("in", packet)
        graph.close_inputs()

    feeder = threading.Thread(target=feed)
    feeder.start()
    assert [packet.value for packet in poller] == list(range(200))
    feeder.join()
    graph.wait_until_done()


def feed_on(graph: Graph) -> None:
    for packet in packets(range(1, 100)):
        graph.add_packet("in", packet)


def wait_for_idle(graph: Graph) -> None:
    graph.add_packet("in", 1, 1)
    graph.add_packet("in", 2, 2)
    graph.wait_until_idle()
    graph.wait_until_done()  # a failed run is idle too, and says why here


@pytest.mark.parametrize("wait", [feed_on, wait_for_idle])
def test_a_reader_that_waits_for_what_it_holds_back_is_told(wait: Callable[[Graph], None]) -> None:
    graph = chain(1, limit=1)
    poller = graph.poll("out", max_queue_size=1)
    graph.start(threads=1)
    graph.add_packet("in", 0, 0)
    assert poller.next() is not None
    with pytest.raises(CalculatorError, match="its reader waits for the graph that it holds back"):
        wait(graph)


def test_waiting_for_the_end_with_a_full_poller_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphflow.running.handover.PATIENCE_SECONDS", 0.3)
    graph = counting(100)
    graph.poll("out", max_queue_size=1)
    graph.start(threads=2)
    with pytest.raises(CalculatorError, match="nobody reads it, while the program waits"):
        graph.wait_until_done()


def test_reading_one_poller_while_another_is_full_is_told() -> None:
    graph = make_graph(
        Node("source", Count, [], ["numbers"], options={"count": 1000}),
        Node("drop", Every, ["numbers"], ["few"]),
        limit=1,
    )
    few, all_of_them = graph.poll("few"), graph.poll("numbers", max_queue_size=1)
    graph.start(threads=2)
    assert all_of_them.next() is not None
    with pytest.raises(CalculatorError, match='the poller of "numbers" is full'):
        for _ in few:
            pass


def test_a_reader_that_is_somewhere_else_is_waited_for() -> None:
    graph = counting(30)
    poller = graph.poll("out", max_queue_size=1)
    graph.start(threads=2)
    may_read = threading.Event()
    has_read: list[int] = []

    def read() -> None:
        assert poller.next() is not None
        may_read.wait()
        has_read.extend(packet.value for packet in poller)

    reader = threading.Thread(target=read)
    reader.start()
    waiter = threading.Thread(target=graph.wait_until_done)
    waiter.start()
    waiter.join(0.8)  # longer than it takes to call it a deadlock
    assert waiter.is_alive()
    may_read.set()
    reader.join()
    waiter.join()
    assert has_read == list(range(1, 30))


def test_a_full_poller_in_the_feeder_s_own_thread_is_told_at_once() -> None:
    graph = chain(1)
    poller = graph.poll("out", max_queue_size=2)
    graph.start(threads=INLINE)
    with pytest.raises(CalculatorError, match="so nobody can read; read between two packets"):
        feed_on(graph)
    assert poller.queue_size == 2


def test_leaving_early_takes_a_cancel() -> None:
    graph = counting(1000)
    poller = graph.poll("out", max_queue_size=1)
    with graph:
        graph.start(threads=2)
        for packet in poller:
            if packet.value == 3:
                break
        graph.cancel()
        with pytest.raises(GraphCancelled):
            graph.wait_until_done()
