"""What users of MediaPipe suffer from, row by row of its specification's table, and is no more.

Each test does what hurt there, and shows what became of it here.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Graph, Options, Packet, Port
from graphflow.aio import AsyncGraph
from graphflow.loading import plan_from_text
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry, registry
from graphflow.words.errors import (
    CalculatorError,
    ConfigError,
    GraphCancelled,
    GraphflowError,
    GraphFull,
    GraphStuck,
    PayloadError,
    SeveralErrors,
    TimestampError,
    UsageError,
)
from graphflow.words.waits import Reason
from tests.conformance.kit import (
    ANY_IN,
    ANY_OUT,
    finish,
    load,
    nodes,
    started,
    times,
    values,
    watch,
)

HANG_SECONDS = 60


class SilentOptions(Options):
    """Whether its graph's author forgot that its outputs settle nothing."""

    is_careless: bool = False


@nodes.register
class Silent(Calculator[SilentOptions]):
    """Passes even numbers, and emits nothing for odd ones."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, options=SilentOptions)

    @classmethod
    def contract_for(cls, node: Any) -> Contract:
        """Promise nothing where its author was careless."""
        if node.options.is_careless:
            return Contract(
                inputs=ANY_IN, outputs=ANY_OUT, options=SilentOptions, timestamp_offset=None
            )
        return cls.contract

    def process(self, context: Context) -> None:
        """Emit, or don't."""
        if context.inputs[0].get(1) % 2 == 0:
            context.outputs[0].emit(context.inputs[0].value)


def joined(more: str = "") -> Graph:
    return load(f"""
        input_stream: [in]
        output_stream: [out, even]
        node:
          - {{calculator: Silent, name: silent, input_stream: in, output_stream: even{more}}}
          - {{calculator: Join, name: join, input_stream: [in, even], output_stream: out}}
        """)


def test_pain_01_a_node_that_emits_nothing_stalls_nobody() -> None:
    # Removed by the offset of 0 that every contract has unless it says otherwise.
    graph = joined()
    seen = watch(graph)
    started(graph)
    for time in range(3):
        graph.add_packet("in", time, time)
    assert seen == [(0, (0, 0)), (1, (1, None)), (2, (2, 2))]
    finish(graph)


def test_pain_01_a_stall_says_who_waits_for_whom() -> None:
    # Removed by explain(): node, stream, bound and last writer; GraphStuck if nothing can come.
    graph = started(joined(", options: {is_careless: true}"))
    graph.add_packet("in", 1, 1000)
    (wait,) = [each for each in graph.explain() if each.node == "join"]
    (awaited,) = wait.inputs
    assert (wait.reason, wait.goal) == (Reason.INPUT, 1000)
    assert (awaited.stream, awaited.writer, awaited.written_at) == ("even", "silent", 1000)
    assert awaited.bound <= 1000
    assert "even" in str(wait)
    finish(graph)


