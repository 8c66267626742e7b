"""Dataset: the rows of a file, good and bad; read again whenever it is iterated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from graphflow.evaluation.samples import Sample
from graphflow.evaluation.units import Frame
from graphflow.words.errors import UsageError

TOLD_MAX: Final = 20
"""So many bad rows are told one by one; of more, the number is enough."""


@dataclass(frozen=True)
class BadRow:
    """A row that makes no sample.

    Attributes:
        place: `file:line`.
        reason: what is wrong, with what was expected.
    """

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class DatasetError(UsageError):
    """A file is no data set, or it has bad rows and these are refused."""


@dataclass(frozen=True)
class Dataset:
    """A file of samples.

    Attributes:
        path: of the file.
        kind: of the file, in words.
        read: reads the file from its beginning, a row at a time.
    """

    path: Path
    kind: str
    read: Callable[[], Iterator[Sample | BadRow]]

    def rows(self) -> Iterator[Sample | BadRow]:
        """Yield every row; of samples with the same name, the later ones are bad rows."""
        places: dict[str, str] = {}
        for row in self.read():
            if isinstance(row, BadRow):
                yield row
            elif row.name in places:
                yield BadRow(row.place, f'"{row.name}" is there twice; first {places[row.name]}')
            else:
                places[row.name] = row.place
                yield row

    def samples(self) -> Iterator[Sample]:
        """Yield the good rows."""
        return (row for row in self.rows() if isinstance(row, Sample))


@dataclass
class Survey:
    """What one pass over a data set found.

    Attributes:
        read: number of rows.
        samples: number of good rows.
        bad: number of bad rows.
        bad_rows: the first TOLD_MAX of these.
        columns: names of the columns by which results can be grouped, sorted.
        clips: for each clip, its frames with samples, in order of time.
    """

    read: int = 0
    samples: int = 0
    bad: int = 0
    bad_rows: list[BadRow] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    clips: dict[str, list[Frame]] = field(default_factory=dict)

    def bad_text(self) -> str:
        """Return the bad rows as lines, the last one saying how many more there are."""
        lines = [str(each) for each in self.bad_rows]
        if self.bad > len(lines):
            lines.append(f"... and {self.bad - len(lines)} more")
        return "\n".join(lines)


def survey(dataset: Dataset) -> Survey:
    """Read a data set once and count."""
    found = Survey()
    columns: set[str] = set()
    for row in dataset.rows():
        found.read += 1
        if isinstance(row, BadRow):
            found.bad += 1
            if len(found.bad_rows) < TOLD_MAX:
                found.bad_rows.append(row)
            continue
        found.samples += 1
        columns.update(row.groups)
        if row.clip is not None and row.timestamp_us is not None:
            frame = Frame(row.timestamp_us, row.name, row.size_px)
            found.clips.setdefault(row.clip, []).append(frame)
    for frames in found.clips.values():
        frames.sort(key=lambda each: each.timestamp_us)
    found.columns = tuple(sorted(columns))
    return found
