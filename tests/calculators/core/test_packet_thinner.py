"""PacketThinnerCalculator."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

from calculators.core.packet_thinner import (
    PacketThinnerCalculator,
    PacketThinnerOptions,
    thinned_frame_rate,
)
from calculators.types import VideoHeader
from graphflow import Graph, GraphflowError, Packet
from graphflow.graph import INLINE
from graphflow.testing import CalculatorRunner
from graphflow.words.timestamp import DONE, PRESTREAM

EVEN = (2, 4, 6, 8, 10, 12, 14)
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)


def thinned(
    times: Sequence[int], side_packets: dict[str, int] | None = None, **options: Any
) -> list[int]:
    runner = CalculatorRunner(PacketThinnerCalculator, options=options, outputs=[""])
    packets = [Packet(f"packet{time}", time) for time in times]
    return runner.run({"": packets}, side_packets=side_packets)[""].timestamps


def sync(times: Sequence[int], *, is_at_centre: bool, period: int = 5, start: int = 0) -> list[int]:
    return thinned(
        times,
        thinner_type="SYNC",
        period=period,
        start_time=start,
        sync_output_timestamps=is_at_centre,
    )


def test_async_drops_packets_for_a_period() -> None:
    # behaviour 241
    assert thinned(EVEN, period=5) == [2, 8, 14]
    assert thinned(PRIMES, period=5) == [2, 7, 13, 19, 29]


def test_packets_outside_the_limits_are_dropped() -> None:
    # behaviour 241
    assert thinned(PRIMES, period=5, start_time=4, end_time=12) == [5, 11]


def test_the_period_may_be_a_side_packet() -> None:
    assert thinned(EVEN, {"PERIOD": 5}, period=1) == [2, 8, 14]


def test_sync_takes_the_packet_nearest_to_each_centre() -> None:
    assert sync(EVEN, is_at_centre=False) == [2, 6, 10, 14]
    assert sync(EVEN, is_at_centre=True) == [0, 5, 10, 15]
    assert sync(PRIMES, is_at_centre=False) == [2, 5, 11, 17, 19, 23, 29]
    assert sync((8, 16, 24, 32, 40, 48, 56), is_at_centre=True) == [10, 15, 25, 30, 40, 50, 55]


def test_sync_takes_the_later_of_two_equally_near() -> None:
    assert sync((9, 11), is_at_centre=False) == [11]


def test_periods_go_on_below_zero() -> None:
    assert sync((2, 3), is_at_centre=True, start=-10) == [0, 5]
    assert sync((-4, -3, 8, 9), is_at_centre=True, period=6, start=-144) == [-6, 0, 6, 12]


def test_sync_starts_at_zero_by_default() -> None:
    assert thinned((-7, -1, 1, 4), thinner_type="SYNC", period=5) == [0, 5]


def test_the_kept_packet_is_not_lost_at_the_end_time() -> None:
    assert thinned((1, 4, 20), thinner_type="SYNC", period=5, end_time=12) == [0, 5]


def test_the_output_ends_at_the_end_time() -> None:
    options = {"period": 5, "end_time": 12}
    with CalculatorRunner(PacketThinnerCalculator, options=options, outputs=[""]) as runner:
        runner.add("", "a", 12)
        assert runner.outputs[""].bound == DONE


def test_async_settles_the_period_after_a_packet() -> None:
    with CalculatorRunner(
        PacketThinnerCalculator, options={"period": 5, "start_time": 3}, outputs=[""]
    ) as runner:
        assert runner.outputs[""].bound == 3
        runner.add("", "a", 4)
        assert runner.outputs[""].bound == 9
        runner.advance("", 30)
        assert runner.outputs[""].bound == 30


@pytest.mark.parametrize(("is_at_centre", "bounds"), [(True, (10, 15)), (False, (9, 13))])
def test_sync_emits_once_the_period_is_settled(is_at_centre: bool, bounds: tuple[int, int]) -> None:
    options = {"thinner_type": "SYNC", "period": 5, "sync_output_timestamps": is_at_centre}
    with CalculatorRunner(PacketThinnerCalculator, options=options, outputs=[""]) as runner:
        runner.add("", "a", 9)
        runner.advance("", 12)
        assert runner.outputs[""].values == []
        assert runner.outputs[""].bound == bounds[0]
        runner.advance("", 13)
        assert runner.outputs[""].values == ["a"]
        assert runner.outputs[""].bound == bounds[1]


def header(frame_rate: Fraction | None, **options: Any) -> VideoHeader:
    runner = CalculatorRunner(PacketThinnerCalculator, options=options)
    given = VideoHeader(640, 480, frame_rate, 7, 14)
    outputs = runner.run(
        {"VIDEO_HEADER": [Packet(given, PRESTREAM)], "": [Packet("a", time) for time in EVEN]}
    )
    assert outputs["VIDEO_HEADER"].timestamps == [PRESTREAM]
    (passed,) = outputs["VIDEO_HEADER"].values
    assert isinstance(passed, VideoHeader)
    return passed


def test_the_header_has_the_frame_rate_that_is_left_where_that_is_wanted() -> None:
    # behaviour 243, with VIDEO_HEADER in place of the stream's header
    rate = Fraction(1_000_000, 2)
    assert header(rate, period=5, update_frame_rate=True).frame_rate == Fraction(1_000_000, 6)
    assert header(rate, period=5).frame_rate == rate
    assert header(None, period=5, update_frame_rate=True).frame_rate is None


def test_the_header_keeps_what_thinning_does_not_change() -> None:
    changed = header(Fraction(500_000), period=5, update_frame_rate=True)
    assert (changed.width, changed.height, changed.duration_us) == (640, 480, 14)
    assert changed.frame_count is None


@pytest.mark.parametrize(
    ("period_of_input", "thinner_type", "expected"),
    [(2, "ASYNC", 6), (8, "ASYNC", 8), (2, "SYNC", 5), (8, "SYNC", 8)],
)
def test_frame_rates(period_of_input: int, thinner_type: Any, expected: int) -> None:
    # behaviour 243
    rate = thinned_frame_rate(Fraction(1_000_000, period_of_input), 5, thinner_type)
    assert rate == Fraction(1_000_000, expected)


@pytest.mark.parametrize(
    ("side_packets", "options", "words"),
    [
        ({"PERIOD": 0}, {}, "PERIOD: found 0; expected 1 or more"),
        ({}, {"start_time": 5, "end_time": 5}, "found start_time 5 and end_time 5"),
    ],
)
def test_limits_that_make_no_sense_are_refused(
    side_packets: dict[str, int], options: dict[str, int], words: str
) -> None:
    with pytest.raises(GraphflowError, match=words):
        thinned(EVEN, side_packets, **options)


def test_options_may_come_as_a_side_packet() -> None:
    runner = CalculatorRunner(
        PacketThinnerCalculator,
        options={"period": 3, "start_time": 4},
        outputs=[""],
        side_packets={"OPTIONS": PacketThinnerOptions(period=5)},
    )
    assert runner.run({"": [Packet(time, time) for time in EVEN]})[""].timestamps == [4, 10]


def test_options_of_a_side_packet_are_checked() -> None:
    runner = CalculatorRunner(
        PacketThinnerCalculator,
        options={"start_time": 4},
        outputs=[""],
        side_packets={"OPTIONS": PacketThinnerOptions(end_time=4)},
    )
    with pytest.raises(GraphflowError, match="OPTIONS: found start_time 4 and end_time 4"):
        runner.run({})


@pytest.mark.parametrize("kind", ["ASYNC", "SYNC"])
def test_the_ledger_tells_of_every_packet_that_did_not_pass(kind: str) -> None:
    graph = Graph.from_text(
        f"""
        input_stream: [in]
        node:
          - calculator: PacketThinnerCalculator
            input_stream: [in]
            output_stream: [out]
            options: {{thinner_type: {kind}, period: 5, start_time: 4, end_time: 12}}
        """
    )
    seen: list[int] = []
    graph.observe("out", lambda packet: seen.append(packet.timestamp))
    graph.start(threads=INLINE)
    for time in PRIMES:
        graph.add_packet("in", time, time)
    graph.close_inputs()
    graph.wait_until_done()
    (entry,) = (each for each in graph.ledger().entries if each.stream == "in")
    told = dict(entry.left_out)
    assert told["it lies outside of the limits"] == 7
    assert sum(told.values()) + len(seen) == len(PRIMES)
