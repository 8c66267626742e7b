"""The report of an evaluation: figures of all samples, of each group, and fairness between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from graphflow.evaluation.compare import Comparison
from graphflow.evaluation.fairness import Fairness, compare_groups
from graphflow.evaluation.figures import Figures, figures_of
from graphflow.evaluation.grouping import columns_of, grouped
from graphflow.evaluation.rules import Rules
from graphflow.evaluation.samples import Scored
from graphflow.evaluation.scoring import SampleScore, score
from graphflow.evaluation.spread import spread_out
from graphflow.evaluation.sweep import Sweep

FORMAT: Final = "graphflow evaluation 1"


@dataclass(frozen=True)
class Group:
    """The figures of one group.

    Attributes:
        column: the column of the data set.
        name: the column's value.
        figures: of the samples with this value.
    """

    column: str
    name: str
    figures: Figures


@dataclass(frozen=True)
class Worst:
    """One of the samples with the lowest PDJ.

    Attributes:
        name: of the sample.
        place: in the data set.
        pdj: percentage of detected joints.
        mean_error_of_torso: of its labelled joints; None where nobody was found.
        is_found: whether somebody was found at all.
    """

    name: str
    place: str
    pdj: float
    mean_error_of_torso: float | None
    is_found: bool


@dataclass(frozen=True)
class Report:
    """All that an evaluation came to.

    Attributes:
        facts: what was evaluated, by heading: graph, data set, mode.
        rules: by which it was judged.
        total: of all samples.
        groups: of each value of each column that was asked for.
        fairness: of each of these columns.
        worst: the samples with the lowest PDJ, and of these with the largest error, first; of
            frames less than half a second apart one.
        comparison: with other answers to the same samples, if that was asked for.
        sweep: over disturbed regions, if that was asked for.
        format: of the report as JSON.
    """

    facts: Mapping[str, str]
    rules: Rules
    total: Figures
    groups: tuple[Group, ...]
    fairness: tuple[Fairness, ...]
    worst: tuple[Worst, ...]
    comparison: Comparison | None = None
    sweep: Sweep | None = None
    format: str = field(default=FORMAT)


class Scores:
    """Collects the score of each sample: a row of some 2.5 kB, no picture.

    Attributes:
        rules: by which samples are judged.
        rows: one for each sample, in the order they were added.
    """

    def __init__(self, rules: Rules | None = None) -> None:
        self.rules = rules or Rules()
        self.rows: list[SampleScore] = []

    def add(self, scored: Scored) -> SampleScore:
        """Score one sample."""
        row = score(scored, self.rules)
        self.rows.append(row)
        return row

    def add_all(self, scored: Iterable[Scored]) -> Scores:
        """Score all samples, and return this object."""
        for each in scored:
            self.add(each)
        return self

    def report(
        self,
        *,
        columns: Sequence[str] | None = None,
        facts: Mapping[str, str] | None = None,
        comparison: Comparison | None = None,
        sweep: Sweep | None = None,
    ) -> Report:
        """Return the report of all rows.

        Args:
            columns: of the data set by which to group; None for all. A sample without a value is
                in the group `(none)`.
            facts: what was evaluated, by heading.
            comparison: with other answers, made by `compare`.
            sweep: over disturbed regions.
        """
        used = columns_of(self.rows) if columns is None else tuple(columns)
        return Report(
            facts=dict(facts or {}),
            rules=self.rules,
            total=figures_of(self.rows, self.rules),
            groups=tuple(
                Group(column, name, figures_of(rows, self.rules))
                for column in used
                for name, rows in sorted(grouped(self.rows, column).items())
            ),
            fairness=tuple(
                found for column in used if (found := _fairness(self.rows, column, self.rules))
            ),
            worst=_worst(self.rows),
            comparison=comparison,
            sweep=sweep,
        )


def _fairness(rows: Iterable[SampleScore], column: str, rules: Rules) -> Fairness | None:
    pdj: dict[str, list[float]] = {}
    units: dict[str, list[str]] = {}
    for name, members in grouped(rows, column).items():
        for each in members:
            value = each.pdj
            if value is not None:
                pdj.setdefault(name, []).append(value)
                units.setdefault(name, []).append(each.unit)
    return compare_groups(column, pdj, units, rules) if pdj else None


def _worst(rows: Iterable[SampleScore]) -> tuple[Worst, ...]:
    known = [row for row in rows if row.pdj is not None]
    known.sort(key=lambda row: (row.pdj, -(row.mean_error_of_torso or 0.0), row.name))
    return tuple(
        Worst(row.name, row.place, row.pdj or 0.0, row.mean_error_of_torso, row.found is not None)
        for row in spread_out(known)
    )
