"""Whose threads do the work of a pool: its own, those of a lent executor, or the waiting ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from graphflow.words.errors import UsageError, describe
from graphflow.words.quick_dataclass import dataclass


@runtime_checkable
class TaskExecutor(Protocol):
    """What an application can lend: a `concurrent.futures.Executor`, or anything that submits.

    A task takes no arguments, returns nothing and raises nothing. It may be run in any thread, at
    any time, also at once in the thread that submits it.
    """

    def submit(self, task: Callable[[], None], /) -> object:
        """Have a task run.

        Returns:
            Anything. If it has an `add_done_callback`, that tells when the task was cancelled.

        Raises:
            Exception: it takes no tasks any more; the run then fails.
        """


@dataclass(frozen=True)
class OwnThreads:
    """Threads of the pool's own.

    Attributes:
        count: at least 1.
        stack_size: of each, bytes; 0 for the system's.
        nice_level: added to how nice they are to other threads, -20 to 19; 0 leaves it. Only Linux
            has it for single threads; elsewhere nicer ones are as nice as the others.
        name_prefix: what their names begin with.

    Raises:
        UsageError: a level below 0, on a system that can't set it for a thread.
    """

    count: int
    stack_size: int = 0
    nice_level: int = 0
    name_prefix: str = ""

    def __post_init__(self) -> None:
        if self.nice_level < 0 and not _has_nice_threads():
            raise UsageError(
                f"nice_priority_level {self.nice_level}: only Linux sets it for a thread; leave it "
                "out, or lend an executor"
            )

    def be_nice(self) -> None:
        """Set the nice level of the thread that calls.

        Raises:
            OSError: the user may not.
        """
        if self.nice_level and _has_nice_threads():
            here = 0  # on Linux: the thread that calls
            level = os.getpriority(os.PRIO_PROCESS, here) + self.nice_level
            os.setpriority(os.PRIO_PROCESS, here, level)


def _has_nice_threads() -> bool:
    return sys.platform.startswith("linux")


@dataclass(frozen=True)
class LentExecutor:
    """An executor that the application lends; it must run until the graph is done."""

    name: str
    executor: TaskExecutor

    @property
    def label(self) -> str:
        """What messages call it."""
        return f'executor "{self.name}"' if self.name else "the default executor"

    def refusal(self, cause: BaseException | None) -> str:
        """Say that it did not run a task, and why; with None, that it cancelled it."""
        why = "a task was cancelled" if cause is None else describe(cause)
        return f"{self.label} did not run a task: {why}; keep it open until the graph is done"


@dataclass(frozen=True)
class WaitingThreads:
    """The application's threads, while they wait for the graph."""


Workers = OwnThreads | LentExecutor | WaitingThreads
