"""The tutorial, followed to the letter in an empty folder.

A `yaml` or `python` block is saved as the file that its first line names:

* `# name`: the whole file.
* `# name, at the end`: added to it.
* `# name, in place of ...`, `# name, below ...`, `# name, from ... on`: an edit, which EDITS knows.

A `console` block is run, command by command; what it shows must be printed, where a line that is
`...`, or ends so, stands for any text. Results are on stdout; of a command that fails, stderr is
read besides.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphflow.nodes.resources import default_store
from graphflow.words.errors import GraphflowError

REPOSITORY = Path(__file__).resolve().parent.parent.parent
TUTORIAL = REPOSITORY / "docs" / "tutorial.md"

BLOCK = re.compile(
    r"(?P<mark><!-- not run: .* -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL
)
PLACE = re.compile(r"# (?P<file>\w+\.\w+)(, (?P<edit>.*))?$")
EDITS = {
    'from "type" on': "type: Squats\n",
    "in place of the options with the slip": "    options: {low: 120, hihg: 150}\n",
    "in place of the output of the pose node": (
        '    output_stream: ["WORLD_LANDMARKS:world_landmarks"]\n'
    ),
    "below the other side packets": ("  - {name: table_path, type: string, default: squats.csv}\n"),
}
"""What each edit of the tutorial replaces, or, for "below", stands after."""

PROGRAMS = {"graphflow": ["-m", "graphflow"], "pytest": ["-m", "pytest"]}


def save(text: str) -> None:
    first, _, rest = text.partition("\n")
    place = PLACE.match(first)
    assert place is not None, f"which file is it? {first}"
    path, edit = Path(place["file"]), place["edit"]
    if edit is None:
        path.write_text(text, encoding="utf-8")
        return
    before = path.read_text(encoding="utf-8")
    if edit == "at the end":
        path.write_text(f"{before}\n{rest}", encoding="utf-8")
        return
    old = EDITS[edit]
    assert before.count(old) == 1, edit
    new = old + rest if edit.startswith("below") else rest
    path.write_text(before.replace(old, new), encoding="utf-8")


def commands_of(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, with the lines shown below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def run(command: str) -> str:
    program, *arguments = shlex.split(command)
    python = [sys.executable, *PROGRAMS[program]] if program in PROGRAMS else [program]
    done = subprocess.run(
        [*python, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            # As the installed commands have it: this folder is not in the search path (from 3.11).
            "PYTHONSAFEPATH": "1",
            "NO_COLOR": "1",
        },
    )
    return done.stdout + (done.stderr if done.returncode else "")


def fits(printed: str, shown: str) -> bool:
    pattern = re.escape(shown).replace(re.escape("...\n"), r"(?:.|\n)*")
    return re.fullmatch(pattern, printed) is not None


def blocks() -> list[tuple[str, str]]:
    found = BLOCK.finditer(TUTORIAL.read_text(encoding="utf-8"))
    return [(each["language"], each["text"]) for each in found if not each["mark"]]


def test_every_edit_that_the_tutorial_asks_for_is_known() -> None:
    edits = [
        place["edit"]
        for language, text in blocks()
        if language != "console" and (place := PLACE.match(text.partition("\n")[0]))
    ]
    assert {each for each in edits if each not in (None, "at the end")} == set(EDITS)


@pytest.mark.parametrize(
    ("printed", "shown", "expected"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\nx\ny\nb\n", "a\n...\nb\n", True),
        ("3 passed in 0.1s\n", "3 passed in ...\n", True),
        ("a\nc\n", "a\nb\n", False),
        ("a\nb\nc\n", "a\nb\n", False),
    ],
)
def test_three_dots_stand_for_any_text(printed: str, shown: str, expected: bool) -> None:
    assert fits(printed, shown) is expected


@pytest.mark.slow
def test_the_tutorial_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygraphviz", reason="graphs are drawn with the extra draw")
    try:
        for name in ("pose_detection", "pose_landmark_full"):
            default_store().find(name)
    except GraphflowError as fault:
        pytest.skip(f"needs the pose models (graphflow models fetch): {fault}")
    monkeypatch.chdir(tmp_path)
    for language, text in blocks():
        if language != "console":
            save(text)
            continue
        for command, shown in commands_of(text):
            printed = run(command)
            assert fits(printed, shown), f"{command} printed:\n{printed}\nand not:\n{shown}"
    assert Path("squats.svg").read_text(encoding="utf-8").lstrip().startswith("<")
    assert Path("squats.mp4").stat().st_size > 10_000
