"""SwitchDemuxCalculator: packets go to the channel that is selected at their time."""

from __future__ import annotations

from typing import Any

import pytest

from calculators.flow.switch_demux import SwitchDemuxCalculator
from graphflow import Graph, Packet
from graphflow.graph import INLINE
from graphflow.loading import plan_from_text
from graphflow.nodes.input_policy import DefaultPolicy
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import CalculatorError, ContractError
from graphflow.words.timestamp import DONE, MAX, POSTSTREAM, PRESTREAM

FRAMES = ["C0__FRAME", "C1__FRAME"]


def demux(**changes: Any) -> CalculatorRunner:
    wiring: dict[str, Any] = {"inputs": ["SELECT", "FRAME"], "outputs": FRAMES, **changes}
    return CalculatorRunner(SwitchDemuxCalculator, **wiring)


def times(runner: CalculatorRunner) -> list[list[int]]:
    return [runner.outputs[each].timestamps for each in FRAMES]


def bounds(runner: CalculatorRunner) -> list[int]:
    return [runner.outputs[each].bound for each in FRAMES]


def test_a_packet_goes_where_the_latest_selection_says() -> None:
    with demux() as runner:
        for time, channel in ((1, 0), (10, 0)):
            runner.add("SELECT", channel, time)
        runner.add("FRAME", "a", 10)
        assert times(runner) == [[10], []]
        for time, channel in ((11, 1), (20, 1)):
            runner.add("SELECT", channel, time)
        runner.add("FRAME", "b", 20)
        assert times(runner) == [[10], [20]]
        assert bounds(runner) == [21, 21]


def test_a_packet_waits_until_the_selection_is_settled_at_its_time() -> None:
    with demux() as runner:
        runner.add("FRAME", "a", 10)
        assert times(runner) == [[], []]
        runner.add("SELECT", 1, 5)
        assert times(runner) == [[], []]
        assert bounds(runner) == [6, 6]
        runner.advance("SELECT", 11)
        assert times(runner) == [[], [10]]


def test_a_newer_selection_takes_nothing_from_a_late_packet() -> None:
    with demux() as runner:
        for time, channel in ((0, 0), (10, 1), (20, 0), (30, 1)):
            runner.add("SELECT", channel, time)
        for time in (5, 15, 25, 35):
            runner.add("FRAME", "x", time)
            runner.advance("SELECT", time + 1)
        runner.close("SELECT")
        assert times(runner) == [[5, 25], [15, 35]]


def test_before_any_selection_the_options_hold() -> None:
    for options, expected in (({}, [[3], []]), ({"select": 1}, [[], [3]])):
        with demux(options=options) as runner:
            runner.add("FRAME", "a", 3)
            runner.advance("SELECT", 4)
            assert times(runner) == expected


def test_streams_do_not_wait_for_each_other() -> None:
    outputs = ["C0__", "C0__:1", "C1__", "C1__:1"]
    with CalculatorRunner(
        SwitchDemuxCalculator, inputs=["ENABLE", "", ":1"], outputs=outputs
    ) as runner:
        runner.add("ENABLE", True, 10)
        runner.add("", "a", 10)
        assert [len(runner.outputs[each].packets) for each in outputs] == [0, 0, 1, 0]
        assert [runner.outputs[each].bound for each in outputs] == [11, PRESTREAM, 11, PRESTREAM]


def test_with_the_default_policy_they_do() -> None:
    outputs = ["C0__", "C0__:1"]
    with CalculatorRunner(
        SwitchDemuxCalculator,
        inputs=["ENABLE", "", ":1"],
        outputs=outputs,
        policy=DefaultPolicy(),
    ) as runner:
        runner.add("ENABLE", False, 10)
        runner.add("", "a", 10)
        assert runner.outputs["C0__"].packets == []
        runner.advance(":1", 11)
        assert runner.outputs["C0__"].values == ["a"]


@pytest.mark.parametrize(
    ("options", "sides", "expected"),
    [
        ({}, {}, 0),
        ({"enable": True}, {}, 1),
        ({"enable": False}, {}, 0),
        ({}, {"SELECT": 1}, 1),
        ({"enable": True}, {"ENABLE": False}, 0),
    ],
)
def test_a_channel_may_be_fixed_for_the_run(
    options: dict[str, Any], sides: dict[str, Any], expected: int
) -> None:
    outputs = demux(inputs=["FRAME"], options=options, side_packets=sides).run(
        {"FRAME": [Packet("a", 5)]}
    )
    assert outputs[f"C{expected}__FRAME"].timestamps == [5]
    assert outputs[f"C{1 - expected}__FRAME"].timestamps == []


