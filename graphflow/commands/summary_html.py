"""A run's summary as notebooks show it: what it came to, and a bar for each node's time."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphflow.commands.summary import Summary

_ROWS_MAX = 12


def summary_html(summary: Summary) -> str:
    """Return the summary as HTML."""
    total = sum(row.busy_seconds + row.setup_seconds for row in summary.nodes)
    facts = [
        f"<b>{escape(summary.status)}</b>",
        f"{summary.frames} frames",
        f"{summary.frames_per_second:.1f} frames a second",
        f"{summary.seconds:.2f} s",
    ]
    if summary.frames_with_pose is not None:
        facts.insert(2, f"{summary.frames_with_pose} with a pose")
    if summary.dropped:
        facts.append(f"{summary.dropped} packets lost")
    rows = "".join(
        _row(each.node, each.busy_seconds + each.setup_seconds, each.calls, total)
        for each in summary.nodes[:_ROWS_MAX]
    )
    others = len(summary.nodes) - _ROWS_MAX
    more = f"<p>and {others} nodes that took less</p>" if others > 0 else ""
    error = f"<pre>{escape(summary.error)}</pre>" if summary.error else ""
    return (
        f"<div><p>{escape(summary.graph)}: {', '.join(facts)}</p>{error}"
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
