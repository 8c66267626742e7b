"""Comparing two sets of answers: pairs, chance, joints, the samples that differ most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graphflow.evaluation.compare import Comparison, compare, holm, probability_text
from graphflow.evaluation.rules import Rules
from graphflow.evaluation.samples import Scored
from graphflow.evaluation.scoring import SampleScore, score
from graphflow.words.errors import UsageError
from tests.graphflow.evaluation.evaluation_kit import answer, sample, truth, wrong_joints

RULES = Rules()
NAMES = ("ours", "theirs")


def rows(wrong: list[int | None], clip: str | None = None) -> list[SampleScore]:
    """One sample for each number of wrong joints; None where nobody was found."""
    true = truth()
    return [
        score(
            Scored(
                sample(true, f"{at}.jpg", clip=clip, timestamp_us=at * 1000 if clip else None),
                None if count is None else answer(true, moved=wrong_joints(count)),
            ),
            RULES,
        )
        for at, count in enumerate(wrong)
    ]


def compared(first: list[int | None], second: list[int | None]) -> Comparison:
    return compare(rows(first), rows(second), RULES, NAMES)


def test_samples_are_compared_one_by_one() -> None:
    found = compared([0, 4, 2, None], [1, 0, 2, 0])
    per_joint = 100 / 17
    assert found.scored == 4
    assert found.difference == pytest.approx((1 - 4 + 0 - 17) * per_joint / 4)
    assert (found.better, found.worse) == (1, 2)
    assert [each.name for each in found.losses] == ["3.jpg", "1.jpg"]
    assert [each.name for each in found.gains] == ["0.jpg"]
    assert found.losses[1].difference == pytest.approx(-4 * per_joint)


def test_only_samples_that_both_have_are_compared() -> None:
    found = compare(rows([0, 0, 0]), rows([0, 0, 0, 0, 0])[1:], RULES, NAMES)
    assert (found.only_first, found.only_second, found.scored) == (1, 2, 2)
    assert found.first_figures.presence.samples == found.second_figures.presence.samples == 2


def test_each_group_is_compared_by_itself() -> None:
    first, second = rows([1, 1, 0, 3, 2]), rows([0, 0, 0, 3, 0])
    first[:2] = [replace(row, groups={"light": "dim"}) for row in first[:2]]
    unnamed, dim = compare(first, second, RULES, NAMES, ("light",)).groups
    per_joint = 100 / 17
    assert (dim.column, dim.group, dim.samples) == ("light", "dim", 2)
    assert dim.first_pdj == pytest.approx(100 - per_joint)
    assert dim.second_pdj == 100
    assert dim.difference == pytest.approx(-per_joint)
    assert (unnamed.group, unnamed.samples) == ("(none)", 3)
    assert unnamed.difference == pytest.approx(-2 * per_joint / 3)


def test_a_group_of_one_picture_has_no_interval() -> None:
    first = [replace(row, groups={"light": "dim"}) for row in rows([1])]
    (dim,) = compare(first, rows([0]), RULES, NAMES, ("light",)).groups
    assert (dim.interval, dim.probability) == (None, None)


def test_answers_that_are_the_same_are_said_to_be() -> None:
    assert compared([1, 2], [1, 2]).verdict_line == (
        "ours and theirs have the same PDJ, in each clip and picture."
    )


def test_nothing_in_common_is_said() -> None:
    with pytest.raises(UsageError, match="no scored sample of the same name"):
        compare(rows([0]), [], RULES, NAMES)
    nobody = [score(Scored(sample(None, "0.jpg"), None), RULES)]
    with pytest.raises(UsageError, match=r'"ours" \(1 samples\) and "theirs" \(1 samples\)'):
        compare(nobody, nobody, RULES, NAMES)


def test_a_small_steady_gain_is_more_than_chance() -> None:
    found = compared([0] * 40, [1] * 40)
    assert found.probability < 0.001
    assert found.interval is not None
    assert found.interval.low == pytest.approx(100 / 17)
    assert "ours is 5.9 points of PDJ higher than theirs: more than chance" in found.verdict_line
    assert "p < 0.001, 40 independent samples" in found.verdict_line


def test_a_large_unsteady_loss_can_be_chance() -> None:
    found = compared([0, 17, 3, 0], [9, 0, 0, 2])
    assert found.probability > 0.05
    assert "lower than theirs: no more than chance would give" in found.verdict_line


def test_the_same_answers_have_no_difference() -> None:
    found = compared([3, 5], [3, 5])
    assert (found.difference, found.probability, found.losses, found.gains) == (0.0, 1.0, (), ())
    assert "ours and theirs have the same PDJ" in found.verdict_line


def test_frames_of_one_clip_prove_nothing() -> None:
    found = compare(rows([0] * 40, "c.mp4"), rows([1] * 40, "c.mp4"), RULES, NAMES)
    assert found.interval is None
    assert found.probability == pytest.approx(1.0)
    assert "nothing can be said of chance" in found.verdict_line


def test_each_joint_is_compared_where_it_is_labelled() -> None:
    found = compared([0] * 30, [1] * 30)  # The first of the joints that go wrong is the nose.
    (nose,) = [each for each in found.joints if each.joint == "NOSE"]
    (hip,) = [each for each in found.joints if each.joint == "LEFT_HIP"]
    assert (nose.labelled, nose.first_pdj, nose.second_pdj, nose.difference) == (30, 100, 0, 100)
    assert nose.probability < 0.001
    assert nose.adjusted_probability == pytest.approx(17 * nose.probability)
    assert (hip.difference, hip.probability, hip.adjusted_probability) == (0.0, 1.0, 1.0)
    assert len(found.joints) == 17


def test_holm_adjusts_the_smallest_most_and_keeps_the_order() -> None:
    assert holm([0.04, 0.01, 0.03, 0.5]) == pytest.approx([0.09, 0.04, 0.09, 0.5])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_probabilities_are_never_written_as_nothing() -> None:
    assert probability_text(0.0004) == "p < 0.001"
    assert probability_text(0.0312) == "p = 0.031"


def test_the_same_seed_gives_the_same_comparison() -> None:
    generator = np.random.default_rng(0)
    first: list[int | None] = [int(n) for n in generator.integers(0, 8, 20)]
    second: list[int | None] = [int(n) for n in generator.integers(0, 8, 20)]
    assert compared(first, second) == compared(first, second)
