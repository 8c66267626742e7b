"""Make docs/conformance.md: which of MediaPipe's behaviours are tested, where, and why others not.

Run it from the repository's root: python -m tests.conformance.make_table
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
TABLE: Final = ROOT / "docs" / "conformance.md"

_IN_NAME: Final = re.compile(r"(?:^test|_and)_(\d{3})(?=_)")
_IN_COMMENT: Final = re.compile(r"#.*\bbehaviours? (\d+(?:(?:, | and )\d+)*)", re.IGNORECASE)

_OPENING: Final = """\
# Conformance

Each behaviour of MediaPipe's framework that a Python framework can have is a test, named by its
number. The list was distilled from MediaPipe's own unit tests (version 1.0.1), and, in section K,
from what its Python package does; this table holds its odd numbers.

Of {total} behaviours {tested} are tested; of these, not met yet: {failing}. {not_built} wait for
what is not built yet, and {not_applicable} can't apply.

This file is made by `python -m tests.conformance.make_table`; a test checks that it is up to date.
"""


@dataclass(frozen=True)
class Place:
    """Where a behaviour is tested.

    Attributes:
        file: from the repository's root.
        failing: why the test is expected to fail; "" for one that passes.
    """

    file: str
    failing: str = ""


@dataclass(frozen=True)
class Conformance:
    """Everything the table says.

    Attributes:
        sections: behaviours by number and in a few words, for each section's title.
        places: by number.
        reasons: why there is no test, by number: of what can't apply, and of what is not built.
        differences: how what is tested differs, by number.
    """

    sections: dict[str, dict[int, str]]
    places: dict[int, list[Place]]
    not_applicable: dict[int, str]
    not_built_yet: dict[int, str]
    differences: dict[int, str]

    @property
    def numbers(self) -> list[int]:
        """The numbers of all behaviours."""
        return [number for section in self.sections.values() for number in section]


def read() -> Conformance:
    """Read the lists and the tests."""
    lists: dict[str, Any] = yaml.safe_load((HERE / "not_applicable.yaml").read_text())
    places: dict[int, list[Place]] = {}
    for number, place in (*_named_tests(), *_references()):
        known = places.setdefault(number, [])
        if place not in known:
            known.append(place)
    return Conformance(
        sections=yaml.safe_load((HERE / "behaviours.yaml").read_text()),
        places=places,
        not_applicable=lists["not_applicable"],
        not_built_yet=lists["not_built_yet"],
        differences=lists["differences"],
    )


def numbers_of(name: str) -> list[int]:
    """Return the numbers in the name of a test."""
    return [int(number) for number in _IN_NAME.findall(name)]


def _named_tests() -> Iterator[tuple[int, Place]]:
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                for number in numbers_of(node.name):
                    yield number, Place(_from_root(path), _reason_to_fail(node))


def _references() -> Iterator[tuple[int, Place]]:
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if path.parent != HERE:
            for words in _IN_COMMENT.findall(path.read_text()):
                for number in re.findall(r"\d+", words):
                    yield int(number), Place(_from_root(path))


def _reason_to_fail(test: ast.FunctionDef) -> str:
    for decorator in test.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("xfail"):
            for keyword in decorator.keywords:
                if keyword.arg == "reason" and isinstance(keyword.value, ast.Constant):
                    return str(keyword.value.value)
    return ""


def _from_root(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def render(found: Conformance) -> str:
    """Return the text of the table."""
    failing = sum(any(place.failing for place in each) for each in found.places.values())
    lines = [
        _OPENING.format(
            total=len(found.numbers),
            tested=len(found.places),
            failing=failing or "none",
            not_built=len(found.not_built_yet),
            not_applicable=len(found.not_applicable),
        )
    ]
    for title, behaviours in found.sections.items():
        lines += [f"## {title}", "", "| No. | Behaviour | Where |", "|---|---|---|"]
        for number, words in behaviours.items():
            lines.append(f"| {number} | {words} | {_where(found, number)} |")
        lines.append("")
    return "\n".join(lines)


def _where(found: Conformance, number: int) -> str:
    if number in found.not_applicable:
        return f"*can't apply:* {found.not_applicable[number]}"
    if number in found.not_built_yet:
        return f"*not built yet:* {found.not_built_yet[number]}"
    places = found.places.get(number, [])
    parts = [f"[{place.file.removeprefix('tests/')}](../{place.file})" for place in places]
    parts += [f"*not met yet:* {place.failing}" for place in places if place.failing]
    if number in found.differences:
        parts.append(f"*differs:* {found.differences[number]}")
    return "; ".join(parts)


if __name__ == "__main__":
    TABLE.write_text(render(read()))
