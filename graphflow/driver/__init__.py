"""Drivers: between the pure scheduler and the threads that do its work.

A driver performs what `Scheduler.take` offers, outside any lock, and reports the end.
`InlineDriver` does so in the caller's thread, `ThreadDriver` on workers. A third one, in
`graphflow.simulation`, lets a seeded generator choose what happens next.

All user code runs in `Driver._perform`, which has the engine's only broad `except`;
`graphflow.driver.threaded` is the only module that imports threading.
"""

from __future__ import annotations

from graphflow.driver.base import Driver, Late
from graphflow.driver.inline import InlineDriver
from graphflow.driver.threaded import ThreadDriver

__all__ = ["Driver", "InlineDriver", "Late", "ThreadDriver"]
