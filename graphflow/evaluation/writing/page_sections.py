"""The sections of a report's page, as HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from html import escape
from typing import Final

from graphflow.evaluation.compare import Comparison, SampleDifference
from graphflow.evaluation.curves import Curve
from graphflow.evaluation.fairness import Fairness, GroupRow, Verdict
from graphflow.evaluation.figures import Figures
from graphflow.evaluation.joint_table import JointRow
from graphflow.evaluation.report import Report
from graphflow.evaluation.scoring import SampleScore
from graphflow.evaluation.sweep import Sweep
from graphflow.evaluation.writing.contact_sheet import PictureOf, contact_sheet
from graphflow.evaluation.writing.figure_rows import figure_rows
from graphflow.evaluation.writing.plots import (
    COLOURS,
    curve_plot,
    groups_plot,
    joints_plot,
    swept_plot,
)
from graphflow.words.errors import UsageError

_MARKS: Final = {Verdict.FAIR: "good", Verdict.UNFAIR: "bad"}


def figures(report: Report) -> str:
    """Return the table of all figures, or of both sets of answers side by side."""
    comparison = report.comparison
    if comparison is None:
        lines = [
            (row.heading, row.text, row.note)
            for row in figure_rows(report.total, report.rules)
            if row.value is not None or row.note
        ]
        return _table(("", "", ""), lines, is_last_words=True)
    pairs = zip(
        figure_rows(comparison.first_figures, report.rules),
        figure_rows(comparison.second_figures, report.rules),
        strict=True,
    )
    side_by_side = [
        (one.heading, one.text, two.text, _change(one.value, two.value, one.digits))
        for one, two in pairs
        if one.value is not None or two.value is not None
    ]
    headings = ("", comparison.first, comparison.second, "difference")
    return (
        f"{_verdict(comparison.verdict_line)}{_table(headings, side_by_side)}"
        '<p class="note">Of the samples that both have; '
        f"{comparison.only_first} samples have only the first's answers, "
        f"{comparison.only_second} only the second's.</p>"
    )


def curves(report: Report) -> str:
    """Return the plot of the PCK curves: of both sets of answers, or of all and some groups."""
    comparison = report.comparison
    found: dict[str, Curve | None]
    if comparison is not None:
        found = {
            comparison.first: comparison.first_figures.curve,
            comparison.second: comparison.second_figures.curve,
        }
    else:
        found = {"all samples": report.total.curve}
        columns = [each.column for each in report.groups]
        for each in report.groups:
            if columns.count(each.column) < len(COLOURS) and each.column == columns[0]:
                found[f"{each.column}: {each.name}"] = each.figures.curve
    known = {name: curve for name, curve in found.items() if curve is not None}
    return _plot(lambda: curve_plot(known, report.rules)) + (
        '<p class="note">Visibility plays no part here, so at the threshold the curve is at or '
        "above the PDJ. Where nobody was found, no joint is within any distance.</p>"
    )


def groups(report: Report, fairness: Fairness, number: int) -> str:
    """Return verdict, plot and table of one column; `number` is the column's on the page."""
    headings = (
        "group", "samples", "PDJ %", "deviation", "interval", "PCK area %", "error px", "by torso",
        "mean OKS %", "AP %", "jitter px/frame²", "MPJPE mm", "missed", "false detections",
    )  # fmt: skip
    by_name = {row.group: row for row in fairness.groups}
    lines = [
        _group_line(each.name, each.figures, by_name.get(each.name), report)
        for each in report.groups
        if each.column == fairness.column
    ]
    return (
        f"{_verdict(fairness.verdict_line, _MARKS.get(fairness.verdict, ''))}"
        f"{_plot(lambda: groups_plot(fairness, number))}{_table(*_filled(headings, lines))}"
        f'<p class="note">Groups with fewer than {report.rules.group_min} independent samples '
        "(the frames of one clip count as one) are drawn grey, and not compared.</p>"
        f"{_group_differences(report.comparison, fairness.column)}"
    )


