"""What `graphflow run` is asked to tell of who ran when: a trace file, a profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from graphflow.words.quick_dataclass import dataclass
from graphflow.words.short_names import short_names

if TYPE_CHECKING:
    from graphflow.graph import Graph
    from graphflow.trace import NodeProfile, Profile, Timeline, TraceFile, Tracer

_HEADINGS: Final = (
    "node",
    "calls",
    "busy",
    "share",
    "ms a call",
    "longest",
    "queued",
    "waiting",
    "lost",
)
"""Of a profile's columns; those from "ms a call" to "waiting" are milliseconds."""


@dataclass(frozen=True)
class Traces:
    """Who is told what a run does; nobody by default.

    Attributes:
        file: writes a Chrome trace.
        profile: adds up what each node did.
        timeline: keeps what a report shows.
        report: the report's file.
        shows_profile: whether the profile is to be printed.
    """

    file: TraceFile | None = None
    profile: Profile | None = None
    timeline: Timeline | None = None
    report: Path | None = None
    shows_profile: bool = False

    @property
    def tracer(self) -> Tracer | None:
        """What the run is to be started with; None where nobody asked."""
        sinks = [each for each in (self.file, self.profile, self.timeline) if each is not None]
        if not sinks:
            return None
        from graphflow.trace import Tracer  # few runs are traced

        return Tracer(*sinks)

    def rows(self, count: int) -> tuple[NodeProfile, ...]:
        """Return the profile of the first `count` nodes, those of the graph, the busiest first.

        None where nothing ran.
        """
        if self.profile is None or not self.shows_profile:
            return ()
        profiled = self.profile.nodes[:count]
        nodes = profiled if any(row.calls for row in profiled) else []
        return tuple(sorted(nodes, key=lambda row: (-row.busy_seconds, row.node)))

    @property
    def fault(self) -> str:
        """What went wrong with the trace; "" for nothing."""
        if self.file is None or self.file.error is None:
            return ""
        return f"the trace is not complete: {self.file.path}: {self.file.error.strerror}"

    def write_report(self, graph: Graph, facts: Mapping[str, str]) -> None:
        """Write the report, if it is asked for, of a run that is over.

        Raises:
            OSError: it can't be written.
        """
        if self.report is None or self.profile is None or self.timeline is None:
            return
        from graphflow.report import report_page

        ledger = graph.ledger() if graph.has_run else None
        nodes = self.profile.nodes[: len(graph.plan.nodes)]
        page = report_page(graph.plan, self.timeline, nodes, ledger, facts)
        self.report.write_text(page, encoding="utf-8")


def traces_of(trace: str | None, report: str | None, *, has_profile: bool) -> Traces:
    """Return the traces that a command line asks for.

    Args:
        trace: the file to write; None for none.
        report: the page to write; None for none.
        has_profile: whether to print what each node did.

    Raises:
        OSError: the report can't be written.
    """
    if trace is None and report is None and not has_profile:
        return Traces()
    from graphflow.trace import Profile, Timeline, TraceFile

    if report is not None:
        Path(report).write_text("", encoding="utf-8")  # So that the run is not for nothing.

    return Traces(
        file=None if trace is None else TraceFile(trace),
        profile=Profile() if has_profile or report is not None else None,
        timeline=None if report is None else Timeline(),
        report=None if report is None else Path(report),
        shows_profile=has_profile,
    )


def profile_text(rows: Sequence[NodeProfile]) -> str:
    """Return a profile as a table: means for a call in milliseconds, but for the longest."""
    shortened = short_names([row.node for row in rows])
    cells = [
        (
            shortened[row.node],
            f"{row.calls}",
            f"{row.busy_seconds:.3f} s",
            f"{row.share:.1%}",
            _each(row.busy_seconds, row.calls),
            f"{1000 * row.busy_max_seconds:.2f}",
            _each(row.queued_seconds, row.calls),
            _each(row.waiting_seconds, row.calls),
            f"{row.dropped or ''}",
        )
        for row in rows
        if row.calls
    ]
    lines = [_HEADINGS, *cells]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _each(seconds: float, calls: int) -> str:
    return f"{1000 * seconds / calls:.2f}"
