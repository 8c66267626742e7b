"""Every example in the documents runs, every link leads somewhere, every name exists.

What the blocks of a document mean:

* `yaml`: a graph; it loads. Where its first line is `# name.yaml`, the later blocks find it there.
* `python`: run, in order, in one module for the whole document.
* `console`: lines after `$ ` are `graphflow` commands, run in process; other lines are what they
  print. `; echo $?` prints the exit code.
* `text` after a python or console block: exactly what that block prints.

A comment on the line before a block changes that:

* `<!-- needs: models, sample, rerun, serve -->`: a test of its own runs the block, after the
  ordinary ones before it and with the sample clip as clip.mp4; it is skipped where one of these is
  missing.
* `<!-- faulty -->`: the graph is wrong, and must be refused.
* `<!-- not run: reason -->`.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from calculators.media.open_media import open_media
from graphflow.cli import cli
from graphflow.config.forwarding import OPTION_VALUE
from graphflow.config.parameters import PARAMETER_KEYS
from graphflow.config.reader import _GRAPH_KEYS, _NODE_KEYS
from graphflow.config.stream_names import camel_case
from graphflow.loading import plan_from_text
from graphflow.nodes import registry as registries
from graphflow.nodes.input_policy import POLICIES
from graphflow.nodes.resources import default_store
from graphflow.words.bundle import bundled_folder
from graphflow.words.displays import displays
from graphflow.words.errors import ConfigError, GraphflowError

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SAMPLE = REPOSITORY / "samples" / "figure.mp4"
FRAMES = "3"
"""How many frames of the sample the commands run on, unless they say themselves."""

MADE = REPOSITORY / "docs" / "reference"
"""Where the site's build puts the pages that it makes from the calculators."""

TUTORIAL = REPOSITORY / "docs" / "tutorial.md"
"""Followed by test_tutorial.py, in an empty folder; not run here."""

GUIDES = (
    *sorted(each for each in (REPOSITORY / "docs").rglob("*.md") if MADE not in each.parents),
    REPOSITORY / "README.md",
    REPOSITORY / "CONTRIBUTING.md",
)
DOCUMENTS = (*GUIDES, *(REPOSITORY / name / "README.md" for name in ("models", "samples")))

LANGUAGES = ("yaml", "python", "console", "text")
FENCE = re.compile(r"```(?P<language>\w*)$")
NOT_RUN = re.compile(r"<!-- not run: (?P<reason>\S.*) -->")
NEEDS = re.compile(r"<!-- needs: (?P<needs>[a-z, ]+) -->")
FAULTY = "<!-- faulty -->"
FILE_NAME = re.compile(r"# (?P<name>[a-z0-9_]+\.yaml)$")
CALCULATOR = re.compile(r"\b[A-Z]\w*Calculator\b")
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)|(?:src|href)=\"(?P<attribute>[^\"]+)\"")
PICTURE_BYTES_MAX = 200_000


@dataclass(frozen=True)
class Block:
    """A fenced block of a document.

    Attributes:
        line: of its first line of content, from 1.
        reason: why it is not run; "" if it is.
        needs: what must be there to run it.
        is_faulty: a graph that must be refused.
    """

    document: Path
    line: int
    language: str
    text: str
    reason: str = ""
    needs: tuple[str, ...] = ()
    is_faulty: bool = False

    @property
    def place(self) -> str:
        return f"{self.document.relative_to(REPOSITORY).as_posix()}:{self.line}"

    @property
    def file_name(self) -> str:
        found = FILE_NAME.match(self.text.partition("\n")[0])
        return found["name"] if found and self.language == "yaml" else ""


def blocks_of(document: Path) -> list[Block]:
    blocks: list[Block] = []
    inside: Block | None = None
    before = ""
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        fence = FENCE.match(line)
        if inside is not None and line != "```":
            inside = Block(**{**inside.__dict__, "text": f"{inside.text}{line}\n"})
        elif inside is not None:
            blocks.append(inside)
            inside = None
        elif fence:
            excuse, needs = NOT_RUN.match(before), NEEDS.match(before)
            inside = Block(
                document,
                number + 1,
                fence["language"],
                "",
                excuse["reason"] if excuse else "",
                tuple(needs["needs"].split(", ")) if needs else (),
                before == FAULTY,
            )
        before = line
    assert inside is None, f"{document}: a block is not closed"
    return blocks


