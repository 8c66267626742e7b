"""Docstring: find what the Google sections of a docstring say of each name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection
from typing import Final

_SECTION: Final = re.compile(r"(Args|Attributes|Returns|Raises|Yields|Examples?|Notes?):\s*")
_ENTRY: Final = re.compile(r"(?P<names>\*{0,2}\w+(?:, \w+)*)(?: \([^)]*\))?:\s*(?P<text>.*)")


def section(text: str | None, title: str) -> str:
    """Return what stands below one title of a docstring, without its indent; "" for nothing."""
    lines: list[str] = []
    is_inside = False
    for line in inspect.cleandoc(text or "").splitlines():
        if _SECTION.fullmatch(line):
            is_inside = line.startswith(f"{title}:")
        elif is_inside and line and not line.startswith(" "):
            is_inside = False
        elif is_inside:
            lines.append(line)
    return inspect.cleandoc("\n" + "\n".join(lines)).strip()


def without_sections(text: str | None, titles: Collection[str]) -> str:
    """Return a docstring without some of its sections."""
    kept: list[str] = []
    is_inside = False
    for line in inspect.cleandoc(text or "").splitlines():
        if line and not line.startswith(" "):
            is_inside = bool(_SECTION.fullmatch(line)) and line.rstrip().rstrip(":") in titles
        if not is_inside:
            kept.append(line)
    return "\n".join(kept).strip()


def documented_names(text: str | None, title: str) -> dict[str, str]:
    """Return what a section says of each name, as one line each."""
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section(text, title).splitlines():
        entry = None if line.startswith(" ") else _ENTRY.fullmatch(line)
        if entry is not None:
            names = entry["names"].lstrip("*").split(", ")
            found.update(dict.fromkeys(names, entry["text"]))
        else:
            found.update({name: f"{found[name]} {line.strip()}" for name in names})
    return {name: words.strip().removesuffix(".") for name, words in found.items()}
