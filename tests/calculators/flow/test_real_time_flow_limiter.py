"""RealTimeFlowLimiterCalculator."""

from __future__ import annotations

import pytest

from calculators.flow.real_time_flow_limiter import RealTimeFlowLimiterCalculator
from graphflow import Graph, GraphflowError
from graphflow.graph import INLINE
from graphflow.testing import CalculatorRunner
from graphflow.words.timestamp import DONE

LOOP = """
    input_stream: [a, b]
    output_stream: [out_a, out_b]
    node:
      - calculator: RealTimeFlowLimiterCalculator
        name: limiter
        input_stream: [a, b, "FINISHED:out_a"]
        input_stream_info: [{tag_index: FINISHED, back_edge: true}]
        output_stream: [sampled_a, sampled_b]
      - calculator: PassThroughCalculator
        input_stream: [sampled_a, sampled_b]
        output_stream: [out_a, out_b]
    """


def limiter(max_in_flight: int | None = None, streams: int = 1) -> CalculatorRunner:
    names = [f":{index}" for index in range(streams)]
    return CalculatorRunner(
        RealTimeFlowLimiterCalculator,
        inputs=[*names, "FINISHED"],
        outputs=[*names, "ALLOW"],
        side_packets={} if max_in_flight is None else {"MAX_IN_FLIGHT": max_in_flight},
    )


def feed(runner: CalculatorRunner, *times: int, stream: str = ":0") -> None:
    for time in times:
        runner.add(stream, f"{time}", time)


def passed(runner: CalculatorRunner, stream: str = ":0") -> list[int]:
    return runner.outputs[stream].timestamps


def test_one_frame_is_in_flight_by_default() -> None:
    with limiter() as runner:
        feed(runner, 0, 10, 20)
        assert passed(runner) == [0]


def test_a_finished_packet_lets_one_more_in_whatever_its_time() -> None:
    with limiter() as runner:
        feed(runner, 0, 10)
        runner.add("FINISHED", "done", 5000)
        feed(runner, 20, 30)
        assert passed(runner) == [0, 20]


def test_a_bound_on_finished_does_not_count() -> None:
    with limiter() as runner:
        feed(runner, 0)
        runner.advance("FINISHED", 100)
        feed(runner, 10)
        assert passed(runner) == [0]


def test_the_side_packet_says_how_many_may_be_in_flight() -> None:
    with limiter(3) as runner:
        feed(runner, 0, 10, 20, 30)
        assert passed(runner) == [0, 10, 20]


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(GraphflowError, match="found 0; expected 1 or more"), limiter(0):
        pass


def test_finished_without_a_frame_in_flight_is_an_error() -> None:
    runner = limiter()
    with pytest.raises(GraphflowError, match="no frame is in flight"), runner:
        runner.add("FINISHED", "done", 0)


def test_allow_tells_each_change_at_times_of_its_own() -> None:
    with limiter() as runner:
        feed(runner, 100, 110)
        runner.add("FINISHED", "done", 100)
        feed(runner, 120)
        allow = runner.outputs["ALLOW"]
        assert (allow.timestamps, allow.values) == ([1, 2, 3], [False, True, False])


def test_streams_pass_and_drop_together() -> None:
    # As MediaPipe's own test has it.
    with limiter(streams=2) as runner:
        feed(runner, 1)
        feed(runner, 2)
        feed(runner, 1, stream=":1")
        assert (passed(runner), passed(runner, ":1")) == ([1], [1])
        runner.add("FINISHED", "done", 1)
        feed(runner, 2, stream=":1")  # Dropped on the other stream, so dropped here.
        assert (passed(runner), passed(runner, ":1")) == ([1], [1])
        feed(runner, 3, 4, stream=":1")
        assert (passed(runner), passed(runner, ":1")) == ([1], [1, 3])
        feed(runner, 3)
        assert (passed(runner), passed(runner, ":1")) == ([1, 3], [1, 3])


def test_bounds_pass_and_outputs_close_with_their_inputs() -> None:
    with limiter(streams=2) as runner:
        runner.advance(":0", 7)
        assert runner.outputs[":0"].bound == 7
        assert runner.outputs[":1"].bound < 0
        runner.close(":0")
        assert runner.outputs[":0"].bound == DONE


def test_headers_pass() -> None:
    runner = CalculatorRunner(
        RealTimeFlowLimiterCalculator, inputs=["", "FINISHED"], headers={"": "30 Hz"}
    )
    with runner:
        assert runner.outputs[""].header == "30 Hz"


def test_a_loop_ends_and_the_ledger_says_what_was_dropped() -> None:
    graph = Graph.from_text(LOOP)
    seen: list[int] = []
    graph.observe("out_b", lambda packet: seen.append(packet.timestamp))
    graph.start(threads=INLINE)
    for time in range(0, 100, 10):
        graph.add_packet("a", "frame", time)
        graph.add_packet("a", "too many", time + 5)
        graph.add_packet("b", "frame", time)
    graph.close_inputs()
    graph.wait_until_done()
    assert seen == list(range(0, 100, 10))
    (loss,) = graph.ledger().losses
    assert (loss.reason, loss.count) == ("too many in flight", 10)
