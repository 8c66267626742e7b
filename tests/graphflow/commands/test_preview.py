"""`graphflow run --show`: the newest picture, never waited for; its user may end the run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from graphflow.commands import preview as previews
from graphflow.commands.preview import Preview, preview_of
from graphflow.graph import Graph
from graphflow.words.errors import UsageError
from graphflow.words.packet import Packet
from graphflow.words.windows import Windows, windows
from tests.graphflow.command_line import COUNT, graphflow

PATIENCE_SECONDS = 30.0
PICTURES = COUNT + 'output_stream: ["IMAGE:same"]\n'


class FakeWindow:
    """A window nobody sees, which its user leaves when that is wanted."""

    def __init__(self, leaves_after: int = 10**9) -> None:
        self.shown: list[Any] = []
        self.is_closed = False
        self.leaves_after = leaves_after
        self.thread = threading.get_ident()
        self.on_show: Callable[[], object] = bool

    def show(self, picture: Any) -> None:
        assert threading.get_ident() == self.thread, "a window is for one thread"
        assert not self.is_closed
        self.shown.append(picture)
        self.on_show()

    def has_been_left(self) -> bool:
        return len(self.shown) >= self.leaves_after

    def close(self) -> None:
        self.is_closed = True


class FakeGraph:
    """Hears what becomes of its run."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def end_sources(self) -> None:
        self.heard.append("end_sources")

    def cancel(self) -> None:
        self.heard.append("cancel")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "count.yaml").write_text(COUNT, encoding="utf-8")
    (tmp_path / "pictures.yaml").write_text(PICTURES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> FakeWindow:
    found = FakeWindow()
    monkeypatch.setattr(windows, "open", lambda title: found)
    return found


def preview_on(window: FakeWindow) -> tuple[Preview, FakeGraph]:
    graph: Any = FakeGraph()
    return Preview(graph, window), graph


def over() -> Future[None]:
    ended: Future[None] = Future()
    ended.set_result(None)
    return ended


def test_only_the_newest_picture_is_shown_and_once() -> None:
    preview, _ = preview_on(window := FakeWindow())
    for number in range(3):
        preview.take(Packet(number, number))
    assert preview.look(over(), 1.0)
    assert preview.look(over(), 1.0)
    assert window.shown == [2]


def test_a_run_does_not_wait_for_a_window_that_hangs(folder: Path) -> None:
    graph, window, has_ended = Graph.load("pictures.yaml"), FakeWindow(), threading.Event()
    window.on_show = lambda: has_ended.wait(PATIENCE_SECONDS) or pytest.fail("the run waited")
    preview = Preview(graph, window)
    graph.observe("same", preview.take)
    with graph:
        graph.start({"max_count": 1000}, threads=1)
        ended: Future[None] = Future()

        def wait() -> None:
            graph.wait_until_done()
            has_ended.set()
            ended.set_result(None)

        thread = threading.Thread(target=wait)
        thread.start()
        while not preview.look(ended, 0.0):
            pass
        thread.join()
    assert window.shown[-1] == 999


def test_the_last_picture_of_a_run_is_shown(window: FakeWindow) -> None:
    result = graphflow("run", "pictures.yaml", "--show", "--side", "max_count=500")
    assert result.exit_code == 0
    assert window.shown[-1] == 499
    assert window.is_closed


def test_leaving_the_window_ends_the_run_in_order(window: FakeWindow) -> None:
    window.leaves_after = 1
    result = graphflow("run", "pictures.yaml", "--show", "--side", "max_count=1000000000")
    assert result.exit_code == 0
    assert result.stdout.startswith("frames ")
    assert result.stderr == ""
    assert window.is_closed


def test_a_source_that_does_not_end_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "PATIENCE_SECONDS", 0.0)
    preview, graph = preview_on(window := FakeWindow(leaves_after=0))
    running: Future[None] = Future()
    assert not preview.look(running, 0.0)
    assert (graph.heard, window.is_closed) == (["end_sources"], True)
    preview.take(Packet("late", 0))
    assert not preview.look(running, 0.0)
    assert graph.heard == ["end_sources", "cancel"]
    assert window.shown == []


def test_a_single_picture_stays_until_its_user_has_seen_it() -> None:
    preview, _ = preview_on(window := FakeWindow(leaves_after=2))
    preview.take(Packet("picture", 0))
    preview.look(over(), 1.0)
    looks = iter(range(3))

    def is_over() -> bool:
        if next(looks) == 2:
            window.shown.append("as if a key were pressed")
        return False

    preview.stay(is_over)
    assert next(looks, None) is None
    preview.stay(lambda: pytest.fail("it was left already"))


def test_a_single_picture_goes_when_something_else_ends_it() -> None:
    preview, _ = preview_on(FakeWindow())
    preview.take(Packet("picture", 0))
    preview.look(over(), 1.0)
    preview.stay(lambda: True)


def test_a_clip_does_not_stay() -> None:
    preview, _ = preview_on(FakeWindow())
    for number in range(2):
        preview.take(Packet(number, number))
    preview.look(over(), 1.0)
    preview.stay(lambda: pytest.fail("nobody is asked"))


def test_a_graph_without_pictures_is_refused(window: FakeWindow) -> None:
    result = graphflow("run", "count.yaml", "--show")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: --show: the graph gives no pictures: none of its output streams is tagged IMAGE\n"
        '  hint: name one so: output_stream: ["IMAGE:..."]\n'
    )


def test_why_there_is_no_window_is_told_before_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(title: str) -> FakeWindow:
        raise UsageError("there is no display\n  hint: watch in a browser instead: --serve 8000")

    monkeypatch.setattr(windows, "open", refuse)
    result = graphflow("run", "pictures.yaml", "--show")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: --show: there is no display\n  hint: ")


def test_without_being_asked_no_window_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "open", lambda title: pytest.fail("a window was opened"))
    with preview_of(Graph.load("pictures.yaml"), is_wanted=False) as preview:
        assert preview is None


def test_without_a_library_that_has_windows_that_is_told() -> None:
    with pytest.raises(UsageError, match="no library of calculators offers windows"):
        Windows().open("graphflow")


def test_the_library_of_poses_offers_windows() -> None:
    assert windows._name == "calculators.window"
