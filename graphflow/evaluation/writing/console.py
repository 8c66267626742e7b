"""A report as tables in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from graphflow.evaluation.compare import Comparison, SampleDifference
from graphflow.evaluation.fairness import Fairness
from graphflow.evaluation.joint_table import JointRow
from graphflow.evaluation.report import Report
from graphflow.evaluation.sweep import SweptLine
from graphflow.evaluation.writing.figure_rows import figure_rows

_WORST_SHOWN: Final = 5
_HEADING_MAX: Final = 16
"""Letters in a line of a heading; longer ones go on in the next line."""


def console(report: Report) -> RenderableType:
    """Return what the terminal shows of a report: print it on a `rich` console."""
    return Group(*_parts(report))


def _parts(report: Report) -> Iterator[RenderableType]:
    yield _total(report) if report.comparison is None else _side_by_side(report, report.comparison)
    if report.comparison is not None:
        yield Text(report.comparison.verdict_line)
    if report.sweep is not None:
        yield from map(_swept, report.sweep.lines)
    for fairness in report.fairness:
        yield _groups(fairness)
        yield Text(fairness.verdict_line)
        if report.comparison is not None:
            yield _group_differences(report.comparison, fairness.column)
    if report.comparison is not None:
        yield _joint_differences(report.comparison)
    elif report.total.joints:
        yield _joints(report.total.joints)
    yield from _worst(report)


def _table(title: str, columns: Sequence[str]) -> Table:
    """Return a table whose first column gives way where the terminal is narrow, not its numbers."""
    table = Table(
        title=escape(title), title_justify="left", title_style="bold", box=None,
        collapse_padding=True, pad_edge=False,
    )  # fmt: skip
    for number, column in enumerate(columns):
        is_name = number == 0
        heading = "\n".join(wrap(column, _HEADING_MAX))
        table.add_column(
            escape(heading),
            justify="left" if is_name else "right",
            no_wrap=not is_name,
            overflow="fold",
        )
    return table


def _total(report: Report) -> Table:
    table = _table("Evaluation", ("", "", ""))
    table.show_header = False
    for row in figure_rows(report.total, report.rules):
        if row.value is not None or row.note:
            table.add_row(row.heading, row.text, escape(row.note))
    return table


def _side_by_side(report: Report, comparison: Comparison) -> Table:
    table = _table(
        "Evaluation of the samples that both have",
        ("", comparison.first, comparison.second, "difference"),
    )
    rows = zip(
        figure_rows(comparison.first_figures, report.rules),
        figure_rows(comparison.second_figures, report.rules),
        strict=True,
    )
    for first, second in rows:
        if first.value is None and second.value is None:
            continue
        difference = ""
        if first.value is not None and second.value is not None:
            difference = f"{first.value - second.value:+.{first.digits}f}"
        table.add_row(first.heading, first.text, second.text, difference)
    return table


def _groups(fairness: Fairness) -> Table:
    table = _table(
        f"By {fairness.column}", ("group", "samples", "PDJ %", "deviation", "interval", "")
    )
    for row in fairness.groups:
        mark = {fairness.lowest: "lowest", fairness.highest: "highest"}.get(row.group, "")
        table.add_row(
            escape(row.group),
            str(row.samples),
            f"{row.pdj:.1f}",
            _or_dash(row.deviation),
            f"{row.interval.low:.1f} to {row.interval.high:.1f}" if row.interval else "-",
            mark if row.is_compared else "too few to compare",
        )
    return table


def _swept(line: SweptLine) -> Table:
    table = _table(
        f"Regions with a wrong {line.kind} ({line.unit})",
        (line.kind, "samples", "PDJ %", "deviation", "difference", ""),
    )
    for point in line.points:
        table.add_row(
            f"{point.amount:+g}" if point.amount else "0",
            str(point.samples),
            f"{point.pdj:.1f}",
            _or_dash(point.deviation),
            f"{point.difference:+.1f}",
            "the card's limit" if abs(point.amount) == line.limit else "",
        )
    return table


def _joints(joints: Sequence[JointRow]) -> Table:
    table = _table(
        "By joint", ("joint", "labelled", "PDJ %", "PCK %", "visibility %", "error px", "by torso")
    )
    for row in joints:
        table.add_row(
            row.joint,
            str(row.labelled),
            f"{row.pdj:.1f}",
            f"{row.pck:.1f}",
            f"{row.visibility_agrees:.1f}",
            _or_dash(row.mean_error_px),
            _or_dash(row.mean_error_of_torso, 3),
        )
    return table


def _group_differences(comparison: Comparison, column: str) -> Table:
    table = _table(
        f"PDJ by {column}",
        ("group", "samples", comparison.first, comparison.second, "difference", "interval", "p"),
    )
    for row in comparison.groups:
        if row.column == column:
            table.add_row(
                escape(row.group),
                str(row.samples),
                f"{row.first_pdj:.1f}",
                f"{row.second_pdj:.1f}",
                f"{row.difference:+.1f}",
                f"{row.interval.low:+.1f} to {row.interval.high:+.1f}" if row.interval else "-",
                _or_dash(row.probability, 3),
            )
    return table


def _joint_differences(comparison: Comparison) -> Table:
    table = _table(
        "PDJ by joint",
        ("joint", "labelled", comparison.first, comparison.second, "difference", "p (adjusted)"),
    )
    for row in comparison.joints:
        table.add_row(
            row.joint,
            str(row.labelled),
            f"{row.first_pdj:.1f}",
            f"{row.second_pdj:.1f}",
            f"{row.difference:+.1f}",
            f"{row.adjusted_probability:.3f}",
        )
    return table


def _worst(report: Report) -> Iterator[Table]:
    comparison = report.comparison
    if comparison is not None:
        headings = ("sample", comparison.first, comparison.second, "difference")
        for title, rows in (("loses", comparison.losses), ("gains", comparison.gains)):
            if rows:
                yield _differences(_table(f"{comparison.first} {title} most", headings), rows)
    elif report.worst:
        table = _table("Worst samples", ("sample", "place", "PDJ %", "error by torso"))
        for sample in report.worst[:_WORST_SHOWN]:
            error = sample.mean_error_of_torso
            note = "nobody found" if error is None else f"{error:.3f}"
            table.add_row(escape(sample.name), _short(sample.place), f"{sample.pdj:.1f}", note)
        yield table


def _differences(table: Table, rows: Sequence[SampleDifference]) -> Table:
    for each in rows[:_WORST_SHOWN]:
        table.add_row(
            escape(each.name),
            f"{each.first_pdj:.1f}",
            f"{each.second_pdj:.1f}",
            f"{each.difference:+.1f}",
        )
    return table


def _short(place: str) -> str:
    """The file's name and the line; JSON and CSV have its folder too."""
    return escape(place.replace("\\", "/").rpartition("/")[2])


def _or_dash(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
