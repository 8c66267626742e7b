"""Writing: puts packets and calls into a recording, in a thread of its own.

Packing and compressing take much longer than a call of most nodes, and release the interpreter
lock; so the run only hands things over. When the thread falls behind by more than a bounded number
of things, the run waits for it.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from queue import SimpleQueue
from threading import BoundedSemaphore, Thread
from typing import IO, Any, Final

from graphflow.recording.description import GraphDescription
from graphflow.recording.faults import INSTALL_HINT, RecordingError
from graphflow.recording.format import ENCODING, END, GRAPH, PROFILE, VERSION, VERSIONS, pack
from graphflow.words.errors import GraphflowError, describe

BACKLOG_MAX: Final = 128
"""So many messages wait to be written, at most; images among them bound the memory."""

CHUNK_BYTES: Final = 1 << 20
"""What is compressed together, and lost together when the file is cut short."""

Content = Callable[[], Any]
"""Makes the plain values of a message, in the writer's thread."""


class RecordingWriter:
    """A recording that is being written: messages from any thread, in the order of `put`.

    Args:
        path: the file; one that exists is replaced.
        graph: what is recorded.

    Raises:
        RecordingError: the file can't be made, or the packages are missing.
    """

    def __init__(self, path: Path, graph: GraphDescription) -> None:
        self.path = path
        self._file, self._mcap = _created(path)
        self._channels: dict[str, int] = {}
        self._queue: SimpleQueue[tuple[str, int, Content] | None] = SimpleQueue()
        self._room = BoundedSemaphore(BACKLOG_MAX)
        self._error: RecordingError | None = None
        self._mcap.start(PROFILE, f"graphflow {_version('graphflow-perception')}")
        self._mcap.add_metadata(VERSIONS, _versions())
        content = graph.as_json().encode()
        self._mcap.add_attachment(time.time_ns(), 0, GRAPH, "application/json", content)
        self._thread = Thread(target=self._work, name="recording", daemon=True)
        self._thread.start()

    def put(self, channel: str, timestamp: int, content: Content) -> None:
        """Have a message written; waits while too many are.

        Args:
            channel: its name.
            timestamp: microseconds, for viewers; what is no ordinary time counts as 0.
            content: makes the plain values; called once, in another thread.
        """
        if self._error is not None:  # told at the end: a full disk must not end the run
            return
        self._room.acquire()
        self._queue.put((channel, timestamp, content))

    def close(self, end: Mapping[str, str]) -> None:
        """Write what is left, and the end.

        Raises:
            RecordingError: something could not be written; the file has no end.
        """
        self._queue.put(None)
        self._thread.join()
        try:
            if self._error is None:
                self._mcap.add_metadata(END, dict(end))
                self._mcap.finish()
            self._file.close()
        except OSError as fault:
            raise RecordingError(f"{self.path}: {describe(fault)}") from fault
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        while (each := self._queue.get()) is not None:
            try:
                if self._error is None:
                    self._write(*each)
            except GraphflowError as fault:
                self._error = RecordingError(f"{self.path}: {each[0]}: {fault}")
            except Exception as fault:  # a codec is user code, and nobody else would hear of it
                self._error = RecordingError(f"{self.path}: {each[0]}: {describe(fault)}")
            self._room.release()

    def _write(self, channel: str, timestamp: int, content: Content) -> None:
        number = self._channels.get(channel)
        if number is None:
            number = self._mcap.register_channel(channel, ENCODING, 0)
            self._channels[channel] = number
        published_ns = timestamp * 1000 if 0 <= timestamp < (1 << 53) else 0
        self._mcap.add_message(number, time.time_ns(), pack(content()), published_ns)


def _created(path: Path) -> tuple[IO[bytes], Any]:
    try:
        from mcap.writer import CompressionType, Writer
    except ImportError:
        raise RecordingError(INSTALL_HINT) from None
    try:
        file = path.open("wb")
    except OSError as fault:
        raise RecordingError(f"{path}: {fault.strerror}") from fault
    writer = Writer(
        file, chunk_size=CHUNK_BYTES, compression=CompressionType.ZSTD, enable_data_crcs=True
    )
    return file, writer


def _versions() -> dict[str, str]:
    names = ("graphflow-perception", "numpy", "opencv-python-headless", "ai-edge-litert", "av")
    found = {name: _version(name) for name in names}
    return {
        "format": str(VERSION),
        "python": platform.python_version(),
        "platform": platform.platform(),
        **{name: each for name, each in found.items() if each},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
