from __future__ import annotations

import io
import re

import pytest

from graphflow.commands.progress import progress_on


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")


def shown_on(stream: io.StringIO, *, is_quiet: bool = False) -> str:
    with progress_on(stream, is_quiet=is_quiet) as progress:
        progress.show(30, 120)
    return stream.getvalue()


def test_nothing_is_shown_where_stderr_is_no_terminal() -> None:
    assert shown_on(io.StringIO()) == ""


def test_nothing_is_shown_when_quiet() -> None:
    assert shown_on(Terminal(), is_quiet=True) == ""


def test_a_terminal_shows_frames_done_of_all() -> None:
    assert "30/120 frames" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown_on(Terminal()))


def test_without_a_known_total_only_frames_done_are_shown() -> None:
    stream = Terminal()
    with progress_on(stream, is_quiet=False) as progress:
        progress.show(30, None)
    assert "30 frames" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", stream.getvalue())


def test_a_note_stands_behind_the_bar() -> None:
    stream = Terminal()
    with progress_on(stream, is_quiet=False) as progress:
        progress.show(30, None, "20 results, 40 ms old")
    assert "  20 results, 40 ms old" in stream.getvalue()


def test_a_terminal_shows_what_else_is_counted() -> None:
    stream = Terminal()
    with progress_on(stream, is_quiet=False, counted="samples") as progress:
        progress.show(3, 4)
    assert "3/4 samples" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", stream.getvalue())


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    colour = re.compile(r"\x1b\[[0-9;]*3[0-9](;[0-9]+)*m")
    assert colour.search(shown_on(Terminal()))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour.search(shown_on(Terminal()))
