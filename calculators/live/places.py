"""What a user named as a source: a file, a camera, an address, or standard input."""

from __future__ import annotations

import enum
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from calculators.media.open_media import is_device
from calculators.media.video_decoding import is_url
from graphflow.words.errors import UsageError

STANDARD_INPUT: Final = "-"

ANALYSED_US: Final = 1_000_000
"""How much of a stream is looked at for its format, before frames are given; FFmpeg says 5 s."""


class PlaceKind(enum.Enum):
    """How a place is read."""

    FILE = enum.auto()
    CAMERA = enum.auto()
    ADDRESS = enum.auto()
    STANDARD_INPUT = enum.auto()


@dataclass(frozen=True)
class Place:
    """Where frames come from.

    Attributes:
        name: as messages say it; addresses without the password they may hold.
        kind: how it is read.
        target: what FFmpeg opens.
        device_format: FFmpeg's name of the capture interface; "" where it is none.
        options: FFmpeg's, by name.
    """

    name: str
    kind: PlaceKind
    target: str
    device_format: str = ""
    options: dict[str, str] = field(default_factory=dict)


def place_of(name: str) -> Place:
    """Tell what a name means; whether it is there, only opening it tells.

    Raises:
        UsageError: it is empty, or it is a camera and this system's are not supported.
    """
    if not name:
        raise UsageError("no input was named; expected a file, an address or a camera's number")
    if name == STANDARD_INPUT:
        return Place("standard input", PlaceKind.STANDARD_INPUT, name)
    if is_url(name):
        return Place(_without_password(name), PlaceKind.ADDRESS, name, options=_options_of(name))
    path = Path(name).expanduser()
    if name.isdecimal() and not path.exists():
        return _camera(f"camera {int(name)}", f"/dev/video{int(name)}", name)
    if is_device(path):
        return _camera(name, str(path), name)
    return Place(name, PlaceKind.FILE, name)


def is_file(name: str) -> bool:
    """Tell whether a name means a file, pictures or a folder: what can be played again."""
    return place_of(name).kind is PlaceKind.FILE


def _camera(name: str, device: str, number: str) -> Place:
    if sys.platform.startswith("linux"):
        if not Path(device).exists():
            kind = "" if name.startswith("camera") else "camera "
            detail = "" if name == device else f" ({device} does not exist)"
            raise UsageError(f"there is no {kind}{name}{detail}")
        return Place(name, PlaceKind.CAMERA, device, "v4l2")
    if sys.platform == "darwin":
        return Place(name, PlaceKind.CAMERA, number, "avfoundation")
    raise UsageError(f"cameras are not supported on {sys.platform}; give a file or an address")


def _options_of(address: str) -> dict[str, str]:
    """Return how an address is read: RTSP over TCP, for over UDP it loses packets silently."""
    options = {"analyzeduration": str(ANALYSED_US)}
    if address.lower().startswith(("rtsp:", "rtsps:")):
        options["rtsp_transport"] = "tcp"
    return options


def _without_password(address: str) -> str:
    return re.sub(r"(?<=://)[^/]*@", "", address)
