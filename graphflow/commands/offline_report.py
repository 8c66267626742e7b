"""What a comparison of a live run with one without losses says, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graphflow.commands.columns import in_columns
from graphflow.commands.summary import loss_rows
from graphflow.evaluation.live_cost import DropPattern, LandmarkError, LiveCost, Spread
from graphflow.runtime.ledger import Loss
from graphflow.words.short_names import short_names

COSTS_SHOWN: Final = 5
RUNS_SHOWN: Final = 8
DECIMALS: Final = 4


@dataclass(frozen=True)
class ComparisonReport:
    """What dropping frames cost. `as_json` documents the fields for machines.

    Attributes:
        graph, input: the paths.
        cost: the figures.
        losses: of the live run.
        offline_losses: of the run that should have none, in words.
        costs_us: how long a call took in the live run, by node.
        calls: how many there were then, by node.
        threads: of each executor; "" is the default one.
    """

    graph: str
    input: str
    cost: LiveCost
    losses: Sequence[Loss]
    offline_losses: Sequence[str]
    costs_us: Mapping[str, int]
    calls: Mapping[str, int]
    threads: Mapping[str, int]

    def as_json(self) -> str:
        """Return one JSON object.

        Keys: graph, input; frames, frames_with_pose, source_rate (frames a second): of the clip,
        without losses; results, results_with_pose, result_rate: of the live run; age_ms: of the
        results, and lag_ms: at each frame, how old the frame is whose result is on screen: each
        median, mean, p95, max, or null; unseen (frames before the first result is on screen);
        dropped (frames without a result), drop_runs (list of length, count: how many times so many
        frames in a row had none), longest_gap_ms (between the frames of two results), losses (list
        of node, stream, reason, count); errors: of_results, held and on_screen, each frames
        (compared), px and of_torso (median, mean, p95, max, or null), missing and false (frames
        with a pose in one of both only); costs_ms (of a call, by node), calls (of the live run, by
        node), threads (by executor, "" is the default one), offline_losses (texts: what was lost
        where nothing should be).
        """
        cost = self.cost
        fields = {
            "graph": self.graph,
            "input": self.input,
            "frames": cost.frames,
            "frames_with_pose": cost.frames_with_pose,
            "source_rate": round(cost.source_rate, DECIMALS),
            "results": cost.results,
            "results_with_pose": cost.results_with_pose,
            "result_rate": round(cost.result_rate, DECIMALS),
            "age_ms": _spread_fields(cost.age_us, 1e-3),
            "lag_ms": _spread_fields(cost.lag_us, 1e-3),
            "unseen": cost.unseen,
            "dropped": cost.pattern.dropped,
            "drop_runs": [
                {"length": length, "count": count} for length, count in cost.pattern.runs.items()
            ],
            "longest_gap_ms": cost.pattern.longest_gap_us / 1000,
            "losses": [
                {
                    "node": loss.node or None,
                    "stream": loss.stream or None,
                    "reason": loss.reason,
                    "count": loss.count,
                }
                for loss in self.losses
            ],
            "errors": {
                "of_results": _error_fields(cost.of_results),
                "held": _error_fields(cost.held),
                "on_screen": _error_fields(cost.on_screen),
            },
            "costs_ms": {name: cost_us / 1000 for name, cost_us in self.costs_us.items()},
            "calls": dict(self.calls),
            "threads": dict(self.threads),
            "offline_losses": list(self.offline_losses),
        }
        return json.dumps(fields, indent=2)

    def as_text(self) -> str:
        """Return some lines for people."""
        cost = self.cost
        share = cost.results / cost.frames
        clip = (
            f"{Path(self.input).name}: {cost.frames} frames, {cost.source_rate:.1f} a second; "
            f"without losses {cost.frames_with_pose} have a pose"
        )
        live = (
            f"{cost.results} results, {cost.result_rate:.1f} a second ({share:.0%}); "
            f"{cost.results_with_pose} have a pose"
        )
        rows = [
            ("clip", clip),
            ("live", live),
            ("age", f"{_ms(cost.age_us)}: from a frame's capture to its result"),
            ("lag", f"{_ms(cost.lag_us)}: of what is on screen, at each frame"),
        ]
        lines = list(in_columns(rows))
        lines += ["", *_error_lines(cost), ""]
        lines += list(in_columns([*_drop_rows(cost.pattern, self.losses), *self._cost_rows()]))
        lines += [f"not without losses: {each}" for each in self.offline_losses]
        return "\n".join(lines)

    def _cost_rows(self) -> list[tuple[str, str]]:
        """Return where the simulated time went: the busiest nodes, then the threads."""
        names = short_names(list(self.costs_us))
        busy_us = {name: cost * self.calls.get(name, 0) for name, cost in self.costs_us.items()}
        busiest = sorted(busy_us, key=lambda name: (-busy_us[name], name))
        shown = [name for name in busiest[:COSTS_SHOWN] if busy_us[name]]
        cells = [
            (names[name], f"{self.calls[name]} calls", f"{self.costs_us[name] / 1000:.2f} ms each")
            for name in shown
        ]
        rest = sum(busy_us[name] for name in busiest[len(shown) :]) / 1000
        rows = [*in_columns(cells), f"the others {rest:.1f} ms in all"]
        threads = ", ".join(f"{name or 'default'} {n}" for name, n in self.threads.items())
        return [("time" if row is rows[0] else "", row) for row in rows] + [("threads", threads)]


def _drop_rows(pattern: DropPattern, losses: Sequence[Loss]) -> list[tuple[str, str]]:
    runs = [f"{count} x {length}" for length, count in pattern.runs.items()]
    more = f", and {len(runs) - RUNS_SHOWN} lengths more" if runs[RUNS_SHOWN:] else ""
    in_a_row = f"; in a row: {', '.join(runs[:RUNS_SHOWN])}{more}" if runs else ""
    gap = f"; {pattern.longest_gap_us / 1000:.0f} ms between results at most"
    rows = [("dropped", f"{pattern.dropped} frames{in_a_row}{gap}")]
    return rows + [("", row) for row in loss_rows(losses)]


def _error_lines(cost: LiveCost) -> list[str]:
    head = ("error", "px mean", "p95", "max", "torso mean", "p95", "max", "frames", "lacking")
    rows = [
        ("of the results", cost.of_results),
        ("held to the next", cost.held),
        ("on screen", cost.on_screen),
    ]
    return list(in_columns([head, *((name, *_error_cells(error)) for name, error in rows)]))


def _error_cells(error: LandmarkError) -> tuple[str, ...]:
    px, torso = error.px, error.of_torso
    return (
        *(("-",) * 3 if px is None else (f"{px.mean:.2f}", f"{px.p95:.2f}", f"{px.max:.2f}")),
        *(
            ("-",) * 3
            if torso is None
            else (f"{torso.mean:.2%}", f"{torso.p95:.2%}", f"{torso.max:.2%}")
        ),
        str(error.frames),
        f"{error.missing}" + (f", {error.false} too many" if error.false else ""),
    )


def _ms(found: Spread | None) -> str:
    if found is None:
        return "none"
    return (
        f"{found.median / 1000:.1f} ms median, {found.p95 / 1000:.1f} for 95 %, "
        f"{found.max / 1000:.1f} at most"
    )


def _spread_fields(found: Spread | None, scale: float) -> dict[str, float] | None:
    if found is None:
        return None
    values = (found.median, found.mean, found.p95, found.max)
    names = ("median", "mean", "p95", "max")
    return {name: round(scale * value, DECIMALS) for name, value in zip(names, values, strict=True)}


def _error_fields(error: LandmarkError) -> dict[str, Any]:
    return {
        "frames": error.frames,
        "px": _spread_fields(error.px, 1),
        "of_torso": _spread_fields(error.of_torso, 1),
        "missing": error.missing,
        "false": error.false,
    }
