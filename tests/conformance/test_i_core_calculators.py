"""I. Core calculators; those of `calculators/core` are held to theirs beside their own tests."""

from __future__ import annotations

import pytest

from calculators.flow.gate import GateCalculator
from calculators.flow.merge import MergeCalculator
from calculators.flow.previous_loopback import PreviousLoopbackCalculator
from graphflow import Calculator, Context, Contract, Packet
from graphflow.nodes.options import NoOptions
from graphflow.testing import CalculatorRunner
from graphflow.testing.timed_driver import Duration
from graphflow.testing.timed_simulation import simulate_timed
from graphflow.words.errors import ConfigError
from graphflow.words.timestamp import MAX, MIN
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


LIMITED = """
    input_stream: [in, aux]
    node:
      - calculator: FlowLimiterCalculator
        input_stream: [in, aux, "FINISHED:out"]
        input_stream_info: [{tag_index: FINISHED, back_edge: true}]
        output_stream: [limited, aux_limited, "ALLOW:allow"]
        options: {%s}
      - {name: work, calculator: Pass, input_stream: [limited], output_stream: [worked]}
      - {calculator: %s, input_stream: [worked], output_stream: [out]}
    """


@nodes.register
class SwallowsThird(Calculator[NoOptions]):
    """Passes what it gets, without the third packet, whose time it settles."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

    def open(self, context: Context) -> None:
        self.count = 0

    def process(self, context: Context) -> None:
        self.count += 1
        if self.count != 3:
            context.outputs[0].emit(context.inputs[0].value)


@nodes.register
class SwallowsThirdWhole(SwallowsThird):
    """The same, and says nothing of the third packet's time."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None)


def limit(
    options: str, count: int, work: Duration, behind: str = "SwallowsThird"
) -> dict[str, list[int]]:
    """Send frames, one every 10 ms, through a limiter to a worker, on a virtual clock.

    Returns:
        The frames that each stream carried, by their numbers; of "allow", those allowed.
    """
    feeds = [
        (number * FRAME_US, name, Packet(number, number * FRAME_US))
        for number in range(count)
        for name in ("in", "aux")
    ]
    streams = ("limited", "aux_limited", "allow", "out")
    run = simulate_timed(
        load(LIMITED % (options, behind)), feeds, durations={"work": work}, observe=streams
    )
    assert run.error is None
    assert run.timestamps("allow") == [number * FRAME_US for number in range(count)]
    found = {name: [time // FRAME_US for time in run.timestamps(name)] for name in streams}
    found["allow"] = [number for number in range(count) if run.values("allow")[number]]
    return found


def test_209_a_bound_on_finished_counts_as_finished() -> None:
    found = limit("max_in_flight: 1, max_in_queue: 1", 9, 22_000)
    assert found["out"] == [0, 2, 6, 8]


def test_211_a_late_finished_lets_more_frames_run_for_a_while() -> None:
    found = limit(
        "max_in_queue: 1, in_flight_timeout: 100000",
        71,
        lambda timestamp: 22_000 if timestamp else 500_000,
    )
    assert found["out"] == [0, 10, 30, 40, 50, 60, 63, 65, 67, 69, 70]


def test_213_a_queue_of_0_drops_at_once() -> None:
    found = limit("in_flight_timeout: 100000", 21, 12_000, behind="SwallowsThirdWhole")
    assert found["out"] == [0, 2, 15, 17, 19]
    assert found["limited"] == found["aux_limited"] == found["allow"] == [0, 2, 4, 15, 17, 19]


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


@pytest.mark.parametrize(
    ("connections", "reason"),
    [
        ("input_side_packet: [s], output_stream: 'AT_TICK:o'", "no input TICK"),
        ("input_side_packet: [s], output_stream: 'AT_FIRST_TICK:o'", "no input TICK"),
        ("input_side_packet: [s], output_stream: 'AT_TIMESTAMP:o'", "no side packet TIMESTAMP"),
        ("input_side_packet: [s], output_stream: 'AT_NEVER:o'", "has no output AT_NEVER"),
        ("input_side_packet: [s], output_stream: ['AT_ZERO:o', 'AT_PRESTREAM:p']", "of one tag"),
        ("input_side_packet: [s], output_stream: ['AT_ZERO:0:o', 'AT_ZERO:1:p']", "1 side packets"),
        ("input_side_packet: [s, t], output_stream: 'AT_ZERO:o'", "found 2 side packets"),
    ],
)
def test_251_side_packets_that_fit_no_output_are_refused_at_load(
    connections: str, reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        load(f"""
            input_side_packet: [s, t]
            node:
              - {{calculator: SidePacketToStreamCalculator, {connections}}}
            """)


@pytest.mark.parametrize("outputs", ["PACKET:0:a", "PACKET:0:a, PACKET:1:b, PACKET:2:c"])
def test_253_other_numbers_of_constants_than_of_outputs_are_refused_at_load(outputs: str) -> None:
    with pytest.raises(ConfigError, match=r"found 2 constants for \d side outputs PACKET"):
        load(f"""
            node:
              - calculator: ConstantSidePacketCalculator
                output_side_packet: [{", ".join(f'"{each}"' for each in outputs.split(", "))}]
                options: {{packet: [{{int_value: 1}}, {{bool_value: true}}]}}
            """)
