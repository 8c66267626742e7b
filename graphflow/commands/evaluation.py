"""One call of `graphflow eval`, from the data set to the reports."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

from graphflow.commands.assignments import overrides_of, parameters_of, side_texts_of
from graphflow.commands.evaluated_sides import Asking, Interrupted, Judge, Side
from graphflow.commands.interruption import Interruption
from graphflow.commands.perturbation import check_perturbation, sweep_of
from graphflow.commands.progress import Progress, progress_on
from graphflow.commands.requests import EvalRequest
from graphflow.evaluation.answer_file import Keeping
from graphflow.evaluation.compare import compare
from graphflow.evaluation.datasets.dataset import DatasetError, Survey, survey
from graphflow.evaluation.datasets.opening import open_dataset
from graphflow.evaluation.pictures import picture_of
from graphflow.evaluation.regions import Disturbance
from graphflow.evaluation.report import Report
from graphflow.evaluation.rules import Rules
from graphflow.evaluation.running import worker_count
from graphflow.evaluation.sweep import Sweep
from graphflow.words.diagnostics import listed, suggestion
from graphflow.words.errors import UsageError


class Evaluation:
    """One evaluation, as it was asked for."""

    def __init__(self, request: EvalRequest, stdout: TextIO, stderr: TextIO) -> None:
        self._request = request
        self._stdout = stdout
        self._stderr = stderr
        images = None if request.images is None else Path(request.images).expanduser()
        self._dataset = open_dataset(request.dataset, images)
        self._rules = Rules(
            threshold=request.threshold,
            visibility_cut=request.visibility_cut,
            criterion_points=request.criterion,
            group_min=request.group_min,
            seed=request.seed,
            unit_column=request.unit,
        )

    def run(self) -> int:
        """Evaluate; return the exit code.

        Raises:
            ConfigError: a graph is wrong.
            UsageError: the data set, a graph or the request can't be used.
            ResourceError: a model file is missing or damaged.
        """
        request = self._request
        _check_outputs(request)
        asking = self._asking()
        found = self._survey()
        if not found.samples:
            self._say(f"error: {self._dataset.path} has no sample; nothing was scored")
            return 1
        self._check_columns(found)
        asking = _for_samples(asking, request, found)
        sides: list[Side] = []
        swept: Sweep | None = None
        with (
            Interruption() as interruption,
            progress_on(self._stderr, is_quiet=request.quiet, counted="samples") as progress,
        ):
            judge = self._judge(found, progress, interruption)
            try:
                sides.append(judge.side(request.graph, asking))
                if request.against is not None:
                    sides.append(judge.side(request.against, asking.plainly()))
                if request.perturb:
                    swept = sweep_of(judge, request.graph, asking, sides[0])
            except Interrupted as interrupted:
                progress.say(f"stopped: {interrupted.words}")
                return interruption.exit_code
        code = self._report(found, sides, swept)
        judge.end()
        return code

    def _asking(self) -> Asking:
        request = self._request
        if request.resume and request.fresh:
            raise UsageError("--resume and --fresh exclude each other")
        check_perturbation(request)
        is_given_regions = request.mode == "tracking" or request.perturb
        disturbance = Disturbance(request.shift, request.scale, math.radians(request.roll))
        if request.mode != "tracking" and disturbance != Disturbance():
            raise UsageError("--shift, --scale and --roll go with --mode tracking")
        return Asking(
            is_tracking=request.mode != "detection",
            disturbance=disturbance if is_given_regions else None,
            workers=request.workers or worker_count(),
            keeping=_keeping(request),
            may_fetch=not request.offline,
            parameters=parameters_of(request.param),
            overrides=overrides_of(request.set),
            side_texts=side_texts_of(request.side),
        )

    def _survey(self) -> Survey:
        """Read the data set once; tell bad rows, or refuse it for them."""
        found = survey(self._dataset)
        if not found.bad:
            return found
        told = f"{found.bad} of {found.read} rows make no sample:\n{found.bad_text()}"
        if self._request.bad_rows == "refuse":
            raise DatasetError(f"{told}\n  hint: --bad-rows skip leaves them out")
        self._say(f"skipped: {told}")
        return found

    def _check_columns(self, found: Survey) -> None:
        request = self._request
        asked = [("--group-by", column) for column in request.group_by]
        asked += [("--unit", request.unit)] if request.unit is not None else []
        for option, column in asked:
            if column not in found.columns:
                known = listed(list(found.columns)) if found.columns else "none"
                hint = suggestion(column, found.columns) or f"its columns: {known}"
                raise UsageError(
                    f'{option}: {self._dataset.path} has no column "{column}"\n  hint: {hint}'
                )

    def _judge(self, found: Survey, progress: Progress, interruption: Interruption) -> Judge:
        request = self._request
        return Judge(
            dataset=self._dataset,
            found=found,
            rules=self._rules,
            columns=tuple(dict.fromkeys((*request.group_by, *filter(None, [request.unit])))),
            progress=progress,
            should_stop=lambda: bool(interruption.signal),
        )

    def _report(self, found: Survey, sides: Sequence[Side], swept: Sweep | None) -> int:
        request, first = self._request, sides[0]
        for side in sides:
            self._tell_faults(side)
        if not all(side.scores.rows for side in sides):
            lacking = next(side.name for side in sides if not side.scores.rows)
            self._say(f"error: {lacking} answered no sample of {self._dataset.path}")
            return 1
        comparison = None
        columns = tuple(dict.fromkeys(request.group_by))
        if len(sides) > 1:
            names = _two_names(first.name, sides[1].name)
            comparison = compare(
                first.scores.rows, sides[1].scores.rows, self._rules, names, columns
            )
        report = first.scores.report(
            columns=columns,
            facts=self._facts(found, sides),
            comparison=comparison,
            sweep=swept,
        )
        self._write(report, sides)
        if not request.quiet and request.json != "-":
            self._print(report, found, sides)
        return 0

    def _facts(self, found: Survey, sides: Sequence[Side]) -> dict[str, str]:
        request = self._request
        facts = {
            "graph": request.graph,
            "data set": f"{self._dataset.path} ({self._dataset.kind})",
            "mode": "tracking"
            if request.perturb
            else request.mode or "clips tracked, stills detected",
        }
        if request.against is not None:
            facts["against"] = request.against
        if request.mode == "tracking" and not request.perturb:
            facts["shift, scale, roll"] = f"{request.shift:g}, {request.scale:g}, {request.roll:g}°"
        for side in sides:
            facts[f"rows ({side.name})" if len(sides) > 1 else "rows"] = _counts(found, side)
        return facts

    def _write(self, report: Report, sides: Sequence[Side]) -> None:
        from graphflow.evaluation.writing import joints_csv, samples_csv, to_json, to_page

        request, rows = self._request, sides[0].scores.rows
        others = sides[1].scores.rows if len(sides) > 1 else ()
        if request.json == "-":
            print(to_json(report), file=self._stdout, end="")
        elif request.json:
            _write_text(request.json, to_json(report))
        if request.csv:
            path = Path(request.csv).expanduser()
            _write_text(request.csv, samples_csv(rows, others))
            _write_text(str(path.with_name(f"{path.stem}-joints.csv")), joints_csv(report))
        if request.html:
            page = to_page(report, rows=rows, others=others, picture=picture_of)
            _write_text(request.html, page)

    def _print(self, report: Report, found: Survey, sides: Sequence[Side]) -> None:
        from rich.console import Console

        from graphflow.evaluation.writing import console

        Console(file=self._stdout).print(console(report))
        for side in sides:
            name = f"{side.name}: " if len(sides) > 1 else ""
            print(f"{name}{_counts(found, side)}", file=self._stdout)

    def _tell_faults(self, side: Side) -> None:
        missing = side.not_answered
        if missing.faults:
            told = "\n".join(missing.faults)
            self._say(f"{side.name} could not be asked for {missing.failed} samples:\n{told}")

    def _say(self, text: str) -> None:
        print(text, file=self._stderr, flush=True)


def _for_samples(asking: Asking, request: EvalRequest, found: Survey) -> Asking:
    """Settle what depends on whether the samples are pictures or frames.

    Raises:
        UsageError: both are to be tracked at once, or frames are to be disturbed.
    """
    frames = sum(len(each) for each in found.clips.values())
    if request.perturb and frames:
        raise UsageError(
            f"--perturb: found {frames} frames of clips, whose regions come from earlier ones; "
            "expected pictures"
        )
    if request.mode == "tracking" and 0 < frames < found.samples:
        raise UsageError(
            f"--mode tracking: the data set has {frames} frames of clips and "
            f"{found.samples - frames} pictures\n"
            "  hint: evaluate them apart; clips are tracked without --mode too"
        )
    return replace(
        asking,
        is_tracking=asking.is_tracking and frames > 0,
        disturbance=None if frames else asking.disturbance,
    )


def _counts(found: Survey, side: Side) -> str:
    """Say what became of every row: the numbers add up."""
    rows, missing = side.scores.rows, side.not_answered
    with_pdj = sum(row.pdj is not None for row in rows)
    nobody = sum(row.truth is None for row in rows)
    parts = {
        "scored": with_pdj,
        "with nobody in it": nobody,
        "without torso or joints in the truth": len(rows) - with_pdj - nobody,
        "that failed": missing.failed,
        side.missing_because: missing.missing,
        "bad": found.bad,
    }
    told = " + ".join(f"{count} {words}" for words, count in _worth_telling(parts))
    return f"{found.read} rows read = {told}"


def _worth_telling(parts: dict[str, int]) -> Iterator[tuple[str, int]]:
    return ((words, count) for words, count in parts.items() if count or words == "scored")


def _two_names(first: str, second: str) -> tuple[str, str]:
    return (f"{first} (1)", f"{second} (2)") if first == second else (first, second)


def _keeping(request: EvalRequest) -> Keeping:
    if request.fresh:
        return Keeping.DROP
    return Keeping.KEEP if request.resume else Keeping.CONTINUE


def _check_outputs(request: EvalRequest) -> None:
    """Refuse what can't be written before anything is computed for it."""
    if request.html and find_spec("matplotlib") is None:
        raise UsageError(
            "--html: the page's plots need matplotlib\n"
            "  hint: pip install 'graphflow-perception[eval]'"
        )
    for name, text in (("--csv", request.csv), ("--html", request.html)):
        if text == "-":
            raise UsageError(f"{name}: found -; expected a file (only --json writes to stdout)")
    for text in (request.json, request.csv, request.html):
        path = Path(text).expanduser() if text and text != "-" else None
        if path is not None and (path.is_dir() or not path.parent.is_dir()):
            reason = "it is a folder" if path.is_dir() else f"there is no folder {path.parent}"
            raise UsageError(f'can\'t write "{path}": {reason}')


def _write_text(name: str, text: str) -> None:
    Path(name).expanduser().write_text(text, encoding="utf-8")
