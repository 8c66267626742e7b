"""Say on stderr why a run stands still, and what each node was doing when it was interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graphflow.words.waits import Wait, indented


def stall_text(waits: Sequence[Wait], seconds: float) -> str:
    """Return the explanation of a stall: no call began or ended for `seconds`."""
    return f"stalled: no progress for {seconds:g} s\n{indented(waits)}"


def interruption_text(waits: Sequence[Wait]) -> str:
    """Return what a run was doing when a signal came: what everything else waited for.

    Without remedies, for most runs are interrupted because that is their end: a camera's.
    """
    roots = [replace(wait, remedy="") for wait in waits if not wait.root]
    doing = f"interrupted; the run was at\n{indented(roots)}\n" if roots else "interrupted; "
    return f"{doing}ending it in order (a second signal kills it)"
