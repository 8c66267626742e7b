"""The progress bar itself; apart, because rich takes long to import and is seldom needed."""

from __future__ import annotations

from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class RateColumn(ProgressColumn):
    """Frames a second, lately."""

    def render(self, task: Task) -> Text:
        """Return the rate, or nothing before there is one."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.1f}/s")


class CountColumn(ProgressColumn):
    """Frames, or whatever is counted, done of how many."""

    def __init__(self, counted: str) -> None:
        super().__init__()
        self._counted = counted

    def render(self, task: Task) -> Text:
        """Return the count."""
        total = "" if task.total is None else f"/{int(task.total)}"
        return Text(f"{int(task.completed)}{total} {self._counted}")


class ProgressBar:
    """A bar that lasts while it is entered and leaves nothing behind.

    It is redrawn only when told (`show`), from one thread: it starts no thread of its own.
    """

    def __init__(self, stream: TextIO, counted: str) -> None:
        self._progress = Progress(
            TextColumn("running"),
            BarColumn(),
            CountColumn(counted),
            RateColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=Console(file=stream),
            auto_refresh=False,
            transient=True,
        )
        self._task = self._progress.add_task("running", total=None, note="")

    def __enter__(self) -> ProgressBar:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        """Write some lines above the bar."""
        self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def show(self, frames: int, total: int | None, note: str = "") -> None:
        """Redraw the bar."""
        self._progress.update(
            self._task, completed=frames, total=total, note=note and f"  {note}", refresh=True
        )
