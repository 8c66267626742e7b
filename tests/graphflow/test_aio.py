"""Graphs in an event loop: nothing blocks it, nothing is lost, failures reach whoever waits."""

from __future__ import annotations

import asyncio
import faulthandler
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Graph
from graphflow.aio import AsyncGraph
from graphflow.graph import INLINE
from graphflow.nodes.options import NoOptions
from graphflow.plan import ExecutorPlan
from graphflow.running.outcome import Outcome
from graphflow.words.errors import CalculatorError, GraphCancelled, TimestampError, UsageError
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    Count,
    Fail,
    Node,
    Pass,
    chain,
    diamond,
    diamond_result,
    make_graph,
    packet_of,
)
from tests.graphflow.running.test_outcome import Late


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    faulthandler.dump_traceback_later(60, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def run(test: Callable[[], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        return await test()

    return asyncio.run(main())


class Held(Calculator[NoOptions]):
    """Passes its input when it is let."""

    contract = Contract(**ANY_PORTS)
    may_go = threading.Event()

    def process(self, context: Context) -> None:
        assert Held.may_go.wait(60)
        context.outputs[0].add(packet_of(context.inputs[0]))


def test_one_frame_after_another() -> None:
    async def test() -> list[Outcome]:
        async with AsyncGraph(diamond()) as graph:
            return [await graph.process({"in": time}, timestamp=time) for time in range(30)]

    assert [each["out"] for each in run(test)] == diamond_result(range(30))


def test_many_frames_at_once_keep_their_order() -> None:
    async def test() -> list[Outcome]:
        async with AsyncGraph(diamond(limit=2)) as graph:
            return await asyncio.gather(
                *(graph.process({"in": time}, timestamp=time) for time in range(100))
            )

    assert [each["out"] for each in run(test)] == diamond_result(range(100))


def test_inputs_that_get_nothing_are_settled() -> None:
    async def test() -> None:
        pass_both = Node("pass", Pass, ["a", "b"], ["x", "y"])
        graph = AsyncGraph(make_graph(pass_both, inputs=["a", "b"], outputs=["x", "y"]))
        async with graph:
            assert await graph.process(timestamp=1, a="A") == Outcome(1, {"x": "A"}, ("y",))
            assert await graph.process(timestamp=2, b="B") == Outcome(2, {"y": "B"}, ("x",))
            with pytest.raises(UsageError, match='no graph input "c"'):
                await graph.process(timestamp=3, c="C")
            with pytest.raises(TimestampError):
                await graph.process(timestamp=2, a="A")

    run(test)


@pytest.mark.parametrize("max_queue_size", [1, 100])
def test_outcomes_and_packets_are_asynchronous_iterators(max_queue_size: int) -> None:
    async def test() -> None:
        graph = AsyncGraph(chain(2, limit=2))
        outcomes = graph.outcomes(max_queue_size=max_queue_size)
        packets = graph.poll("s1", max_queue_size=max_queue_size)

        async def feed() -> None:
            for time in range(200):
                await graph.add_packet("in", time, time)
            await graph.close_inputs()

        async def read() -> list[Any]:
            return [each["out"] async for each in outcomes]

        async def watch() -> list[Any]:
            return [packet.value async for packet in packets]

        async with graph:
            await graph.start(threads=2)
            _, found, seen = await asyncio.gather(feed(), read(), watch())
        assert found == seen == list(range(200))
        assert await outcomes.next() is None

    run(test)


def test_a_source_is_read_to_its_end() -> None:
    async def test() -> None:
        source = Node("source", Count, [], ["out"], options={"count": 300})
        graph = AsyncGraph(make_graph(source, outputs=["out"]))
        packets = graph.poll("out", max_queue_size=2)
        async with graph:
            await graph.start()
            assert [packet.value async for packet in packets] == list(range(300))

    run(test)


def test_the_loop_goes_on_while_the_graph_holds_a_feeder_back() -> None:
    async def test() -> None:
        Held.may_go.clear()
        graph = AsyncGraph(chain(1, Held, limit=1))
        outcomes = graph.outcomes()
        async with graph:
            await graph.start(threads=1)
            feeds = [asyncio.ensure_future(graph.add_packet("in", n, n)) for n in range(5)]
            await feeds[0]
            assert not feeds[-1].done()
            Held.may_go.set()
            await asyncio.gather(*feeds)
            assert [(await outcomes.next()) for _ in feeds] == [
                Outcome(n, {"out": n}) for n in range(5)
            ]

    run(test)


def test_failures_reach_whoever_waits() -> None:
    async def test() -> None:
        graph = AsyncGraph(chain(1, Fail))
        outcomes, packets = graph.outcomes(), graph.poll("out")
        async with graph:
            await graph.start()
            assert (await graph.process({"in": 5}, timestamp=5))["out"] == 5
            first = await packets.next()
            assert first is not None
            assert first.value == 5
            waiting = asyncio.ensure_future(packets.next())
            with pytest.raises(CalculatorError, match="no processing"):
                await graph.process({"in": 7}, timestamp=7)
            found = await asyncio.gather(waiting, outcomes.next(), return_exceptions=True)
            assert [type(each) for each in found] == [CalculatorError] * 2
            with pytest.raises(CalculatorError):
                await graph.add_packet("in", 8, 8)

    run(test)


def test_a_run_that_fails_in_open_reaches_readers_too() -> None:
    fail = Node("fail", Fail, ["in"], ["out"], options={"step": "open"})

    async def read() -> None:
        graph = AsyncGraph(make_graph(fail, inputs=["in"], outputs=["out"]))
        packets = graph.poll("out")
        await graph.start(threads=1)
        with pytest.raises(CalculatorError, match="no opening"):
            await packets.next()
        with pytest.raises(CalculatorError, match="no opening"):
            await graph.wait_until_done()

    run(read)


def test_leaving_by_an_exception_cancels_and_lets_it_through() -> None:
    class OfTheCaller(Exception):
        pass

    async def test() -> None:
        graph = AsyncGraph(chain(1, limit=1))
        graph.poll("out", max_queue_size=1)
        with pytest.raises(OfTheCaller):
            async with graph:
                await graph.start(threads=1)
                feeds = [asyncio.ensure_future(graph.add_packet("in", n, n)) for n in range(9)]
                await feeds[0]
                raise OfTheCaller
        found = await asyncio.gather(*feeds, return_exceptions=True)
        assert GraphCancelled in {type(each) for each in found}
        with pytest.raises(GraphCancelled):
            await graph.wait_until_done()

    run(test)


def test_an_outcome_that_needs_later_input_is_told_of() -> None:
    async def test() -> None:
        graph = AsyncGraph(chain(1, Late))
        async with graph:
            with pytest.raises(UsageError, match="the graph is idle, and 1 is not finished"):
                await graph.process({"in": 1}, timestamp=1)

    run(test)


def test_a_graph_runs_again_in_another_loop() -> None:
    inner = chain(1)
    graph = AsyncGraph(inner)

    async def test() -> None:
        async with graph:
            await graph.start()
            assert (await graph.process({"in": 1}, timestamp=1))["out"] == 1

    inner.outcomes()
    run(test)
    run(test)


def test_several_graphs_in_one_loop() -> None:
    async def one(number: int) -> list[Any]:
        async with AsyncGraph(chain(2)) as graph:
            return [
                (await graph.process({"in": (number, time)}, timestamp=time))["out"]
                for time in range(20)
            ]

    async def test() -> list[list[Any]]:
        return await asyncio.gather(*(one(number) for number in range(4)))

    assert run(test) == [[(number, time) for time in range(20)] for number in range(4)]


def test_what_is_asked_too_early_or_without_threads_is_refused() -> None:
    async def test() -> None:
        graph = AsyncGraph(chain(1))
        packets = graph.poll("out")
        for asked in (graph.wait_until_done, lambda: graph.add_packet("in", 1, 1), packets.next):
            with pytest.raises(UsageError, match="the graph was not started"):
                await asked()
        with pytest.raises(UsageError, match="needs threads of its own"):
            await graph.start(threads=INLINE)
        async with AsyncGraph(Graph(chain(1).plan)):
            pass  # never started: nothing to close

    run(test)


def test_an_executor_is_lent_to_an_async_graph() -> None:
    names: set[str] = set()

    async def main() -> None:
        graph = AsyncGraph(Graph(replace(chain(1).plan, executors=(ExecutorPlan(),))))
        graph.graph.observe("out", lambda packet: names.add(threading.current_thread().name[:4]))
        with ThreadPoolExecutor(1, thread_name_prefix="lent") as pool:
            graph.set_executor("", pool)
            await graph.start()
            await graph.add_packet("in", 1, 1)
            await graph.close_inputs()
            await graph.wait_until_done()

    asyncio.run(main())
    assert names == {"lent"}
