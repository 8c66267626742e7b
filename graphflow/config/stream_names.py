"""The grammar of names: `name`, `TAG:name`, `TAG:index:name`; and which names are alike.

Source: MediaPipe, framework/tool/validate_name.cc.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Final

from graphflow.words.diagnostics import is_one_slip, suggestion

INDEX_MAX: Final = 10_000
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")
_TAG: Final = re.compile(r"[A-Z_][A-Z0-9_]*")
_INDEX: Final = re.compile(r"0|[1-9][0-9]*")
FORMS: Final = "name, TAG:name or TAG:index:name"
REFERENCE_FORMS: Final = 'TAG:index, TAG, :index or ""'


class NameFault(ValueError):
    """A name breaks the grammar; the text is a hint at what to write."""


def parse_connection(text: str) -> tuple[str, int | None, str]:
    """Split an entry of a stream or side packet list.

    Returns:
        Tag ("" for none), index (None where the position decides) and name.

    Raises:
        NameFault: the text breaks the grammar.
    """
    parts = text.split(":")
    if len(parts) > 3 or "" in parts:
        raise NameFault("no part may be empty, and there are three at most")
    name = parts[-1]
    if not _NAME.fullmatch(name):
        raise NameFault(_name_hint(name))
    if len(parts) == 1:
        return "", None, name
    return _tag(parts[0]), _index(parts[1]) if len(parts) == 3 else 0, name


def parse_reference(text: str) -> tuple[str, int]:
    """Split a reference to a node's input: TAG:index, TAG, :index or "" (which means :0).

    Raises:
        NameFault: the text breaks the grammar.
    """
    tag, colon, index = text.partition(":")
    return _tag(tag) if tag else "", _index(index) if colon else 0


def _tag(text: str) -> str:
    if _TAG.fullmatch(text):
        return text
    if _TAG.fullmatch(text.upper()):
        raise NameFault(f'tags are written in capitals: "{text.upper()}"')
    raise NameFault("a tag has capitals, digits and underscores, and no digit first")


def _index(text: str) -> int:
    is_short = len(text) <= len(str(INDEX_MAX))
    if not is_short or not _INDEX.fullmatch(text) or int(text) > INDEX_MAX:
        raise NameFault(f"an index is an integer from 0 to {INDEX_MAX}, without leading zeros")
    return int(text)


def _name_hint(name: str) -> str:
    snake = snake_case(name)
    if _NAME.fullmatch(snake) and snake != name:
        return f'names are written in lower case: "{snake}"'
    return "a name has lower-case letters, digits and underscores, and no digit first"


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Return a question naming the candidates that are most like `word`, or "".

    Names that share a long ending (all calculators do) are alike in that already, so only those
    nearly as close as the closest are named; or those that begin with `word`.
    """
    names = list(candidates)
    if len(word) > _WORD_MAX or len(names) > _CANDIDATES_MAX:
        return ""
    folded = word.lower()
    likeness = {
        name: difflib.SequenceMatcher(None, folded, name.lower()).ratio()
        for name in names
        if len(name) <= _WORD_MAX
    }
    best = max(likeness.values(), default=0.0)
    return suggestion(
        word,
        [
            name
            for name, ratio in likeness.items()
            if ratio > best - _NEARLY
            or name.lower().startswith(folded)
            or is_one_slip(folded, name.lower())
        ],
    )


_NEARLY: Final = 0.05
_WORD_MAX: Final = 200
_CANDIDATES_MAX: Final = 1000
"""Comparing longer words, or with more of them, takes longer than a hint is worth."""


def snake_case(name: str) -> str:
    """Return a CamelCase name in snake_case: `PoseDetectionCpu` is `pose_detection_cpu`."""
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words)
    return words.lower()


def camel_case(name: str) -> str:
    """Return a snake_case name in CamelCase: `pose_detection_cpu` is `PoseDetectionCpu`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))
