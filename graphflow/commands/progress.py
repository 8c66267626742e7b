"""The progress bar: frames, rate and remaining time, on a terminal's stderr."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from graphflow.running.snapshot import Snapshot


class Progress(Protocol):
    """Told now and then how far the run is."""

    def show(self, frames: int, total: int | None, note: str = "") -> None:
        """Show that many frames, of `total` if that is known, and what else is to be said."""

    def say(self, text: str) -> None:
        """Write some lines that stay."""


class _Silence:
    """Shows no bar."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def show(self, frames: int, total: int | None, note: str = "") -> None:
        pass

    def say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


def watch_on(
    stream: TextIO, look: Callable[[], Snapshot | None], *, is_once: bool
) -> AbstractContextManager[Progress]:
    """Return a table of the nodes: live on a terminal; else, or if `is_once`, one at the end."""
    from graphflow.commands.watch import Watch

    return Watch(stream, look, is_live=stream.isatty() and not is_once)


def progress_on(
    stream: TextIO, *, is_quiet: bool, counted: str = "frames"
) -> AbstractContextManager[Progress]:
    """Return a bar on `stream`; one that shows nothing where it is no terminal or is quiet.

    Args:
        stream: of the terminal.
        is_quiet: whether to show nothing.
        counted: what is counted, in the plural.
    """
    if is_quiet or not stream.isatty():
        return nullcontext(_Silence(stream))
    from graphflow.commands.progress_bar import ProgressBar

    return ProgressBar(stream, counted)
