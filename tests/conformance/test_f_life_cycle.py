"""F. Life cycle, executors, observers, loops."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from graphflow import Calculator, Context, Contract, Graph, Options, Packet, Port
from graphflow.graph import INLINE
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.nodes.options import NoOptions
from graphflow.testing.simulation import explore, simulate
from graphflow.words.errors import (
    CalculatorError,
    ConfigError,
    GraphCancelled,
    GraphStuck,
    UsageError,
)
from graphflow.words.timestamp import DONE, UNSTARTED
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


@nodes.register
class Demux(Calculator[NoOptions]):
    """Sends INPUT to the output that SELECT names, and settles the other."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None)

    def process(self, context: Context) -> None:
        for at, output in enumerate(context.outputs):
            if at == context.inputs["SELECT"].value:
                output.emit(context.inputs["INPUT"].value)
            else:
                output.advance(context.timestamp + 1)


@nodes.register
class Double(Calculator[NoOptions]):
    """Two times its input."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

    def process(self, context: Context) -> None:
        context.outputs[0].emit(2 * context.inputs[0].value)


@nodes.register
class Multiply(Calculator[NoOptions]):
    """The product of its two inputs; of one, the square."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

    def process(self, context: Context) -> None:
        first, second = context.inputs[0], context.inputs[len(context.inputs) - 1]
        context.outputs[0].emit(first.value * second.value)


@nodes.register
class TimedMux(Calculator[NoOptions]):
    """The input that SELECT names, all inputs joined by time."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

    def process(self, context: Context) -> None:
        context.outputs[0].emit(context.inputs["INPUT", context.inputs["SELECT"].value].value)


@nodes.register
class UnitDelay(Calculator[NoOptions]):
    """0 at time 0, before anything; then each value one microsecond later."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None)

    def open(self, context: Context) -> None:
        context.outputs[0].add(Packet(0, 0))

    def process(self, context: Context) -> None:
        context.outputs[0].add(Packet(context.inputs[0].value, context.timestamp + 1))


@nodes.register
class UntimedDelay(Calculator[NoOptions]):
    """0 before anything, then each value; the times have nothing to do with its input's."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None)

    def open(self, context: Context) -> None:
        self.time = 0
        context.outputs[0].add(Packet(0, 0))

    def process(self, context: Context) -> None:
        self.time += 1000
        context.outputs[0].add(Packet(context.inputs[0].value, self.time))


class DecimateOptions(Options):
    """Which packets pass."""

    nth: int = 101


@nodes.register
class Decimate(Calculator[DecimateOptions]):
    """The first of every n packets."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, options=DecimateOptions)

    def open(self, context: Context) -> None:
        self.count = 0

    def process(self, context: Context) -> None:
        if self.count % self.options.nth == 0:
            context.outputs[0].emit(context.inputs[0].value)
        self.count += 1


@nodes.register
class OpensIf(Calculator[NoOptions]):
    """Passes its input, if the side packet lets it open."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, side_inputs=(Port("IS_GOOD", bool),))

    def open(self, context: Context) -> None:
        if not context.side_inputs["IS_GOOD"]:
            raise ValueError("not this time")

    def process(self, context: Context) -> None:
        context.outputs[0].emit(context.inputs[0].value)


@nodes.register
class Funnel(Calculator[NoOptions]):
    """Whatever comes by any input goes to the one output."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, input_policy=ImmediatePolicy())

    def process(self, context: Context) -> None:
        for given in context.inputs:
            if given.packet is not None:
                context.outputs[0].add(given.packet)


NOTED: list[tuple[str, str, int]] = []


@nodes.register
class NotingSource(Calculator[NoOptions]):
    """A source that notes the times of its calls."""

    contract = Contract(outputs=ANY_OUT)

    def open(self, context: Context) -> None:
        NOTED.append(("source", "open", context.timestamp))
        self.count = 0

    def process(self, context: Context) -> None:
        NOTED.append(("source", "process", context.timestamp))
        context.outputs[0].add(Packet(self.count, 10 * self.count))
        self.count += 1
        if self.count == 3:
            context.stop()

    def close(self, context: Context) -> None:
        NOTED.append(("source", "close", context.timestamp))


class StopOptions(Options):
    """When to stop."""

    at: int = 1_000


@nodes.register
class NotingSink(Calculator[StopOptions]):
    """A sink that notes the times of its calls, and may stop the sources."""

    contract = Contract(inputs=ANY_IN, options=StopOptions)

    def open(self, context: Context) -> None:
        NOTED.append(("sink", "open", context.timestamp))

    def process(self, context: Context) -> None:
        NOTED.append(("sink", "process", context.timestamp))
        if context.timestamp == self.options.at:
            context.stop()

    def close(self, context: Context) -> None:
        NOTED.append(("sink", "close", context.timestamp))


