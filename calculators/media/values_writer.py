"""Write named values as JSON Lines or CSV, chosen by the suffix."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import orjson

from calculators.media.faults import check_output_folder, unknown_suffix
from calculators.media.line_file import LineFile
from calculators.media.written import Written
from graphflow.words.diagnostics import listed

Value = str | bool | int | float | None

_JSON_OPTIONS: Final = orjson.OPT_APPEND_NEWLINE


class ValuesWriter(Protocol):
    """Whatever takes one record of values for each time."""

    def write(self, timestamp: int, values: Sequence[Value]) -> None:
        """Write one record."""
        ...

    def close(self) -> Written:
        """Finish the file; may be called again."""
        ...


def create_values(path: str | Path, names: Sequence[str]) -> ValuesWriter:
    """Return the writer for `path`; an older file stays as it is until the first record.

    Args:
        path: a file whose suffix is one of VALUES_SUFFIXES.
        names: of the values, in the order in which records have them.

    Raises:
        UsageError: the suffix is unknown, or the folder is missing or not writable.
    """
    target = Path(path).expanduser()
    writer = _WRITERS.get(target.suffix.lower())
    if writer is None:
        raise unknown_suffix(target, "values to ", listed(VALUES_SUFFIXES, "or"))
    check_output_folder(target)
    return writer(target, names)


def plain_value(value: Any) -> Value:
    """Return a payload as a plain value that every format can hold.

    Raises:
        ValueError: it is neither a number nor a truth value nor a text.
    """
    plain = value.item() if isinstance(value, np.generic) else value
    if plain is None or isinstance(plain, str | bool | int | float):
        return plain
    raise ValueError(
        f"found a value of type {type(value).__name__}; expected a number, truth value or text"
    )


class JsonLinesValues:
    """One JSON object a line: `timestamp` in microseconds, then each value by its name."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        """Prepare to write to `path`."""
        self._names = tuple(names)
        self._lines = LineFile(path)

    def write(self, timestamp: int, values: Sequence[Value]) -> None:
        """Append a record's line; what is no finite number is null."""
        fields = {"timestamp": timestamp, **dict(zip(self._names, values, strict=True))}
        self._lines.write(orjson.dumps(fields, option=_JSON_OPTIONS))

    def close(self) -> Written:
        """Close the file and return what was written."""
        return self._lines.close()


class CsvValues:
    """One row a record, under a header row; a cell is empty where there is nothing."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        """Prepare to write to `path`."""
        self._lines = LineFile(path, header=_csv_row(("timestamp", *names)))

    def write(self, timestamp: int, values: Sequence[Value]) -> None:
        """Append a record's row."""
        self._lines.write(_csv_row((timestamp, *values)))

    def close(self) -> Written:
        """Close the file and return what was written."""
        return self._lines.close()


def _csv_row(cells: Sequence[Value]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


_WRITERS: Final[dict[str, type[JsonLinesValues] | type[CsvValues]]] = {
    ".jsonl": JsonLinesValues,
    ".ndjson": JsonLinesValues,
    ".csv": CsvValues,
}

VALUES_SUFFIXES: Final = tuple(_WRITERS)
"""Suffixes of the files that create_values writes."""
