"""Choose the reader for what a user named: camera, address, folder, pattern, picture or video."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path
from typing import Final

from calculators.media.faults import missing_file
from calculators.media.image_header import SIGNATURE_BYTES, picture_kind
from calculators.media.image_reader import IMAGE_SUFFIXES, ImageReader, images_at, is_pattern
from calculators.media.media_reader import MediaReader
from calculators.media.video_decoding import is_url
from calculators.media.video_reader import VideoReader
from graphflow.words.errors import UsageError

_V4L2_MAJOR: Final = 81
"""Linux's number for video devices, by whatever name they are reached."""

_FFMPEG_ANIMATIONS: Final = frozenset({"GIF"})


def open_media(source: str | int | Path) -> MediaReader:
    """Open whatever `source` names.

    Args:
        source: a camera's number (0 or "0") or device (/dev/video0), an address (rtsp://...), a
            folder of pictures, a pattern (shots/*.png), a picture, or else a video file.

    Returns:
        A reader; close it in any case.

    Raises:
        UsageError: there is no such thing, or it is neither picture nor video.
        MediaFault: it is there, but nothing in it can be decoded.
    """
    name = str(source)
    if not name:
        raise UsageError("no input was named; expected a file, a folder or a camera's number")
    if is_url(name):
        return VideoReader(name)
    path = Path(source).expanduser() if not isinstance(source, int) else Path(name)
    if isinstance(source, int) or (name.isdecimal() and not path.exists()):
        return open_camera(int(name))
    if path.is_dir():
        return ImageReader(images_at(str(path)))
    if is_device(path) and sys.platform.startswith("linux"):
        return _open_device(path, str(path))
    if not path.exists():
        if is_pattern(name):
            return ImageReader(images_at(str(path)))
        raise missing_file(path)
    if _is_still(path):
        return ImageReader([path])
    return VideoReader(path)


def is_device(path: Path) -> bool:
    """Tell whether a path is that of a camera, such as /dev/video0, whether or not it is there."""
    if re.fullmatch(r"/dev/video\d+", str(path)):
        return True
    try:
        status = path.stat()
    except (OSError, ValueError):
        return False
    return stat.S_ISCHR(status.st_mode) and os.major(status.st_rdev) == _V4L2_MAJOR


def open_camera(number: int) -> VideoReader:
    """Open a camera of this machine by its number.

    Raises:
        UsageError: there is no such camera, or this system's cameras are not supported.
    """
    if sys.platform.startswith("linux"):
        return _open_device(Path(f"/dev/video{number}"), str(number))
    if sys.platform == "darwin":
        return VideoReader(str(number), device_format="avfoundation")
    raise UsageError(f"cameras are not supported on {sys.platform}; give a file or an address")


def _open_device(device: Path, name: str) -> VideoReader:
    if not device.exists():
        detail = "" if name == str(device) else f" ({device} does not exist)"
        raise UsageError(f"there is no camera {name}{detail}")
    return VideoReader(device, device_format="v4l2")


def _is_still(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        kind = picture_kind(file.read(SIGNATURE_BYTES))
    if kind is None:
        # Named like a picture, but not one: the picture reader gives the better message.
        return path.suffix.lower() in IMAGE_SUFFIXES
    return kind not in _FFMPEG_ANIMATIONS
