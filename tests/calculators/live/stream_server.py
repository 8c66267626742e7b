"""HTTP servers on loopback that behave as a test says, connection by connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from types import TracebackType

import cv2
import numpy as np

BOUNDARY = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n"


def jpeg(width: int = 64, height: int = 48, shade: int = 0) -> bytes:
    """A picture of one shade."""
    encoded: bytes = cv2.imencode(".jpg", np.full((height, width, 3), shade, np.uint8))[1].tobytes()
    return encoded


class Connection:
    """The server's end of one connection.

    Attributes:
        number: from 0, in the order in which they came.
        request: what the client asked.
    """

    def __init__(self, peer: socket.socket, number: int, is_over: threading.Event) -> None:
        self.number = number
        self._peer = peer
        self._is_over = is_over
        self.request = peer.recv(4096)

    def receive(self) -> bytes:
        """Return what the client asks next.

        Raises:
            OSError: it has gone.
        """
        request = self._peer.recv(4096)
        if not request:
            raise ConnectionError("the client has gone")
        return request

    def send(self, *parts: bytes) -> None:
        """Send bytes."""
        self._peer.sendall(b"".join(parts))

    def answer(self, kind: str = "multipart/x-mixed-replace; boundary=frame") -> None:
        """Say that a stream follows."""
        self.send(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode())

    def send_pictures(self, *pictures: bytes) -> None:
        """Send JPEG pictures as parts of a stream."""
        for picture in pictures:
            self.send(BOUNDARY % (len(picture), picture))

    def stall(self) -> None:
        """Send nothing until the client goes, or the test is over."""
        self._peer.settimeout(0.02)
        while not self._is_over.is_set():
            try:
                if not self._peer.recv(4096):
                    return
            except TimeoutError:
                continue
            except OSError:
                return


Script = Callable[[Connection], None]


class StreamServer:
    """Plays a script for each connection, the last one for all further ones; then closes it.

    Attributes:
        connections: how many came.
    """

    def __init__(self, *scripts: Script, port: int = 0) -> None:
        self.connections = 0
        self._scripts: Sequence[Script] = scripts
        self._is_over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", port))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.port: int = self._listener.getsockname()[1]

    def address(self, path: str = "stream") -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/{path}"

    def __enter__(self) -> StreamServer:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the port and all connections; may be called again."""
        if self._is_over.is_set():
            return
        self._is_over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while not self._is_over.is_set():
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            number = self.connections
            self.connections += 1
            script = self._scripts[min(number, len(self._scripts) - 1)]
            thread = threading.Thread(target=self._play, args=(peer, number, script), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, peer: socket.socket, number: int, script: Script) -> None:
        with peer:
            try:
                script(Connection(peer, number, self._is_over))
            except OSError:
                return  # the client has gone
