"""Read pictures: one file, a list of them, or a folder in natural order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from calculators.media.faults import MediaFault, missing_file, plain_words, why_unreadable
from calculators.media.image_header import KINDS, SIGNATURE_BYTES, picture_kind, picture_size
from calculators.media.media_reader import PIXELS_MAX, TimedImage
from calculators.types import RgbImage, VideoHeader
from graphflow.words.diagnostics import listed
from graphflow.words.errors import UsageError

STILL_STEP_US: Final = 33_333
"""Time from one still to the next: MediaPipe's Python API stamps its frames like this."""

STILL_RATE: Final = Fraction(30)
IMAGE_SUFFIXES: Final = frozenset(
    {".bmp", ".gif", ".jp2", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
)


def read_image(path: Path, *, pixels_max: int = PIXELS_MAX) -> RgbImage:
    """Read a picture as 8-bit RGB, EXIF orientation applied, alpha dropped.

    Args:
        path: a picture of one of image_header.KINDS, whatever its name.
        pixels_max: larger pictures are refused before they are decoded.

    Returns:
        (H, W, 3) uint8, contiguous, read-only. Of an animation, the first picture.

    Raises:
        UsageError: there is no such file.
        MediaFault: it is no picture, too large, or damaged.
    """
    if not path.exists():
        raise missing_file(path)
    try:
        encoded = path.read_bytes()
    except OSError as error:
        raise MediaFault([f"{path}: can't be read: {plain_words(error)}"]) from error
    reason = why_unreadable(path)
    if reason:
        raise MediaFault([f"{path}: {reason}"])
    _check_size(path, encoded, pixels_max)
    try:
        image = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise MediaFault([f"{path}: can't be decoded: {error.err}"]) from error
    if image is None:
        kind = picture_kind(encoded)
        raise MediaFault([f"{path}: can't be decoded: the {kind} data are damaged or incomplete"])
    rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image)
    rgb.setflags(write=False)
    return RgbImage(cast("npt.NDArray[np.uint8]", rgb))


def is_picture(path: Path) -> bool:
    """Tell by its first bytes whether a file is a picture."""
    try:
        with path.open("rb") as file:
            return picture_kind(file.read(SIGNATURE_BYTES)) is not None
    except OSError:
        return False


def pictures_among(paths: Sequence[Path]) -> list[Path]:
    """Return the files that are pictures, by content or by name, in natural order.

    A file that is named like a picture but is none is kept, so that its fault is told.
    """
    chosen = [
        path
        for path in paths
        if path.is_file()
        and not path.name.startswith(".")
        and (path.suffix.lower() in IMAGE_SUFFIXES or is_picture(path))
    ]
    return sorted(chosen, key=natural_key)


def natural_key(path: Path) -> tuple[tuple[int, int, str], ...]:
    """Return a sorting key by which img2 comes before img10."""
    parts = re.split(r"(\d+)", str(path))
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts)


class ImageReader:
    """Pictures as frames, stamped 0, 33333, 66666, ... microseconds by their place in the list.

    A picture that can't be read is left out, told in `faults`, and keeps its time.

    Attributes:
        header: size of the first readable picture, number of pictures, 30 frames a second.
        faults: the pictures that could not be read; complete when the iteration has ended.
        repairs: always 0.
    """

    def __init__(self, paths: Sequence[Path], *, pixels_max: int = PIXELS_MAX) -> None:
        """Read the first picture that can be read.

        Raises:
            UsageError: a file is missing.
            MediaFault: none of the pictures can be read; it names them all.
        """
        self.faults: list[str] = []
        self.repairs = 0
        self._pixels_max = pixels_max
        self._images = self._read(tuple(paths))
        first = next(self._images, None)
        if first is None:
            raise MediaFault(self.faults or ["there is no picture"])
        self._first = first
        height, width = first.image.shape[:2]
        self.header = VideoHeader(width, height, STILL_RATE, len(paths), None)

    def __iter__(self) -> Iterator[TimedImage]:
        """Yield the pictures that can be read, in order; once."""
        yield self._first
        yield from self._images

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _read(self, paths: tuple[Path, ...]) -> Iterator[TimedImage]:
        for index, path in enumerate(paths):
            try:
                image = read_image(path, pixels_max=self._pixels_max)
            except MediaFault as fault:
                self.faults.extend(fault.faults)
                continue
            yield TimedImage(index * STILL_STEP_US, image)


def _check_size(path: Path, encoded: bytes, pixels_max: int) -> None:
    if picture_kind(encoded) is None:
        raise MediaFault([f"{path}: is no picture; expected {listed(KINDS, 'or')}"])
    size = picture_size(encoded)
    if size is None:
        raise MediaFault([f"{path}: can't be decoded: its header is damaged"])
    if size.width * size.height > pixels_max:
        raise MediaFault(
            [
                f"{path}: has {size.width}x{size.height} pixels; "
                f"expected at most {pixels_max // 1_000_000} million"
            ]
        )


def is_pattern(path: str) -> bool:
    """Tell whether a path holds one of the signs * ? [ of patterns."""
    return any(sign in path for sign in "*?[")


def images_at(folder_or_pattern: str) -> list[Path]:
    """Return the pictures of a folder, or those that a pattern such as shots/*.png matches.

    Raises:
        UsageError: there are none, or it is neither a folder nor a pattern.
    """
    folder = Path(folder_or_pattern)
    if folder.is_dir():
        chosen = pictures_among(list(folder.iterdir()))
        if not chosen:
            raise UsageError(f"folder {folder} holds no pictures; expected {listed(KINDS, 'or')}")
        return chosen
    if not is_pattern(folder_or_pattern):
        raise missing_file(folder)
    root = Path(folder.anchor) if folder.is_absolute() else Path()
    relative = folder.relative_to(root) if folder.is_absolute() else folder
    chosen = pictures_among(list(root.glob(str(relative))))
    if not chosen:
        raise UsageError(f'no picture matches "{folder_or_pattern}"')
    return chosen
