"""Plots of a report as SVG elements for a page: light or dark with it, text as text."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from graphflow.evaluation.card import CARD_THRESHOLD, HIGHEST_REGION_PDJ, LOWEST_REGION_PDJ
from graphflow.evaluation.curves import Curve
from graphflow.evaluation.fairness import Fairness
from graphflow.evaluation.rules import Rules
from graphflow.evaluation.sweep import SweptLine
from graphflow.words.errors import UsageError

_INK: Final = "#010203"
_FAINT: Final = "#040506"
_LINE: Final = "#070809"
_VARIABLES: Final = {_INK: "var(--ink)", _FAINT: "var(--faint)", _LINE: "var(--line)"}
"""Colours that stand for the page's own, which follow the reader's choice of light or dark."""

COLOURS: Final = ("#e8590c", "#1c7ed6", "#2f9e44", "#9c36b5", "#e0a500", "#0b7285")
"""Of the series of one plot, in their order."""

_WIDTH_IN: Final = 8.0
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": _INK,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": _LINE,
    "xtick.color": _FAINT,
    "ytick.color": _FAINT,
    "xtick.labelcolor": _INK,
    "ytick.labelcolor": _INK,
    "legend.frameon": False,
}


def curve_plot(curves: Mapping[str, Curve], rules: Rules) -> str:
    """Return the PCK curves of some sets of samples, by name, with the card's figures as lines."""
    farthest = max(curve.thresholds[-1] for curve in curves.values())
    with _drawing("curve", _WIDTH_IN, 4.2) as (axes, result):
        for colour, (name, curve) in zip(_colours(curves), curves.items(), strict=True):
            axes.plot(curve.thresholds, curve.percentages, color=colour, label=name, linewidth=2)
        axes.axvline(rules.threshold, color=_INK, linestyle="--", linewidth=1)
        whose = ", the card's" if rules.threshold == CARD_THRESHOLD else ""
        axes.annotate(
            f"threshold {rules.threshold:g}{whose}", (rules.threshold, 3), (4, 0),
            textcoords="offset points", color=_INK,
        )  # fmt: skip
        for level, name in (
            (LOWEST_REGION_PDJ, "card's lowest region"),
            (HIGHEST_REGION_PDJ, "card's highest region"),
        ):
            axes.axhline(level, color=_FAINT, linestyle=":", linewidth=1)
            # Beside the axes, where no curve runs through the words.
            axes.annotate(
                f"{name}\n(PDJ@{CARD_THRESHOLD:g}): {level:g} %", (farthest, level), (4, 0),
                textcoords="offset points", color=_FAINT, fontsize=8,
                va="top" if level == LOWEST_REGION_PDJ else "bottom", annotation_clip=False,
            )  # fmt: skip
        axes.set(
            xlim=(0, farthest),
            ylim=(0, 100),
            xlabel="largest error allowed (share of the torso radius)",
            ylabel="joints within it (%)",
        )
        if len(curves) > 1:
            axes.legend(loc="lower right")
    return result[0]


def groups_plot(fairness: Fairness, number: int) -> str:
    """Return the PDJ of each group with its interval, the criterion, and the card's range.

    Args:
        fairness: of one column.
        number: of the column on its page.
    """
    rows = sorted(fairness.groups, key=lambda row: row.pdj, reverse=True)
    height = 1.3 + 0.28 * len(rows)
    with _drawing(f"groups{number}", _WIDTH_IN, height) as (axes, result):
        for at, row in enumerate(rows):
            colour = COLOURS[0] if row.is_compared else _FAINT
            if row.interval is not None:
                ends = (row.interval.low, row.interval.high)
                axes.plot(ends, (at, at), color=colour, linewidth=2)
            axes.plot([row.pdj], [at], "o", color=colour)
        axes.set_yticks(range(len(rows)), [f"{row.group} ({row.samples})" for row in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlabel("PDJ (%) with its interval")
        axes.grid(axis="y", visible=False)
        if fairness.lowest is not None:
            lowest = min(row.pdj for row in rows if row.is_compared)
            axes.axvspan(
                lowest, lowest + fairness.criterion_points,
                color=COLOURS[2], alpha=0.15, linewidth=0,
                label=f"criterion: {fairness.criterion_points:g} points above the lowest",
            )  # fmt: skip
        _card_lines(axes)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.6 / height), ncols=2, fontsize=8)
    return result[0]


