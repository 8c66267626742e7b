"""A window with the newest picture, by OpenCV."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from graphflow.words.errors import UsageError
from graphflow.words.windows import Window

SIZE_MAX_PX: Final = (1280, 720)
"""Width and height of a window at first; its user may change them."""

_LEAVING_KEYS: Final = (ord("q"), ord("Q"), 27)
_KEY: Final = 0xFF
"""Of what a key is told by, the part that is the same on all systems."""

_TRIAL: Final = "import cv2; cv2.namedWindow('graphflow')"

_BROWSER_HINT: Final = "\n  hint: watch in a browser instead: --serve 8000"


def open_window(title: str) -> Window:
    """Open a window, which shows from the first picture on.

    Raises:
        UsageError: there is no display, or this OpenCV was made without windows.
    """
    framework = getattr(cv2, "currentUIFramework", str)
    if not framework():
        raise UsageError(
            "this OpenCV was made without windows (opencv-python-headless)"
            f"{_BROWSER_HINT}; or pip install --force-reinstall opencv-python"
        )
    is_unix = sys.platform not in ("darwin", "win32")
    if is_unix and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise UsageError(f"there is no display{_BROWSER_HINT}")
    if is_unix and framework().startswith("QT"):
        _try_in_another_program()
    try:
        cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
    except cv2.error as error:
        raise UsageError(f"no window can be opened: {error}{_BROWSER_HINT}") from error
    return OpenCvWindow(title)


def _try_in_another_program() -> None:
    """Open a window elsewhere: where Qt can't, it ends the program.

    Raises:
        UsageError: it ended the other one.
    """
    tried = subprocess.run([sys.executable, "-c", _TRIAL], capture_output=True, text=True)
    if tried.returncode:
        said = tried.stderr.strip().splitlines() or ["Qt does not say why"]
        raise UsageError(f"no window can be opened: {said[0]}{_BROWSER_HINT}")


class OpenCvWindow:
    """An open window.

    Args:
        title: it was opened with; its name to OpenCV.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._has_shown = False

    def show(self, picture: npt.NDArray[np.uint8]) -> None:
        """Show a picture.

        Args:
            picture: (height, width, 3) as RGB.
        """
        if not self._has_shown:
            self._has_shown = True
            height_px, width_px = picture.shape[:2]
            scale = min(1.0, SIZE_MAX_PX[0] / width_px, SIZE_MAX_PX[1] / height_px)
            cv2.resizeWindow(self._title, round(width_px * scale), round(height_px * scale))
        cv2.imshow(self._title, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))

    def has_been_left(self) -> bool:
        """Look what the user did; return whether that was to close it, or to press q or Escape."""
        key = cv2.waitKey(1)  # One millisecond; this is what draws, too.
        if key != -1 and key & _KEY in _LEAVING_KEYS:
            return True
        return self._has_shown and not self._is_visible()

    def _is_visible(self) -> bool:
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:  # Some builds know a window no more when it was closed.
            return False

    def close(self) -> None:
        """Take it from the screen."""
        try:
            cv2.destroyWindow(self._title)
            cv2.waitKey(1)
        except cv2.error:
            return  # Its user has closed it.
