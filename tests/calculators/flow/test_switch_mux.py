"""SwitchMuxCalculator: the packets of the channel that is selected at their time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from calculators.flow.switch_mux import SwitchMuxCalculator
from graphflow import Graph, Packet
from graphflow.graph import INLINE
from graphflow.loading import plan_from_text
from graphflow.testing import CalculatorRunner
from graphflow.testing.simulation import explore
from graphflow.words.errors import CalculatorError, ConfigError, ContractError
from graphflow.words.timestamp import DONE, MAX, POSTSTREAM, PRESTREAM


def mux(channels: int = 2, **changes: Any) -> CalculatorRunner:
    frames = [f"C{channel}__FRAME" for channel in range(channels)]
    wiring: dict[str, Any] = {
        "inputs": ["SELECT", *frames],
        "outputs": ["FRAME"],
        **changes,
    }
    return CalculatorRunner(SwitchMuxCalculator, **wiring)


def select(runner: CalculatorRunner, changes: Sequence[tuple[int, int]]) -> None:
    for time, channel in changes:
        runner.add("SELECT", channel, time)


def test_packets_wait_until_the_selection_is_settled_at_their_time() -> None:
    with mux() as runner:
        runner.add("C0__FRAME", "a", 10)
        runner.add("C1__FRAME", "b", 20)
        assert runner.outputs["FRAME"].packets == []
        select(runner, [(0, 0), (10, 0)])
        assert runner.outputs["FRAME"].values == ["a"]
        select(runner, [(15, 1), (20, 1)])
        assert runner.outputs["FRAME"].timestamps == [10]  # Channel 0 may bring more up to 14.
        runner.advance("C0__FRAME", 15)
        assert runner.outputs["FRAME"].values == ["a", "b"]


def test_one_slow_channel_holds_the_later_ones_back() -> None:
    with mux(3) as runner:
        select(runner, [(0, 0), (20, 1), (30, 2), (40, 0), (50, 1)])
        runner.advance("SELECT", 60)
        for channel, time in ((0, 10), (2, 30), (0, 40)):
            runner.add(f"C{channel}__FRAME", f"{channel}@{time}", time)
        runner.advance("C0__FRAME", 60)
        runner.advance("C2__FRAME", 60)
        assert runner.outputs["FRAME"].values == ["0@10"]
        runner.add("C1__FRAME", "1@20", 20)
        assert runner.outputs["FRAME"].values == ["0@10", "1@20"]
        runner.add("C1__FRAME", "1@50", 50)
        assert runner.outputs["FRAME"].values == ["0@10", "1@20", "2@30", "0@40", "1@50"]
        assert runner.outputs["FRAME"].bound == 51


def test_what_was_not_selected_is_dropped() -> None:
    outputs = mux().run(
        {
            "SELECT": [Packet(0, 0), Packet(1, 10), Packet(0, 20)],
            "C0__FRAME": [Packet("a", time) for time in (5, 12, 25)],
            "C1__FRAME": [Packet("b", time) for time in (3, 15, 22)],
        }
    )
    assert [(each.timestamp, each.value) for each in outputs["FRAME"].packets] == [
        (5, "a"),
        (15, "b"),
        (25, "a"),
    ]


def test_what_was_not_selected_is_left_out_and_no_loss() -> None:
    graph = Graph.from_text("""
        input_stream: [zero, one]
        node:
          - calculator: SwitchMuxCalculator
            input_stream: ["C0__:zero", "C1__:one"]
            output_stream: [out]
            options: {select: 1}
        """)
    graph.start(threads=INLINE)
    for time in range(3):
        graph.add_packet("zero", "a", time)
        graph.add_packet("one", "b", time)
    graph.close_inputs()
    graph.wait_until_done()
    zero, one = graph.ledger().entries
    assert zero.left_out == (("its channel is not selected", 3),)
    assert one.left_out == ()


def test_channels_that_are_not_selected_are_not_waited_for() -> None:
    with mux() as runner:
        select(runner, [(0, 1)])
        runner.advance("SELECT", 11)
        runner.advance("C0__FRAME", 0)
        runner.add("C1__FRAME", "b", 10)
        assert runner.outputs["FRAME"].values == ["b"]


def test_times_without_packets_are_settled() -> None:
    with mux() as runner:
        runner.advance("SELECT", 21)
        runner.advance("C0__FRAME", 11)
        assert runner.outputs["FRAME"].bound == 11
        runner.advance("C0__FRAME", 31)
        assert runner.outputs["FRAME"].bound == 21


def test_a_channel_without_the_port_brings_nothing() -> None:
    outputs = CalculatorRunner(
        SwitchMuxCalculator, inputs=["ENABLE", "C0__A", "C1__B"], outputs=["A", "B"]
    ).run(
        {
            "ENABLE": [Packet(True, 10)],
            "C0__A": [Packet(0, 5), Packet(1, 15)],
            "C1__B": [Packet(0, 5), Packet(1, 15)],
        }
    )
    assert outputs["A"].timestamps == [5]
    assert outputs["B"].timestamps == [15]


def test_the_output_ends_with_the_selected_channel_and_the_selection() -> None:
    with mux() as runner:
        select(runner, [(0, 1)])
        runner.advance("C0__FRAME", 0)
        runner.close("C1__FRAME")
        assert runner.outputs["FRAME"].bound == 1
        runner.close("SELECT")
        assert runner.outputs["FRAME"].bound == DONE


@pytest.mark.parametrize("time", [PRESTREAM, MAX, POSTSTREAM])
def test_packets_at_special_times_pass(time: int) -> None:
    given = {"C1__FRAME": [Packet("a", time)]}
    fixed = mux(inputs=["C0__FRAME", "C1__FRAME"], options={"enable": True})
    assert fixed.run(given)["FRAME"].timestamps == [time]
    assert mux().run({**given, "SELECT": [Packet(1, time)]})["FRAME"].timestamps == [time]


def test_the_header_is_that_of_the_channel_which_is_selected_first() -> None:
    headers = {"C0__FRAME": "small", "C1__FRAME": "large"}
    assert mux(headers=headers).run()["FRAME"].header == "small"
    assert mux(headers=headers, options={"select": 1}).run()["FRAME"].header == "large"
    assert mux().run()["FRAME"].header is None


def test_side_packets_of_the_selected_channel_are_passed() -> None:
    wiring: dict[str, Any] = {"inputs": (), "outputs": (), "side_outputs": ["PATH"]}
    for channel in (0, 1):
        sides = {"C0__PATH": "p", "C1__PATH": "q", "ENABLE": bool(channel)}
        outputs = CalculatorRunner(SwitchMuxCalculator, **wiring, side_packets=sides).run()
        assert outputs.side == {"PATH": "pq"[channel]}


def test_a_channel_that_does_not_exist_is_refused() -> None:
    with pytest.raises(CalculatorError, match="channel 2 is selected; the switch has channels"):
        mux().run({"SELECT": [Packet(2, 0)]})


@pytest.mark.parametrize(
    ("wiring", "words"),
    [
        ({"inputs": ["SELECT", "ENABLE", "C0__FRAME"]}, "stream SELECT and stream ENABLE"),
        ({"inputs": ["SELECT", "FRAME"]}, "found tag FRAME; expected tags of channels"),
        ({"inputs": ["C0__MASK"]}, "found output FRAME, but no input of a channel for it"),
        (
            {"side_packets": {"C0__PATH": "p"}, "side_outputs": ["PATH"]},
            "found side outputs PATH and a selection that may change",
        ),
    ],
)
def test_what_can_not_be_a_mux_is_refused(wiring: dict[str, Any], words: str) -> None:
    with pytest.raises(ContractError, match=words):
        mux(**wiring).run()


MIXED = """
input_stream: [image, select]
node:
  - calculator: ImagePropertiesCalculator
    input_stream: IMAGE:image
    output_stream: SIZE:size
  - calculator: PacketPresenceCalculator
    input_stream: PACKET:image
    output_stream: PRESENCE:presence
  - calculator: SwitchMuxCalculator
    input_stream: ["SELECT:select", "C0__VALUE:size", "C1__VALUE:{other}"]
    output_stream: "VALUE:value"
