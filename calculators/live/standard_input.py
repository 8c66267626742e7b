"""Standard input as a file object whose reads end when nobody wants them any more."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable

from graphflow.words.errors import UsageError

_LOOK_SECONDS = 0.25


class StandardInput:
    """Reads what comes, until the end or until `is_closed` says so.

    Attributes:
        is_empty: nothing was read yet.

    Raises:
        UsageError: standard input is closed, or is a terminal.
    """

    def __init__(self, is_closed: Callable[[], bool]) -> None:
        self.is_empty = True
        self._is_closed = is_closed
        stream = sys.stdin
        if stream is None or stream.closed:
            raise UsageError("standard input is closed; expected a video to read")
        if stream.isatty():
            raise UsageError(
                "standard input is a terminal; expected a video to read\n"
                "  hint: ffmpeg ... -f mpegts - | graphflow run GRAPH -i -"
            )
        self._descriptor = stream.fileno()

    def read(self, size: int) -> bytes:
        """Return what has come, `size` bytes at most; nothing at the end."""
        while os.name == "posix" and not self._is_closed():
            ready, _, _ = select.select([self._descriptor], [], [], _LOOK_SECONDS)
            if ready:
                break
        content = b"" if self._is_closed() else os.read(self._descriptor, size)
        self.is_empty = self.is_empty and not content
        return content