SHARED_COUNT = [0]


class SharedCountOptions(Options):
    """Whether the first number comes in open already."""

    is_first_in_open: bool = False


@nodes.register
class SharedCount(Calculator[SharedCountOptions]):
    """A source of five calls: numbers of a count that all of these sources share."""

    contract = Contract(outputs=ANY_OUT, options=SharedCountOptions)

    def open(self, context: Context) -> None:
        self.calls = 0
        if self.options.is_first_in_open:
            self._emit(context)

    def process(self, context: Context) -> None:
        self._emit(context)
        self.calls += 1
        if self.calls == 5:
            context.stop()

    def _emit(self, context: Context) -> None:
        context.outputs[0].add(Packet(SHARED_COUNT[0], SHARED_COUNT[0]))
        SHARED_COUNT[0] += 1


STARVING = """
    input_stream: [input1, input2]
    max_queue_size: 1
    report_deadlock: true
    node:
      - calculator: PassThroughCalculator
        input_stream: [input1, input2]
        output_stream: [out1, out2]
    """


def test_107_a_missing_required_side_packet_fails_the_run_not_the_loading() -> None:
    graph = load("""
        input_stream: [in]
        input_side_packet: [is_good]
        node:
          - calculator: OpensIf
            input_stream: [in]
            output_stream: [out]
            input_side_packet: ["IS_GOOD:is_good"]
        """)
    with pytest.raises(UsageError, match='side packet "is_good" is required and was not given'):
        graph.run()


@nodes.register
class Whole(Calculator[NoOptions]):
    """Takes integers and keeps them to itself."""

    contract = Contract(inputs=(Port("", int),))

    def process(self, context: Context) -> None:
        """Nothing."""


@nodes.register
class Anything(Calculator[NoOptions]):
    """Emits the side packet VALUE once, and says nothing about its type."""

    contract = Contract(outputs=(Port(""),), side_inputs=(Port("VALUE"),))

    def process(self, context: Context) -> None:
        context.outputs[0].add(Packet(context.side_inputs["VALUE"], 0))
        context.stop()


def test_109_a_wrong_type_from_a_source_of_anything_fails_the_run() -> None:
    text = """
input_side_packet: value
node:
  - {calculator: Anything, input_side_packet: "VALUE:value", output_stream: a}
  - {calculator: Whole, input_stream: a}
"""
    finish(started(load(text), {"value": 1}))
    with pytest.raises(CalculatorError, match="found str; expected int"):
        finish(started(load(text), {"value": "one"}))


@pytest.mark.parametrize("seed", range(10))
def test_111_what_open_emits_goes_first_and_the_rest_of_a_higher_layer_waits(seed: int) -> None:
    SHARED_COUNT[:] = [0]
    graph = load("""
        max_queue_size: 1
        output_stream: [low, high]
        node:
          - {calculator: SharedCount, output_stream: [low], source_layer: 0}
          - calculator: SharedCount
            output_stream: [high]
            source_layer: 1
            options: {is_first_in_open: true}
        """)
    run = simulate(graph, seed=seed)
    assert run.error is None
    assert run.values("low") == [1, 2, 3, 4, 5]
    assert run.values("high") == [0, 6, 7, 8, 9, 10]


def test_115_if_and_else_with_bounds_come_out_in_order() -> None:
    graph = load("""
        input_stream: [in, select]
        output_stream: [out]
        node:
          - calculator: Demux
            input_stream: ["INPUT:in", "SELECT:select"]
            output_stream: [left, right]
          - {calculator: Pass, input_stream: [left], output_stream: [left1]}
          - {calculator: Double, input_stream: [left1], output_stream: [left2]}
          - {calculator: Pass, input_stream: [left2], output_stream: [left3]}
          - {calculator: Multiply, input_stream: [right], output_stream: [right1]}
          - calculator: TimedMux
            input_stream: ["INPUT:0:left3", "INPUT:1:right1", "SELECT:select"]
            output_stream: [out]
        """)
    selected = [0, 1, 0, 0, 1, 0, 1, 1, 1, 0]
    feeds = {
        "in": [Packet(time, time) for time in range(1, 11)],
        "select": [Packet(each, time) for time, each in enumerate(selected, start=1)],
    }
    expected = [2, 4, 6, 8, 25, 12, 49, 64, 81, 20]
    assert explore(graph, feeds, seeds=range(30)).values("out") == expected


