"""Whatever is done to a graph file, it loads or is refused with located faults; nothing else.

GRAPHFLOW_MUTATIONS=5000 tries more mutants than the default. A failure names the mutant's number,
which alone decides what it is.
"""

from __future__ import annotations

import faulthandler
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from graphflow.config.fault_list import FAULTS_MAX
from graphflow.config.subgraph import LEVELS_MAX
from graphflow.loading import Override, load_plan, plan_from_config, plan_from_text
from graphflow.nodes.registry import registry
from graphflow.words.diagnostics import render_all
from graphflow.words.errors import ConfigError
from tests.graphflow.config.mutations import FILE_NAME, good_graphs, make_parameter, mutate

MUTATIONS = int(os.environ.get("GRAPHFLOW_MUTATIONS", "400"))
BATCH = 25
PATIENCE_S = 120
"""No graph takes a hundredth of this; a loader that hangs is ended, and shows where it was."""

INTERNALS = re.compile(
    r"<class |object at 0x|Traceback|NoneType|pydantic|"
    r"\b(graphflow|calculators|builtins|yaml|typing)\.[a-z_]+\.\w"
)
"""What no message to a user may hold."""

GOOD = """\
input_stream: [a]
output_stream: [b]
node:
- calculator: PassThroughCalculator
  input_stream: [a]
  output_stream: [b]
"""
WITH = GOOD.encode() + b"  "
NAMED = GOOD + "  name: x\n"


@pytest.fixture(autouse=True)
def _watchdog() -> Iterator[None]:
    faulthandler.dump_traceback_later(PATIENCE_S, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def outcome(path: Path) -> str:
    """Load a graph file; return what came of it, having checked the faults."""
    try:
        load_plan(path)
    except ConfigError as error:
        assert 1 <= len(error.diagnostics) <= 4 * (FAULTS_MAX + 1)
        for fault in error.diagnostics:
            assert fault.location.file, fault
            assert fault.location.line >= 1, fault
            assert fault.location.column >= 1, fault
            assert fault.fault, fault
        words = render_all(error.diagnostics)
        assert not INTERNALS.search(words), words
        assert all(each.isprintable() for each in words.replace("\n", "")), words
        render_all(error.diagnostics, show_source=True)
        return words
    return ""


def mutant(number: int, graphs: list[bytes]) -> tuple[str, bytes]:
    return mutate(Random(f"mutant {number}"), graphs)


@pytest.fixture(scope="module")
def graphs() -> list[bytes]:
    return good_graphs(registry)


@pytest.mark.parametrize("first", range(0, MUTATIONS, BATCH))
def test_mutants_load_or_are_refused(first: int, tmp_path: Path, graphs: list[bytes]) -> None:
    path = tmp_path / FILE_NAME
    surprises = []
    for number in range(first, min(first + BATCH, MUTATIONS)):
        how, content = mutant(number, graphs)
        path.write_bytes(content)
        try:
            outcome(path)
        except Exception as surprise:
            surprises.append(f"mutant {number} ({how}): {type(surprise).__name__}: {surprise}")
    assert not surprises, "\n".join(surprises)


def test_mutations_break_most_graphs_but_not_all(tmp_path: Path, graphs: list[bytes]) -> None:
    path = tmp_path / FILE_NAME
    counted: Counter[bool] = Counter()
    for number in range(60):
        path.write_bytes(mutant(number, graphs)[1])
        counted[bool(outcome(path))] += 1
    assert counted[True] > counted[False] > 0


WIDE = ", ".join(f"a{number}" for number in range(20_000))
KEYS = "".join(f"k{number}: 1\n" for number in range(100_000))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: " + b"[" * 10_000, "nested more than 100 deep"),
        (GOOD.encode() + b"x: " + b"{a: " * 10_000 + b"1" + b"}" * 10_000, "nested more than 100"),
        (b"- " * 10_000, "nested more than 100 deep"),
        (GOOD.encode() + b"type: " + b"x" * 10_000_000, "at most 4,000,000 characters"),
        (GOOD.encode() + b"type: " + b"x" * 200_000, "a text too long"),
        (b"\xff" * 100, "not UTF-8 text, at byte 0"),
        (GOOD.encode("utf-16"), "this seems to be UTF-16; save it as UTF-8"),
        (GOOD.encode() + b"# caf\xe9", ":7:6: the file is not UTF-8 text, at byte"),
        (GOOD.encode() + b"\0", "U+0000 is not allowed"),
        (b"", "found an empty file"),
        (KEYS.encode(), "only the first 100 found are told"),
        (GOOD.encode() + b"k: 1\n" * 100_000, 'key "k" appears twice'),
        (WITH + f"options: {{{KEYS[:200_000]}}}".replace("\n", ", ").encode(), "takes no options"),
        (WITH + f"input_side_packet: [{WIDE}]".encode(), "only the first 100"),
        (GOOD.replace("[a]", "[" + "X:a, " * 20_000 + "]").encode(), "X appears twice"),
        (GOOD.encode() + b"x: [" + b"*a, " * 100_000 + b"]", 'alias "*a" is not supported'),
        (b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", 'anchor "&a" is not supported'),
        (b"a: &a [*a]\n", 'alias "*a" is not supported'),
        (GOOD.encode() + b"type: !!python/object:os.system x", 'python/object:os.system" is not'),
        (b"---\n" * 10_000, "more than one YAML document"),
        (GOOD.encode() + b"num_threads: " + b"9" * 5000, "an integer has 64 bits"),
        (GOOD.encode() + b"max_queue_size: 9223372036854775808", "an integer has 64 bits"),
        (GOOD.replace("[a]", "[A:" + "9" * 5000 + ":a]").encode(), "an index is an integer"),
        (GOOD.replace("PassThrough", "x" * 3000).encode(), "unknown calculator"),
        (GOOD.replace("PassThrough", "../").encode(), "unknown calculator"),
        (GOOD.replace("PassThroughCalculator", '"a\\0b"').encode(), 'unknown calculator "a\\x00b"'),
        (b"node: [{input_stream: []}]", "a node has no calculator"),
        (b"node: [{calculator: ''}, {calculator: ''}]", "a node has no calculator"),
        (b"node: [{calculator: Mutant}]", "a graph contains itself"),
        (GOOD.encode() + b'"\\e[2J": 1', 'no key "\\x1b[2J"'),
    ],
)  # fmt: skip
def test_hostile_graph_is_refused(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(content)
    assert words in outcome(path)


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_byte_order_mark_and_line_ends_do_not_matter(
    mark: bytes, line_end: bytes, tmp_path: Path
) -> None:
    path = tmp_path / FILE_NAME
    content = mark + b"oops: 1\n".replace(b"\n", line_end)
    path.write_bytes(content + GOOD.encode().replace(b"\n", line_end))
    assert outcome(path) == f'{path}:1:1: a graph has no key "oops"\n1 fault'


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "\ud800"])
def test_impossible_file_name_is_no_graph(name: str) -> None:
    with pytest.raises(ConfigError, match="there is no such graph file"):
        load_plan(name)


