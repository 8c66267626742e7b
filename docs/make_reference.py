"""Make the reference: a page for each calculator, for each graph, and for the command line.

Calculators are told from their contracts and docstrings, graphs from their files, commands by their
own help.

The site's build calls `write_pages`; by hand:

    python -m docs.make_reference FOLDER
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from graphflow.cli import cli
from graphflow.description.calculator_description import (
    Description,
    Kind,
    OptionDescription,
    PortDescription,
    describe,
)
from graphflow.description.graph_description import described_graph
from graphflow.nodes.registry import load_plugins, registry
from graphflow.words.bundle import bundled_folder

GRAPHS: Final = "graphs"
GROUPS: Final = {
    "flow": "Flow: what passes, and when",
    "core": "Core: packets, collections, clocks",
    "tensor": "Tensor: models and what goes in and out of them",
    "detection": "Detection: boxes and regions",
    "landmark": "Landmark: landmarks in the image and in space",
    "media": "Media: pictures, videos and files",
    "live": "Live: cameras, streams, and how old frames are",
    GRAPHS: "Graphs that come with graphflow",
}
"""The packages of calculators, and the graphs, in the order of the index."""

COMMANDS: Final = "commands.md"
_COLUMNS: Final = 88

_SPECIAL = re.compile(r"([\\*_<\[\]|`])")
_NAME = re.compile(r"\b[A-Z][A-Za-z0-9]+\b")


def write_pages(folder: Path) -> None:
    """Write all pages into a folder, and delete those of calculators that are gone.

    A page that is already there, and equal, is not touched: the build then leaves it out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = make_pages()
    for name, text in pages.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for path in folder.glob("*.md"):
        if path.name not in pages:
            path.unlink()


def make_pages() -> dict[str, str]:
    """Return the text of each page by its file's name: one for each class and graph, and others."""
    load_plugins()
    classes = sorted((*registry, *registry.subgraphs()), key=lambda each: each.__name__)
    found = [describe(each) for each in classes if each.__module__.startswith("calculators.")]
    found += [described_graph(path) for path in sorted(bundled_folder("graphs").glob("*.yaml"))]
    names = frozenset(each.name for each in found)
    pages = {f"{each.name}.md": page_of(each, names) for each in found}
    return {"index.md": _index(found), COMMANDS: _commands(), **pages}


def _group(found: Description) -> str:
    return GRAPHS if found.kind is Kind.GRAPH else found.module.split(".")[1]


def _index(descriptions: Sequence[Description]) -> str:
    lines = [
        "# Calculators and graphs, one by one",
        "",
        "Made from their own contracts and files when this site is built.",
    ]
    for group, title in GROUPS.items():
        members = [each for each in descriptions if _group(each) == group]
        rows = [(f"[{each.name}]({each.name}.md)", _escaped(each.summary)) for each in members]
        lines += ["", f"## {title}", "", *_table(("name", "what it does"), rows)]
    names = [each.name for each in descriptions]
    return "\n".join([*lines, "", ":::{toctree}", ":hidden:", "", *names, ":::", ""])


def page_of(description: Description, names: Iterable[str]) -> str:
    """Return the page of one class; `names` are those that have pages, and become links."""

    def prose(text: str) -> str:
        return "\n\n".join(_paragraph(each, names) for each in text.split("\n\n"))

    return "\n".join(_page_lines(description, prose)) + "\n"


def _page_lines(found: Description, prose: Callable[[str], str]) -> Iterator[str]:
    yield from (f"# {found.name}", "", prose(found.summary), "")
    if found.text:
        yield from (prose(found.text), "")
    if found.example:
        yield from ("```yaml", found.example.rstrip(), "```", "")
    if "Timing" in found.sections:
        yield from ("## Timing", "", prose(_sentence(found.sections["Timing"])), "")
    yield from (f"- {each}" for each in _remarks(found))
    yield from ("", "## Ports", "")
    if "Ports" in found.sections:
        yield from (prose(_sentence(found.sections["Ports"])), "")
    for title, ports in (
        ("input stream", found.inputs),
        ("output stream", found.outputs),
        ("input side packet", found.side_inputs),
        ("output side packet", found.side_outputs),
    ):
        if ports:
            rows = [_port_row(each, prose) for each in ports]
            yield from (*_table((title, "type", "", "what travels there"), rows), "")
    yield from ("## Parameters" if found.kind is Kind.GRAPH else "## Options", "")
    if found.options:
        heads = ("option", "type", "default", "meaning")
        yield from _table(heads, [_option_row(each, prose) for each in found.options])
    else:
        yield "None."
    if "Source" in found.sections:
        yield from ("", "## Source", "", prose(_sentence(found.sections["Source"])))
    if found.kind is Kind.GRAPH:
        yield from ("", f"File: `graphs/{Path(found.module).name}`.")
    else:
        yield from ("", f"Python: `{found.module}.{found.name}`.")


def _remarks(found: Description) -> Iterator[str]:
    yield from found.remarks
    if found.input_policy is not None and found.inputs:
        yield f"Its input policy, unless the graph chooses another: `{found.input_policy}`."
    if found.services:
        yield f"Services: {', '.join(f'`{each}`' for each in found.services)}."


def _port_row(port: PortDescription, prose: Callable[[str], str]) -> tuple[str, ...]:
    tag = {"": "without tag", "*": "any"}.get(port.tag, f"`{port.tag}`")
    words = (
        ("optional", port.is_optional),
        ("several", port.is_repeated),
        (f"default {_code(port.default or '')}", port.default is not None),
    )
    return (
        tag,
        _code(port.type),
        ", ".join(word for word, holds in words if holds),
        prose(port.text),
    )


def _option_row(option: OptionDescription, prose: Callable[[str], str]) -> tuple[str, ...]:
    kind = _code(option.type) + (f", {option.limits}" if option.limits else "")
    default = "must be given" if option.default is None else _code(option.default)
    return (f"`{option.name}`", kind, default, prose(option.text))


# ---- the command line ---------------------------------------------------------------------------


def _commands() -> str:
    lines = ["# Commands", "", "What `--help` prints."]
    context = click.Context(cli, info_name="graphflow", terminal_width=_COLUMNS)
    for path, text in _helps(cli, context):
        lines += ["", f"## {path}", "", "```text", text.rstrip(), "```"]
    return "\n".join([*lines, ""])


def _helps(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _helps(inner, click.Context(inner, context, name))


# ---- Markdown -----------------------------------------------------------------------------------


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _code(text: str) -> str:
    return f"`{text}`".replace("|", r"\|")


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _paragraph(text: str, names: Iterable[str]) -> str:
    """Return a paragraph; one of indented lines is a drawing, and stays as it is."""
    if all(line.startswith("  ") for line in text.splitlines()[1:]) and "\n" in text:
        return f"```text\n{text}\n```"
    return _prose(text, names)


def _prose(text: str, names: Iterable[str]) -> str:
    """Return plain text as Markdown, with the names of classes as code, which becomes a link."""
    return _NAME.sub(
        lambda found: f"`{found[0]}`" if found[0] in names else found[0], _escaped(text)
    )


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
