"""C. Graph inputs, throttling, stopping, errors."""

from __future__ import annotations

import pytest

from graphflow import Calculator, Context, Contract, Packet
from graphflow.nodes.options import NoOptions
from graphflow.testing.simulation import explore
from graphflow.words.errors import CalculatorError
from graphflow.words.timestamp import DONE
from tests.conformance.kit import ANY_IN, ANY_OUT, finish, load, nodes, started, times, watch


@nodes.register
class PlusOne(Calculator[NoOptions]):
    """One more than its input, but for every fourth time, which it only settles."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

    def process(self, context: Context) -> None:
        if context.timestamp % 4:
            context.outputs[0].emit(context.inputs[0].value + 1)


EVENTS: list[tuple[str, int]] = []


@nodes.register
class Endless(Calculator[NoOptions]):
    """A source that never ends by itself; notes when it is opened and closed."""

    contract = Contract(outputs=ANY_OUT)

    def open(self, context: Context) -> None:
        EVENTS.append((context.node_name, 1))
        self.time = 0

    def process(self, context: Context) -> None:
        context.outputs[0].add(Packet(self.time, self.time))
        self.time += 1

    def close(self, context: Context) -> None:
        EVENTS.append((context.node_name, 2))


@nodes.register
class StopsAfter10(Calculator[NoOptions]):
    """Passes its inputs; ends the graph's sources in its tenth call."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

    def open(self, context: Context) -> None:
        EVENTS.append((context.node_name, 1))
        self.calls = 0

    def process(self, context: Context) -> None:
        for given, output in zip(context.inputs, context.outputs, strict=True):
            if given.packet is not None:
                output.add(given.packet)
        self.calls += 1
        if self.calls == 10:
            context.stop()

    def close(self, context: Context) -> None:
        EVENTS.append((context.node_name, 2))


@nodes.register
class NeedsHeader(Calculator[NoOptions]):
    """Does not open without a header."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, reads_headers=True)

    def open(self, context: Context) -> None:
        if context.inputs[0].header is None:
            raise ValueError("no header")

    def process(self, context: Context) -> None:
        pass


FAILING = """
    input_stream: [in]
    node:
      - calculator: Fail
        input_stream: [in]
        output_stream: [out]
        options: {step: process, at: 9, words: this is the error}
    """

CHAIN = """
    input_stream: [in]
    max_queue_size: %d
    node:
      - {calculator: Pass, input_stream: [in], output_stream: [between]}
      - {calculator: Pass, input_stream: [between], output_stream: [out]}
    """

JOIN = """
    input_stream: [in_1, in_2]
    max_queue_size: 1
    node:
      - {calculator: Join, input_stream: [in_1, in_2], output_stream: [out]}
    """

SKIPPING = """
    input_stream: [in]
    output_stream: [out]
    node:
      - calculator: PlusOne
        input_stream: [in]
        output_stream: [between]
        max_in_flight: 5
      - calculator: PlusOne
        input_stream: [between]
        output_stream: [out]
        max_in_flight: 5
    """


@pytest.mark.parametrize("threads", [0, 2])
def test_057_a_process_error_reaches_who_feeds_and_who_waits(threads: int) -> None:
    graph = load(FAILING)
    graph.start(threads=threads)
    with pytest.raises(CalculatorError, match="this is the error"):
        for time in range(1000):
            graph.add_packet("in", time, time)
            graph.wait_until_idle()
    assert graph.has_failed
    graph.close_input("in")
    assert graph.bound("in") == DONE
    with pytest.raises(CalculatorError, match="this is the error"):
        graph.wait_until_done()


@pytest.mark.parametrize("threads", [0, 2])
def test_059_a_missing_header_can_fail_open_and_a_given_one_succeeds(threads: int) -> None:
    text = """
        input_stream: [in]
        node:
          - {calculator: NeedsHeader, input_stream: [in], output_stream: [out]}
        """
    graph = load(text)
    graph.start(threads=threads)
    graph.close_inputs()
    with pytest.raises(CalculatorError, match="no header"):
        graph.wait_until_done()
    graph = load(text)
    graph.start(threads=threads, headers={"in": "a header"})
    finish(graph)
    assert graph.header("in") == "a header"


def test_061_without_a_limit_nothing_is_held_back() -> None:
    for size in (-1, 0):
        graph = load(JOIN.replace("max_queue_size: 1", f"max_queue_size: {size}"))
        seen = watch(graph)
        started(graph)
        for time in range(500):
            graph.add_packet("in_1", time, time)
        assert seen == []
        finish(graph)
        assert len(seen) == 500


@pytest.mark.parametrize("threads", [0, 2])
def test_063_a_feeder_that_waits_loses_nothing(threads: int) -> None:
    graph = load(CHAIN % 10)
    seen = watch(graph)
    graph.start(threads=threads)
    for time in range(20):
        graph.add_packet("in", time, time)
    finish(graph)
    assert times(seen) == list(range(20))


def test_067_without_report_deadlock_a_queue_that_holds_everybody_up_grows() -> None:
    graph = load(JOIN)
    seen = watch(graph)
    started(graph)
    for time in range(1, 10):
        graph.add_packet("in_1", time, time)
        graph.wait_until_idle()
    assert seen == []
    graph.add_packet("in_2", 30, 30)
    assert times(seen) == list(range(1, 10))


@pytest.mark.parametrize("threads", [0, 2])
def test_069_an_error_in_open_is_told_by_whoever_waits_not_by_start(threads: int) -> None:
    graph = load(FAILING.replace("step: process", "step: open"))
    graph.start(threads=threads)
    with pytest.raises(CalculatorError, match="failed in open: ValueError: this is the error"):
        finish(graph)


def test_071_calls_in_flight_together_keep_the_order_of_their_outputs() -> None:
    graph = load(SKIPPING)
    seen = watch(graph)
    for _ in range(2):
        seen.clear()
        graph.start(threads=5)
        for time in range(100):
            graph.add_packet("in", time, time)
        finish(graph)
        assert seen == [(time, time + 2) for time in range(100) if time % 4]
    run = explore(graph, {"in": [Packet(t, t) for t in range(20)]}, seeds=range(20), workers=5)
    assert run.values("out") == [time + 2 for time in range(20) if time % 4]


def test_065_stopping_ends_sources_that_have_no_end() -> None:
    EVENTS.clear()
    graph = load("""
        input_stream: [in]
        max_queue_size: 2
        node:
          - {calculator: Endless, output_stream: [numbers]}
          - {calculator: StopsAfter10, input_stream: [numbers, in], output_stream: [out, passed]}
        """)
    seen, passed = watch(graph), watch(graph, "passed")
    graph.start(threads=2)
    for time in range(8):
        graph.add_packet("in", time, time)
    finish(graph)
    assert times(passed) == list(range(8))
    assert times(seen)[:10] == list(range(10))
    assert sorted(EVENTS) == [
        ("Endless", 1),
        ("Endless", 2),
        ("StopsAfter10", 1),
        ("StopsAfter10", 2),
    ]
