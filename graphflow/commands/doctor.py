"""`graphflow doctor`: is everything here that graphs need, and what helps where it is not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

import click

from graphflow.commands.examination import Finding, State, examine

EXAMPLES: Final = """\b
Examples:
  graphflow doctor
  graphflow doctor --json

\b
Exit codes: 0 all that is needed is there; 1 something needed is missing or broken.
"""
_COLOURS: Final = {State.OK: "green", State.WARN: "yellow", State.BAD: "red"}


@click.command("doctor", epilog=EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> None:
    """Look at this installation, and say what to do about what is missing.

    Each line begins with ok, warn (something is not as it might be) or bad (something that graphs
    need is missing).
    """
    findings = list(examine())
    click.echo(_as_json(findings) if as_json else _as_text(findings))
    if _is_bad(findings):
        raise click.exceptions.Exit(1)


def _is_bad(findings: Sequence[Finding]) -> bool:
    return any(finding.state is State.BAD for finding in findings)


def _as_json(findings: Sequence[Finding]) -> str:
    rows = [{**asdict(finding), "state": finding.state.value} for finding in findings]
    return json.dumps({"is_healthy": not _is_bad(findings), "findings": rows}, indent=2)


def _as_text(findings: Sequence[Finding]) -> str:
    width = max(len(finding.subject) for finding in findings)
    lines = []
    for finding in findings:
        mark = click.style(finding.state.value.ljust(4), fg=_COLOURS[finding.state])
        lines.append(f"{mark}  {finding.subject.ljust(width)}  {finding.found}")
        if finding.advice:
            lines.append(" " * (width + 8) + f"-> {finding.advice}")
    return "\n".join(lines)
