"""A report in the terminal."""

from __future__ import annotations

import rich.console

from graphflow.evaluation.report import Report, Scores
from graphflow.evaluation.writing import console
from tests.graphflow.evaluation.reports import compared, plain


def printed(report: Report) -> str:
    terminal = rich.console.Console(width=140, record=True, file=None, quiet=False)
    with terminal.capture() as capture:
        terminal.print(console(report))
    return capture.get()


def test_the_figures_have_units() -> None:
    text = printed(plain())
    assert "PDJ@0.2" in text
    for unit in (" %", " px", " points", " mm", " px/frame²"):
        assert unit in text
    assert "95 % interval" in text


def test_groups_end_with_their_verdict() -> None:
    report = plain()
    text = " ".join(printed(report).split())
    for fairness in report.fairness:
        assert fairness.verdict_line in text
    assert "[red]" in text  # Not taken for a style.
    assert "too few to compare" in text


def test_the_worst_samples_are_named_with_their_place() -> None:
    lines = [line for line in printed(plain()).splitlines() if "missed.jpg" in line]
    assert len(lines) == 1
    assert "truth.json:1" in lines[0]
    assert "nobody found" in lines[0]


def test_two_sets_of_answers_stand_side_by_side() -> None:
    report = compared()
    assert report.comparison is not None
    text = printed(report)
    assert report.comparison.verdict_line in " ".join(text.split())
    heading = next(line for line in text.splitlines() if "difference" in line)
    assert "ours" in heading
    assert "[theirs]" in heading
    assert "ours loses most" in text
    assert "p (adjusted)" in text


def test_an_empty_evaluation_can_be_printed() -> None:
    text = printed(Scores().report())
    assert "samples" in text
    assert "scored by PDJ" in text


def test_a_sweep_is_told_with_the_cards_limits() -> None:
    text = printed(plain())
    assert "Regions with a wrong roll (degrees, clockwise)" in text
    limits = [
        line.split()[0] for line in text.splitlines() if line.rstrip().endswith("the card's limit")
    ]
    assert limits == ["+10", "-10", "+10", "-8", "+8"]
