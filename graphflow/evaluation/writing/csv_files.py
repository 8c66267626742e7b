"""Tables for spreadsheets: one row for each sample, or for each joint."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, fields
from typing import Final

import numpy as np

from graphflow.evaluation.grouping import columns_of
from graphflow.evaluation.joint_table import JointRow
from graphflow.evaluation.report import Report
from graphflow.evaluation.samples import JOINTS
from graphflow.evaluation.scoring import SampleScore

_OWN_COLUMNS: Final = (
    "name",
    "place",
    "clip",
    "timestamp_us",
    "is_somebody_there",
    "is_found",
    "torso_radius_px",
    "pdj",
    "visibility_agrees",
    "mean_error_px",
    "mean_error_of_torso",
    "mpjpe_mm",
)

_OTHER_COLUMNS: Final = (
    "other:is_found",
    "other:pdj",
    "other:mean_error_px",
    "pdj_difference",
)


def samples_csv(rows: Sequence[SampleScore], others: Sequence[SampleScore] = ()) -> str:
    """Return one line for each sample: its scores, its groups, the error of each joint in pixels.

    A cell is empty where there is no such number. Groups' columns begin with `group:`.

    Args:
        rows: the scores.
        others: scores of other answers to the same samples; what they say of a sample stands in
            columns that begin with `other:`, and `pdj_difference` is the first PDJ minus theirs.
    """
    columns = columns_of(rows)
    second = {row.name: row for row in others}
    header = [
        *_OWN_COLUMNS,
        *(_OTHER_COLUMNS if others else ()),
        *(f"group:{column}" for column in columns),
        *(f"error_px:{joint}" for joint in JOINTS),
    ]
    lines = (
        [
            *_cells(row),
            *(_differences(row, second.get(row.name)) if others else ()),
            *(row.groups.get(column, "") for column in columns),
            *(_number(float(error)) for error in row.errors_px),
        ]
        for row in rows
    )
    return _csv(header, lines)


def joints_csv(report: Report) -> str:
    """Return one line for each joint of all samples, then of each group."""
    header = ["column", "group", *(each.name for each in fields(JointRow))]
    sets = [("", "", report.total)]
    sets += [(each.column, each.name, each.figures) for each in report.groups]
    return _csv(
        header,
        (
            [column, name, *map(_number, astuple(row))]
            for column, name, figures in sets
            for row in figures.joints
        ),
    )


def _csv(header: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _cells(row: SampleScore) -> Iterator[str]:
    labelled = 0 if row.truth is None else int(row.truth.is_labelled.sum())
    yield row.name
    yield row.place
    yield row.clip or ""
    yield _number(row.timestamp_us)
    yield _number(row.truth is not None)
    yield _number(row.found is not None)
    yield _number(None if row.truth is None else row.truth.torso_px)
    yield _number(row.pdj)
    is_judged = row.found is not None and labelled
    yield _number(100.0 * float(row.agrees.sum()) / labelled if is_judged else None)
    yield _mean(row.errors_px)
    yield _mean(row.errors_of_torso)
    yield "" if row.found is None else _mean(row.found.world_errors_mm)


def _differences(row: SampleScore, other: SampleScore | None) -> Sequence[str]:
    if other is None:
        return [""] * len(_OTHER_COLUMNS)
    is_scored = row.pdj is not None and other.pdj is not None
    return [
        _number(other.found is not None),
        _number(other.pdj),
        _mean(other.errors_px),
        _number((row.pdj or 0.0) - (other.pdj or 0.0) if is_scored else None),
    ]


def _mean(values: np.typing.NDArray[np.float32] | None) -> str:
    known = np.array([]) if values is None else values[np.isfinite(values)]
    return _number(float(known.mean(dtype=np.float64)) if known.size else None)


def _number(value: object) -> str:
    """Whole numbers as they are, others with four digits, True as 1, nothing as an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.4f}" if np.isfinite(value) else ""
    return str(value)