def swept_plot(line: SweptLine) -> str:
    """Return PDJ against one kind of disturbance of the regions, with the card's limits."""
    amounts = [point.amount for point in line.points]
    with _drawing(f"swept-{line.kind}", _WIDTH_IN, 3.0) as (axes, result):
        low = -line.limit if min(amounts) < 0 else 0.0
        axes.axvspan(
            low, line.limit, color=COLOURS[2], alpha=0.15, linewidth=0,
            label=f"tolerated, says the card: up to {line.limit:g}",
        )  # fmt: skip
        axes.axhline(
            LOWEST_REGION_PDJ, color=_FAINT, linestyle=":", linewidth=1,
            label=f"card's lowest region: {LOWEST_REGION_PDJ:g} %",
        )  # fmt: skip
        axes.plot(
            amounts, [point.pdj for point in line.points], "o-", color=COLOURS[0], linewidth=2,
            label="PDJ", clip_on=False,
        )  # fmt: skip
        axes.set(
            xlim=(min(amounts), max(amounts)),
            ylim=(0, 100),
            xlabel=f"{line.kind} of the region ({line.unit})",
            ylabel="PDJ (%)",
        )
        axes.legend(loc="lower left", fontsize=8)
    return result[0]


def joints_plot(series: Mapping[str, Mapping[str, float]]) -> str:
    """Return PDJ by joint as bars.

    Args:
        series: for each set of answers, by name, the percentage of each joint, by name.
    """
    joints = list(dict.fromkeys(joint for values in series.values() for joint in values))
    with _drawing("joints", _WIDTH_IN, 1.0 + 0.26 * len(joints)) as (axes, result):
        thickness = 0.8 / len(series)
        for place, (colour, (name, values)) in enumerate(
            zip(_colours(series), series.items(), strict=True)
        ):
            middles = [
                at + (place - (len(series) - 1) / 2) * thickness for at in range(len(joints))
            ]
            axes.barh(
                middles, [values.get(joint, 0.0) for joint in joints], thickness, color=colour,
                label=name,
            )  # fmt: skip
        axes.set_yticks(range(len(joints)), joints, fontsize=8)
        axes.set_ylim(len(joints) - 0.4, -0.6)
        axes.set_xlim(0, 100)
        axes.set_xlabel("PDJ (%)")
        axes.grid(axis="y", visible=False)
        _card_lines(axes)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(series) + 1)
    return result[0]


def _card_lines(axes: Any) -> None:
    """Mark the card's lowest and highest region on an axis of PDJ."""
    for level, label in (
        (LOWEST_REGION_PDJ, "card's lowest and highest region"),
        (HIGHEST_REGION_PDJ, None),
    ):
        axes.axvline(level, color=_FAINT, linestyle=":", linewidth=1.2, label=label)


def _colours(names: Mapping[str, object]) -> Sequence[str]:
    return [COLOURS[at % len(COLOURS)] for at in range(len(names))]


@contextmanager
def _drawing(name: str, width_in: float, height_in: float) -> Iterator[tuple[Any, list[str]]]:
    """Give axes to draw on, and a list that holds the SVG element afterwards.

    Raises:
        UsageError: matplotlib, of the extra `eval`, is not installed.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError(
            "plots need matplotlib\n  hint: pip install 'graphflow-perception[eval]'"
        ) from error
    result: list[str] = []
    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(width_in, height_in), layout="constrained")
        yield figure.add_subplot(), result
        text = io.StringIO()
        figure.savefig(
            text, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    result.append(_element(text.getvalue(), name))


def _element(text: str, name: str) -> str:
    """Return the SVG element of a file, so that several of them can stand in one page."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, variable)
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\1{name}-", text)
    return text.replace("<svg ", f'<svg class="plot" role="img" aria-label="{name}" ', 1)
