"""A run's summary as notebooks show it: what it came to, and a bar for each node's time."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from graphflow.graph import NodeTime

_ROWS_MAX: Final = 12


def summary_html(
    graph: str, status: str, facts: Sequence[str], nodes: Sequence[NodeTime], error: str
) -> str:
    """Return a summary as HTML.

    Args:
        graph: its name or file.
        status: how the run ended.
        facts: what it came to, a few words each.
        nodes: the busiest first.
        error: what it failed with; "" for nothing.
    """
    total = sum(row.busy_seconds + row.setup_seconds for row in nodes)
    rows = "".join(
        _row(each.node, each.busy_seconds + each.setup_seconds, each.calls, total)
        for each in nodes[:_ROWS_MAX]
    )
    words = ", ".join([f"<b>{escape(status)}</b>", *map(escape, facts)])
    others = len(nodes) - _ROWS_MAX
    more = f"<p>and {others} nodes that took less</p>" if others > 0 else ""
    shown_error = f"<pre>{escape(error)}</pre>" if error else ""
    return (
        f"<div><p>{escape(graph)}: {words}</p>{shown_error}"
        "<table><thead><tr><th>node</th><th>seconds</th><th>calls</th><th>share</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>{more}</div>"
    )


def _row(node: str, seconds: float, calls: int, total: float) -> str:
    share = seconds / total if total else 0
    bar = (
        f'<span style="display:inline-block;width:{120 * share:.0f}px;height:10px;'
        'background:#4b8bd0"></span>'
    )
    return (
        f"<tr><td>{escape(node)}</td><td>{seconds:.3f}</td><td>{calls}</td>"
        f"<td>{bar} {share:.0%}</td></tr>"
    )
