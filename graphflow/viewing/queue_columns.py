"""The lengths of all queues in the viewer: kept, and sent together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from graphflow.nodes.contract import port_name
from graphflow.plan import Plan
from graphflow.words.short_names import short_names

TIME_LINE: Final = "graph_time"

Lengths = tuple[tuple[int, ...], ...]
"""Of each node's queues."""


class QueueColumns:
    """The lengths of all queues, kept until there are enough to be sent."""

    def __init__(self, plan: Plan) -> None:
        shortened = short_names([node.name for node in plan.nodes])
        self._ports = [
            (shortened[node.name], port_name(each.tag, each.index))
            for node in plan.nodes
            for each in node.inputs
        ]
        self._times: list[timedelta] = []
        self._rows: list[list[int]] = []

    @property
    def count(self) -> int:
        """Of frames."""
        return len(self._times)

    def add(self, time: int, lengths: Lengths) -> None:
        """Keep the lengths at one time; those of observers, which come last, are left out."""
        self._times.append(timedelta(microseconds=time))
        self._rows.append([length for node in lengths for length in node][: len(self._ports)])

    def send(self, rerun: Any, stream: Any) -> None:
        """Send what is kept, and forget it."""
        if not self._times:
            return
        times = rerun.TimeColumn(TIME_LINE, duration=self._times)
        for port, column in zip(self._ports, zip(*self._rows, strict=True), strict=True):
            path = rerun.new_entity_path(["queues", *port])
            values = rerun.Scalars.columns(scalars=[float(each) for each in column])
            stream.send_columns(str(path), indexes=[times], columns=values, strict=True)
        self._times, self._rows = [], []
