"""Write the benchmarks' results into the documents.

    python -m benchmarks.report                        from out/benchmarks.json
    python -m benchmarks.report docs/benchmarks.json   the same documents again

What is written goes between marks, and is never edited by hand: tables into docs/benchmarks.md,
a summary into README.md, the plot into docs/images, and the results beside them. Exit code 2 if
there are no results.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.figures import (
    COST_RATIO,
    FASTER,
    Cost,
    Figure,
    Part,
    Results,
    ResultsProblem,
    load,
    save,
)
from benchmarks.turns import Spread

RESULTS: Final = Path("out/benchmarks.json")
KEPT: Final = Path("docs/benchmarks.json")
DOCUMENT: Final = Path("docs/benchmarks.md")
README: Final = Path("README.md")
PLOT: Final = Path("docs/images/benchmarks.svg")

BEGIN: Final = "<!-- begin: written by python -m benchmarks.report -->\n"
END: Final = "<!-- end: written by python -m benchmarks.report -->\n"

_UNITS: Final = {FASTER: "× the speed", COST_RATIO: "× the cost"}


def number(value: float) -> str:
    """Return a number with about three digits."""
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{digits}f}"


def with_spread(spread: Spread, unit: str = "") -> str:
    """Return a median, its unit, and lowest to highest where they differ."""
    text = f"{number(spread.median)} {_UNITS.get(unit, unit)}".rstrip()
    if spread.lowest == spread.highest:
        return text
    return f"{text} ({number(spread.lowest)} to {number(spread.highest)})"


def target_of(figure: Figure) -> str:
    """Return a figure's target in words, or nothing."""
    if figure.target is None:
        return ""
    return f"{figure.target.direction.value} {figure.target.limit:g} {_unit(figure)}"


def verdict_of(figure: Figure) -> str:
    """Return whether a figure reaches its target, or nothing without one."""
    return {None: "", True: "yes", False: "**no**"}[figure.is_met]


def figure_table(part: Part) -> str:
    """Return all figures of a part as a table in Markdown."""
    lines = [
        "| figure | target | found | met | by CPU | graphflow | CPU | compared with | CPU |",
        "|---|---|---|---|---:|---:|---:|---:|---:|",
    ]
    for each in part.figures:
        cells = [
            each.name,
            target_of(each),
            with_spread(each.value, each.unit),
            verdict_of(each),
            "" if each.by_cpu is None else number(each.by_cpu.median),
            *_cost_cells(each.ours),
            *_cost_cells(each.theirs),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def stage_table(part: Part) -> str:
    """Return where a frame's time goes as a table in Markdown."""
    jobs = list(part.stages[0].milliseconds)
    heads = [cell for job in jobs for cell in (f"{job}: ms", "share")]
    lines = [f"| stage | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    sums = {job: sum(stage.milliseconds[job] for stage in part.stages) for job in jobs}
    for stage in part.stages:
        cells = []
        for job in jobs:
            spent = stage.milliseconds[job]
            cells += [number(spent), f"{spent / sums[job]:.1%}"] if spent else ["", ""]
        lines.append(f"| {stage.name} | {' | '.join(cells)} |")
    totals = [cell for job in jobs for cell in (number(sums[job]), "100%")]
    lines.append(f"| all | {' | '.join(totals)} |")
    return "\n".join(lines)


def section(part: Part) -> str:
    """Return all about a part in Markdown."""
    blocks = [f"### ({part.letter}) {part.title}", part.how, figure_table(part)]
    if part.stages:
        blocks.append(stage_table(part))
    blocks += [
        f"- {check.name}: {'yes' if check.is_held else '**no**'}; {check.found}"
        for check in part.checks
    ]
    quick = ", a quick run whose figures are rough" if part.is_quick else ""
    turns = "1 turn" if part.rounds == 1 else f"{part.rounds} turns"
    blocks.append(f"{part.machine}; {turns} of each side{quick}.")
    return _joined(blocks)


def whole_report(results: Results) -> str:
    """Return all parts in Markdown."""
    return "\n\n".join(section(part) for part in results.parts) + "\n"


def summary(results: Results) -> str:
    """Return the figures that have targets in Markdown, with what they were measured on."""
    lines = [
        "| figure | target | found (lowest to highest) | met | by CPU |",
        "|---|---|---|---|---:|",
    ]
    for part in results.parts:
        lines += [
            f"| ({part.letter}) {each.name} | {target_of(each)} | "
            f"{with_spread(each.value, each.unit)} | {verdict_of(each)} | "
            f"{'' if each.by_cpu is None else number(each.by_cpu.median)} |"
            for each in part.figures
            if each.target is not None
        ]
    return "\n".join(lines) + f"\n\n{measured_on(results)}\n"


def measured_on(results: Results) -> str:
    """Say what the results were measured on, and which of them are rough."""
    machines = "; ".join(dict.fromkeys(part.machine for part in results.parts))
    rough = [part.letter for part in results.parts if part.is_quick]
    note = f" Rough figures of a quick run: {', '.join(rough)}." if rough else ""
    return f"Measured on: {machines}.{note}"


def with_block(document: str, text: str) -> str:
    """Return a document with what stands between its marks replaced.

    Raises:
        ResultsProblem: it has no marks.
    """
    head, begin, rest = document.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ResultsProblem(f"a document has no marks for the tables: {BEGIN.strip()}")
    return f"{head}{begin}\n{text}\n{end}{tail}"


def write_documents(results: Results, folder: Path = Path()) -> None:
    """Write the results into the documents of a checkout.

    Raises:
        ResultsProblem: a document has no marks.
    """
    for name, text in ((DOCUMENT, whole_report(results)), (README, summary(results))):
        path = folder / name
        path.write_text(with_block(path.read_text(encoding="utf-8"), text), encoding="utf-8")
    save(results, folder / KEPT)


def _unit(figure: Figure) -> str:
    return _UNITS.get(figure.unit, figure.unit)


def _cost_cells(cost: Cost | None) -> list[str]:
    if cost is None:
        return ["", ""]
    return [
        f"{number(cost.wall.median)} {cost.unit}",
        "" if cost.cpu is None else number(cost.cpu.median),
    ]


def _joined(blocks: Sequence[str]) -> str:
    """Join blocks by blank lines, but the items of a list by line ends."""
    text = ""
    for block in blocks:
        is_list = block.startswith("- ") and text.rpartition("\n")[2].startswith("- ")
        text += ("\n" if is_list else "\n\n" if text else "") + block
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the documents; 0, or 2 without results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("results", nargs="?", type=Path, default=RESULTS, help="(%(default)s)")
    given = parser.parse_args(arguments)
    try:
        results = load(given.results)
        write_documents(results)
    except ResultsProblem as problem:
        print(problem, file=sys.stderr)
        return 2
    from benchmarks.plot import write_plot

    is_drawn = write_plot(results, PLOT)
    written = [DOCUMENT, README, KEPT, *([PLOT] if is_drawn else [])]
    print("written: " + ", ".join(map(str, written)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