@nodes.register
class Tireless(Calculator[NoOptions]):
    """Does not return before the test lets it."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)
    may_return = threading.Event()

    def process(self, context: Context) -> None:
        """Wait."""
        assert self.may_return.wait(HANG_SECONDS)


def test_pain_01_a_watch_tells_of_a_call_that_does_not_return() -> None:
    # Removed by watch_stalls(); `graphflow run --stall-after` does the same.
    graph = load("""
        input_stream: [in]
        node: [{calculator: Tireless, name: endless, input_stream: in, output_stream: out}]
        """)
    told: list[Any] = []
    is_told = threading.Event()

    def tell(waits: list[Any]) -> None:
        told.extend(waits)
        if any(wait.reason is Reason.RUNNING for wait in waits):  # a slow start is told before
            is_told.set()

    with graph.watch_stalls(0.02, tell):
        graph.start(threads=1)
        graph.add_packet("in", 1, 7)
        assert is_told.wait(HANG_SECONDS)
        Tireless.may_return.set()
        finish(graph)
    assert ("endless", Reason.RUNNING) in [(wait.node, wait.reason) for wait in told]


@pytest.mark.parametrize("threads", [0, 2])
def test_pain_02_every_frame_has_an_end_also_without_a_result(threads: int) -> None:
    # Removed by outcomes: exactly one for each frame, empty outputs included.
    graph = joined()
    outcomes = graph.outcomes(max_queue_size=0)
    poller = graph.poll("even", sees_bounds=True, max_queue_size=0)
    graph.start(threads=threads)
    assert graph.process({"in": 1}, timestamp=1).empty == ("even",)
    assert graph.process({"in": 2}, timestamp=2)["even"] == 2
    finish(graph)
    assert list(outcomes) == []  # each was given once
    assert next((each.timestamp, each.value) for each in poller) == (1, None)


@pytest.mark.parametrize("threads", [0, 2])
def test_pain_03_a_late_stamp_is_told_at_once_and_the_run_goes_on(threads: int) -> None:
    # Removed by judging a packet's time in add_packet, by the bound of its input.
    graph = joined()
    seen = watch(graph)
    graph.start(threads=threads)
    graph.add_packet("in", 2, 2)
    for late in (2, 1):
        with pytest.raises(TimestampError, match='"in"'):
            graph.add_packet("in", late, late)
    graph.add_packet("in", 3, 3)
    finish(graph)
    assert times(seen) == [2, 3]


@pytest.mark.parametrize(
    ("late", "expected"),
    [("drop", [5, 9]), ("bump", [5, 6, 9]), ({"in": "drop"}, [5, 9])],
)
def test_pain_03_a_clock_that_jumps_can_be_put_up_with(late: Any, expected: list[int]) -> None:
    # Removed by start(late=...), a word for all inputs or for each.
    graph = joined()
    seen = watch(graph)
    graph.start(threads=0, late=late)
    for time in (5, 4, 9):
        graph.add_packet("in", time, time)
    finish(graph)
    assert times(seen) == expected
    assert {**graph.ledger().late, **graph.ledger().bumped} == {"in": 1}


def test_pain_04_an_error_need_not_end_the_run() -> None:
    # Removed by on_error: skip, for each node.
    graph = load("""
        input_stream: [in]
        node:
          - {calculator: Fail, name: risky, input_stream: in, output_stream: a, on_error: skip}
          - {calculator: Join, input_stream: [in, a], output_stream: out}
        """)
    seen = watch(graph)
    started(graph)
    for time in (4, 5, 6):
        graph.add_packet("in", time, time)
    finish(graph)
    assert values(seen) == [(4, 4), (5, None), (6, 6)]
    assert [(each.node, each.timestamp) for each in graph.skipped_errors] == [("risky", 5)]


def test_pain_04_errors_may_go_to_a_stream() -> None:
    # Removed by on_error: {stream: ...}: what failed and why, beside the results, time by time.
    graph = load("""
        input_stream: [in]
        output_stream: [out, bad]
        node:
          - calculator: Fail
            name: risky
            input_stream: in
            output_stream: out
            on_error: {stream: bad}
        """)
    good, bad = watch(graph), watch(graph, "bad")
    started(graph)
    for time in (4, 5, 6):
        graph.add_packet("in", time, time)
    finish(graph)
    assert times(good) == [4, 6]
    assert [(time, error.node, error.timestamp) for time, error in bad] == [(5, "risky", 5)]


@pytest.mark.parametrize("threads", [0, 2])
def test_pain_05_clip_after_clip_runs_on_one_graph(threads: int) -> None:
    # Removed by reset(): times begin anew, observers stay, state and models don't leak.
    graph = joined()
    seen = watch(graph)
    graph.outcomes(max_queue_size=0)
    for _ in range(5):
        graph.start(threads=threads)
        assert graph.process({"in": 2}, timestamp=0).values == {"out": (2, 2), "even": 2}
        graph.reset()
    assert times(seen) == [0] * 5


@nodes.register
class Misuse(Calculator[NoOptions]):
    """Does what it is told to, none of which may be done."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)
    deed: Callable[[Context], Any]

    def process(self, context: Context) -> None:
        """Do it."""
        type(self).deed(context)


def _emit_into_the_past(context: Context) -> None:
    context.outputs[0].emit(0)
    context.outputs[0].add(Packet(0, context.timestamp - 1))


def _emit_after_closing(context: Context) -> None:
    context.outputs[0].close()
    context.outputs[0].emit(1)


