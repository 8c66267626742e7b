"""What can be wrong with a medium, told in plain words."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import av.error

from graphflow.words.diagnostics import suggestion
from graphflow.words.errors import GraphflowError, UsageError

LFS_SIGNATURE: Final = b"version https://git-lfs"

_PLAIN_WORDS: Final = {
    "Invalid data found when processing input": "the data are damaged or of an unknown kind",
    "Immediate exit requested": "it took too long to answer",
    "Protocol not found": "the kind of address is unknown",
}


class MediaFault(GraphflowError):
    """A medium could not be read, or not to its end, or not be written.

    Attributes:
        faults: every fault found, at least one, each naming its file.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def plain_words(error: Exception) -> str:
    """Return why a library call failed, without the library's own jargon where we know better."""
    if isinstance(error, av.error.FFmpegError):
        words = error.strerror or str(error)
    elif isinstance(error, OSError) and error.strerror:
        words = error.strerror
    else:
        words = str(error)
    return _PLAIN_WORDS.get(words, words)


def unknown_suffix(target: Path, what: str, expected: str) -> UsageError:
    """Return the error for a file to be written whose suffix names no format.

    Args:
        target: the file.
        what: what was to be written, with "to " behind; "" where the path alone says it.
        expected: the suffixes there are.
    """
    found = f'the suffix "{target.suffix}"' if target.suffix else "a name without suffix"
    return UsageError(f'can\'t write {what}"{target}": found {found}; expected {expected}')


def missing_file(path: Path) -> UsageError:
    """Return the error for a path where nothing is, with what was probably meant."""
    folder = path.parent
    if not folder.is_dir():
        return UsageError(f"no such file: {path}\n  hint: there is no folder {folder} either")
    hint = suggestion(path.name, (entry.name for entry in folder.iterdir()))
    return UsageError(f"no such file: {path}" + (f"\n  hint: {hint}" if hint else ""))


def why_unreadable(path: Path) -> str:
    """Return what is visibly wrong with the bytes of a file, or "" where nothing is."""
    with path.open("rb") as file:
        start = file.read(len(LFS_SIGNATURE))
    if not start:
        return "the file is empty"
    if start == LFS_SIGNATURE:
        return "this is a git-lfs pointer, not the file itself\n  hint: fetch it with git lfs pull"
    return ""


def check_output_folder(path: Path) -> None:
    """Check that a file can be made at `path`, before anything is computed for it.

    Raises:
        UsageError: its folder is missing or can't be written, or a folder stands there.
    """
    folder = path.parent
    if not folder.exists():
        raise UsageError(
            f'can\'t write "{path}": the folder {folder} does not exist\n'
            f"  hint: create it with mkdir -p {folder}"
        )
    if not folder.is_dir():
        raise UsageError(f'can\'t write "{path}": {folder} is a file, not a folder')
    if path.is_dir():
        raise UsageError(f'can\'t write "{path}": a folder of that name stands there')
    check_writable_folder(folder)


def check_writable_folder(folder: Path) -> None:
    """Check that files can be made in a folder.

    Raises:
        UsageError: they can't.
    """
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"can't write into the folder {folder}: permission denied or read-only")
