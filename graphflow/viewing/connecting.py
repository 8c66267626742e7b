"""Connecting: opens the way to a viewer or a file, or says in time what is in the way.

The viewer's library itself only tells at the end of a run that it has reached nobody.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from graphflow.viewing.target import Target
from graphflow.words.errors import UsageError

PORT: Final = 9876
"""Where viewers listen that were not told otherwise."""

CONNECT_SECONDS: Final = 3.0

_FILE_HINT: Final = "\n  hint: write a file, to be opened anywhere: --rerun run.rrd"


def open_target(stream: Any, target: Target, layout: Any) -> None:
    """Send what is logged from now on to a target.

    Args:
        stream: a `rerun.RecordingStream`.
        target: a viewer or a file.
        layout: the blueprint of the viewer's window.

    Raises:
        UsageError: no viewer can be started, or none listens.
        OSError: the file can't be written.
    """
    if target.file is not None:
        with target.file.open("wb"):
            pass  # The library would give no errno.
        stream.save(target.file, default_blueprint=layout)
    elif target.address:
        _check_listens(target.address)
        stream.connect_grpc(target.address, default_blueprint=layout)
    else:
        _check_display()
        program = Path(sys.executable).with_name("rerun")
        path = str(program) if program.exists() else None
        try:
            stream.spawn(executable_path=path, default_blueprint=layout)
        except RuntimeError as error:
            fault = str(error).partition("\n")[0]
            raise UsageError(f"--rerun: the viewer does not start: {fault}{_FILE_HINT}") from error


def _check_listens(address: str) -> None:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or PORT
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--rerun: no viewer at {address}: {error}\n"
            "  hint: start one there with the command `rerun`"
        ) from error


def _check_display() -> None:
    has_window = not sys.platform.startswith("linux") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET")
    )
    if not has_window:
        raise UsageError(f"--rerun: there is no display for the viewer's window{_FILE_HINT}")
