"""Fairness: ranges, their intervals, what chance gives, and the card's own table."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from graphflow.evaluation.fairness import Fairness, Verdict, compare_groups
from graphflow.evaluation.report import Scores
from graphflow.evaluation.resampling import (
    bootstrap_means,
    mean_interval,
    shuffled_ranges,
    sign_flip_probability,
    units_of,
)
from graphflow.evaluation.rules import Rules
from graphflow.evaluation.samples import Answer, Scored, Truth
from tests.graphflow.evaluation.evaluation_kit import answer, sample, truth, wrong_joints

RULES = Rules()


def compared(groups: dict[str, list[float]], rules: Rules = RULES) -> Fairness:
    names = {name: [f"{name}{at}" for at in range(len(pdj))] for name, pdj in groups.items()}
    return compare_groups("light", groups, names, rules)


def group(mean: float, count: int, spread: float = 10.0) -> list[float]:
    """Values with exactly this mean."""
    values = np.random.default_rng(count).normal(0.0, spread, count)
    return list(values - values.mean() + mean)


def test_the_range_lies_between_the_lowest_and_the_highest_group() -> None:
    found = compared({"dim": group(80.0, 50), "dark": group(70.0, 50), "bright": group(85.0, 50)})
    assert (found.lowest, found.highest) == ("dark", "bright")
    assert found.range_points == pytest.approx(15.0)
    assert [row.group for row in found.groups] == ["bright", "dark", "dim"]
    assert found.groups[1].deviation == pytest.approx(np.std(group(70.0, 50), ddof=1))
    assert found.interval is not None
    assert found.interval.low < 15.0 < found.interval.high


@pytest.mark.parametrize(
    ("groups", "verdict", "words"),
    [
        ({"a": group(80, 3000), "b": group(82, 3000)}, Verdict.FAIR, "fair: within the criterion"),
        ({"a": group(80, 20), "b": group(82, 20)}, Verdict.FAIR_UNCERTAIN, "more samples would"),
        ({"a": group(80, 12), "b": group(86, 12)}, Verdict.UNFAIR_BY_CHANCE, "no more than chance"),
        ({"a": group(80, 90), "b": group(86, 90)}, Verdict.UNFAIR_UNCERTAIN, "does not exclude"),
        ({"a": group(60, 500), "b": group(86, 500)}, Verdict.UNFAIR, "unfair: above the criterion"),
        ({"a": group(60, 500), "b": group(86, 5)}, Verdict.NOT_COMPARED, "fewer than two groups"),
    ],
)
def test_the_verdict_says_what_the_samples_allow(
    groups: dict[str, list[float]], verdict: Verdict, words: str
) -> None:
    found = compared(groups)
    assert found.verdict is verdict
    assert words in found.verdict_line


def test_the_interval_of_a_range_is_that_of_a_difference_of_means() -> None:
    found = compared({"a": group(60, 400, 10.0), "b": group(86, 100, 10.0)})
    assert found.interval is not None
    spread = 1.96 * np.hypot(10.0 / np.sqrt(400), 10.0 / np.sqrt(100))
    assert found.interval.low == pytest.approx(26.0 - spread, abs=0.35)
    assert found.interval.high == pytest.approx(26.0 + spread, abs=0.35)


def test_the_criterion_is_a_rule() -> None:
    groups = {"a": group(80, 3000), "b": group(82, 3000)}
    assert compared(groups, Rules(criterion_points=1.0)).verdict is Verdict.UNFAIR


def test_a_small_group_is_listed_but_not_compared() -> None:
    found = compared({"a": group(80, 300), "b": group(81, 300), "few": [0.0, 5.0]})
    assert (found.lowest, found.highest) == ("a", "b")
    few = found.groups[2]
    assert (few.group, few.samples, few.is_compared, few.pdj) == ("few", 2, False, 2.5)


def test_frames_of_one_clip_are_one_sample_to_chance() -> None:
    pdj = {"a": group(60, 500), "b": group(86, 500)}
    clips = {name: [f"{name}{at % 3}" for at in range(500)] for name in pdj}
    found = compare_groups("light", pdj, clips, RULES)
    assert found.verdict is Verdict.NOT_COMPARED
    assert [row.units for row in found.groups] == [3, 3]


def test_chance_seldom_makes_a_group_unfair() -> None:
    generator = np.random.default_rng(0)
    rules = Rules(resamples=200)
    verdicts = [
        compared(
            {f"g{at}": list(generator.normal(80, 15, size)) for at, size in enumerate(sizes)}, rules
        ).verdict
        for sizes in [(100, 100, 12), (12,) * 6, (500, 10)] * 30
    ]
    # The confidence is 95 %, so about one in twenty is expected.
    unfair = verdicts.count(Verdict.UNFAIR) + verdicts.count(Verdict.UNFAIR_UNCERTAIN)
    assert unfair <= 9
    assert verdicts.count(Verdict.UNFAIR_BY_CHANCE) >= 30


def test_the_same_seed_gives_the_same_intervals() -> None:
    groups = {"a": group(80, 30), "b": group(86, 30)}
    assert compared(groups) == compared(groups)
    assert compared(groups) != compared(groups, Rules(seed=1))


# ---- resampling ---------------------------------------------------------------------------------


def test_bootstrap_means_spread_as_means_do() -> None:
    values = list(np.random.default_rng(3).normal(50.0, 12.0, 8))
    drawn = bootstrap_means(units_of(values, range(8)), 40_000, np.random.default_rng(0))
    assert drawn.std() == pytest.approx(np.std(values, ddof=1) / np.sqrt(8), rel=0.02)
    assert drawn.mean() == pytest.approx(np.mean(values), abs=0.1)


def test_values_of_one_name_are_one_unit() -> None:
    units = units_of([1.0, 2.0, 4.0], ["a", "b", "a"])
    assert (list(units.sums), list(units.counts)) == ([5.0, 2.0], [2.0, 1.0])
    one = units_of([1.0, 2.0], ["a", "a"])
    assert mean_interval(one, 0.95, 100, np.random.default_rng(0)) is None


def test_sign_flips_agree_with_all_of_them() -> None:
    values = [3.0, 1.0, 2.0, 2.5]  # Of 16 sign patterns two are as far from 0: all + and all -.
    found = sign_flip_probability(units_of(values, range(4)), 50_000, np.random.default_rng(0))
    assert found == pytest.approx(2 / 16, abs=0.01)
    nothing = units_of([0.0] * 5, range(5))
    assert sign_flip_probability(nothing, 100, np.random.default_rng(0)) == 1.0
    assert sign_flip_probability(units_of([], []), 100, np.random.default_rng(0)) == 1.0


def test_shuffled_groups_have_the_ranges_of_all_divisions() -> None:
    units = units_of([0.0, 0.0, 0.0, 9.0], range(4))
    ranges = shuffled_ranges(units, [1, 3], 20_000, np.random.default_rng(0))
    assert set(np.round(ranges, 6)) == {9.0, 3.0}
    assert (ranges > 8).mean() == pytest.approx(1 / 4, abs=0.02)


def test_large_sets_are_drawn_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphflow.evaluation.resampling._DRAWN_MAX", 100)
    units = units_of(list(range(30)), range(30))
    assert bootstrap_means(units, 11, np.random.default_rng(0)).shape == (11,)
    assert shuffled_ranges(units, [10, 20], 11, np.random.default_rng(0)).shape == (11,)


# ---- the card's table ---------------------------------------------------------------------------

# The lowest and the highest row are the card's, and so are the number of regions (of the UN's
# geoscheme) and of pictures; the rows between them are made up.
CARD_ROWS = {
    "Australia and New Zealand": 84.6,
    "Caribbean": 82.4,
    "Central America": 83.9,
    "Central Asia": 86.8,
    "Eastern Asia": 83.1,
    "Europe": 85.5,
    "Middle Africa": 80.9,
    "Northern Africa": 82.8,
    "Northern America": 84.0,
    "South America": 83.6,
    "South-eastern Asia": 82.0,
    "Southern Africa": 81.7,
    "Southern Asia": 85.1,
    "Western Asia": 84.4,
}
PICTURES_OF_A_REGION = 100


def region(name: str, pdj: float) -> list[Scored]:
    """Pictures of one region: errors of 33 joints each, so many of them too large as its row says.

    The wrong joints are unevenly spread over the pictures.
    """
    whole = truth()
    every = np.ones(33, bool)
    places = np.nan_to_num(whole.xy_px, nan=150.0)
    true = Truth(places, every, every)
    wrong_in_all = round(PICTURES_OF_A_REGION * 33 * (1 - pdj / 100))
    shares = np.random.default_rng(len(name)).gamma(1.5, 1.0, PICTURES_OF_A_REGION)
    wrong = np.minimum(np.floor(shares / shares.sum() * wrong_in_all).astype(int), 33)
    while wrong.sum() < wrong_in_all:
        wrong[int(np.argmin(wrong))] += 1
    scored = []
    for at, count in enumerate(wrong):
        found = places.copy()
        found[:count, 0] += 25.0  # A quarter of the torso radius.
        scored.append(
            Scored(
                sample(true, f"{name}{at}.jpg", groups={"region": name}),
                Answer(found, np.full(33, 0.9)),
            )
        )
    return scored


def test_the_cards_table_comes_out_of_errors_of_samples() -> None:
    scores = Scores()
    by_hand = {}
    for name, pdj in CARD_ROWS.items():
        samples = region(name, pdj)
        scores.add_all(samples)
        by_hand[name] = [
            100.0 * float((each.answer.xy_px[:, 0] == each.sample.truth.xy_px[:, 0]).mean())
            for each in samples
            if each.answer is not None and each.sample.truth is not None
        ]
    report = scores.report(columns=["region"])
    assert report.total.detected is not None
    assert report.total.presence.samples == 1400
    every = [pdj for values in by_hand.values() for pdj in values]
    assert report.total.detected.pdj == pytest.approx(np.mean(every))
    assert report.total.detected.deviation == pytest.approx(np.std(every, ddof=1))
    (fairness,) = report.fairness
    for row in fairness.groups:
        assert round(row.pdj, 1) == CARD_ROWS[row.group]
        assert row.samples == PICTURES_OF_A_REGION
        assert row.deviation == pytest.approx(np.std(by_hand[row.group], ddof=1))
    # The card's text says 80.9 to 85.5, a range of 4.6; its rows say this:
    assert (fairness.lowest, fairness.highest) == ("Middle Africa", "Central Asia")
    assert fairness.range_points == pytest.approx(5.9, abs=0.05)
    assert fairness.verdict in (Verdict.UNFAIR_UNCERTAIN, Verdict.UNFAIR_BY_CHANCE)
    assert "80.9 (Middle Africa) to 86.8 (Central Asia), a range of 5.9" in fairness.verdict_line
    assert "above the criterion of 5 points" in fairness.verdict_line


# ---- groups of a report -------------------------------------------------------------------------


def test_any_column_groups_all_figures() -> None:
    true = truth()
    scores = Scores(Rules(group_min=2))
    for at in range(8):
        light = "dim" if at % 2 else "bright"
        found = answer(true, moved=wrong_joints(17 if at % 2 else 0))
        groups = {"light": light, "coat": "red"} if at else {"light": light}
        scores.add(Scored(sample(true, f"{at}.jpg", groups=groups), found))
    report = scores.report()
    assert [(each.column, each.name) for each in report.groups] == [
        ("light", "bright"),
        ("light", "dim"),
        ("coat", "(none)"),
        ("coat", "red"),
    ]
    bright, dim, nameless, _ = (each.figures for each in report.groups)
    assert bright.detected is not None
    assert dim.detected is not None
    assert (bright.detected.pdj, dim.detected.pdj) == (100.0, 0.0)
    assert nameless.presence.samples == 1
    assert dim.errors is not None
    assert dim.errors.mean_px == pytest.approx(150.0)
    assert [each.column for each in report.fairness] == ["light", "coat"]
    assert report.fairness[0].verdict is Verdict.UNFAIR
    assert [each.column for each in scores.report(columns=["coat"]).fairness] == ["coat"]


def test_samples_of_one_unit_are_one_sample_to_chance() -> None:
    true = truth()
    scores = Scores(Rules(unit_column="person"))
    for at in range(40):
        groups = {"light": "dim" if at % 2 else "bright", "person": f"p{at % 4}"}
        found = answer(true, moved=wrong_joints(9 if at % 2 else 0))
        scores.add(Scored(sample(true, f"{at}.jpg", groups=groups), found))
    scores.add(Scored(sample(true, "stranger.jpg", groups={"light": "dim"}), answer(true)))
    (fairness,) = scores.report(columns=["light"]).fairness
    assert [row.units for row in fairness.groups] == [2, 3]
    assert fairness.verdict is Verdict.NOT_COMPARED


def test_the_worst_samples_come_first() -> None:
    true = truth()
    scores = Scores()
    for wrong in (3, 0, 9):
        scores.add(Scored(sample(true, f"{wrong}.jpg"), answer(true, moved=wrong_joints(wrong))))
    scores.add(Scored(sample(true, "missed.jpg"), None))
    scores.add(Scored(sample(None, "nobody.jpg"), None))
    report = scores.report()
    assert [each.name for each in report.worst] == ["missed.jpg", "9.jpg", "3.jpg", "0.jpg"]
    assert [each.is_found for each in report.worst] == [False, True, True, True]


def test_of_equal_samples_the_one_with_the_larger_error_is_worse() -> None:
    true = truth()
    scores = Scores()
    for shift in (3.0, 9.0, 6.0):
        scores.add(Scored(sample(true, f"{shift}.jpg"), answer(true, shift=(shift, 0.0))))
    worst = scores.report().worst
    assert [each.name for each in worst] == ["9.0.jpg", "6.0.jpg", "3.0.jpg"]
    assert worst[0].mean_error_of_torso == pytest.approx(0.09)


def test_of_frames_close_to_each_other_one_is_listed() -> None:
    true = truth()
    scores = Scores()
    for at in range(100):
        frame = sample(true, f"c.mp4@{at}", clip="c.mp4", timestamp_us=at * 40_000)
        scores.add(Scored(frame, answer(true, shift=(float(at % 30), 0.0))))
    worst = scores.report().worst
    times_us = sorted(int(each.name.partition("@")[2]) * 40_000 for each in worst)
    assert all(after - before >= 500_000 for before, after in itertools.pairwise(times_us))
    assert worst[0].name in ("c.mp4@29", "c.mp4@59", "c.mp4@89")
    assert 4 <= len(worst) <= 8