BLOCKS = {document: blocks_of(document) for document in GUIDES}
RUN_HERE = tuple(each for each in GUIDES if each != TUTORIAL)
DEMANDING = [block for document in RUN_HERE for block in BLOCKS[document] if block.needs]


def ordinary_blocks(document: Path) -> list[Block]:
    """The blocks that run wherever the tests run, in order."""
    return [
        block
        for block in BLOCKS[document]
        if block.language != "text" and not block.reason and not block.needs
    ]


def expected_output(block: Block) -> str | None:
    """What the text block right after a block says, None where there is none."""
    following = [each for each in BLOCKS[block.document] if each.line > block.line]
    if following and following[0].language == "text" and not following[0].reason:
        return following[0].text
    return None


# ---- running ------------------------------------------------------------------------------------


class Session:
    """Runs blocks of one document in the current folder."""

    def __init__(self, document: Path) -> None:
        self.module = types.ModuleType("document")
        self.lines = document.read_text(encoding="utf-8").count("\n")

    def run(self, block: Block) -> None:
        printed = getattr(self, f"_{block.language}")(block)
        expected = expected_output(block)
        if expected is not None:
            assert printed == expected, f"{block.place} prints something else"

    def _yaml(self, block: Block) -> str:
        if block.file_name:
            Path(block.file_name).write_text(block.text, encoding="utf-8")
        with pytest.raises(ConfigError) if block.is_faulty else contextlib.nullcontext():
            plan_from_text(block.text, file=block.file_name or "<text>", search=[Path.cwd()])
        return ""

    def _python(self, block: Block) -> str:
        printed = io.StringIO()
        # Blank lines before the code make line numbers in tracebacks those of the document.
        code = compile("\n" * (block.line - 1) + block.text, str(block.document), "exec")
        with contextlib.redirect_stdout(printed):
            exec(code, self.module.__dict__)
        return printed.getvalue()

    def _console(self, block: Block) -> str:
        shown, printed = "", ""
        for line in block.text.replace("\\\n", "").splitlines():
            if line.startswith("$ "):
                printed += self._command(line[2:], block)
            else:
                shown += line + "\n"
        if shown:
            assert printed == shown, f"{block.place} prints something else"
        return printed

    def _command(self, line: str, block: Block) -> str:
        command, _, then = line.partition("; ")
        program, *arguments = shlex.split(command, comments=True)
        assert program == "graphflow", f"{block.place}: only graphflow is run here, not {program}"
        if arguments[0] == "run" and block.needs and "--max-frames" not in arguments:
            arguments += ["--max-frames", FRAMES]
        result = CliRunner().invoke(cli, arguments, prog_name="graphflow")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert then or result.exit_code == 0, f"{block.place}: {result.output}"
        return result.output + (f"{result.exit_code}\n" if then == "echo $?" else "")


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Session]:
    """Make sessions that leave neither files nor calculators nor displays behind."""
    monkeypatch.chdir(tmp_path)
    registries.load_plugins()
    monkeypatch.setattr(
        registries.registry, "_classes", dict(registries.registry._classes), raising=True
    )
    monkeypatch.setattr(displays, "_modules", list(displays._modules))

    def start(document: Path) -> Session:
        made = Session(document)
        monkeypatch.setitem(sys.modules, "document", made.module)
        return made

    return start


def of_document(document: Path) -> str:
    return document.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("document", RUN_HERE, ids=of_document)
def test_the_examples_of_a_document_run(document: Path, session: Callable[[Path], Session]) -> None:
    running = session(document)
    for block in ordinary_blocks(document):
        running.run(block)


