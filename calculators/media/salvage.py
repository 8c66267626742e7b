"""Make what a failed write left of a video playable."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import av

_HEADER_BYTES: Final = 8
_LONG_HEADER_BYTES: Final = 16
_LONG_SIZE: Final = 1
"""A size of 1 says that the real one follows the box's name, in 8 bytes."""


def salvage_video(path: Path) -> int:
    """Cut a video that could not be written to its end after its last whole fragment.

    Args:
        path: an MP4 or MOV file made of fragments, or a Matroska file, which needs no cut.

    Returns:
        How many frames are left in it; a file without any is deleted.
    """
    if not path.exists():
        return 0
    if path.suffix.lower() not in (".mkv", ".webm"):
        os.truncate(path, _whole_bytes(path))
    frames = _frames_in(path)
    if not frames:
        path.unlink()
    return frames


def _whole_bytes(path: Path) -> int:
    """Return where the last whole fragment (moof box, then mdat box) of an MP4 file ends."""
    size, position, end = path.stat().st_size, 0, 0
    with path.open("rb") as file:
        while position + _HEADER_BYTES <= size:
            file.seek(position)
            header = file.read(_LONG_HEADER_BYTES)
            length, kind = int.from_bytes(header[:4], "big"), header[4:8]
            if length == _LONG_SIZE:
                length = int.from_bytes(header[8:16], "big")
            position += length
            if length < _HEADER_BYTES or position > size:
                break
            if kind != b"moof":
                end = position
    return end


def _frames_in(path: Path) -> int:
    try:
        with av.open(f"file:{path}") as container:
            return sum(1 for packet in container.demux(video=0) if packet.size)
    except (av.FFmpegError, OSError, IndexError):
        return 0
