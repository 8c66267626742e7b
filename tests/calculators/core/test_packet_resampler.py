"""PacketResamplerCalculator."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from calculators.core.packet_resampler import PacketResamplerCalculator, PacketResamplerOptions
from calculators.core.sampling_grid import Grid, rounded
from calculators.types import VideoHeader
from graphflow import Graph, GraphflowError, Packet
from graphflow.graph import INLINE
from graphflow.testing import CalculatorRunner
from graphflow.words.timestamp import DONE, PRESTREAM

HEADER = VideoHeader(10, 100, Fraction(100), 5, 1_000_000)


def resampled(times: Sequence[int], **options: Any) -> tuple[list[int], list[int]]:
    """Times of the packets that came out, before and after."""
    options.setdefault("frame_rate", 30)
    runner = CalculatorRunner(PacketResamplerCalculator, options=options, inputs=[""], outputs=[""])
    output = runner.run({"": [Packet(time, time) for time in times]})[""]
    return output.values, output.timestamps


@pytest.mark.parametrize(
    ("times", "values", "timestamps"),
    [
        ([], [], []),
        ([16668], [16668], [16668]),
        ([0, 16666], [0], [0]),
        ([0, 16667], [0, 16667], [0, 33333]),
        ([0, 49999], [0, 49999], [0, 33333]),
        # behaviour 245
        (
            [0, 16666, 16667, 20000, 33300, 49999, 50000, 66600],
            [0, 33300, 66600],
            [0, 33333, 66667],
        ),
        (
            [0, 33333, 66667, 100000, 133333],
            [0, 33333, 66667, 100000, 133333],
            [0, 33333, 66667, 100000, 133333],
        ),
        ([-200, -20, 16466], [-200], [-200]),
        ([-200, -20, 16467], [-200, 16467], [-200, 33133]),
    ],
)
def test_the_packet_nearest_to_the_centre_goes_out(
    times: list[int], values: list[int], timestamps: list[int]
) -> None:
    assert resampled(times) == (values, timestamps)


@pytest.mark.parametrize(
    ("times", "values", "timestamps"),
    [
        ([0, 50000], [0, 0, 50000], [0, 33333, 66667]),
        ([2000, 118666], [2000, 2000, 2000, 118666], [2000, 35333, 68667, 102000]),
        ([0, 5000, 16666, 83334], [0, 16666, 16666, 83334], [0, 33333, 66667, 100000]),
        ([-50000, -33334, 33334], [-50000, -33334, -33334, 33334], [-50000, -16667, 16667, 50000]),
    ],
)
def test_a_period_without_packets_gets_the_newest_one(
    times: list[int], values: list[int], timestamps: list[int]
) -> None:
    assert resampled(times) == (values, timestamps)


@pytest.mark.parametrize(
    ("frame_rate", "times", "values", "timestamps"),
    [
        (50, [0, 9999, 29999], [0, 29999], [0, 20000]),
        (50, [0, 10000, 50000], [0, 10000, 10000, 50000], [0, 20000, 40000, 60000]),
        (500_000, [0, 10, 13], [0, 0, 0, 0, 0, 10, 10, 13], [0, 2, 4, 6, 8, 10, 12, 14]),
        (1_000_000, [0, 3, 5], [0, 0, 0, 3, 3, 5], [0, 1, 2, 3, 4, 5]),
    ],
)
def test_other_rates(
    frame_rate: float, times: list[int], values: list[int], timestamps: list[int]
) -> None:
    assert resampled(times, frame_rate=frame_rate) == (values, timestamps)


@pytest.mark.parametrize(
    ("base", "timestamps"),
    [
        # behaviour 245
        (None, [33111, 66444, 99778, 133111, 166444, 199778]),
        (0, [33333, 66666, 100000, 133333, 166666, 200000]),
    ],
)
def test_the_grid_starts_at_the_first_packet_or_on_the_base(
    base: int | None, timestamps: list[int]
) -> None:
    times = [33111, 66667, 100000, 133333, 166667, 200000]
    assert resampled(times, base_timestamp=base) == (times, timestamps)


@pytest.mark.parametrize(
    ("base", "times", "timestamps"),
    [
        (900011, [-222, 16666, 16667, 33300, 50000, 66600], [11, 33344, 66678]),
        (11, [899888, 916666, 916667, 933300, 950000, 966600], [900011, 933344, 966678]),
    ],
)
def test_the_base_may_lie_far_away(base: int, times: list[int], timestamps: list[int]) -> None:
    assert resampled(times, base_timestamp=base)[1] == timestamps


@pytest.mark.parametrize(
    ("is_rounded", "values", "timestamps"),
    [
        # behaviour 247
        (False, [49999, 49999, 49999], [66667, 100000, 133333]),
        (
            True,
            [32000, 49999, 49999, 49999, 150000],
            [33333, 66667, 100000, 133333, 166667],
        ),
    ],
)
def test_what_lies_outside_the_limits_is_dropped(
    is_rounded: bool, values: list[int], timestamps: list[int]
) -> None:
    found = resampled(
        [-222, 15000, 32000, 49999, 150000],
        base_timestamp=0,
        start_time=40000,
        end_time=160000,
        round_limits=is_rounded,
    )
    assert found == (values, timestamps)


@pytest.mark.parametrize(
    ("last", "is_flushed", "timestamps"),
    [
        (1_333_333, True, [0, 1_000_000]),
        (1_666_667, True, [0, 1_000_000, 2_000_000]),
        (1_666_667, False, [0, 1_000_000]),
    ],
)
def test_the_last_packet_goes_out_if_it_begins_a_period(
    last: int, is_flushed: bool, timestamps: list[int]
) -> None:
    times = [0, 333_333, 666_667, 1_000_000, 1_333_333]
    times += [last] if last > times[-1] else []
    assert resampled(times, frame_rate=1, flush_last_packet=is_flushed)[1] == timestamps


def test_the_bound_is_the_next_time_of_the_grid() -> None:
    options = {"frame_rate": 30}
    with CalculatorRunner(
        PacketResamplerCalculator, options=options, inputs=["DATA"], outputs=["DATA"]
    ) as runner:
        runner.add("DATA", "a", 0)
        assert runner.outputs["DATA"].bound == 33333
        runner.add("DATA", "b", 20000)
        assert runner.outputs["DATA"].bound == 33333
        runner.close("DATA")
        assert runner.outputs["DATA"].values == ["a", "b"]
        assert runner.outputs["DATA"].bound == DONE


def with_header(header: VideoHeader | None, **options: Any) -> tuple[list[VideoHeader], list[int]]:
    runner = CalculatorRunner(
        PacketResamplerCalculator,
        options=options,
        inputs=["DATA", "VIDEO_HEADER"],
        outputs=["DATA", "VIDEO_HEADER"],
    )
    headers = [] if header is None else [Packet(header, PRESTREAM)]
    data = [Packet(time, time) for time in (0, 5000, 10010, 15001)]
    outputs = runner.run({"VIDEO_HEADER": headers, "DATA": data})
    assert outputs["VIDEO_HEADER"].timestamps == [PRESTREAM]
    return outputs["VIDEO_HEADER"].values, outputs["DATA"].timestamps


def test_the_header_passes_with_the_new_frame_rate() -> None:
    assert with_header(HEADER, frame_rate=50)[0] == [
        VideoHeader(10, 100, Fraction(50), None, 1_000_000)
    ]


def test_without_a_header_the_frame_rate_is_all_that_is_known() -> None:
    assert with_header(None, frame_rate=29.97)[0] == [
        VideoHeader(0, 0, Fraction(2997, 100), None, None)
    ]


def test_the_header_may_say_the_frame_rate() -> None:
    headers, times = with_header(HEADER, frame_rate=1000, use_input_frame_rate=True)
    assert headers[0].frame_rate == 100
    assert times == [0, 10000, 20000]


def test_the_frame_rate_has_a_limit_wherever_it_is_from() -> None:
    options = {"frame_rate": 1000, "max_frame_rate": 50}
    assert with_header(HEADER, **options)[0][0].frame_rate == 50
    headers, times = with_header(HEADER, **options, use_input_frame_rate=True)
    assert headers[0].frame_rate == 50
    assert times == [0, 20000]


def test_a_header_without_frame_rate_cannot_say_it() -> None:
    header = VideoHeader(10, 100, None, None, None)
    with pytest.raises(GraphflowError, match="found a VIDEO_HEADER without frame rate"):
        with_header(header, frame_rate=50, use_input_frame_rate=True)


def test_a_packet_without_an_ordinary_time_is_refused() -> None:
    with pytest.raises(GraphflowError, match="expected an ordinary time"):
        resampled([PRESTREAM])


@pytest.mark.parametrize(("inputs", "outputs"), [([], [""]), (["", "DATA"], [""]), ([""], [])])
def test_one_stream_goes_in_and_one_out(inputs: list[str], outputs: list[str]) -> None:
    runner = CalculatorRunner(
        PacketResamplerCalculator,
        options={"frame_rate": 30},
        inputs=[*inputs, "VIDEO_HEADER"],
        outputs=[*outputs, "VIDEO_HEADER"],
    )
    with pytest.raises(GraphflowError, match="expected one of both"):
        runner.run({})


@pytest.mark.parametrize(("number", "expected"), [(0.5, 1), (2.5, 3), (-0.5, -1), (-2.4, -2)])
def test_halves_round_away_from_zero(number: float, expected: int) -> None:
    assert rounded(number) == expected


@given(
    times=some.lists(some.integers(-(10**7), 10**7), min_size=1, unique=True).map(sorted),
    frame_rate=some.sampled_from([1.0, 7.5, 29.97, 60.0]),
)
@settings(max_examples=30, deadline=None)
def test_every_time_of_the_grid_up_to_the_end_has_one_packet(
    times: list[int], frame_rate: float
) -> None:
    timestamps = resampled(times, frame_rate=frame_rate)[1]
    grid = Grid(times[0], frame_rate)
    assert timestamps == [grid.time_of(period) for period in range(len(timestamps))]
    assert len(timestamps) == grid.period_at(times[-1]) + 1


def with_jitter(seed: str | None, times: Sequence[int], **options: Any) -> list[int]:
    runner = CalculatorRunner(
        PacketResamplerCalculator,
        options={"frame_rate": 10, "jitter": 0.25, **options},
        inputs=[""],
        outputs=[""],
        side_packets={} if seed is None else {"SEED": seed},
    )
    return runner.run({"": [Packet(time, time) for time in times]})[""].timestamps


@pytest.mark.parametrize("kind", ["", "jitter_with_reflection", "reproducible_sampling"])
def test_jitter_moves_times_by_its_seed(kind: str) -> None:
    options = {kind: True} if kind else {}
    times = range(0, 3_000_000, 20_000)
    found = with_jitter("a", times, **options)
    assert found == with_jitter("a", times, **options) != with_jitter("b", times, **options)
    assert len({after - before for before, after in pairwise(found)}) > 5


def test_limits_hold_with_jitter_too() -> None:
    found = with_jitter("a", range(0, 3_000_000, 20_000), start_time=500_000, end_time=900_000)
    assert found
    assert all(500_000 <= time < 900_000 for time in found)


@pytest.mark.parametrize("options", [{}, {"jitter": 0.0, "reproducible_sampling": True}])
def test_jitter_without_a_seed_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(GraphflowError, match="found no side packet SEED"):
        with_jitter(None, [], **options)


def test_options_may_come_as_a_side_packet() -> None:
    runner = CalculatorRunner(
        PacketResamplerCalculator,
        options={"frame_rate": 1, "base_timestamp": 7},
        inputs=[""],
        outputs=[""],
        side_packets={"OPTIONS": PacketResamplerOptions(frame_rate=50)},
    )
    outputs = runner.run({"": [Packet(time, time) for time in (0, 20_000, 40_000)]})
    assert outputs[""].timestamps == [7, 20_007, 40_007]


def test_jitter_by_side_packet_without_a_seed_is_refused() -> None:
    options = PacketResamplerOptions(frame_rate=50, jitter=0.5)
    runner = CalculatorRunner(
        PacketResamplerCalculator,
        options={"frame_rate": 1},
        inputs=[""],
        outputs=[""],
        side_packets={"OPTIONS": options},
    )
    with pytest.raises(GraphflowError, match="found no side packet SEED"):
        runner.run({})


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("NONE", None),
        ("PASS_HEADER", HEADER),
        ("UPDATE_VIDEO_HEADER", VideoHeader(10, 100, Fraction(50), None, 1_000_000)),
    ],
)
def test_the_header_of_the_stream_may_pass(choice: str, expected: VideoHeader | None) -> None:
    runner = CalculatorRunner(
        PacketResamplerCalculator,
        options={"frame_rate": 50, "output_header": choice},
        inputs=["DATA"],
        outputs=["DATA"],
        headers={"DATA": HEADER},
    )
    assert runner.run({})["DATA"].header == expected


def test_a_rate_can_be_updated_only_where_there_is_one() -> None:
    runner = CalculatorRunner(
        PacketResamplerCalculator,
        options={"frame_rate": 50, "output_header": "UPDATE_VIDEO_HEADER"},
        inputs=[""],
        outputs=[""],
        headers={"": "some header"},
    )
    with pytest.raises(GraphflowError, match="found a header of type str"):
        runner.run({})


@pytest.mark.parametrize(
    ("options", "side_packets", "count"),
    [
        ("{frame_rate: 10}", None, 17),
        ("{frame_rate: 10, end_time: 100000}", None, 19),
        ("{frame_rate: 10, jitter: 0.2}", {"seed": "a"}, None),
    ],
)
def test_the_ledger_tells_of_packets_that_never_went_out(
    options: str, side_packets: dict[str, str] | None, count: int | None
) -> None:
    graph = Graph.from_text(
        f"""
        input_stream: [in]
        input_side_packet: [{{name: seed, type: string, default: ""}}]
        node:
          - calculator: PacketResamplerCalculator
            input_stream: [in]
            input_side_packet: ["SEED:seed"]
            output_stream: [out]
            options: {options}
        """
    )
    sources: set[int] = set()
    graph.observe("out", lambda packet: sources.add(packet.value))
    graph.start(side_packets, threads=INLINE)
    for time in range(0, 200_000, 10_000):
        graph.add_packet("in", time, time)
    graph.close_inputs()
    graph.wait_until_done()
    (entry,) = (each for each in graph.ledger().entries if each.stream == "in")
    ((_, told),) = entry.left_out
    assert told == 20 - len(sources)
    assert count is None or told == count