def test_folder_is_no_graph_and_is_not_suggested(tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").mkdir()
    with pytest.raises(ConfigError, match=r"graph\.yaml: a folder, no graph file\n1 fault"):
        load_plan(tmp_path / "graph.yaml")


def test_device_is_no_graph() -> None:
    with pytest.raises(ConfigError, match="a pipe or a device, no graph file"):
        load_plan(os.devnull)


@pytest.mark.parametrize("target", ["x." + "a." * 5000 + "b", "PoseTracking.\ud800", "x.a"])
@pytest.mark.parametrize("value", ["[" * 9000, "9" * 9000, "{" * 9000, "\0"])
def test_hostile_override_is_refused(target: str, value: str) -> None:
    with pytest.raises(ConfigError) as raised:
        plan_from_text(NAMED, overrides=[Override(target, value)])
    assert len(str(raised.value)) < 5000


def test_some_mutants_have_parameters_and_load(tmp_path: Path, graphs: list[bytes]) -> None:
    path = tmp_path / FILE_NAME
    loaded = 0
    for number in range(60):
        content = make_parameter(Random(number), graphs[number % len(graphs)])
        path.write_bytes(content)
        loaded += b"${mutant}" in content and not outcome(path)
    assert loaded > 5


def test_graphs_of_graphs_do_not_multiply_for_ever(tmp_path: Path) -> None:
    for level in range(10):
        inner = "- calculator: " + (f"Level{level + 1}" if level < 9 else "GateCalculator") + "\n"
        path = tmp_path / f"level{level}.yaml"
        path.write_text("node:\n" + inner * 10)
    assert "with its subgraphs, has more than 20,000 nodes" in outcome(tmp_path / "level0.yaml")


def test_long_chain_of_graphs_is_refused(tmp_path: Path) -> None:
    for level in range(LEVELS_MAX + 10):
        path = tmp_path / f"level{level}.yaml"
        path.write_text(f"node: [{{calculator: Level{level + 1}}}]")
    assert f"nested more than {LEVELS_MAX} deep" in outcome(tmp_path / "level0.yaml")


def test_dictionary_that_contains_itself_is_refused() -> None:
    endless: dict[str, object] = {"node": []}
    endless["options"] = endless
    with pytest.raises(ConfigError, match="nested more than 100 deep"):
        plan_from_config(endless)


def test_types_are_followed_through_a_long_chain_written_backwards(tmp_path: Path) -> None:
    nodes = "".join(
        f"- {{calculator: PassThroughCalculator, input_stream: s{at + 1}, output_stream: s{at}}}\n"
        for at in range(500)
    )
    path = tmp_path / FILE_NAME
    path.write_text(f"input_stream: s500\noutput_stream: s0\nnode:\n{nodes}")
    assert outcome(path) == ""
