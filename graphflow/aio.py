"""Asyncio: feed and read a graph from coroutines, without blocking their loop.

The graph runs on its own threads as ever. What comes out wakes the loop by `call_soon_threadsafe`;
what goes in is added by one thread for each graph input, which waits where the graph is held back,
so that packets keep their order and the loop goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from graphflow.driver import Late, TaskExecutor
from graphflow.graph import INLINE, Graph
from graphflow.nodes.service import Service, ServiceT
from graphflow.plan import NO_LIMIT
from graphflow.running.handover import Mailbox
from graphflow.running.outcome import Outcome, Outcomes
from graphflow.running.run import LateChoice
from graphflow.words import timestamp as time_of
from graphflow.words.errors import GraphflowError, UsageError
from graphflow.words.packet import Packet

if TYPE_CHECKING:
    from graphflow.graph import TraceChoice

T = TypeVar("T")


class Arrivals(AsyncIterator[T], Generic[T]):
    """Packets or outcomes as they come: `async for`, or `await next()`."""

    def __init__(self, graph: AsyncGraph, mailbox: Mailbox[T]) -> None:
        self._graph = graph
        self._mailbox = mailbox

    async def next(self) -> T | None:
        """Return the next one, or None when no more will come.

        Raises:
            UsageError: the graph was not started.
            GraphflowError: the run has failed, and none are left.
        """
        mailbox = self._mailbox
        while True:
            item = mailbox.take_now()
            if item is not None:
                return item
            if mailbox.is_over:
                await self._graph.wait_for_failed_run()
                return mailbox.take_last()
            await self._graph.wait_for_news(lambda: bool(mailbox.queue_size) or mailbox.is_over)

    async def __anext__(self) -> T:
        item = await self.next()
        if item is None:
            raise StopAsyncIteration
        return item


class AsyncGraph:
    """A graph for coroutines: of one event loop, from one start to the end of that run.

    As a context manager it does what `Graph` does: leaving closes the inputs and waits; an
    exception cancels the run, and is let through::

        async with AsyncGraph(Graph.load("graph.yaml")) as graph:
            outcome = await graph.process(timestamp=0, image=image)

    Attributes:
        graph: what runs.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._feeders: dict[str, ThreadPoolExecutor] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._done: asyncio.Future[None] | None = None
        self._news = asyncio.Event()
        self._is_rung = False

    # ---- watching: before the start -------------------------------------------------------------

    def poll(
        self, stream: str, *, sees_bounds: bool = False, max_queue_size: int = 100
    ) -> Arrivals[Packet]:
        """Return the packets of a stream; see `Graph.poll`."""
        return self._arrivals(
            self.graph.poll(stream, sees_bounds=sees_bounds, max_queue_size=max_queue_size)
        )

    def outcomes(self, *streams: str, max_queue_size: int = 100) -> Arrivals[Outcome]:
        """Return the outcomes of all frames; see `Graph.outcomes`."""
        return self._arrivals(self.graph.outcomes(*streams, max_queue_size=max_queue_size))

    def _arrivals(self, mailbox: Mailbox[T]) -> Arrivals[T]:
        return Arrivals(self, mailbox)

    def set_service(self, key: Service[ServiceT], service: ServiceT) -> None:
        """Give a service to the calculators that declare it; see `Graph.set_service`."""
        self.graph.set_service(key, service)

    def set_executor(self, name: str, executor: TaskExecutor) -> None:
        """Lend an executor, in whose threads nodes then run; see `Graph.set_executor`."""
        self.graph.set_executor(name, executor)

    # ---- running --------------------------------------------------------------------------------

    async def start(
        self,
        side_packets: Mapping[str, Any] | None = None,
        *,
        threads: int | None = None,
        late: LateChoice = Late.RAISE,
        headers: Mapping[str, Any] | None = None,
        trace: TraceChoice = None,
    ) -> None:
        """Begin to run; see `Graph.start`.

        Raises:
            UsageError: also for INLINE: the graph needs threads of its own.
        """
        if threads == INLINE:
            raise UsageError("a graph in an event loop needs threads of its own; found threads=0")
        self._loop = asyncio.get_running_loop()
        self._is_rung = False
        self.graph._handover.listen(self._ring)
        self.graph.start(side_packets, threads=threads, late=late, headers=headers, trace=trace)
        watcher = ThreadPoolExecutor(1, thread_name_prefix="graphflow-end")
        # The driver is asked, not the graph, for this thread is not one that should read instead.
        driver = self.graph.current_run.driver
        self._done = self._loop.run_in_executor(watcher, driver.wait_until_done)
        self._done.add_done_callback(self._note_end)
        watcher.shutdown(wait=False)

    async def add_packet(self, stream: str, value: Any, timestamp: int | None = None) -> None:
        """Add a packet; resumes when there was room for it. See `Graph.add_packet`."""
        await self._feed(stream, lambda: self.graph.add_packet(stream, value, timestamp))

    async def advance(self, stream: str, bound: int) -> None:
        """Promise that no packet below `bound` will come, after what was added before."""
        await self._feed(stream, lambda: self.graph.advance(stream, bound))

    async def close_input(self, stream: str) -> None:
        """Promise that nothing more will come by a graph input, after what was added before."""
        await self.advance(stream, time_of.DONE)

    async def close_inputs(self) -> None:
        """Close every graph input."""
        await asyncio.gather(*(self.close_input(name) for name in self._input_names))

    async def process(
        self, inputs: Mapping[str, Any] | None = None, /, *, timestamp: int, **more: Any
    ) -> Outcome:
        """Feed one frame and wait for its outcome; see `Graph.process`.

        Several may be under way: they are fed in the order in which they were called.
        """
        outcomes = await self._ready_outcomes()
        values = {**(inputs or {}), **more}
        for name in values:
            self.graph.current_run.input(name)
        with outcomes.asking(timestamp):
            feeds = [
                self.add_packet(name, values[name], timestamp)
                if name in values
                else self.advance(name, time_of.next_allowed(timestamp))
                for name in self._input_names
            ]
            await asyncio.gather(*feeds)
            await self._wait_for_frame(outcomes, timestamp)
            await self.wait_for_failed_run()
            outcome = outcomes.found_or_failed(timestamp)
        if outcome.error is not None:
            raise outcome.error
        return outcome

    async def wait_until_done(self) -> None:
        """Wait for the end of the run; see `Graph.wait_until_done`."""
        await self._wait_for_end()
        self.graph.wait_until_done()

    def cancel(self) -> None:
        """End the run soon."""
        self.graph.cancel()

    def pause(self) -> None:
        """Let no call begin until `resume`; see `Graph.pause`."""
        self.graph.pause()

    def resume(self) -> None:
        """Go on after `pause`."""
        self.graph.resume()

    async def __aenter__(self) -> AsyncGraph:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._done is None:
                return
            if error is None and not self.graph._handover.is_told:
                self.resume()
                await self.close_inputs()
                await self.wait_until_done()
                return
            self.cancel()
            with suppress(GraphflowError):
                await self.wait_until_done()
        finally:
            for feeder in self._feeders.values():
                feeder.shutdown(wait=False)
            self._feeders.clear()

    # ---- news from the run ----------------------------------------------------------------------

    async def wait_for_news(self, is_there: Callable[[], bool]) -> None:
        """Wait until something is there; judged whenever the run has news."""
        while not is_there():
            await self._news.wait()

    async def wait_for_failed_run(self) -> None:
        """If the run has failed, wait for its end."""
        if self.graph.has_failed or self.graph._handover.is_over:
            await self._wait_for_end()

    def _ring(self) -> None:
        """Of the run's threads: there is news."""
        if not self._is_rung and self._loop is not None:
            self._is_rung = True
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._is_rung = False
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _note_end(self, done: asyncio.Future[None]) -> None:
        if not done.cancelled():
            done.exception()  # told by whoever asks the graph
        self._wake()

    # ---- details --------------------------------------------------------------------------------

    @property
    def _input_names(self) -> list[str]:
        return [self.graph.plan.streams[index].name for index in self.graph.plan.inputs]

    async def _feed(self, stream: str, feed: Callable[[], None]) -> None:
        self.graph.current_run.input(stream)
        feeder = self._feeders.get(stream)
        if feeder is None:
            feeder = ThreadPoolExecutor(1, thread_name_prefix=f"graphflow-{stream}")
            self._feeders[stream] = feeder
        await asyncio.get_running_loop().run_in_executor(feeder, feed)

    async def _wait_for_end(self) -> None:
        if self._done is None:
            raise UsageError("the graph was not started")
        await asyncio.wait([self._done])

    async def _ready_outcomes(self) -> Outcomes:
        if self._done is None:
            if self.graph._watchers.find_outcomes(()) is None:
                self.graph.outcomes(max_queue_size=NO_LIMIT)
            await self.start()
        outcomes = self.graph._watchers.outcomes_of(())
        return outcomes

    async def _wait_for_frame(self, outcomes: Outcomes, timestamp: int) -> None:
        """Wait until a frame that was fed is finished, the run is over, or the graph is idle."""
        handover = self.graph._handover
        while not (outcomes.is_finished(timestamp) or outcomes.is_over):
            if handover.is_idle:
                await asyncio.to_thread(handover.driver.wait_until_idle)
                return
            await self._news.wait()
