"""Read a JSON object of lists of records, and tell on which line each record stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graphflow.evaluation.datasets.dataset import DatasetError

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_EMPTY: Final = re.compile(r"\[[ \t\r\n]*\]")
_DECODER: Final = json.JSONDecoder()


@dataclass(frozen=True)
class Record:
    """An element of a top-level list, or a top-level value.

    Attributes:
        key: of the list or value.
        value: what it is.
        line: where it begins, from 1.
        is_element: whether it stands in a list.
    """

    key: str
    value: Any
    line: int
    is_element: bool


def located_records(path: Path) -> Iterator[Record]:
    """Yield the top-level values of a JSON object; of lists with elements each of these.

    Raises:
        DatasetError: it is no JSON object; the message says where it breaks off.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: is no UTF-8 text ({error.reason})") from error
    try:
        yield from _Reading(text).records()
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        raise DatasetError(f"{place}: the JSON can't be read: {error.msg}") from error
    except (ValueError, RecursionError) as error:  # A number, or nesting, without end.
        raise DatasetError(f"{path}: the JSON can't be read: {error}") from error


class _Reading:
    """A position that moves through a text and counts its lines."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counted = 0
        self._line = 1

    def records(self) -> Iterator[Record]:
        self._take("{")
        while not self._is_next("}"):
            key = self._value()
            if not isinstance(key, str):
                raise json.JSONDecodeError("expected a name in quotes", self._text, self._at)
            self._take(":")
            line = self._current_line()
            if self._is_next("[") and not _EMPTY.match(self._text, self._at):
                yield from self._elements(key)
            else:
                yield Record(key, self._value(), line, False)
            if not self._is_next("}"):
                self._take(",")

    def _elements(self, key: str) -> Iterator[Record]:
        self._take("[")
        while not self._is_next("]"):
            line = self._current_line()
            yield Record(key, self._value(), line, True)
            if not self._is_next("]"):
                self._take(",")
        self._take("]")

    def _skip(self) -> None:
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at

    def _is_next(self, sign: str) -> bool:
        self._skip()
        return self._text.startswith(sign, self._at)

    def _take(self, sign: str) -> None:
        if not self._is_next(sign):
            raise json.JSONDecodeError(f'expected "{sign}"', self._text, self._at)
        self._at += 1

    def _value(self) -> Any:
        self._skip()
        value, self._at = _DECODER.raw_decode(self._text, self._at)
        return value

    def _current_line(self) -> int:
        self._skip()
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line
