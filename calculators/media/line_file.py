"""A file of records, a line each."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import IO

from calculators.media.faults import MediaFault, plain_words
from calculators.media.written import Written


class LineFile:
    """A file of records, a line each, made with the first; each line goes to the system at once.

    So a killed run leaves whole lines, and other programs can follow the file as it grows. On a
    full disk a line is written whole or not at all.
    """

    def __init__(self, path: Path, header: bytes = b"") -> None:
        """Remember the path; nothing is touched yet.

        Args:
            path: of the file.
            header: a line to stand before the first record, newline included.
        """
        self._path = path
        self._header = header
        self._records = 0
        self._file: IO[bytes] | None = None
        self._bytes = 0

    def write(self, line: bytes) -> None:
        """Append a record's line, which ends in a newline.

        Raises:
            MediaFault: the file can't be written.
        """
        try:
            if self._file is None:
                self._file = self._path.open("wb", buffering=0)
            if self._header and not self._records:
                self._append(self._file, self._header)
            self._append(self._file, line)
        except OSError as error:
            raise MediaFault([f"{self._path}: can't be written: {plain_words(error)}"]) from error
        self._records += 1

    def _append(self, file: IO[bytes], line: bytes) -> None:
        try:
            rest = memoryview(line)
            while rest:  # A nearly full disk takes a part, and refuses only the next one.
                rest = rest[file.write(rest) :]
        except OSError:
            with suppress(OSError):  # A pipe can't be cut.
                file.seek(self._bytes)
                file.truncate()
            raise
        self._bytes += len(line)

    def close(self) -> Written:
        """Close the file, and return what was written; may be called again."""
        if self._file is not None:
            self._file.close()
        return Written(self._path if self._records else None, self._records)
