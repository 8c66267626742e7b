"""`graphflow list`: what nodes can name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from graphflow.commands.columns import in_columns
from graphflow.commands.imported_modules import import_modules
from graphflow.description.node_names import Listed, listed_classes, listed_graphs
from graphflow.loading import load_calculators
from graphflow.nodes.registry import registry
from graphflow.words.errors import UsageError

EXAMPLES = """\b
Examples:
  graphflow list
  graphflow list loop
  graphflow list --graphs my_graphs --json
  graphflow list --import my_nodes

\b
Exit codes: 0 listed; 2 nothing has WORD in it, or a module can't be imported.
"""


@click.command("list", epilog=EXAMPLES)
@click.argument("word", required=False)
@click.option(
    "--import",
    "modules",
    metavar="MODULE",
    multiple=True,
    help="Import your module first, and list its calculators too; repeatable.",
)
@click.option(
    "--graphs",
    "folder",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="List the graphs of a folder too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_nodes(
    word: str | None, modules: Sequence[str], folder: Path | None, as_json: bool
) -> None:
    """List what nodes can name: calculators, subgraph classes and graphs, and where each is from.

    With WORD, those that have it in their name or in what they do.
    """
    load_calculators()
    import_modules(modules)
    every = [*listed_classes(registry), *listed_graphs()]
    if folder is not None:
        every += listed_graphs(folder)
    chosen = [each for each in every if _is_meant(each, word)]
    if as_json:
        click.echo(json.dumps({"nodes": [each._asdict() for each in chosen]}, indent=2))
        return
    if not chosen:
        raise UsageError(f'nothing has "{word}" in its name or summary')
    rows = [(each.name, each.kind, each.origin, each.summary) for each in chosen]
    for line in in_columns(rows):
        click.echo(line)


def _is_meant(each: Listed, word: str | None) -> bool:
    return word is None or word.lower() in f"{each.name} {each.summary}".lower()
