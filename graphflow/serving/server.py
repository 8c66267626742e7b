"""Server: one thread with an event loop, beside a run of a graph."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from graphflow.graph import Graph
from graphflow.serving.access import Access, access_of
from graphflow.serving.address import (
    Address,
    address_of,
    bound_address,
    is_loopback,
    listening_socket,
    url_of,
)
from graphflow.serving.clients import Clients
from graphflow.serving.figures import ENDED, RUNNING, STARTING, Figures
from graphflow.serving.messages import as_json
from graphflow.serving.pages import HEADERS, PageFile, page_files
from graphflow.serving.streams import capture_origin, served_streams
from graphflow.serving.watch import Watch
from graphflow.words.errors import UsageError

SHUTDOWN_SECONDS: Final = 0.2
"""How long the end waits for clients that take what is sent to them, but slowly."""

JOIN_SECONDS: Final = 1.0
"""How long the program waits for the server's end."""

# What clients do wrong is no matter for the terminal, and errors of ours answer 500.
_LOGGER: Final = logging.getLogger("graphflow.serving")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False


class Server:
    """Serves one run of a graph to browsers and other programs.

    For example::

        with Server(graph, "8000") as server:
            print(server.url)
            graph.run({"input_path": "clip.mp4"})

    Args:
        graph: not started yet.
        address: [HOST:]PORT; port 0 for any that is free.
        streams: names of streams by tag, instead of the graph's outputs with these tags; "" for
            none. Tags: IMAGE, LANDMARKS, WORLD_LANDMARKS, AGE, EVENTS.

    Attributes:
        address: where it listens.
        url: of the page.
        is_local: nobody but this machine reaches it.

    Raises:
        UsageError: the address can't be had, or there is nothing to serve, or the graph is running.
    """

    def __init__(self, graph: Graph, address: str, streams: Mapping[str, str] | None = None):
        wanted = address_of(address)
        served = served_streams(graph.plan, streams or {})
        self._graph = graph
        self._origin = capture_origin(graph.plan)
        self._pages = page_files(graph.plan)
        self._listening = listening_socket(wanted)
        self.address: Address = bound_address(self._listening)
        self.url = url_of(self.address)
        self.is_local = is_loopback(self.address)
        self._access = access_of(wanted, self.address)
        self._loop = asyncio.new_event_loop()
        self._loop.set_debug(False)  # It would put tracebacks into answers.
        try:
            self._watch = Watch(graph, served, self._loop)
        except UsageError:
            self._listening.close()
            self._loop.close()
            raise
        self._figures = Figures(graph, self._watch)
        self._ending = asyncio.Event()
        self._thread = threading.Thread(target=self._serve, name="serving", daemon=True)
        self._thread.start()

    def close(self, state: str = ENDED, error: BaseException | None = None) -> None:
        """Tell everybody how the run ended, and end; within a second. Again, it does nothing.

        Args:
            state: a word for how it ended, shown on the page.
            error: what it failed with; the page tells the node, and no words that might have paths.
        """
        if not self._thread.is_alive():
            return
        self._figures.end(state, error)
        with suppress(RuntimeError):  # It has just ended by itself.
            self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(JOIN_SECONDS)

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close("failed" if error is not None else ENDED, error)

    # ---- in the server's thread -------------------------------------------------------------

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        # Pictures and figures are made here; one thread, for the graph needs the processors.
        with ThreadPoolExecutor(1, "serving pictures") as executor:
            try:
                self._loop.run_until_complete(self._main(executor))
            finally:
                self._listening.close()
                _cancel_rest(self._loop)
                self._loop.close()

    async def _main(self, executor: ThreadPoolExecutor) -> None:
        clients = Clients(self._watch, self._figures, executor, self._origin_us)
        runner = web.AppRunner(
            self._application(clients),
            access_log=None,
            logger=_LOGGER,
            handle_signals=False,
            shutdown_timeout=SHUTDOWN_SECONDS,
        )
        await runner.setup()
        await web.SockSite(runner, self._listening).start()
        await self._ending.wait()
        await clients.end()
        await runner.cleanup()

    def _application(self, clients: Clients) -> web.Application:
        application = web.Application(middlewares=[_guard(self._access)])
        application.on_response_prepare.append(_add_headers)
        for name, page in self._pages.items():
            application.router.add_get(f"/{name}", _file_handler(page))
        application.router.add_get("/health", self._health)
        application.router.add_get("/live", clients.view)
        application.router.add_get("/landmarks", clients.follow_frames)
        application.router.add_get("/events", clients.follow_events)
        return application

    async def _health(self, request: web.Request) -> web.Response:
        """Answer 200 while the graph runs or starts, 503 after."""
        health = self._figures.health()
        status = 200 if health["state"] in (STARTING, RUNNING) else 503
        return web.Response(
            body=as_json(health), status=status, content_type="application/json", charset="utf-8"
        )

    def _origin_us(self) -> int | None:
        if not self._origin:
            return None
        try:
            value = self._graph.side_packet(self._origin)
        except UsageError:  # It was not made yet.
            return None
        return value if isinstance(value, int) else None


def _file_handler(page: PageFile) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=page.text, content_type=page.kind, charset="utf-8")

    return answer


def _guard(access: Access) -> Middleware:
    """Return what every request passes: strangers are refused, and no error tells its words."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        hosts = request.headers.getall(hdrs.HOST, [])
        if len(hosts) != 1 or not access.allows_host(hosts[0]):
            return _refusal(403, "refused: the request names a host that is not this server")
        if not access.allows_origin(request.headers.get(hdrs.ORIGIN), hosts[0]):
            return _refusal(403, "refused: the request comes from a page of another site")
        try:
            return await handler(request)
        except web.HTTPException as error:
            return _refusal(error.status, error.reason, error.headers.get(hdrs.ALLOW))
        except Exception:
            return _refusal(500, "the server failed")

    return guard


def _refusal(status: int, text: str, allowed: str | None = None) -> web.Response:
    headers = {} if allowed is None else {hdrs.ALLOW: allowed}
    return web.Response(status=status, text=f"{text}\n", headers=headers)


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


def _cancel_rest(loop: asyncio.AbstractEventLoop) -> None:
    """Let tasks that are still under way end as cancelled."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=SHUTDOWN_SECONDS))
