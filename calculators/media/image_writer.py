"""Write frames as picture files: one of a given name, or numbered ones."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2

from calculators.media.faults import (
    MediaFault,
    check_output_folder,
    check_writable_folder,
    plain_words,
)
from calculators.media.written import Written
from calculators.types import RgbImage, VideoHeader
from graphflow.words.errors import UsageError

PICTURE_SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
FOLDER_PATTERN: Final = "frame_{:06d}.png"

_ENCODER_OPTIONS: Final = {
    ".png": (cv2.IMWRITE_PNG_COMPRESSION, 1),
    ".jpg": (cv2.IMWRITE_JPEG_QUALITY, 95),
    ".jpeg": (cv2.IMWRITE_JPEG_QUALITY, 95),
}


class ImageWriter:
    """Writes each frame at once, so whatever ends the run, what was written is whole.

    Into a folder go `frame_000000.png`, `frame_000001.png` and so on: the number is the frame's,
    from 0, as in the landmarks files. For a path with a picture's suffix, a single frame gets that
    name; as soon as there is a second one, all are numbered (`name_000000.png`, ...).
    """

    def __init__(self, path: Path) -> None:
        """Check that the files can be written.

        Args:
            path: an existing folder, or a file name with one of PICTURE_SUFFIXES.

        Raises:
            UsageError: the suffix is unknown, or the folder is missing or not writable.
        """
        self.path = path
        self._is_folder = path.is_dir()
        if self._is_folder:
            self._pattern = path / FOLDER_PATTERN
            check_writable_folder(path)
        else:
            if path.suffix.lower() not in PICTURE_SUFFIXES:
                raise UsageError(f'can\'t write "{path}": unknown picture format "{path.suffix}"')
            check_output_folder(path)
            stem = path.stem.replace("{", "{{").replace("}", "}}")
            self._pattern = path.with_name(f"{stem}_{{:06d}}{path.suffix}")
        self._frames = 0

    def expect(self, header: VideoHeader) -> None:
        """Do nothing: pictures have no rate."""

    def write(self, image: RgbImage, timestamp_us: int) -> None:
        """Write one frame.

        Args:
            image: (H, W, 3) uint8 RGB; not changed.
            timestamp_us: not kept in picture files.

        Raises:
            MediaFault: the file could not be written.
        """
        target = self._numbered(self._frames)
        if not self._is_folder and self._frames == 0:
            target = self.path
        if not self._is_folder and self._frames == 1:
            self.path.replace(self._numbered(0))
        suffix = target.suffix.lower()
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        is_encoded, encoded = cv2.imencode(suffix, bgr, _ENCODER_OPTIONS.get(suffix, ()))
        if not is_encoded:
            raise MediaFault([f"{target}: can't be encoded"])
        partial = target.with_name(f"{target.stem}.partial{target.suffix}")
        try:
            partial.write_bytes(encoded.tobytes())
            partial.replace(target)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise MediaFault([f"{target}: can't be written: {plain_words(error)}"]) from error
        self._frames += 1

    def close(self) -> Written:
        """Return what was written."""
        if not self._frames:
            return Written(None, 0)
        is_single = self._frames == 1 and not self._is_folder
        return Written(self.path if is_single else self._pattern.parent, self._frames)

    def _numbered(self, index: int) -> Path:
        return self._pattern.with_name(self._pattern.name.format(index))
