"""The façade: what it refuses, what it shows, and observers. Numbers are MediaPipe's behaviours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import graphflow
from graphflow import Graph, Packet, Timestamp
from graphflow.graph import INLINE
from graphflow.plan import Limits, Plan, SidePacketPlan
from graphflow.running.outcome import Outcome
from graphflow.words.errors import (
    CalculatorError,
    ConfigError,
    GraphCancelled,
    GraphflowError,
    InternalError,
    TimestampError,
    UsageError,
)
from graphflow.words.timestamp import DONE, MAX, PRESTREAM
from tests.graphflow.engine_kit import (
    AddSide,
    Every,
    Fail,
    Make,
    Node,
    Pass,
    chain,
    diamond,
    make_graph,
    make_plan,
    packets,
)

TEXT = """
input_stream: [in]
output_stream: [out]
node:
  - calculator: PassThroughCalculator
    input_stream: ["in"]
    output_stream: ["out"]
"""


def started(graph: Graph, **side_packets: Any) -> Graph:
    graph.start(side_packets, threads=INLINE)
    return graph


# ---- loading --------------------------------------------------------------------------------


@pytest.mark.parametrize("is_file", [True, False])
def test_a_graph_is_loaded_from_a_file_or_from_text(tmp_path: Path, is_file: bool) -> None:
    import calculators.all_nodes  # noqa: F401  (offers the node)

    file = tmp_path / "graph.yaml"
    file.write_text(TEXT, encoding="utf-8")
    graph = Graph.load(file) if is_file else Graph.from_text(TEXT)
    got: list[Packet] = []
    graph.observe("out", got.append)
    graph.start()
    graph.add_packet("in", "hello", 1)
    graph.close_inputs()
    graph.wait_until_done()
    assert [packet.value for packet in got] == ["hello"]


def test_a_graph_is_made_of_dicts_and_lists() -> None:
    import calculators.all_nodes  # noqa: F401  (offers the node)

    node = {"calculator": "PassThroughCalculator", "input_stream": "in", "output_stream": "out"}
    config = {"input_stream": ["in"], "output_stream": ["out"], "node": [node]}
    with Graph.from_dict(config) as graph:
        assert graph.process({"in": "hello"}, timestamp=1)["out"] == "hello"
    with pytest.raises(ConfigError, match="inn"):
        Graph.from_dict({**config, "inn": ["x"]})


def test_the_package_gives_its_names_on_first_use() -> None:
    assert graphflow.Graph is Graph
    assert set(graphflow.__all__) >= {"Calculator", "Graph", "Packet", "Timestamp", "register"}
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = graphflow.nonsense


# ---- asked at the wrong time, or for what is not there -------------------------------------------


def test_before_the_start_nothing_runs() -> None:
    graph = chain(1)
    assert not graph.has_failed
    assert graph.node_times() == []
    with pytest.raises(UsageError, match="the graph was not started"):
        graph.wait_until_done()
    with pytest.raises(UsageError, match="the graph was not started"):
        graph.add_packet("in", 1, 1)
    with pytest.raises(UsageError, match="the graph was not started"):
        graph.cancel()
    with pytest.raises(UsageError, match="the graph was not started"):
        graph.bound("out")


def test_an_unknown_input_is_named_with_those_there_are() -> None:  # 297
    graph = started(chain(1))
    with pytest.raises(UsageError, match='no graph input "inn"; the graph has: "in"'):
        graph.add_packet("inn", 1, 1)
    with pytest.raises(UsageError, match='no graph input "out"'):
        graph.close_input("out")
    with pytest.raises(UsageError, match="the graph has: none"):
        started(make_graph()).add_packet("in", 1, 1)


def test_a_packet_needs_a_time() -> None:
    graph = started(chain(1))
    with pytest.raises(UsageError, match='packet for "in" needs a timestamp in microseconds'):
        graph.add_packet("in", 1)


def test_named_times_are_taken_as_plain_integers() -> None:
    graph = chain(1)
    got: list[Packet] = []
    graph.observe("out", got.append)
    started(graph)
    graph.add_packet("in", Packet(1, Timestamp(5)))
    graph.add_packet("in", 2, Timestamp.MAX)
    graph.advance("in", Timestamp.DONE)
    assert [packet.timestamp for packet in got] == [5, MAX]
    assert all(type(packet.timestamp) is int for packet in got)


def test_observers_are_added_before_the_start_and_to_streams_there_are() -> None:
    graph = chain(2)
    with pytest.raises(UsageError, match='no stream "outt" to observe; did you mean "out"'):
        graph.observe("outt", print)
    with pytest.raises(UsageError, match=r'no stream "nowhere_near" to observe$'):
        graph.observe("nowhere_near", print)
    started(graph)
    with pytest.raises(UsageError, match="observers are added before start"):
        graph.observe("out", print)


# ---- side packets ---------------------------------------------------------------------------


def side_graph() -> Graph:
    plan = make_plan(
        Node("make", Make, side_outputs=["made"]),
        Node("add", AddSide, ["in"], ["out"], side_inputs=["path"]),
        inputs=["in"],
        side_packets=["path"],
    )
    extra = {
        "with_default": SidePacketPlan("with_default", default=5),
        "number": SidePacketPlan("number", type=int),
        "ratio": SidePacketPlan("ratio", type=float),
        "text": SidePacketPlan("text", type=str),
        "whole": SidePacketPlan("whole", type=Plan),
    }
    return Graph(replace(plan, side_packets=plan.side_packets | extra))


def test_every_fault_in_side_packets_is_told_at_once() -> None:  # 107
    with pytest.raises(UsageError) as caught:
        side_graph().start({"pth": 1, "made": 2, "number": "3", "unheard_of": 4})
    assert str(caught.value).splitlines() == [
        'no side packet "pth"; did you mean "path"?',
        'side packet "made" is made by the graph and can\'t be given',
        'no side packet "unheard_of"',
        'side packet "path" is required and was not given',
        'side packet "number": found str; expected int',
    ]


@pytest.mark.parametrize(
    ("name", "value", "fits"),
    [
        ("number", True, False),
        ("number", 3, True),
        ("ratio", 3, True),
        ("ratio", 0.5, True),
        ("ratio", False, False),
        ("text", "a", True),
        ("text", Path("a"), True),
        ("text", 3, False),
        ("whole", None, True),
        ("whole", 3, False),
        ("path", object(), True),
    ],
)
def test_side_packets_are_checked_by_type(name: str, value: object, fits: bool) -> None:
    graph = side_graph()
    given = {"path": "x", name: value}
    if fits:
        started(graph, **given)
        assert graph.side_packet(name) is value
    else:
        with pytest.raises(UsageError, match=f'side packet "{name}": found'):
            graph.start(given)


@pytest.mark.parametrize(
    ("limits", "value", "words"),
    [
        (Limits(0.0, 1.0), 1.5, "found 1.5; expected a number from 0.0 to 1.0"),
        (Limits(minimum=0), -1, "found -1; expected a number of at least 0"),
        (Limits(maximum=9), 10, "found 10; expected a number of at most 9"),
        (Limits(0.0, 1.0), 1.0, ""),
        (Limits(0.0, 1.0), 0, ""),
        (Limits(), 10**9, ""),
    ],
)
def test_numbers_outside_their_limits_are_refused(limits: Limits, value: float, words: str) -> None:
    side = SidePacketPlan("ratio", limits=limits)
    graph = Graph(Plan((), (), side_packets={"ratio": side}))
    if not words:
        graph.start({"ratio": value}, threads=INLINE)
        return
    with pytest.raises(UsageError, match=words):
        graph.start({"ratio": value}, threads=INLINE)


def test_side_packets_can_be_read_given_defaulted_and_made() -> None:
    graph = side_graph()
    with pytest.raises(UsageError, match="the graph was not started"):
        graph.side_packet("made")
    started(graph, path=1)
    assert [graph.side_packet(name) for name in ("path", "with_default", "made")] == [1, 5, 1]
    with pytest.raises(UsageError, match="there are: made, path, with_default"):
        graph.side_packet("text")


# ---- observing ------------------------------------------------------------------------------


def test_inner_streams_may_be_observed_and_by_several() -> None:
    graph = chain(3)
    seen: list[tuple[str, int]] = []
    for name in ("s1", "out", "out", "in"):

        def note(packet: Packet, name: str = name) -> None:
            seen.append((name, packet.timestamp))

        graph.observe(name, note)
    started(graph).add_packet("in", 1, 7)
    assert sorted(seen) == [("in", 7), ("out", 7), ("out", 7), ("s1", 7)]


def test_observers_may_see_times_that_are_settled_and_empty() -> None:  # 55
    graph = make_graph(
        Node("pass", Pass, ["frame", "config"], ["frame_out", "config_out"]),
        inputs=["frame", "config"],
    )
    seen: dict[str, list[tuple[int, Any]]] = {"frame_out": [], "config_out": []}
    for name, found in seen.items():

        def note(packet: Packet, found: list[tuple[int, Any]] = found) -> None:
            found.append((packet.timestamp, packet.value))

        graph.observe(name, note, sees_bounds=True)
    started(graph)
    feeds = [
        ("frame", "f", 0), ("config", None, 10_000), ("frame", "f", 20_000),
        ("config", None, 30_000), ("frame", "f", 40_000), ("config", "c", 50_000),
        ("frame", "f", 60_000), ("config", None, 70_000),
    ]  # fmt: skip
    for stream, value, time in feeds:
        if value is None:
            graph.advance(stream, time)
        else:
            graph.add_packet(stream, value, time)
    assert seen["frame_out"] == [
        (0, "f"), (9_999, None), (20_000, "f"), (29_999, None), (40_000, "f"), (50_000, None),
        (60_000, "f"),
    ]  # fmt: skip
    assert seen["config_out"] == [
        (0, None), (9_999, None), (20_000, None), (29_999, None), (40_000, None), (50_000, "c"),
        (60_000, None),
    ]  # fmt: skip


def test_a_dropped_time_is_seen_as_an_empty_packet() -> None:
    graph = make_graph(Node("drop", Every, ["in"], ["out"]), inputs=["in"], outputs=["out"])
    seen: list[tuple[int, Any]] = []
    graph.observe("out", lambda each: seen.append((each.timestamp, each.value)), sees_bounds=True)
    started(graph)
    for packet in packets([0, 1, 3]):
        graph.add_packet("in", packet)
    assert seen == [(0, 0), (1, None), (3, 30)]


# ---- looking in -------------------------------------------------------------------------------


def test_bounds_and_times_of_nodes() -> None:
    graph = started(diamond())
    assert graph.bound("out") == PRESTREAM
    graph.add_packet("in", 1, 10)
    assert graph.bound("out") == 11
    graph.close_inputs()
    graph.wait_until_done()
    assert graph.bound("out") == DONE
    times = {each.node: each for each in graph.node_times()}
    assert set(times) == {"drop", "keep", "join"}
    assert times["drop"].calls == 1
    assert times["drop"].busy_seconds > 0
    assert times["drop"].setup_seconds > 0
    assert graph.bound("in") == DONE


def test_run_feeds_nothing_and_waits() -> None:
    graph = side_graph()
    graph.run({"path": 1}, threads=1)
    assert graph.bound("out") == DONE
    graph = make_graph(
        Node("broken", Fail, ["in"], ["out"], options={"step": "open"}), inputs=["in"]
    )
    with pytest.raises(CalculatorError, match="failed in open"):
        graph.run()
    assert graph.has_failed


def test_threads_may_be_chosen_per_run_and_by_executor() -> None:
    graph = make_graph(
        Node("one", Pass, ["in"], ["a"]),
        Node("two", Pass, ["a"], ["out"], executor=1),
        inputs=["in"],
        executors=2,
    )
    for threads, workers in ((None, 2), (3, 4)):
        graph.start(threads=threads)
        assert len(graph.current_run.driver._shared.workers) == workers  # type: ignore[attr-defined]
        graph.close_inputs()
        graph.wait_until_done()
    unlimited = replace(
        graph.plan, executors=tuple(replace(e, num_threads=0) for e in graph.plan.executors)
    )
    graph = Graph(unlimited)
    graph.start()
    assert 2 <= len(graph.current_run.driver._shared.workers) <= 4  # type: ignore[attr-defined]
    graph.close_inputs()
    graph.wait_until_done()


# ---- as a context manager, and again ----------------------------------------------------------


def test_leaving_closes_the_inputs_and_waits() -> None:
    with chain(2) as graph:
        got: list[Packet] = []
        graph.observe("out", got.append)
        graph.start(threads=2)
        for packet in packets(range(50)):
            graph.add_packet("in", packet)
    assert [packet.value for packet in got] == list(range(50))
    assert graph.bound("out") == DONE
    with chain(1):
        pass  # never started: nothing to close


def test_leaving_raises_what_nobody_was_told() -> None:
    with pytest.raises(CalculatorError, match="no processing"), chain(1, Fail) as graph:
        graph.start(threads=1)
        graph.add_packet("in", 7, 7)
    with chain(1, Fail) as graph:
        graph.start(threads=1)
        graph.add_packet("in", 7, 7)
        graph.close_inputs()
        with pytest.raises(CalculatorError, match="no processing"):
            graph.wait_until_done()
    with chain(1, Fail) as graph:
        graph.outcomes()
        graph.start(threads=1)
        with pytest.raises(CalculatorError, match="no processing"):
            graph.process({"in": 7}, timestamp=7)
    with chain(1, Fail) as graph:
        graph.start(threads=1)
        graph.add_packet("in", 7, 7)
        with pytest.raises(CalculatorError, match="no processing"):
            graph.wait_until_idle()
    assert graph.bound("in") < DONE


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_leaving_by_an_exception_cancels_the_run_and_lets_it_through(threads: int) -> None:
    class OfTheCaller(Exception):
        pass

    graph = chain(1)
    graph.poll("out", max_queue_size=1)
    with pytest.raises(OfTheCaller), graph:
        graph.start(threads=threads)
        graph.add_packet("in", 1, 1)
        raise OfTheCaller
    with pytest.raises(GraphCancelled):
        graph.wait_until_done()


def finish(graph: Graph) -> None:
    graph.close_inputs()
    graph.wait_until_done()


def fail(graph: Graph) -> None:
    with pytest.raises(CalculatorError):
        graph.add_packet("in", 7, 7)
        graph.wait_until_idle()
        graph.wait_until_done()


def cancel(graph: Graph) -> None:
    graph.cancel()
    with pytest.raises(GraphCancelled):
        graph.wait_until_done()


@pytest.mark.parametrize("threads", [INLINE, 2])
@pytest.mark.parametrize("end", [finish, fail, cancel, Graph.reset])
def test_a_graph_runs_again_however_it_ended(end: Callable[[Graph], None], threads: int) -> None:
    graph = chain(2, Fail)
    got: list[Any] = []
    graph.observe("out", lambda packet: got.append(packet.value))
    for run in range(3):
        graph.start(threads=threads)
        graph.add_packet("in", run, 1)
        graph.wait_until_idle()
        end(graph)
        assert got == list(range(run + 1))


def test_a_reset_graph_was_not_started() -> None:
    graph = chain(1)
    graph.reset()
    graph.start(threads=1)
    graph.add_packet("in", 1, 1)
    graph.reset()
    for ask in (graph.wait_until_done, graph.cancel, graph.wait_until_idle):
        with pytest.raises(UsageError, match="the graph was not started"):
            ask()
    assert not graph.has_failed
    poller = graph.poll("out")
    graph.start(threads=1)
    graph.add_packet("in", 1, 1)
    assert poller.next() is not None
    graph.reset()
    with pytest.raises(UsageError, match="the graph was not started"):
        poller.next()


def test_a_broken_machine_can_be_reset() -> None:
    graph = chain(1)
    graph.start(threads=1)

    def broken(*_: Any) -> None:
        raise RuntimeError("a bug")

    graph.current_run.driver.scheduler.advance = broken  # type: ignore[assignment,method-assign]
    graph.close_inputs()
    with pytest.raises(InternalError):
        graph.wait_until_done()
    graph.reset()
    graph.start(threads=1)
    finish(graph)


def test_a_refused_start_leaves_the_graph_as_it_was() -> None:
    graph = side_graph()
    with pytest.raises(UsageError):
        graph.start({})
    started(graph, path=1)
    finish(graph)


# ---- several graphs, several threads -------------------------------------------------------------


def in_threads(*actions: Callable[[], None]) -> None:
    threads = [threading.Thread(target=action) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_several_graphs_run_in_one_process(threads: int) -> None:
    graphs = [chain(3) for _ in range(4)]
    got: list[list[Any]] = [[] for _ in graphs]
    for graph, values in zip(graphs, got, strict=True):

        def keep(packet: Packet, values: list[Any] = values) -> None:
            values.append(packet.value)

        graph.observe("out", keep)

    def work(graph: Graph) -> None:
        with graph:
            graph.start(threads=threads)
            for packet in packets(range(200)):
                graph.add_packet("in", packet)

    in_threads(*(lambda graph=graph: work(graph) for graph in graphs))
    assert got == [list(range(200))] * len(graphs)


def test_each_input_may_be_fed_by_a_thread_of_its_own() -> None:
    inputs = ["a", "b", "c"]
    graph = make_graph(
        Node("join", Pass, inputs, ["x", "y", "z"]), inputs=inputs, outputs=["x", "y", "z"], limit=2
    )
    outcomes = graph.outcomes()
    graph.start(threads=2)

    def feed(name: str) -> None:
        for time in range(300):
            graph.add_packet(name, (name, time), time)
        graph.close_input(name)

    found: list[Outcome] = []
    in_threads(
        *(lambda name=name: feed(name) for name in inputs),
        lambda: found.extend(outcomes),
    )
    graph.wait_until_done()
    assert [each.values for each in found] == [
        {"x": ("a", time), "y": ("b", time), "z": ("c", time)} for time in range(300)
    ]


def test_one_input_may_be_fed_by_several_threads() -> None:
    graph = chain(2, limit=3)
    got: list[Packet] = []
    graph.observe("out", got.append)
    graph.start(threads=2)
    refused: list[int] = []

    def feed(first: int) -> None:
        for time in range(first, 900, 3):
            try:
                graph.add_packet("in", time, time)
            except TimestampError:  # another thread was ahead
                refused.append(time)

    in_threads(*(lambda first=first: feed(first) for first in range(3)))
    finish(graph)
    times = [packet.timestamp for packet in got]
    assert times == sorted(times)
    assert sorted([*times, *refused]) == list(range(900))


def test_feeders_that_wait_are_let_go_by_a_failure() -> None:
    graph = make_graph(
        Node("one", Fail, ["a"], ["x"]), Node("two", Pass, ["b"], ["y"]), inputs=["a", "b"], limit=1
    )
    graph.start(threads=1)
    errors: list[GraphflowError] = []

    def feed(name: str) -> None:
        with pytest.raises(CalculatorError) as caught:
            for time in range(10_000_000):
                graph.add_packet(name, time, time)
        errors.append(caught.value)

    in_threads(lambda: feed("a"), lambda: feed("b"))
    assert errors[0] is errors[1]
    graph.reset()
