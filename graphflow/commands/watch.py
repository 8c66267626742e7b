"""`graphflow run --watch`: a table of the nodes, redrawn while the graph runs.

Apart, because rich takes long to import and is seldom needed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table

from graphflow.running.snapshot import NodeSnapshot, Snapshot
from graphflow.words import timestamp as time_of
from graphflow.words.short_names import short_names

LOOK_SECONDS: Final = 0.5
"""How often the graph is looked at: each time it stands still for a moment."""

WIDTH_FOR_SCRIPTS: Final = 160

_RIGHT: Final = ("calls", "a second", "busy")
_HEADINGS: Final = ("node", *_RIGHT, "queues", "bound", "state")
_LINES_BESIDE_ROWS: Final = 5
"""Lines of a terminal that are not rows: headings, what is left out, a line of the prompt."""


class Watch:
    """The view: takes snapshots now and then, and shows what changed in between.

    Args:
        stream: a terminal for a live view; else one table is written at the end.
        look: takes a snapshot, None before the start.
        is_live: whether to redraw the table while the graph runs.
        clock: seconds.
    """

    def __init__(
        self,
        stream: TextIO,
        look: Callable[[], Snapshot | None],
        *,
        is_live: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        width = None if stream.isatty() else WIDTH_FOR_SCRIPTS
        self._console = Console(file=stream, width=width, highlight=False)
        self._look = look
        self._clock = clock
        self._live = Live(console=self._console, auto_refresh=False) if is_live else None
        self._began = self._looked = clock()
        self._before: Mapping[str, NodeSnapshot] = {}

    def __enter__(self) -> Watch:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        snapshot = self._look()
        if self._live is not None:
            self._live.stop()
        elif snapshot is not None:
            self._console.print(table_of(snapshot, {}, self._clock() - self._began))

    def say(self, text: str) -> None:
        """Write some lines above the table."""
        self._console.print(text, markup=False, soft_wrap=True)

    def show(self, frames: int, total: int | None, note: str = "") -> None:
        """Redraw the table, if the last one is old enough."""
        now = self._clock()
        if self._live is None or now - self._looked < LOOK_SECONDS:
            return
        snapshot = self._look()
        if snapshot is None:
            return
        rows_max = max(1, self._console.height - _LINES_BESIDE_ROWS)
        table = table_of(snapshot, self._before, now - self._looked, rows_max)
        table.caption = f"{frames} frames" if total is None else f"{frames}/{total} frames"
        self._live.update(table, refresh=True)
        self._looked = now
        self._before = {each.node: each for each in snapshot.nodes}


def table_of(
    snapshot: Snapshot,
    before: Mapping[str, NodeSnapshot],
    seconds: float,
    rows_max: int | None = None,
) -> Table:
    """Return a table of the nodes, the busiest since `before` first.

    Args:
        snapshot: of now.
        before: what the nodes were at earlier; empty for the begin of the run.
        seconds: since then.
        rows_max: how many nodes to show; None for all.
    """
    shortened = short_names([each.node for each in snapshot.nodes])
    busy = {each.node: _busy_since(each, before) for each in snapshot.nodes}
    ordered = sorted(snapshot.nodes, key=lambda each: -busy[each.node])
    table = Table(box=None, pad_edge=False)
    for heading in _HEADINGS:
        table.add_column(
            heading,
            justify="right" if heading in _RIGHT else "left",
            no_wrap=heading != "state" or rows_max is not None,
        )
    per_second = 1 / seconds if seconds > 0 else 0.0
    for each in ordered[:rows_max]:
        earlier = before.get(each.node)
        calls = each.calls - (0 if earlier is None else earlier.calls)
        table.add_row(
            shortened[each.node],
            f"{each.calls}",
            f"{calls * per_second:.1f}",
            f"{busy[each.node] * per_second:.0%}",
            " ".join(
                f"{one.length}/{one.limit}" if one.limit else f"{one.length}" for one in each.queues
            ),
            _bound(each),
            each.wait or each.state,
        )
    left_out = len(ordered) - len(ordered[:rows_max])
    if left_out:
        table.add_row(f"and {left_out} more")
    return table


def _busy_since(each: NodeSnapshot, before: Mapping[str, NodeSnapshot]) -> float:
    earlier = before.get(each.node)
    return each.busy_seconds - (0.0 if earlier is None else earlier.busy_seconds)


def _bound(each: NodeSnapshot) -> str:
    """The lowest bound of the inputs: what the node is settled up to."""
    bounds = [one.bound for one in each.queues]
    return time_of.text(min(bounds)) if bounds else ""
