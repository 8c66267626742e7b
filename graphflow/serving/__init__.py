"""Serving: a run in the browser, and its landmarks for other programs, while it goes.

`Server` listens in the graph's own process, in one thread with an event loop. Observers put what is
new into places that hold one thing each (`watch`, `newest`), so the graph neither waits nor keeps
anything for those who look; each client takes the newest from there at its own pace (`clients`).
Where nobody looks, nothing is encoded and the graph is not asked.

Payloads are written by the modules of `graphflow.words.web`. Requests are answered that name this
machine and come from its own page (`access`), by a few answers made before the run (`pages`); no
path of the machine is in any of them.

Needs aiohttp, the extra `serve`.
"""

from __future__ import annotations

from graphflow.serving.server import Server

__all__ = ["Server"]