@pytest.mark.parametrize("limit", [1, 100])
def test_117_a_source_that_has_ended_is_not_called_again(limit: int) -> None:
    graph = load(f"""
        max_queue_size: {limit}
        output_stream: [out]
        node:
          - calculator: Count
            output_stream: [all_at_once]
            options: {{count: 500, at_once: 501}}
          - {{calculator: Count, output_stream: [one_by_one], options: {{count: 500}}}}
          - calculator: Decimate
            input_stream: [all_at_once]
            output_stream: [some]
          - calculator: Join
            input_stream: [all_at_once, one_by_one, some]
            output_stream: [out]
        """)
    seen = watch(graph)
    graph.run(threads=1)
    assert values(seen) == [(at, at, at if at % 101 == 0 else None) for at in range(500)]


def test_119_a_source_held_back_before_the_run_still_gets_its_turn() -> None:
    for order in ("delayed, numbers", "numbers, delayed"):
        graph = load(f"""
            max_queue_size: 1
            output_stream: [out]
            node:
              - {{calculator: Count, output_stream: [numbers], options: {{count: 5}}}}
              - {{calculator: UnitDelay, input_stream: [numbers], output_stream: [delayed]}}
              - {{calculator: Join, input_stream: [{order}], output_stream: [out]}}
            """)
        run = explore(graph, seeds=range(30))
        assert run.error is None
        delayed, numbers = [0, 0, 1, 2, 3, 4], [0, 1, 2, 3, 4, None]
        pair = (delayed, numbers) if order.startswith("delayed") else (numbers, delayed)
        assert run.values("out") == list(zip(*pair, strict=True))


@pytest.mark.parametrize(
    "more",
    [
        "",
        "  - {calculator: Pass, input_stream: [out1], output_stream: [out3]}\n",
        "  - {calculator: Join, input_stream: [input1, input2], output_stream: [out3]}\n",
    ],
)
def test_121_the_report_of_a_deadlock_names_stream_and_node(more: str) -> None:
    graph = started(load(STARVING.rstrip() + "\n    " + more))
    graph.add_packet("input1", 0, 0)
    with pytest.raises(GraphStuck) as caught:
        graph.add_packet("input1", 1, 1)
    text = str(caught.value)
    assert "stuck" in text
    assert 'node "PassThroughCalculator" can\'t take from stream "input1"' in text


def test_123_a_loop_joined_by_a_barrier_cares_for_no_times() -> None:
    graph = load("""
        input_stream: [in]
        output_stream: [sum]
        input_stream_handler: {input_stream_handler: BarrierInputStreamHandler}
        node:
          - calculator: Add
            input_stream: [in, old_sum]
            input_stream_info: [{tag_index: ":1", back_edge: true}]
            output_stream: [sum]
          - {calculator: UntimedDelay, input_stream: [sum], output_stream: [old_sum]}
        """)
    feeds = {"in": [Packet(number, number) for number in range(1, 6)]}
    run = explore(graph, feeds, seeds=range(30))
    assert (run.error, run.values("sum")) == (None, [1, 3, 6, 10, 15])


def test_125_a_barrier_joins_by_order_of_arrival() -> None:
    thirds = "\n".join(
        f"""
          - calculator: Multiply
            input_stream: [a{at}, b{at}]
            output_stream: [product{at}]"""
        for at in range(3)
    )
    graph = load(f"""
        output_stream: [out]
        input_stream_handler: {{input_stream_handler: BarrierInputStreamHandler}}
        node:
          - {{calculator: Count, output_stream: [a], options: {{count: 15}}}}
          - {{calculator: Count, output_stream: [b], options: {{count: 15, first: 1}}}}
          - calculator: RoundRobinDemuxCalculator
            input_stream: [a]
            output_stream: ["OUTPUT:0:a0", "OUTPUT:1:a1", "OUTPUT:2:a2"]
          - calculator: RoundRobinDemuxCalculator
            input_stream: [b]
            output_stream: ["OUTPUT:0:b0", "OUTPUT:1:b1", "OUTPUT:2:b2"]
          {thirds}
          - calculator: Add
            input_stream: [product0, product1, product2]
            output_stream: [out]
        """)
    assert explore(graph, seeds=range(30)).values("out") == [8, 62, 170, 332, 548]


