"""One grammar for every message."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphflow.words.diagnostics import (
    Diagnostic,
    Location,
    Note,
    listed,
    render,
    render_all,
    suggestion,
)

PLACE = Location("graphs/pose.yaml", 41, 17)


def test_a_fault_with_everything() -> None:
    other = Location("graphs/pose.yaml", 55, 7)
    diagnostic = Diagnostic(
        PLACE,
        "this is wrong",
        found="text",
        expected="a number",
        notes=(Note("first at", other), Note("so it is")),
        hint="write 3",
    )
    assert render(diagnostic).splitlines() == [
        "graphs/pose.yaml:41:17: this is wrong",
        "  found text; expected a number",
        "  note: first at graphs/pose.yaml:55:7",
        "  note: so it is",
        "  hint: write 3",
    ]


@pytest.mark.parametrize(
    ("found", "expected", "line"),
    [("a", "", ["  found a"]), ("", "b", ["  expected b"]), ("", "", [])],
)
def test_halves_may_be_missing(found: str, expected: str, line: list[str]) -> None:
    diagnostic = Diagnostic(PLACE, "wrong", found=found, expected=expected)
    assert render(diagnostic).splitlines()[1:] == line


@pytest.mark.parametrize(
    ("location", "text"),
    [(Location(), "graph"), (Location("a.yaml"), "a.yaml"), (PLACE, "graphs/pose.yaml:41:17")],
)
def test_places(location: Location, text: str) -> None:
    assert str(location) == text


def test_the_source_line_is_shown_with_a_caret(tmp_path: Path) -> None:
    file = tmp_path / "graph.yaml"
    file.write_text("node:\n  - calculater: X\n", encoding="utf-8")
    diagnostic = Diagnostic(Location(str(file), 2, 5), "unknown key")
    assert render(diagnostic, show_source=True).splitlines()[1:] == [
        "  2 |   - calculater: X",
        "    |     ^",
    ]


@pytest.mark.parametrize("line", [0, 9])
def test_a_line_that_is_not_there_is_not_shown(tmp_path: Path, line: int) -> None:
    file = tmp_path / "graph.yaml"
    file.write_text("node:\n", encoding="utf-8")
    for name in (str(file), str(tmp_path / "gone.yaml")):
        diagnostic = Diagnostic(Location(name, line, 1), "wrong")
        assert len(render(diagnostic, show_source=True).splitlines()) == 1


def test_all_faults_are_sorted_and_counted() -> None:
    faults = [Diagnostic(Location("a", line, 1), str(line)) for line in (10, 2)]
    assert render_all(faults).splitlines() == ["a:2:1: 2", "a:10:1: 10", "2 faults"]
    assert render_all(faults[:1]).endswith("1 fault")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("is_presnt", 'did you mean "is_present"?'),
        ("IS_PRESENT", 'did you mean "is_present"?'),
        ("pose", 'did you mean "pose_landmarks"?'),
        ("po", ""),
        ("something", ""),
    ],
)
def test_near_names_are_suggested(word: str, hint: str) -> None:
    names = ["is_present", "pose_landmarks", "image"]
    assert suggestion(word, names) == hint


def test_at_most_three_names_are_suggested() -> None:
    assert suggestion("roi_", [f"roi_{i}" for i in range(9)]).count('"') == 6


@pytest.mark.parametrize(
    ("items", "phrase"),
    [([], "none"), (["a"], "a"), (["a", "b"], "a and b"), (list("abc"), "a, b and c")],
)
def test_lists_are_phrases(items: list[str], phrase: str) -> None:
    assert listed(items) == phrase