@pytest.mark.slow
@pytest.mark.parametrize("block", DEMANDING, ids=lambda block: block.place)
def test_an_example_runs_with_models_and_clip(
    block: Block, session: Callable[[Path], Session]
) -> None:
    if "models" in block.needs:
        skip_without_models()
    if "rerun" in block.needs:
        pytest.importorskip("rerun", reason="needs the extra rerun")
    if "serve" in block.needs:
        pytest.importorskip("aiohttp", reason="needs the extra serve")
    if "sample" in block.needs:
        skip_without_sample()
        shutil.copy(SAMPLE, "clip.mp4")
    running = session(block.document)
    for earlier in ordinary_blocks(block.document):
        if earlier.line < block.line and earlier.language != "console":
            running.run(earlier)
    running.run(block)


def skip_without_models() -> None:
    store = default_store()
    for name in ("pose_detection", "pose_landmark_full"):
        try:
            store.find(name)
        except GraphflowError:
            pytest.skip(f"the model {name} is not here; graphflow models fetch brings it")


def skip_without_sample() -> None:
    try:
        open_media(SAMPLE).close()
    except GraphflowError as fault:
        pytest.skip(f"the sample clip is not here; make sample renders it ({fault})")


# ---- looking ------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", GUIDES, ids=of_document)
def test_every_block_is_run_or_says_why_not(document: Path) -> None:
    blocks = BLOCKS[document]
    for position, block in enumerate(blocks):
        assert block.language in LANGUAGES, f"{block.place}: nothing runs {block.language!r}"
        assert set(block.needs) <= {"models", "sample", "rerun", "serve"}, block.place
        if block.language == "text" and not block.reason:
            before = blocks[position - 1] if position else None
            assert before is not None, block.place
            assert before.language in ("python", "console"), f"{block.place}: output of what?"
            assert not before.reason, f"{block.place}: output of a block that is not run"


@pytest.mark.parametrize("document", DOCUMENTS, ids=of_document)
def test_every_link_leads_somewhere(document: Path) -> None:
    for found in LINK.finditer(document.read_text(encoding="utf-8")):
        target, _, heading = (found["target"] or found["attribute"]).partition("#")
        if ":" in target:
            continue  # Of another site; nothing here may ask the network.
        path = (document.parent / target).resolve() if target else document
        assert path.exists(), f"{of_document(document)} links to {target}"
        if heading:
            assert heading in anchors_of(path), f"{of_document(document)}: {target}#{heading}"


def anchors_of(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=of_document)
def test_every_calculator_named_exists(document: Path) -> None:
    registries.load_plugins()
    text = document.read_text(encoding="utf-8")
    own = set(re.findall(r"^class (\w+)", text, re.MULTILINE))
    functions = re.findall(r"^@as_calculator.*\ndef (\w+)", text, re.MULTILINE)
    own |= {f"{camel_case(name)}Calculator" for name in functions}
    assert set(CALCULATOR.findall(text)) - own <= set(registries.registry.names())


def test_the_guide_to_graphs_explains_every_key_and_policy() -> None:
    text = (REPOSITORY / "docs" / "graphs.md").read_text(encoding="utf-8")
    words = {*_GRAPH_KEYS, *PARAMETER_KEYS, *_NODE_KEYS, OPTION_VALUE, *POLICIES}
    assert [word for word in sorted(words) if f"`{word}`" not in text] == []


def test_the_readme_names_every_graph_that_can_be_run() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    runnable = [
        path.stem
        for path in sorted(bundled_folder("graphs").glob("*.yaml"))
        if re.search("(Media|Live)SourceCalculator", path.read_text(encoding="utf-8"))
    ]
    assert [name for name in runnable if f"`{name}`" not in text] == []


def test_pictures_are_small() -> None:
    pictures = sorted((REPOSITORY / "docs" / "images").iterdir())
    assert [path.name for path in pictures if path.stat().st_size > PICTURE_BYTES_MAX] == []


def test_every_document_is_in_the_navigation_of_the_site() -> None:
    folder = REPOSITORY / "docs"
    listed = re.findall(
        r"^[\w/-]+$", (folder / "index.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    pages = {each.relative_to(folder).with_suffix("").as_posix() for each in GUIDES[:-2]}
    assert sorted(pages - {"index"}) == sorted(
        each for each in set(listed) if not each.startswith("reference/")
    )
    assert len(set(listed)) == len(listed)