"""


def test_channels_agree_about_the_type() -> None:
    plan = plan_from_text(MIXED.replace("{other}", "size"))
    types = {stream.name: stream.type for stream in plan.streams}
    assert types["value"] is types["size"]
    with pytest.raises(ConfigError, match='type mismatch on stream "presence"'):
        plan_from_text(MIXED.replace("{other}", "presence"))


def test_the_result_does_not_depend_on_who_comes_first() -> None:
    text = """
        input_stream: [select, zero, one, two]
        output_stream: [out]
        node:
          - calculator: SwitchMuxCalculator
            input_stream: ["SELECT:select", "C0__:zero", "C1__:one", "C2__:two"]
            output_stream: [out]
        """
    feeds = {
        "select": [Packet(time // 7 % 3, time) for time in range(0, 60, 7)],
        "zero": [Packet(("zero", time), time) for time in range(0, 60)],
        "one": [Packet(("one", time), time) for time in range(0, 60, 5)],
        "two": [Packet(("two", time), time) for time in range(30, 60, 2)],
    }
    run = explore(Graph(plan_from_text(text)), feeds, seeds=range(30))
    channels = ("zero", "one", "two")
    expected = [
        packet
        for packet in (each for channel in channels for each in feeds[channel])
        if packet.value[0] == channels[packet.timestamp // 7 % 3]
    ]
    assert run.error is None
    assert run.values("out") == sorted((each.value for each in expected), key=lambda each: each[1])