@pytest.mark.parametrize("threads", [0, 2])
def test_127_a_cancel_ends_a_paused_run_and_a_later_pause_is_ignored(threads: int) -> None:
    graph = load("""
        input_stream: [in]
        node:
          - {calculator: Pass, input_stream: [in], output_stream: [out]}
        """)
    seen = watch(graph)
    graph.start(threads=threads)
    graph.pause()
    for time in range(10):
        graph.add_packet("in", time, time)
    graph.cancel()
    graph.pause()
    with pytest.raises(GraphCancelled):
        graph.wait_until_done()
    assert seen == []


@pytest.mark.parametrize("threads", [0, 2])
def test_129_a_failed_open_leaves_the_graph_usable(threads: int) -> None:
    graph = load("""
        input_stream: [in]
        input_side_packet: [is_good]
        node:
          - calculator: OpensIf
            input_stream: [in]
            output_stream: [out]
            input_side_packet: ["IS_GOOD:is_good"]
        """)
    seen = watch(graph)
    for _ in range(2):
        seen.clear()
        graph.start({"is_good": True}, threads=threads)
        graph.add_packet("in", 1, 1)
        finish(graph)
        assert values(seen) == [1]
        graph.start({"is_good": False}, threads=threads)
        with pytest.raises(CalculatorError, match="not this time"):
            finish(graph)


def test_131_a_branch_that_rarely_emits_keeps_no_feeder_waiting() -> None:
    graph = load("""
        input_stream: [in]
        max_queue_size: 1
        node:
          - {calculator: Decimate, input_stream: [in], output_stream: [some]}
          - {calculator: Join, input_stream: [in, some], output_stream: [out]}
        """)
    seen = watch(graph)
    graph.start(threads=2)
    for time in range(202):
        graph.add_packet("in", time, time)
    graph.wait_until_idle()
    graph.pause()
    graph.resume()
    finish(graph)
    expected = [(time, time if time in (0, 101) else None) for time in range(202)]
    assert values(seen) == expected


def test_133_an_output_of_a_subgraph_is_observed_under_its_outer_name(tmp_path: Path) -> None:
    (tmp_path / "inner.yaml").write_text("""
        type: Inner
        input_stream: ["IN:inner_in"]
        output_stream: ["OUT:inner_out"]
        node:
          - {calculator: Pass, input_stream: [inner_in], output_stream: [inner_out]}
        """)
    graph = load(
        """
        input_stream: [in]
        node:
          - {calculator: Inner, input_stream: ["IN:in"], output_stream: ["OUT:outer"]}
        """,
        search=[tmp_path],
    )
    seen = watch(graph, "outer")
    started(graph).add_packet("in", 1, 1)
    assert seen == [(1, 1)]


def test_135_observing_an_unknown_stream_names_it() -> None:
    graph = load(STARVING)
    with pytest.raises(UsageError, match='no stream "not_found" to observe'):
        graph.observe("not_found", print)


def test_137_a_run_that_finishes_while_it_is_paused_completes_after_the_resume() -> None:
    graph = load("""
        input_stream: [in]
        node:
          - {calculator: Pass, input_stream: [in], output_stream: [out]}
        """)
    is_paused = threading.Event()

    def pause(packet: Packet) -> None:
        graph.pause()
        is_paused.set()

    graph.observe("out", pause)
    graph.start(threads=1)
    graph.add_packet("in", 0, 0)
    graph.close_inputs()
    assert is_paused.wait(60)
    assert graph.is_running
    graph.resume()
    graph.wait_until_done()


def executors(graph_lines: str, executor: str = "") -> Graph:
    """Load a graph with these settings, whose node names an executor."""
    named = f", executor: {executor}" if executor else ""
    return load(f"""
        input_stream: [in]
        {graph_lines}
        node:
          - {{calculator: Pass, input_stream: [in], output_stream: [out]{named}}}
        """)


def test_139_an_executor_is_given_once() -> None:
    graph = executors("executor: [{name: xyz}]", "xyz")
    with ThreadPoolExecutor(1) as pool:
        graph.set_executor("xyz", pool)
        with pytest.raises(UsageError, match='executor "xyz" was given already'):
            graph.set_executor("xyz", pool)


def test_141_the_executor_of_a_node_must_be_declared() -> None:
    with pytest.raises(ConfigError, match='executor "xyz" is not declared'):
        executors("", "xyz")
    assert executors("executor: [{name: xyz}]", "xyz").plan.nodes[0].executor == 1
    with pytest.raises(UsageError, match='executor "xyz" is not declared'):
        executors("").set_executor("xyz", CurrentThreadExecutor())


