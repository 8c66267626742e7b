"""Faults in what a user wrote: where, what was found, what was expected, what might help.

A fault carries data; `render` writes the sentence. One grammar serves every message::

    file:line:column: fault
      found X; expected Y
      note: something at file:line:column
      hint: did you mean "Z"?
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import field
from pathlib import Path
from typing import Final

from graphflow.words.quick_dataclass import dataclass

SUGGESTIONS_MAX: Final = 3
LINE_MAX: Final = 1000
"""So many characters a rendered line has; of longer ones the middle is left out."""


@dataclass(frozen=True, order=True)
class Location:
    """A place in a source file. Lines and columns count from 1; 0 means unknown.

    Attributes:
        uses: where parameters took what is written here, or took it from. Faults get them as
            notes; they don't tell places apart.
    """

    file: str = ""
    line: int = 0
    column: int = 0
    uses: tuple[Note, ...] = field(default=(), compare=False, repr=False)

    def __str__(self) -> str:
        if not self.file:
            return "graph"
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Note:
    """A remark on another place that belongs to the fault."""

    text: str
    location: Location | None = None

    def __str__(self) -> str:
        return self.text if self.location is None else f"{self.text} {self.location}"


@dataclass(frozen=True)
class Diagnostic:
    """One fault, located.

    Attributes:
        location: where it was found.
        fault: the sentence, without found and expected.
        found: what stands there, or "".
        expected: what should, or "".
        notes: remarks on other places.
        hint: what might help, or "".
        cause: the error of a user's code that the fault tells of.
    """

    location: Location
    fault: str
    found: str = ""
    expected: str = ""
    notes: tuple[Note, ...] = field(default=())
    hint: str = ""
    cause: BaseException | None = field(default=None, compare=False, repr=False)


def suggestion(word: str, candidates: Iterable[str]) -> str:
    """Return `did you mean "a" or "b"?` for the closest candidates, or "" where none is close.

    What a single slip of the fingers makes of a name counts as closest; a bare prefix (`Gate` for
    `GateCalculator`) counts as close.
    """
    unique = sorted(set(candidates))
    folded = {name.lower(): name for name in reversed(unique)}
    slipped = [name for name in unique if is_one_slip(word.lower(), name.lower())]
    close = [
        folded[match]
        for match in difflib.get_close_matches(word.lower(), folded, n=SUGGESTIONS_MAX, cutoff=0.7)
    ]
    closest = [name for name in close if name in slipped]
    prefixed = [name for name in unique if len(word) > 2 and name.lower().startswith(word.lower())]
    near = list(dict.fromkeys([*closest, *slipped, *close, *prefixed]))[:SUGGESTIONS_MAX]
    if not near:
        return ""
    return "did you mean " + listed([f'"{name}"' for name in near], "or") + "?"


def is_one_slip(word: str, name: str) -> bool:
    """Tell whether two words differ by one letter: left out, put in, replaced, or two swapped.

    Words of one letter have nothing in common then, and do not count.
    """
    if word == name or abs(len(word) - len(name)) > 1 or min(len(word), len(name)) < 2:
        return False
    start = 0
    while start < min(len(word), len(name)) and word[start] == name[start]:
        start += 1
    rest, other = word[start:], name[start:]
    is_swapped = rest[:2] == other[:2][::-1] and rest[2:] == other[2:]
    return is_swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]


def listed(items: Sequence[str], conjunction: str = "and") -> str:
    """Return items as a phrase: "a", "a and b", "a, b and c"; "none" where there are none."""
    if not items:
        return "none"
    if len(items) == 1:
        return items[0]
    return ", ".join(items[:-1]) + f" {conjunction} {items[-1]}"


def render(diagnostic: Diagnostic, *, show_source: bool = False) -> str:
    """Return the diagnostic as text, by the module's grammar.

    Args:
        diagnostic: the fault.
        show_source: add the source line and a caret, as on a terminal.
    """
    lines = [f"{diagnostic.location}: {diagnostic.fault}"]
    if show_source:
        lines += _source_lines(diagnostic.location)
    halves = []
    if diagnostic.found:
        halves.append(f"found {diagnostic.found}")
    if diagnostic.expected:
        halves.append(f"expected {diagnostic.expected}")
    if halves:
        lines.append("  " + "; ".join(halves))
    lines += [f"  note: {note}" for note in diagnostic.notes]
    if diagnostic.hint:
        lines.append(f"  hint: {diagnostic.hint}")
    return "\n".join(_legible(line) for line in lines)


def _legible(line: str) -> str:
    """Return a line as a terminal may show it: what a file holds can not steer it or fill it."""
    if len(line) > LINE_MAX:
        half = LINE_MAX // 2
        line = f"{line[:half]} ... {line[-half:]}"
    if line.isprintable():
        return line
    return "".join(
        each if each.isprintable() or each == "\u00a0" else each.encode("unicode_escape").decode()
        for each in line
    )


def render_all(diagnostics: Sequence[Diagnostic], *, show_source: bool = False) -> str:
    """Return all diagnostics sorted by position, ending with a count."""
    ordered = sorted(diagnostics, key=lambda diagnostic: diagnostic.location)
    parts = [render(diagnostic, show_source=show_source) for diagnostic in ordered]
    count = len(ordered)
    parts.append(f"{count} fault{'s' if count != 1 else ''}")
    return "\n".join(parts)


def _source_lines(location: Location) -> list[str]:
    if not location.line:
        return []
    try:
        line = Path(location.file).read_text(encoding="utf-8").splitlines()[location.line - 1]
    except (OSError, UnicodeDecodeError, IndexError):
        return []
    gutter = f"{location.line} | "
    caret = " " * (len(gutter) - 2) + "| " + " " * (location.column - 1) + "^"
    return [f"  {gutter}{line}", f"  {caret}"]
