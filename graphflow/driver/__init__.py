"""Drivers: between the pure scheduler and the threads that do its work.

A driver performs what `Scheduler.take` offers, outside any lock, and reports the end.
`InlineDriver` does so in the caller's thread, `ThreadDriver` on workers: threads of its own,
executors that the application lends, or the application's threads while they wait. A third one, in
`graphflow.testing.simulation`, lets a seeded generator choose what happens next.

User code runs in `Driver._perform`, and in the loops of `inline` and `turns`, which have that
written out for the calls at every hop. Only there a broad `except` takes what user code raises;
only `combining`, `turns`, `courtesy`, `lent`, `bells` and `feed` import threading.

Reading order: `base`, `inline`, and for threads `combining` (how they share the machine: the
theory), `turns` (the workers), `courtesy` (which of them begin first), `threaded` (what the
application's threads ask), `feed`, `bells`.
"""

from __future__ import annotations

from graphflow.driver.base import Driver, Late
from graphflow.driver.inline import InlineDriver
from graphflow.driver.threaded import ThreadDriver
from graphflow.driver.workers import LentExecutor, OwnThreads, TaskExecutor, WaitingThreads

__all__ = [
    "Driver",
    "InlineDriver",
    "Late",
    "LentExecutor",
    "OwnThreads",
    "TaskExecutor",
    "ThreadDriver",
    "WaitingThreads",
]
