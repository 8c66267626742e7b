"""Figures: what the page tells of a run, as JSON has it: rate, age, losses, load of the nodes.

Nothing in it is a path: nodes, streams and reasons have names that the graph's authors chose, and
of a failure it tells the node alone; the words are for the terminal.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from graphflow.graph import Graph
from graphflow.plan import Plan
from graphflow.running.snapshot import NodeSnapshot, Snapshot
from graphflow.serving.watch import Watch
from graphflow.words.errors import CalculatorError, GraphStuck, SeveralErrors
from graphflow.words.short_names import short_names

WINDOW_SECONDS: Final = 3.0
"""What "lately" means for rate and age."""

LOOKS_KEPT: Final = 5
"""A load is that since the oldest of so many looks: between two, a long call ends or does not."""

EVENTS_SHOWN: Final = 30
STARTING: Final = "starting"
RUNNING: Final = "running"
ENDED: Final = "ended"


class Figures:
    """Looks at a run now and then, and tells what changed in between.

    Args:
        graph: that is run.
        watch: what is seen of its results.
        clock: seconds.

    Attributes:
        state: "starting", "running", or how the run ended.
        fault: what it failed of, in a few words; "" for nothing.
    """

    def __init__(
        self, graph: Graph, watch: Watch, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.state = ""
        self.fault = ""
        self._graph = graph
        self._watch = watch
        self._clock = clock
        self._began = clock()
        self._looks: deque[tuple[float, dict[str, NodeSnapshot]]] = deque(maxlen=LOOKS_KEPT)
        self._short = short_names([node.name for node in graph.plan.nodes])

    def end(self, state: str, error: BaseException | None) -> None:
        """Say how the run ended."""
        self.state = state
        self.fault = "" if error is None else fault_words(error)

    def health(self) -> dict[str, Any]:
        """Return what there is to say without stopping the graph for a moment."""
        since = self._watch.seconds_since_result()
        return {
            "version": 1,
            "state": self.state or (RUNNING if self._graph.is_running else STARTING),
            "graph": graph_name(self._graph.plan),
            "results": self._watch.results,
            "rate": round(self._watch.rate(WINDOW_SECONDS), 2),
            "seconds_since_result": None if since is None else round(since, 3),
        }

    def look(self) -> dict[str, Any]:
        """Return all figures; the loads are those since a few looks ago."""
        snapshot = self._graph.snapshot()
        return {
            **self.health(),
            "fault": self.fault,
            "seconds": round(self._clock() - self._began, 1),
            "timestamp": self._watch.timestamp,
            "age_ms": self._ages(),
            "losses": self._losses(snapshot),
            "nodes": self._nodes(snapshot),
            "events": [
                {"number": each.number, "timestamp": each.timestamp, "event": each.payload}
                for each in self._watch.events_after(0)[-EVENTS_SHOWN:]
            ],
        }

    def _ages(self) -> dict[str, float] | None:
        ages = self._watch.ages_us(WINDOW_SECONDS)
        if not ages:
            return None
        ordered = sorted(ages)
        chosen = {"newest": ages[-1], "median": ordered[len(ages) // 2], "max": ordered[-1]}
        return {name: round(age / 1000, 1) for name, age in chosen.items()}

    def _losses(self, snapshot: Snapshot | None) -> list[dict[str, Any]]:
        if snapshot is None:
            return []
        losses = sorted(self._graph.ledger().losses, key=lambda each: -each.count)
        return [
            {
                "node": self._short.get(each.node, each.node),
                "input": each.port,
                "stream": each.stream,
                "reason": each.reason,
                "count": each.count,
            }
            for each in losses
        ]

    def _nodes(self, snapshot: Snapshot | None) -> list[dict[str, Any]]:
        """Return the graph's nodes, without those that only watch it."""
        if snapshot is None:
            return []
        now = self._clock()
        nodes = {each.node: each for each in snapshot.nodes[: len(self._graph.plan.nodes)]}
        # The first look tells what was done since the start.
        looked, before = self._looks[0] if self._looks else (self._began, {})
        self._looks.append((now, nodes))
        seconds = max(now - looked, 1e-6)
        return [self._row(each, before.get(each.node), seconds) for each in nodes.values()]

    def _row(
        self, node: NodeSnapshot, before: NodeSnapshot | None, seconds: float
    ) -> dict[str, Any]:
        calls, busy = (0, 0.0) if before is None else (before.calls, before.busy_seconds)
        return {
            "name": node.node,
            "short": self._short[node.node],
            "calls": node.calls,
            "busy_seconds": round(node.busy_seconds, 4),
            "rate": round((node.calls - calls) / seconds, 1),
            "load": round((node.busy_seconds - busy) / seconds, 4),
            "queues": [[each.port, each.length, each.limit] for each in node.queues],
            "state": node.wait or node.state,
        }


def graph_name(plan: Plan) -> str:
    """Return a graph's type, or the name of its file without the folders."""
    return plan.type or Path(plan.file).stem or "graph"


def fault_words(error: BaseException) -> str:
    """Return what a run failed of without a path, which an error's own words may tell."""
    if isinstance(error, SeveralErrors):
        return fault_words(error.errors[0])
    if isinstance(error, CalculatorError):
        return f'node "{error.node}" failed in {error.step}'
    return "the graph was stuck" if isinstance(error, GraphStuck) else "the run failed"