def _read_an_unconnected_port(context: Context) -> None:
    _ = context.inputs["NO_SUCH", 3].value


def _take_text_for_a_number(context: Context) -> None:
    _ = context.inputs[0].value.no_such_attribute


DEEDS = (
    _emit_into_the_past,
    _emit_after_closing,
    _read_an_unconnected_port,
    _take_text_for_a_number,
)


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("threads", [0, 2])
def test_pain_06_misuse_in_a_node_raises(
    deed: Callable[[Context], Any], threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Removed by exceptions everywhere: nothing aborts the process.
    monkeypatch.setattr(Misuse, "deed", deed, raising=False)
    graph = load(
        "{input_stream: [in], node: [{calculator: Misuse, input_stream: in, output_stream: o}]}"
    )
    graph.start(threads=threads)
    with pytest.raises(CalculatorError, match="Misuse"):
        graph.add_packet("in", 1, 1)
        finish(graph)


def test_pain_06_misuse_from_outside_raises() -> None:
    graph = load("""
        input_stream: [a, b, choice]
        node:
          - calculator: MuxCalculator
            input_stream: ["INPUT:0:a", "INPUT:1:b", "SELECT:choice"]
            output_stream: ["OUTPUT:out"]
        """)
    with pytest.raises(UsageError, match="not started"):
        graph.add_packet("a", 1, 1)
    with pytest.raises(UsageError, match='no stream "no_such"'):
        graph.observe("no_such", print)
    started(graph)
    with pytest.raises(UsageError, match='no graph input "no_such"'):
        graph.add_packet("no_such", 1, 1)
    with pytest.raises(PayloadError, match='"choice"'):
        graph.add_packet("choice", "left", 1)
    graph.add_packet("choice", 7, 1)  # an index that there is no input for
    with pytest.raises(GraphflowError):
        graph.add_packet("a", 1, 1)
        finish(graph)


@pytest.mark.parametrize("threads", [0, 2])
def test_pain_06_an_exception_in_a_callback_ends_the_run_not_the_process(threads: int) -> None:
    def fail(packet: Packet) -> None:
        raise ZeroDivisionError

    graph = joined()
    graph.observe("out", fail)
    graph.start(threads=threads)
    with pytest.raises(CalculatorError, match="observer of out") as caught:
        graph.add_packet("in", 1, 1)
        finish(graph)
    assert isinstance(caught.value.cause, ZeroDivisionError)


@pytest.mark.slow
def test_pain_06_more_than_a_thousand_errors_are_told() -> None:
    failing = "\n".join(
        f"  - {{calculator: Fail, name: n{i}, input_stream: in, output_stream: o{i}, "
        "options: {step: close}}"
        for i in range(1100)
    )
    graph = started(load(f"input_stream: [in]\nnode:\n{failing}"))
    with pytest.raises(SeveralErrors) as caught:
        finish(graph)
    assert len(caught.value.errors) >= 1001


def test_pain_07_an_error_keeps_its_identity() -> None:
    # Removed by CalculatorError: node, step, time, place, and the cause itself with its traceback.
    graph = load("""
        input_stream: [in]
        node: [{calculator: Fail, name: risky, input_stream: in, output_stream: out}]
        """)
    started(graph)
    with pytest.raises(CalculatorError) as caught:
        graph.add_packet("in", 5, 5)
        finish(graph)
    error = caught.value
    assert (error.node, error.step, error.timestamp) == ("risky", "process", 5)
    assert error.location.line > 0
    assert isinstance(error.cause, ValueError)
    assert error.cause.__traceback__ is not None
    assert error.__cause__ is error.cause


def test_pain_08_a_calculator_that_is_not_there_is_suggested() -> None:
    # Removed by plain imports and close names.
    with pytest.raises(ConfigError, match='did you mean "MuxCalculator"'):
        load("node: [{calculator: MuxCalculater}]")


def test_pain_09_a_calculator_is_a_class_in_the_program() -> None:
    own = Registry()

    @own.register
    class Negate(Calculator[NoOptions]):
        contract = Contract(inputs=(Port("", int),), outputs=(Port("", int),))

        def process(self, context: Context) -> None:
            context.outputs[0].emit(-context.inputs[0].value)

    text = """
        input_stream: [in]
        output_stream: [out]
        node: [{calculator: Negate, input_stream: in, output_stream: out}]
        """
    graph = Graph(plan_from_text(text, registry=own))
    assert graph.process({"in": 3}, timestamp=0)["out"] == -3
    graph.reset()


def in_threads(*actions: Callable[[], None]) -> None:
    threads = [threading.Thread(target=action, daemon=True) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG_SECONDS)
    assert not any(thread.is_alive() for thread in threads)


APART = """
    input_stream: [a, b, c]
    node: [{calculator: ImmediatePass, input_stream: [a, b, c], output_stream: [x, y, z]}]
    """


@pytest.mark.parametrize("threads", [1, 2])
def test_pain_10_feeding_from_many_threads_and_callbacks_never_locks_up(threads: int) -> None:
    # Removed by one owner of the machine, and no lock while user code runs.
    def run(graph: Graph, seen: list[Any]) -> None:
        graph.observe("x", lambda packet: graph.add_packet("c", packet))
        graph.observe("z", seen.append)
        graph.start(threads=threads)
        in_threads(lambda: feed(graph, "a"), lambda: feed(graph, "b"))
        graph.wait_until_idle()
        finish(graph)

    def feed(graph: Graph, name: str) -> None:
        for time in range(200):
            graph.add_packet(name, time, time)

    graphs = [(load(APART), list[Any]()) for _ in range(3)]
    in_threads(*(lambda graph=graph, seen=seen: run(graph, seen) for graph, seen in graphs))
    assert [len(seen) for _, seen in graphs] == [200, 200, 200]


STARVED = """
    input_stream: [a, b]
    output_stream: [out]
    max_queue_size: 2
    report_deadlock: true
    node: [{calculator: Join, name: join, input_stream: [a, b], output_stream: out}]
    """


def test_pain_11_full_queues_that_block_each_other_are_reported_not_grown() -> None:
    # Removed by report_deadlock; without it the story says which queue grew.
    graph = started(load(STARVED))
    graph.add_packet("a", 0, 0)
    graph.add_packet("a", 1, 1)
    with pytest.raises(GraphStuck) as caught:
        graph.add_packet("a", 2, 2)
    assert 'node "join"' in str(caught.value)
    assert 'stream "a"' in str(caught.value)


def test_pain_11_a_full_graph_can_refuse_and_keeps_its_limits() -> None:
    # Removed by add_packet(waits=False), and by nodes that drop by rule (FlowLimiter, FixedSize).
    graph = load(STARVED)
    poller = graph.poll("out", max_queue_size=1)
    may_go = threading.Event()

    def hold(packet: Packet) -> None:
        may_go.wait(HANG_SECONDS)

    graph.observe("out", hold)
    graph.start(threads=2)
    added = 0
    with pytest.raises(GraphFull):
        for time in range(100):
            graph.add_packet("a", time, time, waits=False)
            graph.add_packet("b", time, time, waits=False)
            added += 1
    assert added < 20
    may_go.set()
    graph.reset()
    assert poller.queue_size == 0


def test_pain_12_a_cancel_during_open_does_not_hang_the_next_run() -> None:
    # Removed by keeping side packets of runs alone that leave no doubt; see KeptSidePackets.
    entered, may_go = threading.Event(), threading.Event()
    own = Registry()

    @own.register
    class Slow(Calculator[NoOptions]):
        contract = Contract(side_outputs=(Port("", str),))

        def open(self, context: Context) -> None:
            entered.set()
            assert may_go.wait(HANG_SECONDS)
            context.side_outputs[""] = "made"

    graph = Graph(
        plan_from_text("node: [{calculator: Slow, output_side_packet: [made]}]", registry=own)
    )
    graph.start(threads=1)
    assert entered.wait(HANG_SECONDS)
    graph.cancel()
    may_go.set()
    with pytest.raises(GraphCancelled):
        graph.wait_until_done()
    entered.clear()
    in_threads(lambda: graph.run(threads=1))
    assert graph.side_packet("made") == "made"
    assert entered.is_set()


def test_pain_13_frames_overlap_have_their_own_times_and_results_of_their_own() -> None:
    # Removed by AsyncGraph.process, and by an outcome object for each frame.
    async def run() -> list[Any]:
        async with AsyncGraph(joined()) as graph:
            stamps = (0, 7, 40_001)
            return await asyncio.gather(
                *(graph.process({"in": stamp}, timestamp=stamp) for stamp in stamps)
            )

    outcomes = asyncio.run(run())
    assert [(each.timestamp, each["out"]) for each in outcomes] == [
        (0, (0, 0)),
        (7, (7, None)),
        (40_001, (40_001, None)),
    ]


@nodes.register
class WhichThread(Calculator[NoOptions]):
    """The thread that it is called on."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

    def process(self, context: Context) -> None:
        """Emit it."""
        context.outputs[0].emit(threading.current_thread())


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_pain_14_threads_are_the_callers_choice(threads: int) -> None:
    # Removed by start(threads=...), executors of the graph, and those that the application lends.
    graph = load("""
        input_stream: [in]
        executor: [{name: own, type: ThreadPoolExecutor, options: {num_threads: 1}}, {name: lent}]
        node:
          - {calculator: WhichThread, input_stream: in, output_stream: out}
          - {calculator: WhichThread, input_stream: in, output_stream: special, executor: own}
          - {calculator: WhichThread, input_stream: in, output_stream: mine, executor: lent}
        """)
    usual, special, mine = (watch(graph, name) for name in ("out", "special", "mine"))
    with ThreadPoolExecutor(1, thread_name_prefix="mine") as lent:
        graph.set_executor("lent", lent)
        graph.start(threads=threads)
        for time in range(50):
            graph.add_packet("in", time, time)
        finish(graph)
    if threads == 0:
        assert {*values(usual), *values(special), *values(mine)} == {threading.current_thread()}
        return
    assert 1 <= len(set(values(usual))) <= threads
    assert len(set(values(special))) == 1
    assert set(values(special)).isdisjoint(values(usual))
    assert {each.name for each in values(mine)} == {"mine_0"}


def test_pain_15_every_consumer_has_the_payload_and_nobody_takes_it_away() -> None:
    # Removed by having no Consume: payloads are shared, never changed.
    graph = load("""
        input_stream: [in]
        node:
          - {calculator: Pass, input_stream: in, output_stream: a}
          - {calculator: Pass, input_stream: in, output_stream: b}
        """)
    payload = object()
    seen = [watch(graph, name) for name in ("in", "a", "b")]
    started(graph).add_packet("in", payload, 0)
    finish(graph)
    assert all(values(each)[0] is payload for each in seen)
    assert not hasattr(Packet, "consume")


@pytest.mark.parametrize("sees_bounds", [False, True])
def test_pain_16_observing_bounds_changes_nothing_that_a_node_sees(sees_bounds: bool) -> None:
    # Removed by observing with a node of its own. That every calculator survives empty inputs is
    # tested in tests/calculators/test_conformance.py.
    graph = load("""
        input_stream: [in]
        node:
          - {calculator: Silent, input_stream: in, output_stream: even}
          - {calculator: Calls, input_stream: even, output_stream: calls}
          - {calculator: SettledCalls, input_stream: even, output_stream: settled_calls}
        """)
    watch(graph, "even", sees_bounds=sees_bounds)
    calls, settled_calls = watch(graph, "calls"), watch(graph, "settled_calls")
    started(graph)
    for time in range(4):
        graph.add_packet("in", time, time)
    finish(graph)
    assert [time for time, _, _ in values(calls)] == [0, 2]
    assert [time for time, _, _ in values(settled_calls)][:4] == [0, 1, 2, 3]


def test_pain_17_what_is_documented_is_what_runs() -> None:
    # Removed by examples that are loaded against the contracts (and run, in tests/calculators and
    # tests/docs).
    documented = [each for each in registry if each.__module__.startswith("calculators.")]
    assert len(documented) > 60
    for calculator in documented:
        _, _, rest = (calculator.__doc__ or "").partition("```yaml\n")
        example = rest.partition("```")[0]
        plan = plan_from_text(inspect.cleandoc(example))
        assert any(node.calculator is calculator for node in plan.nodes), calculator
