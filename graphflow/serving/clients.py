"""Clients: those who are connected by a WebSocket, each served at its own pace.

Who is slow gets the newest and misses what was between; who reads nothing is waited for by its own
tasks alone, and cut off when it does not answer a ping. A picture is made once, and only when the
page has asked for one: a page that is not looked at does not ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final

from aiohttp import WSCloseCode, WSMsgType, web

from graphflow.serving.figures import Figures
from graphflow.serving.frames import Frame
from graphflow.serving.messages import as_json, event_message, frame_message
from graphflow.serving.newest import Newest
from graphflow.serving.watch import Watch
from graphflow.words.packet import Packet
from graphflow.words.web import web_forms

CLIENTS_MAX: Final = 64
"""Of both kinds; more are refused."""

PICTURE_WIDTH_MAX: Final = 1280
WANTED_MAX: Final = 2
"""Pictures that a page may have asked for: one on its way while the last one is drawn."""

LOOK_SECONDS: Final = 0.5
"""How often the figures are told: each time the graph stands still for a moment."""

PING_SECONDS: Final = 15.0
CLOSE_SECONDS: Final = 0.15
REQUEST_BYTES_MAX: Final = 1024

Send = Callable[[web.WebSocketResponse], Coroutine[Any, Any, None]]


class Clients:
    """Everybody who is connected.

    Args:
        watch: what is seen of the run.
        figures: what the page tells of it.
        executor: in whose thread pictures are made, and the graph is looked at.
        origin_us: tells when the graph's time 0 was captured, None where it does not know.
    """

    def __init__(
        self,
        watch: Watch,
        figures: Figures,
        executor: Executor,
        origin_us: Callable[[], int | None],
    ) -> None:
        self._watch = watch
        self._figures = figures
        self._executor = executor
        self._origin_us = origin_us
        self._loop = asyncio.get_running_loop()
        self._told: Newest[bytes] = Newest(self._loop)
        self._count = 0
        self._viewers: set[_Wanted] = set()
        self._looking: asyncio.Task[None] | None = None
        self._written = (0, "")
        self._picture: tuple[int, asyncio.Task[bytes | None]] | None = None

    # ---- one client -------------------------------------------------------------------------

    async def view(self, request: web.Request) -> web.StreamResponse:
        """Serve a page: figures as text, pictures as bytes; it asks for each one by `next`."""
        wanted = _Wanted()
        with self._viewer(wanted):
            send_pictures = partial(self._send_pictures, wanted)
            return await self._serve(request, wanted, self._send_figures, send_pictures)

    async def follow_frames(self, request: web.Request) -> web.StreamResponse:
        """Serve another program: a message for each frame."""
        return await self._serve(request, _Wanted(), self._send_frames)

    async def follow_events(self, request: web.Request) -> web.StreamResponse:
        """Serve another program: a message for each event from now on."""
        return await self._serve(request, _Wanted(), self._send_events)

    async def _serve(
        self, request: web.Request, wanted: _Wanted, *sends: Send
    ) -> web.StreamResponse:
        if self._count >= CLIENTS_MAX:
            return web.Response(status=503, text=f"{CLIENTS_MAX} clients are connected already\n")
        socket = web.WebSocketResponse(
            heartbeat=PING_SECONDS,
            timeout=CLOSE_SECONDS,
            compress=False,
            max_msg_size=REQUEST_BYTES_MAX,
        )
        self._count += 1
        transport = request.transport  # At the end the request has none any more.
        tasks: list[asyncio.Task[None]] = []
        try:
            await socket.prepare(request)
            tasks += [asyncio.create_task(_until_gone(send(socket))) for send in sends]
            tasks.append(asyncio.create_task(_close_after(socket, *tasks)))
            async for message in socket:
                if message.type is WSMsgType.TEXT and message.data == "next":
                    wanted.ask()
        finally:
            self._count -= 1
            for task in tasks:
                task.cancel()
            if isinstance(transport, asyncio.WriteTransport) and transport.get_write_buffer_size():
                transport.abort()  # What it has not read by now is nothing to wait for.
        return socket

    # ---- what is sent -----------------------------------------------------------------------

    async def _send_frames(self, socket: web.WebSocketResponse) -> None:
        number = 0
        while (found := await self._watch.frames.after(number)) is not None:
            number, frame = found
            await socket.send_str(self._message(frame))

    def _message(self, frame: Frame) -> str:
        """Return a frame's message; it is written once."""
        if self._written[0] != frame.number:
            self._written = frame.number, frame_message(frame, self._origin_us()).decode()
        return self._written[1]

    async def _send_events(self, socket: web.WebSocketResponse) -> None:
        number = self._watch.event_count
        while await self._watch.events.after(number) is not None:
            for event in self._watch.events_after(number):
                await socket.send_str(event_message(event).decode())
                number = event.number

    async def _send_figures(self, socket: web.WebSocketResponse) -> None:
        number = 0
        while (found := await self._told.after(number)) is not None:
            number, text = found
            await socket.send_str(text.decode())

    async def _send_pictures(self, wanted: _Wanted, socket: web.WebSocketResponse) -> None:
        number = 0
        while True:
            await wanted.wait()
            found = await self._watch.pictures.after(number)
            if found is None:
                return
            number = found[0]
            jpeg = await self._jpeg(number, found[1])
            if jpeg is None:
                return  # The stream has no pictures.
            await socket.send_bytes(jpeg)
            wanted.serve()

    async def _jpeg(self, number: int, packet: Packet) -> bytes | None:
        """Return a picture; the first who asks for it has it made."""
        if self._picture is None or self._picture[0] != number:
            made = self._loop.run_in_executor(
                self._executor, web_forms.jpeg_of, packet.value, PICTURE_WIDTH_MAX
            )
            self._picture = number, asyncio.ensure_future(_result(made))
        return await asyncio.shield(self._picture[1])

    # ---- figures ------------------------------------------------------------------------------

    @contextmanager
    def _viewer(self, wanted: _Wanted) -> Iterator[None]:
        """Look at the graph now and then, while anybody looks at the page."""
        self._viewers.add(wanted)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            self._viewers.remove(wanted)
            if not self._viewers and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def _look(self) -> None:
        while True:
            await self._tell()
            await asyncio.sleep(LOOK_SECONDS)

    async def _tell(self) -> None:
        look = self._loop.run_in_executor(self._executor, self._figures.look)
        self._told.put(as_json({**await look, "viewers": len(self._viewers)}))

    async def end(self) -> None:
        """Send everybody the last that there is to know, and close; takes no longer than that."""
        if self._looking is not None:
            self._looking.cancel()
        if self._viewers:
            await self._tell()
        self._watch.finish()
        for wanted in self._viewers:
            wanted.ask()  # The last picture is what everybody is left with.
        watch = self._watch
        for each in (self._told, watch.pictures, watch.frames, watch.events):
            each.end()


class _Wanted:
    """How many pictures a page has asked for, and did not get yet."""

    def __init__(self) -> None:
        self._count = 0
        self._is_asked = asyncio.Event()

    def ask(self) -> None:
        self._count = min(self._count + 1, WANTED_MAX)
        self._is_asked.set()

    def serve(self) -> None:
        self._count -= 1
        if not self._count:
            self._is_asked.clear()

    async def wait(self) -> None:
        await self._is_asked.wait()


async def _result(made: asyncio.Future[bytes | None]) -> bytes | None:
    return await made


async def _until_gone(sending: Coroutine[Any, Any, None]) -> None:
    """Send until there is no more, or the client is gone."""
    with suppress(ConnectionError):
        await sending


async def _close_after(
    socket: web.WebSocketResponse, main: asyncio.Task[None], *others: asyncio.Task[None]
) -> None:
    """Close when all is sent, which is at the end of the run."""
    await main
    if others:
        await asyncio.wait(others, timeout=CLOSE_SECONDS)
    with suppress(ConnectionError, asyncio.TimeoutError):
        closing = socket.close(code=WSCloseCode.OK, message=b"the run has ended")
        await asyncio.wait_for(closing, CLOSE_SECONDS)
