"""`graphflow schema`: a JSON Schema of graph files, for editors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from graphflow.commands.imported_modules import import_modules
from graphflow.config.library import SUFFIX
from graphflow.loading import load_calculators
from graphflow.nodes.registry import registry
from graphflow.schema.graph_schema import graph_schema, schema_text
from graphflow.words.bundle import bundled_folder

EXAMPLES = """\b
Examples:
  graphflow schema -o graph.schema.json
  graphflow schema -o graph.schema.json --import my_nodes --graphs my_graphs

\b
Editors with the YAML language server then complete and check a graph that begins with
  # yaml-language-server: $schema=graph.schema.json

\b
Exit codes: 0 written; 1 FILE can't be written; 2 a wrong command line.
"""


@click.command("schema", epilog=EXAMPLES)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it there instead of printing it.",
)
@click.option(
    "--import",
    "modules",
    metavar="MODULE",
    multiple=True,
    help="Import your module first, so that the schema knows its calculators; repeatable.",
)
@click.option(
    "--graphs",
    "folder",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Let nodes name the graphs of a folder, too.",
)
def schema(output: Path | None, modules: Sequence[str], folder: Path | None) -> None:
    """Write the JSON Schema of graph files (draft 2020-12).

    It has the keys of graphs and nodes and, for each calculator and graph that is known, its tags
    and its options with types, ranges and defaults.
    """
    load_calculators()
    import_modules(modules)
    folders = [bundled_folder("graphs"), *([] if folder is None else [folder])]
    graphs = [path for each in folders for path in sorted(each.glob(f"*{SUFFIX}"))]
    text = schema_text(graph_schema(registry, graphs))
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    click.echo(f"wrote {output}", err=True)
