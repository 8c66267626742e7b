"""Sampling with jitter: the walks, and what goes out at their times."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from calculators.core.sampling_grid import Sampler
from calculators.core.sampling_jitter import (
    PERIODS_MAX,
    FreeWalk,
    Jitter,
    JitterSampler,
    ReflectedWalk,
    ReproducibleSampler,
    reflected,
)
from graphflow import Packet

PERIOD_US = 100_000


def jitter(amount: float = 0.25, seed: str = "seed") -> Jitter:
    return Jitter(10, amount, seed)


def sampled(sampler: Sampler, times: Sequence[int]) -> list[tuple[int, int]]:
    """Times of the packets that go out, before and after; the bound is held to."""
    found: list[tuple[int, int]] = []
    bound = -(10**18)
    for time in times:
        new = [(packet.timestamp, at) for packet, at in sampler.take(Packet(None, time))]
        assert all(at >= bound for _, at in new)
        found += new
        bound = sampler.bound
        assert all(at < bound for _, at in found)
    rest = [(packet.timestamp, at) for packet, at in sampler.rest()]
    assert all(at >= bound for _, at in rest)
    return found + rest


def test_a_period_and_the_reach_are_cut_to_microseconds() -> None:
    choice = Jitter(30, 0.1, "")
    assert (choice.period_us, choice.reach_us) == (33_333, 3_333)


@pytest.mark.parametrize(("time", "expected"), [(99, 100), (100, 100), (199, 199), (203, 196)])
def test_what_passes_an_end_of_a_period_is_reflected(time: int, expected: int) -> None:
    assert reflected(time, 100, 200) == expected


@given(amount=some.floats(0.01, 1.0), seed=some.text(max_size=3))
@settings(max_examples=30, deadline=None)
def test_free_steps_are_a_period_long_give_or_take_the_jitter(amount: float, seed: str) -> None:
    walk = FreeWalk(Jitter(10, amount, seed), 7)
    assert 7 <= walk.time < 7 + PERIOD_US
    for _ in range(20):
        before = walk.time
        walk.step()
        step_us = walk.time - before
        assert max(1, (1 - amount) * PERIOD_US - 1) <= step_us <= (1 + amount) * PERIOD_US


@given(amount=some.floats(0.01, 1.0), seed=some.text(max_size=3))
@settings(max_examples=30, deadline=None)
def test_a_reflected_walk_is_in_each_period_once(amount: float, seed: str) -> None:
    walk = ReflectedWalk(Jitter(10, amount, seed), 7)
    for number in range(20):
        assert 7 + number * PERIOD_US == walk.begin <= walk.time < walk.end
        walk.step()


@pytest.mark.parametrize("is_reflected", [False, True])
def test_the_packet_nearest_to_each_time_goes_out(is_reflected: bool) -> None:
    times = range(0, 2_000_000, 10_000)
    found = sampled(JitterSampler(jitter(), is_reflected=is_reflected), times)
    assert 18 <= len(found) <= 22
    within = [(source, at) for source, at in found if at <= times[-1]]
    assert all(source == min(times, key=lambda time: abs(time - at)) for source, at in within)


def test_the_same_seed_gives_the_same_times_and_another_one_others() -> None:
    times = range(0, 2_000_000, 10_000)

    def of(seed: str) -> list[tuple[int, int]]:
        return sampled(JitterSampler(jitter(seed=seed), is_reflected=False), times)

    assert of("a") == of("a") != of("b")


def test_a_stream_shorter_than_a_period_has_a_sample() -> None:
    for seed in "abcdef":
        found = sampled(JitterSampler(jitter(seed=seed), is_reflected=False), [5, 6, 7])
        assert len(found) == 1
        assert found[0][0] in (5, 6, 7)


def test_with_reflection_the_last_and_incomplete_period_has_a_sample() -> None:
    for seed in "abcdef":
        times = range(0, 1_030_000, 5_000)
        found = sampled(JitterSampler(jitter(seed=seed), is_reflected=True), times)
        assert [at // PERIOD_US for _, at in found] == list(range(11))


def test_a_gap_is_filled_from_its_ends() -> None:
    found = sampled(JitterSampler(jitter(), is_reflected=True), [0, 1_000_000])
    assert {source for source, _ in found} == {0, 1_000_000}
    assert [at // PERIOD_US for _, at in found][:10] == list(range(10))


def test_a_part_of_a_stream_is_sampled_as_the_whole() -> None:
    times = range(0, 3_000_000, 10_000)
    whole = sampled(ReproducibleSampler(jitter(), 0), times)
    part = sampled(ReproducibleSampler(jitter(), 1_000_000), times[100:])
    assert [each for each in whole if each[1] >= 1_200_000] == [
        each for each in part if each[1] >= 1_200_000
    ]
    assert [at // PERIOD_US for _, at in whole] == list(range(30))


def test_a_reproducible_walk_that_would_take_too_long_is_refused() -> None:
    first = (PERIODS_MAX + 1) * PERIOD_US
    with pytest.raises(ValueError, match=f"found a first packet {PERIODS_MAX + 1} periods later"):
        ReproducibleSampler(jitter(), first)
