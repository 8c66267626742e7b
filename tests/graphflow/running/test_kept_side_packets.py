"""Side packets kept between runs: for the same givens, of runs that leave no doubt."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Graph, Packet, Port, Service
from graphflow.loading import plan_from_text
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry
from graphflow.words.errors import CalculatorError, GraphCancelled

registry = Registry()
WORD = Service[str]("word")

opened: list[str] = []
closed: list[str] = []
faults: dict[str, Exception] = {}
"""What open or close of a node raises, by "node step"."""


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    for each in (opened, closed, faults):
        each.clear()


@registry.register
class Make(Calculator[NoOptions]):
    """Makes a new list of its side inputs."""

    contract = Contract(
        side_inputs=(Port("", optional=True, repeated=True),),
        side_outputs=(Port("", list), Port("AT_END", optional=True)),
        optional_services=(WORD,),
    )

    def open(self, context: Context) -> None:
        opened.append(context.node_name)
        _fail(context, "open")
        indexes = context.side_inputs.indexes("")
        context.side_outputs[""] = [context.side_inputs.get("", index) for index in indexes]

    def close(self, context: Context) -> None:
        closed.append(context.node_name)
        _fail(context, "close")
        if "AT_END" in context.side_outputs:
            context.side_outputs["AT_END"] = object()


@registry.register
class Effect(Calculator[NoOptions]):
    """Makes nothing: it is called for what it does."""

    contract = Contract(side_inputs=(Port("", optional=True),))

    def open(self, context: Context) -> None:
        opened.append(context.node_name)


@registry.register
class Tell(Calculator[NoOptions]):
    """Emits its side input for each packet."""

    contract = Contract(
        inputs=(Port(""),), outputs=(Port(""),), side_inputs=(Port("", optional=True),)
    )

    def open(self, context: Context) -> None:
        opened.append(context.node_name)
        _fail(context, "open")

    def process(self, context: Context) -> None:
        _fail(context, "process")
        context.outputs[0].emit(context.side_inputs.get(""))


def _fail(context: Context, step: str) -> None:
    if f"{context.node_name} {step}" in faults:
        raise faults[f"{context.node_name} {step}"]


CHAIN = """
input_side_packet: [given]
node:
  - {calculator: Make, name: a, input_side_packet: [given], output_side_packet: [made]}
  - {calculator: Make, name: b, input_side_packet: [made], output_side_packet: [more]}
"""

USED = """
input_stream: [in]
output_stream: [out]
node:
  - {calculator: Make, name: make, output_side_packet: [made]}
  - {calculator: Tell, name: tell, input_stream: in, input_side_packet: [made], output_stream: out}