def test_an_input_that_is_over_closes_its_outputs() -> None:
    with demux() as runner:
        runner.add("FRAME", "a", 5)
        runner.close("FRAME")
        assert bounds(runner) == [PRESTREAM, PRESTREAM]
        runner.close("SELECT")
        assert times(runner) == [[5], []]
        assert bounds(runner) == [DONE, DONE]


@pytest.mark.parametrize("time", [PRESTREAM, MAX, POSTSTREAM])
def test_packets_at_special_times_pass(time: int) -> None:
    assert demux().run({"FRAME": [Packet("a", time)]})["C0__FRAME"].timestamps == [time]
    both = {"FRAME": [Packet("a", time)], "SELECT": [Packet(1, time)]}
    assert demux().run(both)["C1__FRAME"].timestamps == [time]


def test_what_a_channel_does_not_take_is_left_out_and_no_loss() -> None:
    graph = Graph.from_text("""
        input_stream: [frame, mask]
        node:
          - calculator: SwitchDemuxCalculator
            input_stream: ["FRAME:frame", "MASK:mask"]
            output_stream: ["C0__FRAME:a", "C1__FRAME:b", "C1__MASK:c"]
        """)
    graph.start(threads=INLINE)
    graph.add_packet("frame", 1, 0)
    graph.add_packet("mask", 2, 0)
    graph.close_inputs()
    graph.wait_until_done()
    frame, mask = graph.ledger().entries
    assert (frame.left_out, mask.left_out) == ((), (("its channel does not take it", 1),))


def test_headers_go_to_all_channels() -> None:
    outputs = demux(headers={"FRAME": "640x480"}).run()
    assert [outputs[each].header for each in FRAMES] == ["640x480", "640x480"]
    assert [demux().run()[each].header for each in FRAMES] == [None, None]


def test_side_packets_go_to_all_channels() -> None:
    outputs = CalculatorRunner(
        SwitchDemuxCalculator,
        outputs=(),
        side_outputs=["C0__PATH", "C1__PATH"],
        side_packets={"PATH": "p", "SELECT": 1},
    ).run()
    assert outputs.side == {"C0__PATH": "p", "C1__PATH": "p"}


@pytest.mark.parametrize(("channel", "words"), [(2, "channel 2 is selected"), (-1, "channel -1")])
def test_a_channel_that_does_not_exist_is_refused(channel: int, words: str) -> None:
    with pytest.raises(CalculatorError, match=words + ".*the switch has channels 0 to 1"):
        demux().run({"SELECT": [Packet(channel, 0)]})


def test_a_selection_that_is_no_number_is_refused() -> None:
    with pytest.raises(CalculatorError, match="SELECT: found 'one'; expected an integer"):
        demux(inputs=["FRAME"], side_packets={"SELECT": "one"}).run()


@pytest.mark.parametrize(
    ("wiring", "words"),
    [
        ({"inputs": ["SELECT", "ENABLE", "FRAME"]}, "found stream SELECT and stream ENABLE"),
        (
            {"side_packets": {"ENABLE": True}},
            "Only one of SwitchDemuxCalculator inputs SELECT and ENABLE can be connected; "
            "found stream SELECT and side packet ENABLE",
        ),
        ({"outputs": []}, "found no outputs; expected those of channels, as C0__TAG"),
        ({"outputs": ["FRAME"]}, "found tag FRAME; expected tags of channels, as C0__TAG"),
        ({"outputs": [""]}, "found a port without a tag; expected tags of channels"),
        ({"outputs": ["C0__MASK"]}, "found C0__MASK, but no input MASK"),
        ({"outputs": ["C0__SELECT"]}, "found C0__SELECT, but no input SELECT"),
        ({"outputs": ["C0__FRAME:1"]}, "found C0__FRAME:1, but no input FRAME:1"),
    ],
)
def test_what_can_not_be_a_demux_is_refused(wiring: dict[str, Any], words: str) -> None:
    with pytest.raises(ContractError, match=words):
        demux(**wiring).run()


def test_two_options_for_one_channel_are_refused() -> None:
    with pytest.raises(ValueError, match="only one of the options select and enable"):
        demux(options={"select": 1, "enable": True})


def test_outputs_have_the_types_of_their_inputs() -> None:
    plan = plan_from_text(
        """
        input_stream: [image, select]
        node:
          - calculator: ImagePropertiesCalculator
            input_stream: IMAGE:image
            output_stream: SIZE:size
          - calculator: SwitchDemuxCalculator
            input_stream: ["SELECT:select", "SIZE:size"]
            output_stream: ["C0__SIZE:size_0", "C1__SIZE:size_1"]
        """
    )
    types = {stream.name: stream.type for stream in plan.streams}
    assert types["size_0"] is types["size_1"] is types["size"]
