"""Leave the program, also where a thread can't be ended."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress


class Leaving:
    """How this program ends; made before anything else wants to be told of its end.

    A thread that waits in a call of a library which nobody can end (FFmpeg reading a silent
    address, say) is a daemon, left alone when its run ends. Such a call may come back while the
    interpreter is torn down, ask for its lock and crash. So with such threads nothing is torn down.

    Attributes:
        code: what the program will answer.
    """

    def __init__(self) -> None:
        self.code = 0
        atexit.register(self._leave)  # Of functions registered there, the first is called last.

    def _leave(self) -> None:
        if not any(each.daemon for each in threading.enumerate()):
            return
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # Nobody reads it any more, or it is closed.
                stream.flush()
        os._exit(self.code)
