"""A report in the terminal."""

from __future__ import annotations

from dataclasses import replace

import rich.console

from graphflow.evaluation.report import Report, Scores
from graphflow.evaluation.writing import console
from tests.graphflow.evaluation.reports import compared, plain


def printed(report: Report, width: int = 140) -> str:
    terminal = rich.console.Console(width=width, record=True, file=None, quiet=False)
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


def test_two_sets_of_answers_are_told_apart_by_group() -> None:
    report = compared()
    assert report.comparison is not None
    dim = next(row for row in report.comparison.groups if row.group == "dim")
    rows = [line.split() for line in printed(report).splitlines()]
    told = [f"{dim.first_pdj:.1f}", f"{dim.second_pdj:.1f}", f"{dim.difference:+.1f}"]
    assert ["dim", str(dim.samples), *told] in [row[:5] for row in rows]


def test_long_names_of_groups_take_no_number_away() -> None:
    fairness = plain().fairness[0]
    row = replace(fairness.groups[0], group="turned by a quarter, and in another format " * 3)
    report = replace(plain(), fairness=(replace(fairness, groups=(row,)),))
    text = printed(report, width=80)
    assert f" {row.samples} " in text
    assert f" {row.pdj:.1f} " in text


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
