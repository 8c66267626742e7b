"""`graphflow eval --perturb`: the same stills again, in regions that are more and more wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graphflow.commands.evaluated_sides import Asking, Judge, Side
from graphflow.commands.requests import EvalRequest
from graphflow.evaluation.recorded import is_recorded
from graphflow.evaluation.regions import UNDISTURBED, Disturbance
from graphflow.evaluation.sweep import Sweep, sweep
from graphflow.words.errors import UsageError


def check_perturbation(request: EvalRequest) -> None:
    """Refuse what does not go with --perturb.

    Raises:
        UsageError: something does not.
    """
    if not request.perturb:
        return
    if request.mode == "detection":
        raise UsageError("--perturb and --mode detection exclude each other")
    if (request.shift, request.scale, request.roll) != (0.0, 1.0, 0.0):
        raise UsageError(
            "--perturb shifts, scales and turns by itself; found --shift, --scale or --roll"
        )
    if is_recorded(request.graph):
        raise UsageError(f"--perturb: {request.graph} holds answers; expected a graph to ask")


def sweep_of(judge: Judge, text: str, asking: Asking, undisturbed: Side) -> Sweep | None:
    """Ask a graph for all stills at each disturbance.

    Args:
        judge: who scores.
        text: the graph.
        asking: how it is asked.
        undisturbed: its answers in undisturbed regions, which are not asked for again.

    Returns:
        The sweep; None if PDJ applies to no sample.

    Raises:
        Interrupted: the user stopped it.
        UsageError: some samples were answered at some disturbances alone.
    """

    def measure(disturbance: Disturbance) -> Sequence[float]:
        side = undisturbed
        if disturbance != UNDISTURBED:
            side = judge.side(text, replace(asking, disturbance=disturbance))
        return [row.pdj for row in side.scores.rows if row.pdj is not None]

    if not measure(UNDISTURBED):
        return None
    try:
        return sweep(measure)
    except ValueError as error:
        raise UsageError(f"--perturb: {error}") from error