def test_143_an_executor_is_declared_once() -> None:
    with pytest.raises(ConfigError, match='executor "xyz" is declared twice'):
        executors("executor: [{name: xyz}, {name: xyz}]", "xyz")
    with pytest.raises(ConfigError, match="the default executor is declared twice"):
        executors("executor: [{type: ThreadPoolExecutor}, {type: ThreadPoolExecutor}]")


def test_145_num_threads_and_a_default_executor_exclude_each_other() -> None:
    with pytest.raises(ConfigError, match="num_threads and a default executor exclude each other"):
        executors("num_threads: 1\n        executor: [{type: ThreadPoolExecutor}]")
    graph = executors("num_threads: 1\n        executor: [{name: xyz}]")
    assert [(each.name, each.num_threads) for each in graph.plan.executors] == [
        ("", 1),
        ("xyz", 0),
    ]


class CurrentThreadExecutor:
    """Runs a task at once, in the thread that submits it."""

    def submit(self, task: Callable[[], None], /) -> None:
        task()


@pytest.mark.parametrize("is_inline", [True, False])
def test_147_a_graph_runs_in_the_thread_that_feeds_it_and_may_be_fed_from_inside(
    is_inline: bool,
) -> None:
    graph = load("""
        input_stream: [in]
        executor: [{name: other}]
        node:
          - {calculator: Pass, input_stream: [in], output_stream: [between]}
          - {calculator: Pass, input_stream: [between], output_stream: [out], executor: other}
        """)
    graph.set_executor("", CurrentThreadExecutor())
    graph.set_executor("other", CurrentThreadExecutor())
    seen = watch(graph)

    def feed_more(packet: Packet) -> None:
        if packet.value < 10:
            graph.add_packet("in", packet.value + 1, packet.timestamp + 1)

    graph.observe("out", feed_more)
    graph.start(threads=0 if is_inline else None)
    graph.add_packet("in", 0, 0)
    assert values(seen) == list(range(11))
    finish(graph)


@pytest.mark.parametrize("at", [1_000, 10])
def test_149_the_times_of_calls(at: int) -> None:
    NOTED.clear()
    load(f"""
        max_queue_size: 1
        node:
          - {{calculator: NotingSource, output_stream: [numbers]}}
          - {{calculator: NotingSink, input_stream: [numbers], options: {{at: {at}}}}}
        """).run(threads=0)
    assert {time for _, step, time in NOTED if step == "open"} == {UNSTARTED}
    assert {time for who, step, time in NOTED if (who, step) == ("source", "process")} == {0}
    consumed = [time for who, step, time in NOTED if (who, step) == ("sink", "process")]
    assert consumed == [0, 10, 20][: len(consumed)]
    assert at == 10 or len(consumed) == 3
    assert [time for _, step, time in NOTED if step == "close"] == [DONE, DONE]


def test_151_the_tag_of_a_graph_input_does_not_matter_to_who_feeds_it() -> None:
    graph = load("""
        input_stream: ["VIDEO_METADATA:video_metadata", "max_count"]
        node:
          - calculator: PassThroughCalculator
            input_stream: [video_metadata, max_count]
            output_stream: [out, other]
        """)
    seen = watch(graph)
    started(graph)
    for time in range(5):
        graph.add_packet("video_metadata", time, time)
    finish(graph)
    assert times(seen) == list(range(5))


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_an_idle_graph_keeps_no_packet_alive(threads: int) -> None:
    # MediaPipe's test of the lifetime of input packets.
    class Thing:
        """Something that can be watched."""

    graph = load(
        """
        input_stream: [in]
        node:
          - {calculator: Pass, input_stream: [in], output_stream: [between]}
          - {calculator: Pass, input_stream: [between], output_stream: [out]}
        """
    )
    graph.start(threads=threads)
    for time in range(3):
        thing = Thing()
        alive = weakref.ref(thing)
        graph.add_packet("in", thing, time)
        del thing
        graph.wait_until_idle()
        gc.collect()
        assert alive() is None
    finish(graph)


def test_157_an_output_that_goes_backwards_is_a_clear_error() -> None:
    graph = load("""
        input_stream: [in0, in1]
        node:
          - {calculator: Funnel, input_stream: [in0, in1], output_stream: [out]}
        """)
    started(graph)
    graph.add_packet("in0", 0, 0)
    graph.add_packet("in0", 1, 1)
    with pytest.raises(CalculatorError, match="found a packet at 0; expected 2 or later") as caught:
        graph.add_packet("in1", 0, 0)
        finish(graph)
    assert 'stream "out"' in str(caught.value)
    assert "ImmediateInputStreamHandler" in str(caught.value)
