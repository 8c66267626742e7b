"""Where `--rerun` leads to."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from graphflow.commands.rerun_view import VIEWER
from graphflow.viewing import SPAWN, Target, target_of
from graphflow.viewing.connecting import open_target
from graphflow.words.errors import UsageError


class Stream:
    """Notes what it is told, as a recording stream."""

    def __init__(self, fault: str = "") -> None:
        self.told: list[Any] = []
        self._fault = fault

    def save(self, path: Path, *, default_blueprint: Any) -> None:
        self.told.append(path)

    def connect_grpc(self, address: str, *, default_blueprint: Any) -> None:
        self.told.append(address)

    def spawn(self, *, executable_path: str | None, default_blueprint: Any) -> None:
        if self._fault:
            raise RuntimeError(self._fault)
        self.told.append(executable_path)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (SPAWN, Target()),
        ("out/run.rrd", Target(file=Path("out/run.rrd"))),
        ("localhost:9876", Target(address="rerun+http://localhost:9876/proxy")),
        ("[::1]:9876", Target(address="rerun+http://[::1]:9876/proxy")),
        ("rerun://there/proxy", Target(address="rerun://there/proxy")),
        ("rerun+https://there:1/proxy", Target(address="rerun+https://there:1/proxy")),
    ],
)
def test_a_target_is_a_viewer_a_file_or_an_address(text: str, target: Target) -> None:
    assert target_of(text) == target


@pytest.mark.parametrize("text", ["pose_tracking", "run.mp4", "", "http://there/"])
def test_anything_else_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(UsageError, match="write --rerun last"):
        target_of(text)


def test_the_command_and_the_package_have_one_word_for_a_new_viewer() -> None:
    assert VIEWER == SPAWN


def test_a_viewer_that_does_not_listen_is_told_before_the_run() -> None:
    with socket.socket() as bound:  # bound, but nobody listens
        bound.bind(("127.0.0.1", 0))
        address = f"rerun+http://127.0.0.1:{bound.getsockname()[1]}/proxy"
        with pytest.raises(UsageError, match="no viewer at"):
            open_target(Stream(), Target(address=address), None)


def test_a_viewer_that_listens_is_connected_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"rerun+http://127.0.0.1:{server.getsockname()[1]}/proxy"
        stream = Stream()
        open_target(stream, Target(address=address), None)
    assert stream.told == [address]


def test_a_file_that_can_not_be_written_is_told_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_target(Stream(), Target(file=tmp_path / "missing" / "run.rrd"), None)


def test_without_a_display_a_file_is_recommended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match=r"no display.*\n.*--rerun run\.rrd"):
        open_target(Stream(), Target(), None)


def test_a_viewer_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    stream = Stream()
    open_target(stream, Target(), None)
    assert len(stream.told) == 1
    with pytest.raises(UsageError, match="does not start: no viewer here"):
        open_target(Stream("no viewer here\nmore"), Target(), None)
