"""The Rerun viewer that the command line asks for; nothing is imported for other runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from graphflow.graph import Graph
    from graphflow.viewing import RerunLog

VIEWER: Final = "viewer"
"""What `--rerun` alone means: `graphflow.viewing.SPAWN`."""


def start_view(graph: Graph, target: str | None) -> RerunLog | None:
    """Show the run of a graph that is not started yet, if that is asked for.

    Raises:
        UsageError: the target is none, or rerun-sdk is missing.
        OSError: the file can't be written.
    """
    if target is None:
        return None
    from graphflow.viewing import RerunLog, target_of

    return RerunLog(target_of(target), graph)


def end_view(view: RerunLog | None) -> str:
    """End the view, and return what went wrong with it; "" for nothing."""
    if view is None:
        return ""
    view.close()
    if view.fault:
        return f"the Rerun viewer was not shown everything: {view.fault}"
    if view.left_out:
        return f"the Rerun viewer could not keep up: {view.left_out} packets were not shown"
    return ""
