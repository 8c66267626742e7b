"""Headers: set in open, read from open on by nodes that say so, whatever the order of events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Graph, Packet
from graphflow.graph import INLINE
from graphflow.nodes.options import NoOptions, Options
from graphflow.runtime.elements import Step
from graphflow.testing import CalculatorRunner
from graphflow.testing.simulation import SimulationFault, explore, simulate
from graphflow.words.errors import CalculatorError, UsageError
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    AddSide,
    Fail,
    Machine,
    Make,
    Node,
    Pass,
    make_graph,
    make_plan,
    packets,
)

SEEDS = range(60)


class SetOptions(Options):
    header: Any = "made"
    step: str = "open"


class SetHeader(Calculator[SetOptions]):
    """Passes its input; sets a header in the step of its options."""

    contract = Contract(**ANY_PORTS, options=SetOptions)

    def open(self, context: Context) -> None:
        self._set(context, "open")

    def process(self, context: Context) -> None:
        self._set(context, "process")
        context.outputs[0].emit(context.inputs[0].value)

    def close(self, context: Context) -> None:
        self._set(context, "close")

    def _set(self, context: Context, step: str) -> None:
        if self.options.step == step:
            context.outputs[0].set_header(self.options.header)


class CopyHeader(Calculator[NoOptions]):
    """Passes packets and headers, and emits what it read in open and reads in process."""

    contract = Contract(**ANY_PORTS, reads_headers=True)

    def open(self, context: Context) -> None:
        self.seen = tuple(each.header for each in context.inputs)
        context.outputs[0].set_header(self.seen[0])

    def process(self, context: Context) -> None:
        context.outputs[0].emit((self.seen, tuple(each.header for each in context.inputs)))


class ReadsUndeclared(Calculator[NoOptions]):
    """Reads a header without having said so."""

    contract = Contract(**ANY_PORTS)

    def open(self, context: Context) -> None:
        assert context.inputs[0].header


def run_inline(graph: Graph, headers: dict[str, Any] | None = None) -> list[Any]:
    got: list[Any] = []
    graph.observe("out", lambda packet: got.append(packet.value))
    graph.start(threads=INLINE, headers=headers or {})
    graph.add_packet("in", 1, 1)
    graph.close_inputs()
    graph.wait_until_done()
    return got


def test_a_reader_sees_the_header_in_open_in_every_order() -> None:
    graph = make_graph(
        Node("make", SetHeader, ["in"], ["x"]),
        Node("copy", CopyHeader, ["x"], ["y"]),
        Node("read", CopyHeader, ["y", "in", "x"], ["out"], max_in_flight=3),
        inputs=["in"],
        outputs=["out"],
    )
    run = explore(graph, {"in": packets([1])}, seeds=SEEDS, workers=4)
    seen = ("made", None, "made")
    assert run.values("out") == [(seen, seen)]


def test_others_are_opened_without_waiting_for_their_producers() -> None:
    nodes = Node("first", Pass, ["in"], ["x"]), Node("second", Pass, ["x"], ["out"])
    made = Machine(make_plan(*nodes, inputs=["in"]))
    calls = [made.take(), made.take()]
    assert [call.step for call in calls] == [Step.OPEN, Step.OPEN]


def test_a_reader_is_opened_when_all_that_feed_it_are_open() -> None:
    nodes = (
        Node("a", SetHeader, ["in"], ["x"]),
        Node("b", SetHeader, ["in"], ["y"]),
        Node("read", CopyHeader, ["x", "y"], ["out"]),
    )
    made = Machine(make_plan(*nodes, inputs=["in"]))
    first, second = made.take(), made.take()
    assert made.takes_nothing()
    made.finish(first)
    assert made.takes_nothing()
    made.finish(second)
    assert made.take().node.plan.name == "read"


def test_a_reader_waits_for_side_packets_too() -> None:
    class ReadsBoth(CopyHeader):
        pass

    graph = make_graph(
        Node("make", Make, side_outputs=["side"]),
        Node("header", SetHeader, ["in"], ["x"]),
        Node("add", AddSide, ["in"], ["y"], side_inputs=["side"]),
        Node("read", ReadsBoth, ["x", "y"], ["out"], side_inputs=["side"]),
        inputs=["in"],
        outputs=["out"],
    )
    run = explore(graph, {"in": packets([1])}, seeds=SEEDS)
    assert run.values("out") == [(("made", None), ("made", None))]


def test_a_back_edge_is_not_waited_for_and_its_header_comes_later() -> None:
    loop = Node("loop", CopyHeader, ["in", "back"], ["x"], back=["back"])
    after = Node("after", SetHeader, ["x"], ["back"])
    made = Machine(make_plan(loop, after, inputs=["in"]))
    made.finish(opening := made.take())
    assert opening.node.plan.name == "loop"
    assert opening.inputs[1].header is None
    call = made.take()
    call.outputs[0].set_header("made")
    made.finish(call)
    assert opening.inputs[1].header == "made"


def test_a_graph_input_has_the_header_that_start_is_given() -> None:
    graph = make_graph(
        Node("copy", CopyHeader, ["in"], ["out"]), inputs=["in", "other"], outputs=["out"]
    )
    assert run_inline(graph, {"in": "given"}) == [(("given",), ("given",))]
    assert [graph.header(name) for name in ("in", "other", "out")] == ["given", None, "given"]
    run = explore(graph, {"in": packets([1])}, headers={"in": 1, "other": 2}, seeds=SEEDS)
    assert run.values("out") == [((1,), (1,))]
    assert run_inline(graph)[-1] == ((None,), (None,))
    assert graph.header("out") is None


def test_a_header_for_an_unknown_input_is_refused() -> None:
    graph = make_graph(Node("copy", CopyHeader, ["in"], ["out"]), inputs=["in"])
    with pytest.raises(UsageError, match='no graph input "out"; the graph has: "in"'):
        graph.start(threads=INLINE, headers={"out": 1})
    with pytest.raises(UsageError, match="not started"):
        graph.header("in")
    graph.start(threads=INLINE)
    with pytest.raises(UsageError, match='no stream "nothing"'):
        graph.header("nothing")
    graph.reset()


@pytest.mark.parametrize("step", ["process", "close"])
def test_a_header_is_set_in_open_only(step: str) -> None:
    node = Node("late", SetHeader, ["in"], ["out"], options={"step": step})
    with pytest.raises(CalculatorError, match=r'output :0 \(stream "out"\): a header is set in op'):
        run_inline(make_graph(node, inputs=["in"]))


def test_reading_without_having_said_so_names_the_contract() -> None:
    with pytest.raises(CalculatorError, match="found no reads_headers=True in the contract"):
        run_inline(make_graph(Node("n", ReadsUndeclared, ["in"], ["out"]), inputs=["in"]))


def test_a_producer_that_fails_to_open_ends_the_run_before_its_readers_open() -> None:
    graph = make_graph(
        Node("fail", Fail, ["in"], ["x"], options={"step": "open"}),
        Node("read", CopyHeader, ["x"], ["out"]),
        inputs=["in"],
    )
    for seed in SEEDS:
        run = simulate(graph, {"in": packets([1])}, seed=seed)
        assert isinstance(run.error, CalculatorError)
        assert run.calls_of("open") == ["fail"]


def test_a_reader_that_does_not_wait_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = make_graph(
        Node("make", SetHeader, ["in"], ["x"]), Node("read", CopyHeader, ["x"], ["out"]),
        inputs=["in"],
    )  # fmt: skip

    def offer(node: Any) -> None:
        node.pool.ready |= node.open_bit

    monkeypatch.setattr("graphflow.runtime.opening._offer_open", offer)
    with pytest.raises(SimulationFault):
        explore(graph, {"in": packets([1])}, seeds=SEEDS)


def test_the_runner_gives_and_records_headers() -> None:
    runner = CalculatorRunner(CopyHeader, inputs=["A", "B"], outputs=[""], headers={"A": "format"})
    outputs = runner.run({"A": [Packet(1, 0)]}, headers={"B": 30.0})
    assert outputs[""].values == [(("format", 30.0), ("format", 30.0))]
    assert outputs[""].header == "format"


def test_headers_pass_the_borders_of_a_subgraph(tmp_path: Path) -> None:
    from graphflow.loading import plan_from_text
    from graphflow.nodes.registry import Registry

    registry = Registry()
    registry.register(CopyHeader)
    (tmp_path / "inner.yaml").write_text(
        "type: Inner\n"
        'input_stream: ["IN:a"]\n'
        'output_stream: ["OUT:b"]\n'
        "node: [{calculator: CopyHeader, input_stream: [a], output_stream: [b]}]\n"
    )
    text = """
        input_stream: [in]
        node:
          - {calculator: Inner, input_stream: ["IN:in"], output_stream: ["OUT:x"]}
          - {calculator: CopyHeader, input_stream: [x], output_stream: [out]}
        """
    graph = Graph(plan_from_text(text, registry=registry, search=[tmp_path]))
    assert run_inline(graph, {"in": "given"}) == [(("given",), ("given",))]
