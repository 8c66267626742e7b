"""The reference: a page for every calculator and graph, and one for the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.make_reference import make_pages, page_of, write_pages
from graphflow.cli import COMMANDS
from graphflow.config.stream_names import camel_case
from graphflow.description.calculator_description import describe
from graphflow.nodes.registry import load_plugins, registry
from graphflow.words.bundle import bundled_folder

load_plugins()

CLASSES = [
    each
    for each in (*registry, *registry.subgraphs())
    if each.__module__.startswith("calculators.")
]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return make_pages()


def test_every_calculator_has_a_page_and_is_in_the_index(pages: dict[str, str]) -> None:
    graphs = {camel_case(path.stem) for path in bundled_folder("graphs").glob("*.yaml")}
    names = {each.__name__ for each in CLASSES} | graphs
    assert set(pages) == {"index.md", "commands.md", *(f"{name}.md" for name in names)}
    assert [name for name in names if pages["index.md"].count(f"({name}.md)") != 1] == []
    hidden = pages["index.md"].partition(":::{toctree}")[2].split()
    assert names <= set(hidden)


def test_a_page_has_what_the_contract_says(pages: dict[str, str]) -> None:
    for named in CLASSES:
        found, page = describe(named), pages[f"{named.__name__}.md"]
        for option in found.options:
            assert f"\n| `{option.name}` |" in page, named
        for port in (*found.inputs, *found.outputs, *found.side_inputs, *found.side_outputs):
            assert port.tag in ("", "*") or f"\n| `{port.tag}` |" in page, named
        assert found.example in page, named


def test_a_page_of_a_graph_has_its_side_packets_and_parameters(pages: dict[str, str]) -> None:
    page = pages["SquatCounter.md"]
    assert "\n| `low_angle_deg` | `float`" in page
    assert "`counts_path`" in page and "default `out/squat_counts.jsonl`" in page
    assert page.rstrip().endswith("File: `graphs/squat_counter.yaml`.")


def test_no_page_tells_where_it_was_made(pages: dict[str, str], repository: Path) -> None:
    assert [name for name, text in pages.items() if str(repository) in text] == []


def test_every_command_has_its_help(pages: dict[str, str]) -> None:
    headings = re.findall(r"^## (.*)$", pages["commands.md"], re.MULTILINE)
    assert [f"graphflow {name}" in headings for name in COMMANDS] == [True] * len(COMMANDS)
    assert "graphflow models fetch" in headings
    assert "Usage: graphflow check [OPTIONS] GRAPH..." in pages["commands.md"]


def test_what_is_special_in_markdown_is_told_as_it_is() -> None:
    cloner = registry.get("PacketClonerCalculator")
    assert cloner is not None
    page = page_of(describe(cloner), ["PacketClonerCalculator"])
    assert r"calculators/core/packet\_cloner\_calculator.cc" in page


def test_names_of_calculators_are_written_as_code(pages: dict[str, str]) -> None:
    assert "see `PacketClonerCalculator`" in pages["TextOverlayCalculator.md"]


def test_pages_of_calculators_that_are_gone_are_deleted_and_equal_ones_not_touched(
    tmp_path: Path,
) -> None:
    write_pages(tmp_path)
    (tmp_path / "GoneCalculator.md").write_text("# Gone", "utf-8")
    changed = tmp_path / "GateCalculator.md"
    changed.write_text("# Other", "utf-8")
    before = (tmp_path / "MergeCalculator.md").stat().st_mtime_ns
    write_pages(tmp_path)
    assert not (tmp_path / "GoneCalculator.md").exists()
    assert changed.read_text("utf-8").startswith("# GateCalculator")
    assert (tmp_path / "MergeCalculator.md").stat().st_mtime_ns == before