"""


def load(text: str) -> Graph:
    return Graph(plan_from_text(text, registry=registry))


def run(graph: Graph, **side_packets: Any) -> Any:
    graph.run(side_packets, threads=0)
    return graph.side_packet("made")


def test_nodes_are_opened_once_for_the_same_objects() -> None:
    graph, given = load(CHAIN), object()
    first = run(graph, given=given)
    more = graph.side_packet("more")
    for _ in range(3):
        assert run(graph, given=given) is first
        assert graph.side_packet("more") is more
    assert (opened, sorted(closed)) == (["a", "b"], ["a", "b"])


def test_equal_is_not_the_same() -> None:
    graph = load(CHAIN)
    assert run(graph, given=[1]) is not run(graph, given=[1])
    assert opened == ["a", "b", "a", "b"]


def test_only_the_last_givens_count() -> None:
    graph, one, two = load(CHAIN), object(), object()
    first = run(graph, given=one)
    run(graph, given=two)
    assert run(graph, given=one) is not first


def test_a_side_packet_that_is_left_out_is_another_than_none() -> None:
    graph = load("""
        input_side_packet: [given]
        node: [{calculator: Make, input_side_packet: [given], output_side_packet: [made]}]
        """)
    assert run(graph) is run(graph)
    run(graph, given=None)
    assert len(opened) == 2


def test_another_service_opens_the_nodes_again() -> None:
    graph = load("node: [{calculator: Make, output_side_packet: [made]}]")
    first = run(graph)
    graph.set_service(WORD, "new")
    second = run(graph)
    assert second is not first
    assert run(graph) is second


def test_what_is_made_at_the_end_is_kept_too() -> None:
    graph = load("node: [{calculator: Make, output_side_packet: [made, 'AT_END:end']}]")
    run(graph)
    end = graph.side_packet("end")
    run(graph)
    assert graph.side_packet("end") is end
    assert len(closed) == 1


def test_a_node_that_makes_nothing_is_opened_in_each_run() -> None:
    graph = load("node: [{calculator: Effect, name: effect}]")
    graph.run(threads=0)
    graph.run(threads=0)
    assert opened == ["effect", "effect"]


def feed(graph: Graph, time: int = 0) -> Any:
    graph.outcomes(max_queue_size=0)
    graph.start(threads=0)
    return graph.process({"in": 1}, timestamp=time)["out"]


def test_nodes_with_streams_are_opened_in_each_run_and_see_what_is_kept() -> None:
    graph = load(USED)
    first = feed(graph)
    graph.close_inputs()
    graph.wait_until_done()
    assert feed(graph) is first
    assert opened == ["make", "tell", "tell"]
    graph.reset()


def test_a_reset_between_clips_keeps_what_was_made() -> None:
    graph = load(USED)
    first = feed(graph)
    for _ in range(3):
        graph.reset()
        assert feed(graph) is first
    graph.reset()
    assert opened == ["make", *["tell"] * 4]


def test_what_is_kept_can_be_forgotten() -> None:
    graph = load(USED)
    first = feed(graph)
    graph.reset()
    graph.forget_kept()
    assert feed(graph) is not first
    graph.reset()


@pytest.mark.parametrize("step", ["tell open", "tell process", "make close"])
@pytest.mark.parametrize("has_reset", [False, True])
def test_a_run_that_failed_keeps_nothing(step: str, has_reset: bool) -> None:
    graph = load(USED)
    faults[step] = ValueError("no")
    graph.start(threads=0)
    with pytest.raises(CalculatorError, match="no"):
        graph.add_packet("in", 1, 0)
        graph.close_inputs()
        graph.wait_until_done()
    faults.clear()
    if has_reset:
        graph.reset()
    feed(graph)
    graph.reset()
    assert opened.count("make") == 2


def test_an_open_that_fails_is_tried_again_and_the_nodes_before_it_too() -> None:
    graph, given = load(CHAIN), object()
    faults["b open"] = ValueError("no")
    for _ in range(2):
        with pytest.raises(CalculatorError, match="no"):
            run(graph, given=given)
    faults.clear()
    run(graph, given=given)
    assert opened == ["a", "b"] * 3


class Held(Calculator[NoOptions]):
    """A node without streams whose open waits for the test."""

    contract = Contract(side_outputs=(Port("", list),))
    entered: threading.Event
    may_go: threading.Event

    def open(self, context: Context) -> None:
        opened.append(context.node_name)
        self.entered.set()
        assert self.may_go.wait(60)
        context.side_outputs[""] = []


registry.register(Held)


def test_a_cancel_during_open_does_not_hang_the_next_run() -> None:
    Held.entered, Held.may_go = threading.Event(), threading.Event()
    graph = load(USED.replace("Make", "Held"))
    graph.start(threads=2)
    assert Held.entered.wait(60)
    graph.cancel()
    Held.may_go.set()
    with pytest.raises(GraphCancelled):
        graph.wait_until_done()
    outcomes = graph.outcomes(max_queue_size=0)
    graph.start(threads=2)
    graph.add_packet("in", Packet(1, 0))
    graph.close_inputs()
    graph.wait_until_done()
    assert [outcome["out"] for outcome in outcomes] == [[]]
    assert opened.count("make") == 2


def test_node_times_tell_of_every_node_in_each_run() -> None:
    graph, given = load(CHAIN), object()
    for _ in range(2):
        run(graph, given=given)
        assert [(each.node, each.calls) for each in graph.node_times()] == [("a", 0), ("b", 0)]
        assert graph.ledger().entries == ()
