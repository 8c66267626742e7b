"""Newest: one value, and nobody who waits for it misses it."""

from __future__ import annotations

import asyncio

from graphflow.serving.newest import Newest


def test_the_newest_is_found_and_older_ones_are_not() -> None:
    async def look() -> None:
        newest: Newest[str] = Newest(asyncio.get_running_loop())
        newest.put("a")
        newest.put("b")
        assert await newest.after(0) == (2, "b")
        assert await newest.after(1) == (2, "b")

    asyncio.run(look())


def test_who_waits_is_woken_from_another_thread() -> None:
    async def look() -> None:
        loop = asyncio.get_running_loop()
        newest: Newest[str] = Newest(loop)
        waiting = [asyncio.create_task(newest.after(0)) for _ in range(3)]
        await asyncio.sleep(0)
        await loop.run_in_executor(None, newest.put, "a")
        assert await asyncio.gather(*waiting) == [(1, "a")] * 3

    asyncio.run(look())


def test_after_the_end_what_is_new_is_still_given_and_then_nothing() -> None:
    async def look() -> None:
        newest: Newest[str] = Newest(asyncio.get_running_loop())
        waiting = asyncio.create_task(newest.after(0))
        await asyncio.sleep(0)
        newest.end()
        assert await waiting is None
        newest.put("a")
        assert await newest.after(0) == (1, "a")
        assert await newest.after(1) is None

    asyncio.run(look())


def test_a_value_after_the_loop_is_nobodys_fault() -> None:
    loop = asyncio.new_event_loop()
    newest: Newest[str] = Newest(loop)
    waiting = loop.create_task(newest.after(0))
    loop.run_until_complete(asyncio.sleep(0))
    waiting.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    newest.put("a")
