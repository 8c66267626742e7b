"""Find the pictures and clips that a data set names, and their sizes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from calculators.media.faults import MediaFault
from calculators.media.image_reader import images_at, is_picture, read_image
from calculators.media.video_reader import VideoReader
from graphflow.words.diagnostics import listed
from graphflow.words.errors import UsageError

_NAME_SHOWN: Final = 200
"""So much of a name is told."""


class RowFault(Exception):
    """What is wrong with a row; whoever reads rows makes it a BadRow."""


class MediaFiles:
    """Where the pictures and clips of one data set are.

    They are sought beside the data set, then in ../images; with a folder given, only there.

    Attributes:
        given: the file or folder that the user named, if any.
    """

    def __init__(self, dataset: Path, given: Path | None = None) -> None:
        self.given = given
        self._folders = [given] if given else [dataset.parent, _images_near(dataset.parent)]
        self._sizes: dict[Path, tuple[int, int]] = {}

    def find(self, name: str) -> Path:
        """Return the file of that name.

        Raises:
            RowFault: it is in none of the folders.
        """
        if not name:
            raise RowFault("names no picture")
        if self.given is not None and self.given.is_file() and self.given.name == name:
            return self.given
        for folder in self._folders:
            path = folder / name
            if _is_file(path):
                return path
        places = listed([str(folder) for folder in self._folders], "and")
        raise RowFault(f'there is no file "{name[:_NAME_SHOWN]}" in {places}')

    def find_medium(self, expected: list[str]) -> Path:
        """Return the clip, picture or folder that rows without a name belong to.

        Args:
            expected: names to look for beside the data set where the user gave nothing.

        Raises:
            RowFault: there is none.
        """
        if self.given is not None and self.given.is_file():
            return self.given
        for name in expected:
            with suppress(RowFault):
                return self.find(name)
        if self.given is not None:
            return self.given
        raise RowFault(
            'names neither "image" nor "clip", and it can\'t be told what it belongs to\n'
            "  hint: give --images FILE_OR_FOLDER, what was run"
        )

    def size_px(self, path: Path) -> tuple[int, int]:
        """Return width and height of a picture or clip, as it is shown; it is read for that.

        Raises:
            RowFault: it can't be read.
        """
        if path not in self._sizes:
            try:
                self._sizes[path] = _size_of(path)
            except (MediaFault, UsageError, OSError) as error:
                raise RowFault(str(error)) from error
        return self._sizes[path]


def _images_near(folder: Path) -> Path:
    """Return ../images of a folder; of `.` and `..` too, whose `parent` is not the folder above."""
    above = folder.parent if folder.name not in ("", "..") else folder / ".."
    return above / "images"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # No name that the system takes.
        return False


def pictures_of(medium: Path) -> list[Path] | None:
    """Return the pictures that a run reads from a folder or picture, in order; None for clips.

    Raises:
        RowFault: the folder holds no pictures.
    """
    if medium.is_dir():
        try:
            return images_at(str(medium))
        except UsageError as error:
            raise RowFault(str(error)) from error
    return [medium] if is_picture(medium) and medium.suffix.lower() != ".gif" else None


def _size_of(path: Path) -> tuple[int, int]:
    if pictures_of(path) is not None:
        height, width = read_image(path).shape[:2]
        return width, height
    reader = VideoReader(path)
    try:
        return reader.header.width, reader.header.height
    finally:
        reader.close()
