"""Write rows in columns, for people and for `cut`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def in_columns(rows: Iterable[Sequence[str]], indent: str = "") -> Iterator[str]:
    """Yield one line for each row; all cells but the last ones are filled to equal widths."""
    every = [tuple(row) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*every, strict=True)]
    for row in every:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield (indent + "  ".join(cells)).rstrip()
