"""`graphflow describe`: what a calculator or a graph takes, gives and promises."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Final

import click

from graphflow.commands.columns import in_columns
from graphflow.commands.completions import complete_calculator
from graphflow.commands.imported_modules import import_modules
from graphflow.description.calculator_description import (
    Description,
    Kind,
    OptionDescription,
    PortDescription,
)
from graphflow.description.node_names import described
from graphflow.loading import load_calculators
from graphflow.nodes.contract import ANY_TAG, port_name
from graphflow.nodes.registry import registry

EXAMPLES = """\b
Examples:
  graphflow describe GateCalculator
  graphflow describe PoseLandmarkCpu
  graphflow describe my_graph.yaml
  graphflow describe GateCalculator --json

\b
Exit codes: 0 described; 2 no such NAME, or a module can't be imported.
"""

_LISTS: Final = {
    "Inputs": "inputs",
    "Outputs": "outputs",
    "Side inputs": "side_inputs",
    "Side outputs": "side_outputs",
}


@click.command("describe", epilog=EXAMPLES)
@click.argument("name", shell_complete=complete_calculator)
@click.option(
    "--import",
    "modules",
    metavar="MODULE",
    multiple=True,
    help="Import your module first; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def describe(name: str, modules: Sequence[str], as_json: bool) -> None:
    """Describe a calculator, a subgraph class or a graph, by its contract.

    NAME is what nodes write under "calculator", the name of a bundled graph, or a graph file.
    """
    load_calculators()
    import_modules(modules)
    found = described(name, registry)
    origin = registry.origin(found.name)
    if as_json:
        data = {**asdict(found), "kind": found.kind.value, "origin": str(origin or found.module)}
        click.echo(json.dumps(data, indent=2))
        return
    of = f", of {origin}" if origin and found.kind is not Kind.GRAPH else ""
    click.echo(f"{found.name}: {found.kind.value}{of}\n  in {found.module}\n")
    click.echo("\n\n".join(blocks_of(found)))


def blocks_of(description: Description) -> Iterator[str]:
    """Yield the parts of a description as text."""
    yield description.summary
    if description.text:
        yield description.text
    timing = [*description.sections.get("Timing", "").splitlines(), *_promises(description)]
    if timing:
        yield _block("Timing", timing)
    for title, kind in _LISTS.items():
        ports: tuple[PortDescription, ...] = getattr(description, kind)
        if ports:
            yield _block(title, in_columns(_port_row(each) for each in ports))
    if "Ports" in description.sections:
        yield _block("About the ports", description.sections["Ports"].splitlines())
    if description.options:
        yield _block("Options", _option_lines(description.options))
    if description.example:
        yield _block("Example", description.example.splitlines())
    if "Source" in description.sections:
        yield _block("Source", description.sections["Source"].splitlines())


def _block(title: str, lines: Iterable[str]) -> str:
    return title + "\n" + textwrap.indent("\n".join(lines), "  ")


def _promises(description: Description) -> Iterator[str]:
    if description.inputs and description.input_policy is not None:
        offset = description.timestamp_offset
        yield f"timestamp offset: {'none' if offset is None else f'{offset} microseconds'}"
        yield f"input policy: {description.input_policy}"
    yield from description.remarks
    if description.services:
        yield f"services: {', '.join(description.services)}"


def _port_row(port: PortDescription) -> tuple[str, str, str]:
    name = port_name(port.tag, port.index) if port.tag else "(no tag)"
    if port.tag == ANY_TAG:
        name = "(any tag)"
    words = [port.type]
    if port.is_repeated:
        words.append("any number")
    if port.default is not None:
        words.append(f"default {port.default}")
    elif port.is_optional:
        words.append("optional")
    return name, ", ".join(words), port.text


def _option_lines(options: Sequence[OptionDescription]) -> Iterator[str]:
    for option in options:
        limits = f", {option.limits}" if option.limits else ""
        default = "required" if option.default is None else f"default {option.default}"
        yield f"{option.name}: {option.type}{limits}; {default}"
        if option.text:
            yield f"    {option.text}"
