"""Newest: a place for one value, filled by the graph's threads, waited for in the event loop.

Who fills it never waits, and who is slow finds the newest value alone: nothing piles up. A filling
thread first puts the value and then looks for waiters; a waiter first stands in the list and then
looks for a value. So neither can miss the other.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Generic, TypeVar

ValueT = TypeVar("ValueT")


class Newest(Generic[ValueT]):
    """The newest of many values, numbered from 1.

    Args:
        loop: in which it is waited for.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._kept: tuple[int, ValueT | None] = (0, None)
        self._waiters: list[asyncio.Future[None]] = []
        self._is_ended = False

    def put(self, value: ValueT) -> None:
        """Replace the value; from one thread at a time."""
        self._kept = (self._kept[0] + 1, value)
        if self._waiters:
            with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
                self._loop.call_soon_threadsafe(self._wake)

    def end(self) -> None:
        """Let nobody wait any longer; in the loop's thread."""
        self._is_ended = True
        self._wake()

    async def after(self, number: int) -> tuple[int, ValueT] | None:
        """Wait for a value newer than the one of a number, and return the newest with its own.

        None once there is nothing newer and nothing will come.
        """
        while True:
            waiter: asyncio.Future[None] = self._loop.create_future()
            self._waiters.append(waiter)
            found, value = self._kept
            if value is not None and found > number:
                return found, value
            if self._is_ended:
                return None
            await waiter

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
