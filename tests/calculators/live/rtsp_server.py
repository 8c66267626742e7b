"""A tiny RTSP server on loopback: one MPEG-4 video track, interleaved over TCP (RFC 2326, 3016)."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from fractions import Fraction

import av
import numpy as np

from tests.calculators.live.stream_server import Connection

TICKS_PER_SECOND = 90_000
PAYLOAD_TYPE = 96
PART_MAX = 1400


def encoded_frames(
    count: int, *, width: int = 64, height: int = 48, shade: int = 100
) -> tuple[bytes, list[bytes]]:
    """Return the decoder's configuration, and so many key frames of one shade, and some noise."""
    noise = np.random.default_rng(0).integers(-20, 20, (height, width, 3))
    codec = av.CodecContext.create("mpeg4", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.time_base, codec.gop_size = Fraction(1, 25), 0
    codec.flags |= av.codec.context.Flags.global_header
    frames = []
    for index in range(count):
        picture = (shade + noise).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts = index
        frames += [bytes(packet) for packet in codec.encode(frame)]
    assert codec.extradata is not None
    return codec.extradata, frames


class RtspConnection:
    """One client of the server: answers until it plays, then sends what a script says.

    Args:
        connection: with the client.
        configuration: of the decoder.
    """

    def __init__(self, connection: Connection, configuration: bytes) -> None:
        self._connection = connection
        self._configuration = configuration
        self._sequence = 0
        request = connection.request
        while not self._answer(request.decode()):
            request = connection.receive()

    def send_frame(self, frame: bytes, ticks: int) -> None:
        """Send one frame as RTP packets, the last one marked."""
        parts = [frame[at : at + PART_MAX] for at in range(0, len(frame), PART_MAX)]
        for part in parts:
            mark = 0x80 if part is parts[-1] else 0
            head = struct.pack(
                ">BBHII", 0x80, mark | PAYLOAD_TYPE, self._sequence, ticks % 2**32, 1
            )
            self._sequence = (self._sequence + 1) % 2**16
            packet = head + part
            self._connection.send(b"$\x00" + struct.pack(">H", len(packet)) + packet)

    def stall(self) -> None:
        """Send nothing until the client goes, or the test is over."""
        self._connection.stall()

    def _answer(self, request: str) -> bool:
        """Answer a request; return whether it was to play."""
        method, address = request.split(" ")[:2]
        number = re.search(r"CSeq: (\d+)", request)
        head = f"RTSP/1.0 200 OK\r\nCSeq: {number[1] if number else 0}\r\n"
        body = ""
        if method == "OPTIONS":
            head += "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
        elif method == "DESCRIBE":
            body = self._description()
            head += f"Content-Base: {address}/\r\nContent-Type: application/sdp\r\n"
            head += f"Content-Length: {len(body)}\r\n"
        elif method == "SETUP":
            assert "RTP/AVP/TCP" in request
            head += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n"
        elif method == "PLAY":
            head += "Session: 1\r\n"
        self._connection.send(f"{head}\r\n{body}".encode())
        return method == "PLAY"

    def _description(self) -> str:
        return (
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
            f"m=video 0 RTP/AVP {PAYLOAD_TYPE}\r\n"
            f"a=rtpmap:{PAYLOAD_TYPE} MP4V-ES/{TICKS_PER_SECOND}\r\n"
            f"a=fmtp:{PAYLOAD_TYPE} profile-level-id=1;config={self._configuration.hex()}\r\n"
            "a=control:track1\r\n"
        )


RtspScript = Callable[[RtspConnection], None]


def rtsp(configuration: bytes, script: RtspScript) -> Callable[[Connection], None]:
    """Return the script of a connection that speaks RTSP first."""
    return lambda connection: script(RtspConnection(connection, configuration))
