"""The window, with OpenCV's functions for the screen replaced: test machines have none."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from calculators.window import OpenCvWindow, open_window
from graphflow.words.errors import UsageError


class Screen:
    """What OpenCV does to windows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pictures: list[Any] = []
        self.sizes: list[tuple[int, int]] = []
        self.destroyed: list[str] = []
        self.key, self.visible = -1, 1.0
        self.has_forgotten = False
        for name, stand_in in {
            "currentUIFramework": lambda: "GTK3",
            "namedWindow": lambda title, flags: None,
            "imshow": lambda title, picture: self.pictures.append(picture),
            "resizeWindow": lambda title, width, height: self.sizes.append((width, height)),
            "waitKey": lambda delay: self.key,
            "getWindowProperty": self.visibility,
            "destroyWindow": self.destroy,
        }.items():
            monkeypatch.setattr(cv2, name, stand_in, raising=False)
        monkeypatch.setenv("DISPLAY", ":0")

    def visibility(self, title: str, number: int) -> float:
        if self.has_forgotten:
            raise cv2.error("null window")
        return self.visible

    def destroy(self, title: str) -> None:
        if self.has_forgotten:
            raise cv2.error("null window")
        self.destroyed.append(title)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    return Screen(monkeypatch)


def test_red_is_shown_as_red(screen: Screen) -> None:
    window = open_window("graphflow")
    window.show(np.full((2, 3, 3), (255, 0, 10), np.uint8))
    assert screen.pictures[0][0, 0].tolist() == [10, 0, 255], "OpenCV's order"


@pytest.mark.parametrize(
    ("size_px", "expected_px"),
    [((640, 480), (640, 480)), ((2560, 1440), (1280, 720)), ((1000, 4000), (180, 720))],
)
def test_a_large_picture_is_fitted_to_the_screen_once(
    screen: Screen, size_px: tuple[int, int], expected_px: tuple[int, int]
) -> None:
    window = open_window("graphflow")
    for _ in range(2):
        window.show(np.zeros((size_px[1], size_px[0], 3), np.uint8))
    assert screen.sizes == [expected_px]


@pytest.mark.parametrize(
    ("key", "is_left"), [(-1, False), (ord("x"), False), (ord("q"), True), (27, True)]
)
def test_q_and_escape_leave_it(screen: Screen, key: int, is_left: bool) -> None:
    window = open_window("graphflow")
    screen.key = key
    assert window.has_been_left() is is_left


def test_a_key_is_known_with_num_lock_too(screen: Screen) -> None:
    screen.key = 0x100000 | ord("q")
    assert open_window("graphflow").has_been_left()


def test_closing_leaves_it(screen: Screen) -> None:
    window = open_window("graphflow")
    screen.visible = 0.0
    assert not window.has_been_left(), "it is not on the screen before its first picture"
    window.show(np.zeros((2, 2, 3), np.uint8))
    assert window.has_been_left()
    screen.has_forgotten = True
    assert window.has_been_left()
    window.close()


def test_it_goes_with_the_run(screen: Screen) -> None:
    open_window("graphflow").close()
    assert screen.destroyed == ["graphflow"]


def test_an_opencv_without_windows_is_told_with_what_helps(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: "")
    with pytest.raises(UsageError, match=r"made without windows \(opencv-python-headless") as found:
        open_window("graphflow")
    assert "--serve" in str(found.value)


def test_a_missing_display_is_told_before_the_library_is_asked(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calculators.window.sys.platform", "linux")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(cv2, "namedWindow", None)
    with pytest.raises(UsageError, match=r"there is no display\n  hint: .*--serve"):
        open_window("graphflow")


@pytest.mark.parametrize(
    ("trial", "said"),
    [
        ("import sys; sys.exit('could not connect to display :0')", "could not connect to display"),
        ("import os; os.abort()", "Qt does not say why"),
    ],
)
def test_qt_which_ends_the_program_is_tried_in_another(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, trial: str, said: str
) -> None:
    monkeypatch.setattr("calculators.window.sys.platform", "linux")
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: "QT5")
    monkeypatch.setattr("calculators.window._TRIAL", trial)
    with pytest.raises(UsageError, match=f"no window can be opened: {said}"):
        open_window("graphflow")
    monkeypatch.setattr("calculators.window._TRIAL", "")
    open_window("graphflow")


def test_what_opencv_says_is_passed_on(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(title: str, flags: int) -> None:
        raise cv2.error("cannot open display")

    monkeypatch.setattr(cv2, "namedWindow", refuse)
    with pytest.raises(UsageError, match="no window can be opened: cannot open display"):
        open_window("graphflow")


def test_a_build_that_does_not_tell_its_framework_is_taken_for_one_without(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(cv2, "currentUIFramework")
    with pytest.raises(UsageError, match="made without windows"):
        open_window("graphflow")
    assert isinstance(OpenCvWindow("graphflow"), OpenCvWindow)
