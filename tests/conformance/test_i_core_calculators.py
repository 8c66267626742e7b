"""I. Core calculators; those of `calculators/core` are held to theirs beside their own tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from calculators.flow import (
    FlowLimiterCalculator,
    GateCalculator,
    MergeCalculator,
    PreviousLoopbackCalculator,
)
from graphflow import Calculator, Context, Contract, Packet
from graphflow.errors import ConfigError
from graphflow.options import NoOptions
from graphflow.testing import CalculatorRunner
from graphflow.timestamp import MAX, MIN
from tests.conformance.kit import ANY_IN, ANY_OUT, Seen, load, nodes, started, watch

FRAME_US = 10_000

LOOP = """
    input_stream: [in]
    node:
      - calculator: PreviousLoopbackCalculator
        input_stream: ["MAIN:in", "LOOP:out"]
        input_stream_info: [{tag_index: LOOP, back_edge: true}]
        output_stream: ["PREV_LOOP:previous"]
      - calculator: PassThroughCalculator
        input_stream: ["in", "PREVIOUS:previous"]
        output_stream: ["out", "PREVIOUS:previous_out"]
      - {calculator: Join, input_stream: [out, previous_out], output_stream: [pairs]}
    """

DROPPING_LOOP = """
    input_stream: [in]
    node:
      - calculator: PreviousLoopbackCalculator
        input_stream: ["MAIN:in", "LOOP:loop"]
        input_stream_info: [{tag_index: LOOP, back_edge: true}]
        output_stream: ["PREV_LOOP:previous"]
      - {calculator: Join, input_stream: [in, previous], output_stream: [out]}
      - {calculator: DropsBelow5, input_stream: [in], output_stream: [loop]}
    """


@nodes.register
class DropsBelow5(Calculator[NoOptions]):
    """Passes from time 5 on, and says nothing at all before."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None)

    def process(self, context: Context) -> None:
        if context.timestamp >= 5:
            context.outputs[0].emit(context.inputs[0].value)


@dataclass
class Limited:
    """What came of frames through a flow limiter, counted in frames.

    Attributes:
        released, auxiliary: by the limiter.
        finished: by the worker behind it, without the one that a later node swallowed.
        allowed: the frames with a verdict, and which.
    """

    released: list[int]
    auxiliary: list[int]
    finished: list[int]
    allowed: dict[int, bool]


