"""The plot: how much better than MediaPipe, figure by figure, and where a frame's time goes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import COST_RATIO, FASTER, Figure, Part, Results
from benchmarks.turns import Spread

MET: Final = "#2a7f62"
MISSED: Final = "#c8553d"
PLAIN: Final = "#7d8597"
STAGES: Final = (
    "#577590", "#43aa8b", "#b8de6f", "#264653", "#f9c74f", "#90be6d",
    "#4d908e", "#f8961e", "#f3722c", "#adb5bd", "#6c757d",
)  # fmt: skip
ROW_INCHES: Final = 0.3
WIDTH_INCHES: Final = 9.0


def betterness(figure: Figure) -> Spread | None:
    """Return how many times better than MediaPipe a figure is; None if it does not compare."""
    value = figure.value
    if figure.unit == FASTER:
        return value
    if figure.unit == COST_RATIO:
        return Spread(1 / value.median, 1 / value.highest, 1 / value.lowest)
    return None


def goal(figure: Figure) -> float | None:
    """Return a figure's target as times better."""
    if figure.target is None:
        return None
    limit = figure.target.limit
    return 1 / limit if figure.unit == COST_RATIO else limit


def rows_of(results: Results) -> list[tuple[str, Figure, Spread]]:
    """Return the figures that compare with MediaPipe and have a target, with their labels."""
    rows = []
    for part in results.parts:
        for figure in part.figures:
            better = betterness(figure)
            if better is not None and figure.target is not None:
                rows.append((f"({part.letter}) {figure.name}", figure, better))
    return rows


def write_plot(results: Results, target: Path) -> bool:
    """Draw the results as SVG; the same results always give the same file.

    Returns:
        Whether it was drawn; without matplotlib it is not, and that is said on stderr.
    """
    try:
        import matplotlib
    except ImportError:
        print("no plot: it needs matplotlib, of the extra `bench`", file=sys.stderr)
        return False
    matplotlib.use("svg")
    from matplotlib import pyplot

    rows = rows_of(results)
    staged = [part for part in results.parts if part.stages]
    heights = [max(len(rows), 1) + 2.5, *(len(part.stages[0].milliseconds) + 4 for part in staged)]
    with matplotlib.rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": "graphflow", "font.size": 9}
    ):
        figure, axes = pyplot.subplots(
            len(heights),
            1,
            squeeze=False,
            figsize=(WIDTH_INCHES, ROW_INCHES * sum(heights)),
            height_ratios=heights,
            layout="constrained",
        )
        _draw_rows(axes[0][0], rows)
        for place, part in zip(axes[1:], staged, strict=True):
            _draw_stages(place[0], part)
        target.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
    return True


def _draw_rows(axis: Any, rows: list[tuple[str, Figure, Spread]]) -> None:
    for place, (_, figure, better) in enumerate(rows):
        colour = MET if figure.is_met else MISSED
        axis.barh(place, better.median, color=colour, height=0.6)
        axis.plot([better.lowest, better.highest], [place, place], color="black", linewidth=1)
        axis.plot([goal(figure)] * 2, [place - 0.42, place + 0.42], color="black", linewidth=2)
        axis.annotate(
            f"{better.median:.2f}",
            (max(better.highest, goal(figure) or 0), place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
        )
    axis.axvline(1, color=PLAIN, linewidth=1, linestyle="--")
    axis.set_yticks(range(len(rows)), [label for label, _, _ in rows])
    axis.invert_yaxis()
    axis.margins(x=0.12)
    axis.set_xlim(left=0)
    axis.set_title(
        "times as good as MediaPipe 0.10.21, or as one clip or worker (dashed: equal)\n"
        "green: target met; red: missed; thick mark: target; thin line: lowest to highest",
        fontsize=9,
        loc="left",
    )
    _tidy(axis)


def _draw_stages(axis: Any, part: Part) -> None:
    jobs = list(part.stages[0].milliseconds)
    left = dict.fromkeys(jobs, 0.0)
    for stage, colour in zip(part.stages, STAGES, strict=False):
        for place, job in enumerate(jobs):
            spent = stage.milliseconds[job]
            axis.barh(
                place, spent, left=left[job], color=colour, height=0.6,
                label=None if place else stage.name,
            )  # fmt: skip
            left[job] += spent
    axis.set_yticks(range(len(jobs)), jobs)
    axis.invert_yaxis()
    axis.set_title(f"{part.title}, ms", fontsize=9, loc="left")
    axis.legend(ncols=4, fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.4, -0.15))
    _tidy(axis)


def _tidy(axis: Any) -> None:
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
