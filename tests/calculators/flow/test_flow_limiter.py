"""FlowLimiterCalculator, with FINISHED fed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from calculators.flow.flow_limiter import FlowLimiterCalculator, FlowLimiterOptions
from graphflow import Graph, GraphflowError, Packet
from graphflow.graph import INLINE
from graphflow.testing import CalculatorRunner
from graphflow.words.timestamp import DONE


def limiter(
    *, auxiliaries: Sequence[str] = (), side_inputs: Sequence[str] = (), **options: Any
) -> CalculatorRunner:
    return CalculatorRunner(
        FlowLimiterCalculator,
        options=options,
        inputs=["", *auxiliaries, "FINISHED"],
        outputs=["", *auxiliaries, "ALLOW"],
        side_inputs=list(side_inputs),
    )


def released(runner: CalculatorRunner) -> list[int]:
    return list(runner.outputs[""].timestamps)


def verdicts(runner: CalculatorRunner) -> dict[int, bool]:
    output = runner.outputs["ALLOW"]
    return dict(zip(output.timestamps, output.values, strict=True))


def feed(runner: CalculatorRunner, *times: int, stream: str = "") -> None:
    for time in times:
        runner.add(stream, f"{stream}{time}", time)


def test_only_one_frame_is_in_flight_by_default() -> None:
    with limiter() as runner:
        feed(runner, 0, 10, 20)
        assert released(runner) == [0]
        assert verdicts(runner) == {0: True, 10: False, 20: False}


def test_a_finished_packet_lets_the_next_frame_in() -> None:
    with limiter() as runner:
        feed(runner, 0, 10)
        runner.add("FINISHED", "result", 0)
        feed(runner, 20, 30)
        assert released(runner) == [0, 20]


def test_a_bound_on_finished_counts_as_finished() -> None:
    with limiter() as runner:
        feed(runner, 0, 10)
        runner.advance("FINISHED", 1)
        feed(runner, 20)
        assert released(runner) == [0, 20]


def test_finishing_a_later_frame_finishes_the_earlier_ones() -> None:
    with limiter(max_in_flight=2) as runner:
        feed(runner, 0, 10, 20)
        runner.add("FINISHED", "result", 10)
        feed(runner, 30, 40, 50)
        assert released(runner) == [0, 10, 30, 40]


def test_finished_before_its_frame_finishes_nothing_else() -> None:
    with limiter() as runner:
        feed(runner, 10)
        runner.advance("FINISHED", 10)
        feed(runner, 20)
        assert released(runner) == [10]


def test_max_in_flight_as_a_side_packet_overrides_the_option() -> None:
    outputs = limiter(side_inputs=["MAX_IN_FLIGHT"]).run(
        {"": [Packet(time, time) for time in (0, 10, 20)]}, side_packets={"MAX_IN_FLIGHT": 2}
    )
    assert outputs[""].timestamps[:2] == [0, 10]


def test_a_side_packet_below_one_is_refused() -> None:
    with pytest.raises(GraphflowError, match="MAX_IN_FLIGHT: found 0; expected 1 or more"):
        limiter(side_inputs=["MAX_IN_FLIGHT"]).run({}, side_packets={"MAX_IN_FLIGHT": 0})


def test_the_queue_keeps_the_newest_frame() -> None:
    with limiter(max_in_queue=1) as runner:
        feed(runner, 0, 10, 20, 30)
        assert released(runner) == [0]
        runner.add("FINISHED", "result", 0)
        assert released(runner) == [0, 30]
        assert verdicts(runner) == {0: True, 10: False, 20: False, 30: True}


def test_the_bound_stops_at_a_frame_that_waits() -> None:
    with limiter(max_in_queue=1) as runner:
        feed(runner, 0, 10, 20)
        assert runner.outputs[""].bound == 20
        assert runner.outputs["ALLOW"].bound == 20


def test_a_dropped_frame_is_settled() -> None:
    with limiter() as runner:
        feed(runner, 0, 10)
        assert runner.outputs[""].bound == 11


def test_an_input_bound_is_handed_on() -> None:
    with limiter() as runner:
        runner.advance("", 5)
        assert runner.outputs[""].bound == 5
        assert runner.outputs["ALLOW"].bound == 5


def test_a_frame_in_flight_is_abandoned_after_the_timeout() -> None:
    with limiter(in_flight_timeout=100) as runner:
        feed(runner, 0, 50, 100)
        assert released(runner) == [0]
        feed(runner, 101)
        assert released(runner) == [0, 101]


def test_an_input_bound_abandons_frames_too() -> None:
    with limiter(in_flight_timeout=100, max_in_queue=1) as runner:
        feed(runner, 0, 50)
        runner.advance("", 102)
        assert released(runner) == [0, 50]


def test_without_timeout_no_frame_is_abandoned() -> None:
    with limiter() as runner:
        feed(runner, 0, 10_000_000)
        runner.close("")
        assert released(runner) == [0]


def test_auxiliary_packets_follow_the_verdict_of_their_frame() -> None:
    with limiter(auxiliaries=[":1"]) as runner:
        for time in (0, 10, 20):
            feed(runner, time)
            feed(runner, time, stream=":1")
        runner.add("FINISHED", "result", 0)
        feed(runner, 30)
        feed(runner, 30, stream=":1")
        assert released(runner) == [0, 30]
        assert runner.outputs[":1"].timestamps == [0, 30]


def test_auxiliary_packets_between_frames_follow_the_frame_before() -> None:
    with limiter(auxiliaries=["SIZE"]) as runner:
        feed(runner, 5, stream="SIZE")
        feed(runner, 10, 20)
        feed(runner, 15, 25, stream="SIZE")
        feed(runner, 30)
        assert released(runner) == [10]
        assert runner.outputs["SIZE"].timestamps == [15]


def test_auxiliary_packets_wait_for_the_verdict() -> None:
    with limiter(auxiliaries=[":1"], max_in_queue=1) as runner:
        feed(runner, 0, 10)
        feed(runner, 0, 10, stream=":1")
        assert runner.outputs[":1"].timestamps == [0]
        assert runner.outputs[":1"].bound == 10
        runner.add("FINISHED", "result", 0)
        assert runner.outputs[":1"].timestamps == [0, 10]


def test_a_slow_auxiliary_stream_still_gets_old_verdicts() -> None:
    with limiter(auxiliaries=[":1"]) as runner:
        feed(runner, 0, 10)
        runner.add("FINISHED", "result", 0)
        feed(runner, 20, 30)
        feed(runner, 0, 5, 10, 15, 20, 25, 30, stream=":1")
        assert runner.outputs[":1"].timestamps == [0, 5, 20, 25]


def test_outputs_close_with_the_input() -> None:
    with limiter(auxiliaries=[":1"]) as runner:
        feed(runner, 0)
        runner.close("")
        assert runner.outputs[""].bound == DONE
        assert runner.outputs["ALLOW"].bound == DONE
        assert runner.outputs[":1"].bound < DONE
        runner.close(":1")
        assert runner.outputs[":1"].bound == DONE


def test_an_auxiliary_packet_that_waits_is_not_lost_when_its_stream_ends() -> None:
    with limiter(auxiliaries=[":1"], max_in_queue=1) as runner:
        feed(runner, 0, 10)
        feed(runner, 10, stream=":1")
        runner.close(":1")
        assert runner.outputs[":1"].bound == 10
        runner.add("FINISHED", "result", 0)
        assert runner.outputs[":1"].timestamps == [10]
        assert runner.outputs[":1"].bound == DONE


def test_a_frame_that_waits_is_not_lost_at_the_end() -> None:
    with limiter(max_in_queue=1) as runner:
        feed(runner, 0, 10)
        runner.close("")
        assert runner.outputs[""].bound < DONE
        runner.add("FINISHED", "result", 0)
        assert released(runner) == [0, 10]
        assert runner.outputs[""].bound == DONE


def test_a_finished_stream_that_is_done_holds_nothing_back() -> None:
    with limiter(max_in_queue=3) as runner:
        feed(runner, 0, 10, 20)
        runner.close("FINISHED")
        assert released(runner) == [0, 10, 20]
        feed(runner, 30, 40)
        assert released(runner) == [0, 10, 20, 30, 40]


def test_the_verdicts_need_not_be_connected() -> None:
    with CalculatorRunner(FlowLimiterCalculator, inputs=["", "FINISHED"], outputs=[""]) as runner:
        feed(runner, 0, 10)
        assert released(runner) == [0]


def test_verdicts_and_auxiliaries_do_without_each_other() -> None:
    with CalculatorRunner(
        FlowLimiterCalculator, inputs=["", "SIZE", "FINISHED"], outputs=["", "SIZE"]
    ) as runner:
        feed(runner, 0, 10)
        feed(runner, 0, 10, stream="SIZE")
        assert runner.outputs["SIZE"].timestamps == [0]


def test_a_frame_is_abandoned_while_a_later_one_is_not() -> None:
    with limiter(max_in_flight=2, in_flight_timeout=100) as runner:
        feed(runner, 0, 50, 120)
        assert released(runner) == [0, 50, 120]
        feed(runner, 130)
        assert released(runner) == [0, 50, 120]


@pytest.mark.parametrize(
    "options", [{"max_in_flight": 0}, {"max_in_queue": -1}, {"in_flight_timeout": -1}]
)
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        limiter(**options)


def test_dropped_frames_are_told_to_the_ledger() -> None:
    graph = Graph.from_text("""
        input_stream: [image, aux, finished]
        node:
          - calculator: FlowLimiterCalculator
            input_stream: ["image", "AUX:aux", "FINISHED:finished"]
            output_stream: ["limited", "AUX:limited_aux"]
    """)
    graph.start(threads=INLINE)
    for time in (0, 10, 20):
        graph.add_packet("image", "frame", time)
        graph.add_packet("aux", "more", time)
    entries = graph.ledger().entries
    graph.cancel()
    assert {entry.stream: entry.lost for entry in entries} == {
        "image": (("too many in flight", 2),),
        "aux": (("its frame was dropped", 2),),
        "finished": (),
    }


def test_a_side_packet_may_have_the_options() -> None:
    options = FlowLimiterOptions(max_in_flight=2)
    with CalculatorRunner(FlowLimiterCalculator, inputs=["", "FINISHED"], outputs=[""],
                          side_packets={"OPTIONS": options}) as runner:  # fmt: skip
        for time in range(3):
            runner.add("", time, time)
        assert runner.outputs[""].values == [0, 1]


def test_a_stream_may_change_the_options() -> None:
    inputs = ["", "FINISHED", "OPTIONS"]
    with CalculatorRunner(FlowLimiterCalculator, inputs=inputs, outputs=[""]) as runner:
        runner.add("", 0, 0)
        runner.add("", 1, 1)
        runner.add("OPTIONS", FlowLimiterOptions(max_in_flight=2), 2)
        runner.add("", 2, 2)
        runner.add("", 3, 3)
        assert runner.outputs[""].values == [0, 2]


def test_headers_pass() -> None:
    runner = CalculatorRunner(
        FlowLimiterCalculator, inputs=["", "FINISHED"], outputs=[""], headers={"": "30 Hz"}
    )
    with runner:
        assert runner.outputs[""].header == "30 Hz"