def limit(
    count: int, work_us: int, *, first_us: int = 0, is_swallowed_whole: bool = False, **options: int
) -> Limited:
    """Send frames, one every 10 ms, through a limiter to a worker; the time is a number here.

    A node behind the worker swallows the third frame; or whole, with its bound.
    """
    with CalculatorRunner(
        FlowLimiterCalculator,
        options=options,
        inputs=["", ":1", "FINISHED"],
        outputs=["", ":1", "ALLOW"],
    ) as runner:
        finished = [*_work(runner, count, work_us, first_us or work_us, is_swallowed_whole)]
        out = runner.outputs
        allowed = dict(zip(out["ALLOW"].timestamps, out["ALLOW"].values, strict=True))
        return Limited(
            [time // FRAME_US for time in out[""].timestamps],
            [time // FRAME_US for time in out[":1"].timestamps],
            finished,
            {time // FRAME_US: is_allowed for time, is_allowed in allowed.items()},
        )


def _work(
    runner: CalculatorRunner, count: int, work_us: int, first_us: int, is_swallowed_whole: bool
) -> Iterator[int]:
    number = done = 0  # frames sent, frames finished
    now = free_at = 0  # 0 while the worker is idle
    while number < count or done < len(runner.outputs[""].packets):
        released = runner.outputs[""].timestamps
        sent_at = number * FRAME_US
        if done < len(released) and not free_at:
            # The worker has been idle, so it begins with what was released just now.
            free_at = now + (work_us if done else first_us)
        if free_at and (number == count or free_at <= sent_at):
            now, free_at, frame, done = free_at, 0, released[done], done + 1
            if done != 3:
                yield frame // FRAME_US
                runner.add("FINISHED", "done", frame)
            elif not is_swallowed_whole:
                runner.advance("FINISHED", frame + 1)
        else:
            now = sent_at
            runner.add("", number, now)
            runner.add(":1", number, now)
            number += 1


def test_209_a_bound_on_finished_counts_as_finished() -> None:
    found = limit(9, 22_000, max_in_flight=1, max_in_queue=1)
    assert found.finished == [0, 2, 6, 8]


def test_211_a_late_finished_lets_more_frames_run_for_a_while() -> None:
    found = limit(71, 22_000, first_us=500_000, max_in_queue=1, in_flight_timeout=100_000)
    assert found.finished == [0, 10, 30, 40, 50, 60, 63, 65, 67, 69, 70]


def test_213_a_queue_of_0_drops_at_once() -> None:
    found = limit(21, 12_000, is_swallowed_whole=True, max_in_queue=0, in_flight_timeout=100_000)
    assert found.finished == [0, 2, 15, 17, 19]
    assert found.auxiliary == found.released == [0, 2, 4, 15, 17, 19]
    assert list(found.allowed) == list(range(21))
    assert [frame for frame, is_allowed in found.allowed.items() if is_allowed] == found.released


def feed_loop(times: list[int]) -> Seen:
    """Feed the loop; each pair is there at idle: (value, previous value or None)."""
    graph = load(LOOP)
    seen = watch(graph, "pairs")
    started(graph)
    for value, time in enumerate(times, start=1):
        graph.add_packet("in", value, time)
        assert len(seen) == value
    return seen


def test_215_each_frame_meets_the_result_of_the_one_before_at_once() -> None:
    seen = feed_loop([1, 2, 5, 15])
    assert seen == [(1, (1, None)), (2, (2, 1)), (5, (3, 2)), (15, (4, 3))]


def test_217_the_lowest_and_the_highest_time_are_ordinary_ones() -> None:
    assert feed_loop([MAX]) == [(MAX, (1, None))]
    assert feed_loop([MIN, MAX]) == [(MIN, (1, None)), (MAX, (2, 1))]


def test_219_an_empty_main_gives_an_empty_value_and_uses_none_up() -> None:
    with CalculatorRunner(PreviousLoopbackCalculator) as runner:
        previous = runner.outputs["PREV_LOOP"]
        runner.add("MAIN", 1, 1)
        runner.add("LOOP", 10, 1)
        runner.advance("MAIN", 3)
        assert (previous.values, previous.bound) == ([], 3)
        runner.add("MAIN", 3, 3)
        assert (previous.timestamps, previous.values) == ([3], [10])


def test_221_a_loop_without_any_bound_delays_the_output_until_something_newer_comes() -> None:
    graph = load(DROPPING_LOOP)
    seen = watch(graph)
    started(graph)
    for time in (1, 2, 3):
        graph.add_packet("in", time, time)
    assert seen == [(1, (1, None))]
    graph.add_packet("in", 5, 5)
    # Only what the loop had at 3 was waited for; now all of them are out.
    assert seen == [(time, (time, None)) for time in (1, 2, 3, 5)]
    graph.add_packet("in", 15, 15)
    assert seen[-1] == (15, (15, 5))


@pytest.mark.parametrize(
    ("side_packets", "options", "expected"),
    [({"ALLOW": True}, {}, [1, 2]), ({"ALLOW": False}, {}, []), ({}, {"allow": False}, [])],
)
def test_223_a_gate_by_side_packet_or_by_option(
    side_packets: dict[str, bool], options: dict[str, bool], expected: list[int]
) -> None:
    runner = CalculatorRunner(GateCalculator, inputs=[""], outputs=[""], options=options)
    outputs = runner.run({"": [Packet(1, 1), Packet(2, 2)]}, side_packets=side_packets)
    assert outputs[""].values == expected


@pytest.mark.parametrize("has_data", [True, False])
def test_225_a_gate_reports_changes_but_not_the_first_state(has_data: bool) -> None:
    data = {"": [Packet(time, time) for time in (42, 43, 44, 45)]} if has_data else {}
    signal = [Packet(each, 42 + at) for at, each in enumerate((False, True, True, False))]

    def changes(**options: str) -> list[tuple[int, bool]]:
        runner = CalculatorRunner(
            GateCalculator,
            inputs=[*data, "ALLOW"],
            outputs=[*data, "STATE_CHANGE"],
            options=options,
        )
        found = runner.run({**data, "ALLOW": signal})["STATE_CHANGE"]
        return list(zip(found.timestamps, found.values, strict=True))

    assert changes() == [(43, True), (45, False)]
    assert changes(initial_gate_state="GATE_ALLOW") == [(42, False), (43, True), (45, False)]


def test_227_merge_takes_the_first_input_that_has_a_packet() -> None:
    outputs = CalculatorRunner(MergeCalculator, inputs=["", ":1"]).run(
        {
            "": [Packet(f"a{time}", time) for time in (10, 20, 30)],
            ":1": [Packet(time, time) for time in (5, 35)],
        }
    )
    assert outputs[""].values == [5, "a10", "a20", "a30", 35]


@pytest.mark.parametrize(
    "connections",
    ["output_stream: [out]", "input_stream: [a, b]", "input_stream: [a], output_stream: [o, p]"],
)
def test_227_merge_needs_inputs_and_one_output(connections: str) -> None:
    with pytest.raises(ConfigError):
        load(f"""
            input_stream: [a, b]
            node:
              - {{calculator: MergeCalculator, {connections}}}
            """)