def _group_differences(comparison: Comparison | None, column: str) -> str:
    """Return the table of what both sets of answers made of each group."""
    lines = [
        (
            row.group,
            str(row.samples),
            _number(row.first_pdj),
            _number(row.second_pdj),
            f"{row.difference:+.1f}",
            f"{row.interval.low:+.1f} to {row.interval.high:+.1f}" if row.interval else "-",
            _number(row.probability, 3),
        )
        for row in (comparison.groups if comparison is not None else ())
        if row.column == column
    ]
    if comparison is None or not lines:
        return ""
    headings = (
        "group", "samples", f"PDJ % of {comparison.first}", f"PDJ % of {comparison.second}",
        "difference", "interval", "p",
    )  # fmt: skip
    return f"<h3>{escape(comparison.first)} and {escape(comparison.second)}</h3>" + _table(
        headings, lines
    )


def _group_line(name: str, figures: Figures, row: GroupRow | None, report: Report) -> Sequence[str]:
    texts = {each.heading: each for each in figure_rows(figures, report.rules)}

    def number(heading: str) -> str:
        found = texts[heading]
        return _number(found.value, found.digits)

    interval = row.interval if row else None
    return (
        name,
        number("scored by PDJ"),
        _number(row.pdj if row else None),
        _number(row.deviation if row else None),
        f"{interval.low:.1f} to {interval.high:.1f}" if interval else "-",
        number("area under the PCK curve"),
        number("mean error"),
        number("mean error by torso radius"),
        number("mean OKS"),
        number("AP (OKS 0.50:0.95)"),
        number("jitter"),
        number("MPJPE of world landmarks"),
        number("missed people"),
        number("false detections"),
    )


def swept(sweep: Sweep) -> str:
    """Return plot and table of each kind of disturbance."""
    headings = ("", "samples", "PDJ %", "deviation", "difference")
    parts = []
    for line in sweep.lines:
        rows = [
            (
                f"{point.amount:+g}" if point.amount else "0",
                str(point.samples),
                _number(point.pdj),
                _number(point.deviation),
                f"{point.difference:+.1f}",
            )
            for point in line.points
        ]
        parts.append(
            f"<h3>{escape(line.kind)}</h3>{_plot(partial(swept_plot, line))}"
            f'<p class="note">{escape(line.unit)}. Up to the limit of {line.limit:g}, '
            f"{line.largest_loss:.1f} points of PDJ are lost at most.</p>{_table(headings, rows)}"
        )
    return "".join(parts) + (
        '<p class="note">Each still was looked at in the region of its true joints, disturbed in '
        "one way. The direction of the shift differs from still to still.</p>"
    )


def joints(report: Report) -> str:
    """Return plot and table of the joints."""
    comparison = report.comparison
    if comparison is None:
        rows = report.total.joints
        return (
            _plot(lambda: joints_plot({"PDJ": {row.joint: row.pdj for row in rows}}))
            + _joint_table(rows)
            + "".join(
                f"<details><summary>{escape(each.column)}: {escape(each.name)}</summary>"
                f"{_joint_table(each.figures.joints)}</details>"
                for each in report.groups
            )
        )
    series = {
        comparison.first: {row.joint: row.first_pdj for row in comparison.joints},
        comparison.second: {row.joint: row.second_pdj for row in comparison.joints},
    }
    headings = ("joint", "labelled", *series, "difference", "p", "p (adjusted)")
    lines = [
        (
            row.joint,
            str(row.labelled),
            _number(row.first_pdj),
            _number(row.second_pdj),
            f"{row.difference:+.1f}",
            f"{row.probability:.3f}",
            f"{row.adjusted_probability:.3f}",
        )
        for row in comparison.joints
    ]
    return (
        f"{_plot(lambda: joints_plot(series))}{_table(headings, lines)}"
        '<p class="note">p: how often chance alone gives such a difference. Adjusted: for there '
        "being so many joints (Holm).</p>"
    )


def _joint_table(rows: Iterable[JointRow]) -> str:
    headings = (
        "joint", "labelled", "seen", "PDJ %", "PCK %", "right visibility %", "error px", "by torso",
    )  # fmt: skip
    return _table(
        headings,
        [
            (
                row.joint,
                str(row.labelled),
                str(row.visible),
                _number(row.pdj),
                _number(row.pck),
                _number(row.visibility_agrees),
                _number(row.mean_error_px),
                _number(row.mean_error_of_torso, 3),
            )
            for row in rows
        ],
    )


