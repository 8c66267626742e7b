"""Outcomes: one for each frame, when all outputs are settled there; and one in, one out."""

from __future__ import annotations

import faulthandler
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Graph, Packet
from graphflow.graph import INLINE
from graphflow.nodes.options import NoOptions
from graphflow.plan import NO_LIMIT
from graphflow.running.outcome import Outcome
from graphflow.testing.simulation import SimulationDriver
from graphflow.words.errors import (
    CalculatorError,
    GraphCancelled,
    TimestampError,
    UsageError,
)
from graphflow.words.timestamp import PRESTREAM
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    Count,
    Every,
    Fail,
    Header,
    Node,
    Pass,
    chain,
    diamond,
    diamond_result,
    make_graph,
    packets,
    pose_loop,
    pose_result,
)


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """A hang ends the test run with the stacks of all threads."""
    faulthandler.dump_traceback_later(60, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def two_outputs(**settings: Any) -> Graph:
    """`kept` has every packet, `dropped` one of three, tenfold."""
    return make_graph(
        Node("drop", Every, ["in"], ["dropped"]),
        Node("keep", Pass, ["in"], ["kept"]),
        inputs=["in"],
        outputs=["kept", "dropped"],
        **settings,
    )


def only_every_third(**settings: Any) -> Graph:
    drop = Node("drop", Every, ["in"], ["out"])
    return make_graph(drop, inputs=["in"], outputs=["out"], **settings)


class Late(Calculator[NoOptions]):
    """Emits each packet when the next one is there: an output that needs later input."""

    contract = Contract(**ANY_PORTS, timestamp_offset=None)

    def open(self, context: Context) -> None:
        self.before: Packet | None = None

    def process(self, context: Context) -> None:
        if self.before is not None:
            context.outputs[0].add(self.before)
            context.outputs[0].advance(context.timestamp)
        self.before = context.inputs[0].packet


class Tenth(Calculator[NoOptions]):
    """Says nothing at all until the tenth packet, and then what the tenth was."""

    contract = Contract(**ANY_PORTS, timestamp_offset=None)

    def process(self, context: Context) -> None:
        packet = context.inputs[0].packet
        if packet is not None and packet.timestamp % 10 == 9:
            context.outputs[0].add(packet)


# ---- one after another ---------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("max_queue_size", [1, 100, NO_LIMIT])
def test_there_is_one_outcome_for_each_frame(threads: int, max_queue_size: int) -> None:
    graph = two_outputs(limit=4)
    outcomes = graph.outcomes(max_queue_size=max_queue_size)
    graph.start(threads=threads)

    def feed() -> None:
        for packet in packets(range(100)):
            graph.add_packet("in", packet)
        graph.close_inputs()

    feeder = threading.Thread(target=feed)
    feeder.start()
    found = list(outcomes)
    feeder.join()
    graph.wait_until_done()
    assert [each.timestamp for each in found] == list(range(100))
    assert found[3] == Outcome(3, {"kept": 3, "dropped": 30}, ())
    assert found[4] == Outcome(4, {"kept": 4}, ("dropped",))
    assert found[4]["kept"] == 4
    assert found[4].get("dropped", "nothing") == "nothing"
    assert outcomes.next() is None


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_a_frame_without_any_output_has_an_outcome_too(threads: int) -> None:
    graph = only_every_third()
    outcomes = graph.outcomes()
    with graph:
        graph.start(threads=threads)
        for packet in packets([0, 1, 2, 3, 100]):
            graph.add_packet("in", packet)
        graph.advance("in", 5000)
    assert [(each.timestamp, each.values, each.empty) for each in outcomes] == [
        (0, {"out": 0}, ()),
        (1, {}, ("out",)),
        (2, {}, ("out",)),
        (3, {"out": 30}, ()),
        (100, {}, ("out",)),
    ]


def test_frames_of_sources_count_and_headers_do_not() -> None:
    graph = make_graph(
        Node("source", Count, [], ["numbers"], options={"count": 10}),
        Node("header", Header, [], ["header"]),
        Node("drop", Every, ["numbers"], ["out"]),
        outputs=["out"],
    )
    outcomes = graph.outcomes()
    graph.run()
    assert [each.timestamp for each in outcomes] == list(range(10))
    graph = make_graph(Node("header", Header, [], ["header"]), outputs=["header"])
    outcomes = graph.outcomes()
    graph.run()
    assert list(outcomes) == [Outcome(PRESTREAM, {"header": "header"})]


def test_streams_can_be_chosen_and_must_be_there() -> None:
    graph = pose_loop()
    assert graph.outcomes("roi", "landmarks", "roi").streams == ("roi", "landmarks")
    with pytest.raises(UsageError, match='no stream "landmark" to observe; did you mean'):
        graph.outcomes("landmark")
    with pytest.raises(UsageError, match="the graph declares no outputs"):
        make_graph(Node("pass", Pass, ["in"], ["out"]), inputs=["in"]).outcomes()


def test_a_loop_is_finished_frame_by_frame() -> None:
    graph = pose_loop()
    outcomes = graph.outcomes()
    graph.start(threads=2)
    for packet in packets(range(40)):
        graph.add_packet("frame", packet)
    graph.close_inputs()
    found = [(each.timestamp, each.get("landmarks")) for each in outcomes]
    expected = {value[0]: value for value in pose_result(40)}
    assert found == [(time, expected.get(time)) for time in range(40)]


def test_frames_that_are_not_finished_hold_nobody_back() -> None:
    graph = chain(1, Tenth, limit=2, report_deadlock=True)
    outcomes = graph.outcomes()
    with graph:
        graph.start(threads=1)
        for packet in packets(range(30)):
            graph.add_packet("in", packet)
        graph.wait_until_idle()
    assert [each.get("out") for each in outcomes] == [
        time if time % 10 == 9 else None for time in range(30)
    ]


def test_outcomes_are_the_same_whatever_the_order_of_events() -> None:
    expected = {value[0]: value for value in pose_result(12)}
    for seed in range(40):
        graph = pose_loop(limit=2)
        outcomes = graph.outcomes(max_queue_size=NO_LIMIT)
        graph.start_with(partial(SimulationDriver, seed=seed, workers=3))
        for packet in packets(range(12)):
            graph.add_packet("frame", packet)
        graph.close_inputs()
        graph.wait_until_done()
        found = [(each.timestamp, each.get("landmarks")) for each in outcomes]
        assert found == [(time, expected.get(time)) for time in range(12)], f"seed {seed}"


def test_a_failed_run_gives_what_was_finished_and_raises() -> None:
    graph = chain(1, Fail)
    outcomes = graph.outcomes()
    graph.start(threads=INLINE)
    with pytest.raises(CalculatorError):
        for packet in packets([5, 6, 7, 8]):
            graph.add_packet("in", packet)
    assert [each.timestamp for each in (outcomes.next(), outcomes.next()) if each] == [5, 6]
    with pytest.raises(CalculatorError, match="no processing"):
        outcomes.next()


# ---- by time -------------------------------------------------------------------------------------


def test_an_outcome_can_be_waited_for_by_its_time() -> None:
    graph = two_outputs()
    graph.outcomes()
    graph.start(threads=2)
    waiter_found: list[Outcome] = []
    waiter = threading.Thread(target=lambda: waiter_found.append(graph.outcome(6)))
    waiter.start()
    with pytest.raises(TimeoutError, match=r"nothing came in 0.01 s"):
        graph.outcome(3, timeout=0.01)
    for packet in packets([3, 6]):
        graph.add_packet("in", packet)
    waiter.join()
    assert waiter_found == [Outcome(6, {"kept": 6, "dropped": 60})]
    graph.advance("in", 1000)
    assert graph.outcome(100) == Outcome(100, empty=("kept", "dropped"))
    graph.close_inputs()
    assert graph.outcome(5000) == Outcome(5000, empty=("kept", "dropped"))
    graph.wait_until_done()


def test_older_outcomes_that_nobody_asks_for_are_dropped() -> None:
    graph = two_outputs(limit=1)
    outcomes = graph.outcomes(max_queue_size=2)
    graph.start(threads=1)

    def feed() -> None:
        with suppress(GraphCancelled):
            for packet in packets(range(50)):
                graph.add_packet("in", packet)

    feeder = threading.Thread(target=feed)
    feeder.start()
    assert graph.outcome(40)["kept"] == 40
    for time in (3, 40):
        with pytest.raises(UsageError, match=f"the outcome of {time} was given out or dropped"):
            graph.outcome(time)
    assert [each.timestamp for each in (outcomes.next(),) if each] == [41]
    graph.reset()
    feeder.join()


def test_an_unfinished_time_has_the_error_that_ended_the_run() -> None:
    graph = chain(1, Fail)
    graph.outcomes()
    graph.start(threads=1)
    graph.add_packet("in", 6, 6)
    assert graph.outcome(6).error is None
    graph.add_packet("in", 7, 7)
    failed = graph.outcome(7)
    assert (failed.values, failed.empty) == ({}, ())
    assert isinstance(failed.error, CalculatorError)
    graph = chain(1)
    graph.outcomes()
    graph.start(threads=1)
    graph.cancel()
    assert isinstance(graph.outcome(7).error, GraphCancelled)


def test_outcomes_must_be_asked_for_before_the_start() -> None:
    graph = chain(1)
    graph.start(threads=INLINE)
    with pytest.raises(UsageError, match=r"call outcomes\(\) before start"):
        graph.outcome(1)
    with pytest.raises(UsageError, match=r"call outcomes\('a', 'b'\) before start"):
        graph.outcome(1, ["a", "b"])
    with pytest.raises(UsageError, match=r"call outcomes\(\) before start"):
        graph.process({"in": 1}, timestamp=1)


# ---- one in, one out --------------------------------------------------------------------------


def test_one_in_one_out_starts_the_graph() -> None:
    with two_outputs() as graph:
        found = [graph.process(timestamp=time, **{"in": time}) for time in (1, 3)]
        assert found == [
            Outcome(1, {"kept": 1}, ("dropped",)),
            Outcome(3, {"kept": 3, "dropped": 30}),
        ]
        with pytest.raises(TimestampError, match="expected 4 or later"):
            graph.process({"in": 3}, timestamp=3)
        assert graph.process({"in": 6}, timestamp=6)["dropped"] == 60
    graph.reset()
    assert graph.process({"in": 3}, timestamp=3)["dropped"] == 30
    graph.reset()


def test_one_in_one_out_in_the_caller_s_thread() -> None:
    graph = diamond()
    graph.outcomes()
    with graph:
        graph.start(threads=INLINE)
        assert graph.process({"in": 4}, timestamp=4) == Outcome(4, {"out": (4, None)})


def test_inputs_that_get_nothing_are_settled() -> None:
    nodes = Node("pass", Pass, ["a", "b"], ["x", "y"])
    with make_graph(nodes, inputs=["a", "b"], outputs=["x", "y"]) as graph:
        assert graph.process(timestamp=1, a="A") == Outcome(1, {"x": "A"}, ("y",))
        assert graph.process(timestamp=2, b="B") == Outcome(2, {"y": "B"}, ("x",))
        assert graph.process(timestamp=3) == Outcome(3, empty=("x", "y"))
        with pytest.raises(UsageError, match='no graph input "c"; the graph has: "a", "b"'):
            graph.process(timestamp=4, a=1, c=1)
        assert graph.process(timestamp=4, a=1)["x"] == 1


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_a_failure_is_raised_from_process(threads: int) -> None:
    graph = chain(2, Fail)
    graph.outcomes()
    graph.start(threads=threads)
    assert graph.process({"in": 6}, timestamp=6)["out"] == 6
    for time in (7, 8):
        with pytest.raises(CalculatorError, match="no processing"):
            graph.process({"in": time}, timestamp=time)
    graph.reset()
    assert graph.process({"in": 8}, timestamp=8)["out"] == 8
    graph.reset()


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_an_outcome_that_needs_later_input_is_told_of(threads: int) -> None:
    graph = chain(1, Late)
    graph.outcomes()
    graph.start(threads=threads)
    with pytest.raises(UsageError, match="the graph is idle, and 1 is not finished"):
        graph.process({"in": 1}, timestamp=1)
    graph.add_packet("in", 2, 2)
    assert graph.outcome(1)["out"] == 1
    graph.reset()


def test_an_outcome_reaches_whoever_asks_for_it() -> None:
    graph = diamond()
    outcomes = graph.outcomes(max_queue_size=4)
    graph.start(threads=2)
    found: dict[int, Any] = {}

    def ask(first: int) -> None:
        for time in range(first, 200, 2):
            found[time] = graph.outcome(time)["out"]

    askers = [threading.Thread(target=ask, args=(first,)) for first in (0, 1)]
    with ExitStack() as stack:
        for time in range(200):
            stack.enter_context(outcomes.asking(time))
        for asker in askers:
            asker.start()
        for time in range(200):
            graph.add_packet("in", time, time)
        for asker in askers:
            asker.join()
    graph.reset()
    assert found == {time: (time, value) for time, value in diamond_result(range(200))}
