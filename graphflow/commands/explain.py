"""`graphflow explain`: what a warning means, and what to do about it."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from typing import Final

import click

from graphflow.checks.catalogue import CHECKS
from graphflow.checks.check import Check
from graphflow.commands.completions import complete_check
from graphflow.config.stream_names import did_you_mean
from graphflow.words.errors import UsageError

EXAMPLES = """\b
Examples:
  graphflow explain
  graphflow explain GF012
  graphflow explain loop-without-end --json

\b
Exit codes: 0 explained; 2 no such warning.
"""

WIDTH: Final = 88
"""Columns that running text is filled to."""


@click.command("explain", epilog=EXAMPLES)
@click.argument("code", required=False, shell_complete=complete_check)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(code: str | None, as_json: bool) -> None:
    """Explain a warning of `graphflow check`, or list all of them.

    CODE is a code, such as GF012, or the name beside it.
    """
    if code is not None:
        check = find_check(code)
        click.echo(json.dumps(dataclasses.asdict(check), indent=2) if as_json else text_of(check))
    elif as_json:
        every = [dataclasses.asdict(each) for each in CHECKS.values()]
        click.echo(json.dumps({"checks": every}, indent=2))
    else:
        width = max(len(each.name) for each in CHECKS.values())
        for each in CHECKS.values():
            click.echo(f"{each.code}  {each.name:<{width}}  {each.title}")


def find_check(word: str) -> Check:
    """Return the check with a code or a name.

    Raises:
        UsageError: there is none.
    """
    for check in CHECKS.values():
        if word.upper() == check.code or word.lower() == check.name:
            return check
    names = [each.name for each in CHECKS.values()]
    hint = did_you_mean(word.upper(), CHECKS) or did_you_mean(word, names)
    hint = hint or "graphflow explain lists them all"
    raise UsageError(f'there is no warning "{word}"\n  hint: {hint}')


def text_of(check: Check) -> str:
    """Return all that is to be said of a check."""
    parts = [
        f"{check.code} {check.name}: {check.title}",
        textwrap.fill(check.reason, WIDTH),
        "A graph that gets it:",
        textwrap.indent(check.example.rstrip(), "    "),
        textwrap.fill(check.remedy, WIDTH),
        "Without it:",
        textwrap.indent(check.cured.rstrip(), "    "),
        "Where it is meant, a comment on its line, or alone on the line above, silences it:",
        f"    # graphflow: ignore[{check.code}]",
    ]
    return "\n\n".join(parts)