def jitter(report: Report) -> str:
    """Return the table of the clips."""
    headings = ("clip", "triples of frames", "px/frame²", "torso radii/frame²")
    lines = [
        (each.clip, str(each.triples), _number(each.mean_px, 2), _number(each.mean_of_torso, 4))
        for each in report.total.jitter
    ]
    return _table(headings, lines)


def sheets(
    report: Report,
    rows: Sequence[SampleScore],
    others: Sequence[SampleScore],
    picture: PictureOf | None,
) -> Iterator[tuple[str, str]]:
    """Yield heading and contact sheet: of the worst samples, or of the largest differences."""
    first, second = ({row.name: row for row in each} for each in (rows, others))
    cut = report.rules.visibility_cut
    comparison = report.comparison
    if comparison is None:
        worst = [each for each in report.worst if each.name in first]
        if worst:
            captions = [
                f"{each.name}: {each.pdj:.1f} %, "
                + (
                    "nobody found"
                    if each.mean_error_of_torso is None
                    else f"mean error {each.mean_error_of_torso:.3f} torso radii"
                )
                for each in worst
            ]
            shown = [(first[each.name],) for each in worst]
            yield "Worst samples", contact_sheet(shown, captions, ("found",), picture, cut)
        return
    names = (comparison.first, comparison.second)
    differences: tuple[tuple[str, tuple[SampleDifference, ...]], ...] = (
        ("loses", comparison.losses),
        ("gains", comparison.gains),
    )
    for word, listed in differences:
        known = [each for each in listed if each.name in first and each.name in second]
        if known:
            captions = [
                f"{each.name}: {each.first_pdj:.1f} % and {each.second_pdj:.1f} %, "
                f"{each.difference:+.1f}"
                for each in known
            ]
            pairs = [(first[each.name], second[each.name]) for each in known]
            yield (
                f"Where {comparison.first} {word} most",
                contact_sheet(pairs, captions, names, picture, cut),
            )


def rules(report: Report) -> str:
    """Return what the figures mean."""
    judged = report.rules
    meanings = {
        f"PDJ@{judged.threshold:g}": "Percentage of the labelled joints of a sample that are "
        f"detected: the visibility that was found (at least {judged.visibility_cut:g}, or less) "
        "agrees with the truth (seen, or hidden), and the place is less than "
        f"{judged.threshold:g} torso radii from the true one. Then the mean over samples. Where "
        "nobody was found it is 0.",
        "Torso radius": "From the middle of the hips to the middle of the shoulders in the truth. "
        "Samples without all four are not scored, and counted.",
        "Intervals": f"Of {judged.confidence * 100:g} %, from {judged.resamples} bootstrap samples "
        f"(seed {judged.seed}); whole clips are drawn, for their frames resemble each other.",
        "The card": "BlazePose's model card of July 2020: 1,400 pictures from 14 regions. The "
        "dotted lines are its lowest and its highest region.",
    }
    lines = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in meanings.items()
    )
    return f'<dl class="rules">{lines}</dl>'


# ---- pieces -------------------------------------------------------------------------------------


def _table(
    headings: Sequence[str], lines: Iterable[Sequence[str]], *, is_last_words: bool = False
) -> str:
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = []
    for line in lines:
        cells = [f"<td>{escape(cell)}</td>" for cell in line]
        if is_last_words:
            cells[-1] = f'<td class="words">{escape(line[-1])}</td>'
        body.append(f"<tr>{''.join(cells)}</tr>")
    head = f"<thead><tr>{head}</tr></thead>" if any(headings) else ""
    return f'<div class="table"><table>{head}<tbody>{"".join(body)}</tbody></table></div>'


def _filled(
    headings: Sequence[str], lines: Sequence[Sequence[str]]
) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Leave out the columns in which no line has a number."""
    kept = [at for at in range(len(headings)) if any(line[at] != "-" for line in lines)]
    return [headings[at] for at in kept], [[line[at] for at in kept] for line in lines]


def _verdict(line: str, mark: str = "") -> str:
    return f'<p class="verdict {mark}">{escape(line)}</p>'


def _plot(draw: Callable[[], str]) -> str:
    try:
        return draw()
    except UsageError as error:
        return f'<p class="note">There is no plot: {escape(str(error))}</p>'


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _change(first: float | None, second: float | None, digits: int) -> str:
    return "" if first is None or second is None else f"{first - second:+.{digits}f}"
