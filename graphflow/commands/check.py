"""`graphflow check`: all that can be known of graphs without running them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import click

from graphflow.checks.check import Finding
from graphflow.checks.inspection import Inspection, inspect
from graphflow.commands.assignments import overrides_of, parameters_of
from graphflow.commands.completions import complete_graph
from graphflow.commands.graph_options import param_option, set_option
from graphflow.loading import Override, load_graph
from graphflow.words.diagnostics import Diagnostic, Location, render
from graphflow.words.errors import ConfigError

EXAMPLES = """\b
Examples:
  graphflow check graphs/*.yaml
  graphflow check my_graph.yaml --strict
  graphflow check my_graph.yaml --param size=9 --json
  graphflow explain GF012

\b
A warning that is meant is silenced by a comment on its line, or alone on the line above:
  # graphflow: ignore[GF030]

\b
Exit codes: 0 no faults; 1 warnings, with --strict; 2 faults, or a wrong command line.
"""


@dataclass(frozen=True)
class Verdict:
    """What is said of one graph.

    Attributes:
        inspection: None where there are faults: nothing else is known then.
    """

    graph: str
    faults: tuple[Diagnostic, ...] = ()
    inspection: Inspection | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The warnings."""
        return self.inspection.findings if self.inspection else ()


@click.command("check", epilog=EXAMPLES)
@click.argument(
    "graphs", metavar="GRAPH...", nargs=-1, required=True, shell_complete=complete_graph
)
@click.option("--strict", is_flag=True, help="Fail if there are warnings.")
@param_option
@set_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(
    graphs: Sequence[str],
    strict: bool,
    as_json: bool,
    param: Sequence[str],
    set: Sequence[str],
) -> None:
    """Tell all faults of graphs, and what they may come to grief on, without running them.

    Each GRAPH is a file, or the name of a bundled graph such as pose_tracking. Faults keep a graph
    from being run; warnings have codes, which `graphflow explain` explains.
    """
    parameters, overrides = parameters_of(param), overrides_of(set)
    verdicts = [verdict_on(graph, parameters, overrides) for graph in graphs]
    if as_json:
        click.echo(json.dumps({"graphs": [described(each) for each in verdicts]}, indent=2))
    else:
        _print(verdicts)
    raise click.exceptions.Exit(exit_code(verdicts, is_strict=strict))


def verdict_on(
    graph: str, parameters: Mapping[str, Any], overrides: Sequence[Override] = ()
) -> Verdict:
    """Look at one graph; its faults are part of the verdict, and not raised."""
    try:
        loaded = load_graph(graph, overrides=overrides, parameters=parameters)
    except ConfigError as error:
        return Verdict(graph, tuple(error.diagnostics))
    return Verdict(graph, inspection=inspect(loaded))


def exit_code(verdicts: Sequence[Verdict], *, is_strict: bool) -> int:
    """Return 2 if there are faults, 1 if there are warnings and they count, else 0."""
    if any(each.faults for each in verdicts):
        return 2
    return 1 if is_strict and any(each.findings for each in verdicts) else 0


def warning_text(finding: Finding, *, show_source: bool) -> str:
    """Return a warning as it is printed."""
    words = f"warning {finding.code}: {finding.diagnostic.fault}"
    return render(replace(finding.diagnostic, fault=words), show_source=show_source)


def _print(verdicts: Sequence[Verdict]) -> None:
    is_terminal = sys.stdout.isatty()
    told: set[tuple[str, Location]] = set()
    for verdict in verdicts:
        for fault in verdict.faults:
            click.echo(render(fault, show_source=is_terminal))
        for finding in verdict.findings:
            # Graphs share their subgraphs.
            if (finding.code, finding.location) not in told:
                told.add((finding.code, finding.location))
                click.echo(warning_text(finding, show_source=is_terminal))
        click.echo(summary_line(verdict))


def summary_line(verdict: Verdict) -> str:
    """Return what a graph came to, in one line."""
    if verdict.inspection is None:
        return f"{verdict.graph}: {_counted(len(verdict.faults), 'fault')}"
    words = "fine"
    if verdict.findings:
        words = f"no faults, {_counted(len(verdict.findings), 'warning')}"
    if not verdict.inspection.is_reproducible:
        words += "; not reproducible"
    return f"{verdict.graph}: {words}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def described(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict for machines; docs/checks.md documents the keys."""
    inspection = verdict.inspection
    return {
        "graph": verdict.graph,
        "faults": [_fields(each) for each in verdict.faults],
        "warnings": [{"code": each.code, **_fields(each.diagnostic)} for each in verdict.findings],
        "is_reproducible": inspection.is_reproducible if inspection else None,
        "varying_nodes": list(inspection.varying) if inspection else None,
    }


def _fields(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        **_place(diagnostic.location),
        "message": diagnostic.fault,
        "found": diagnostic.found,
        "expected": diagnostic.expected,
        "notes": [{"message": note.text, **_place(note.location)} for note in diagnostic.notes],
        "hint": diagnostic.hint,
    }


def _place(location: Location | None) -> dict[str, Any]:
    place = location or Location()
    return {"file": place.file, "line": place.line, "column": place.column}
