"""A node that is to skip errors: a failed call counts as one that emitted nothing."""

from __future__ import annotations

import pytest

from graphflow import Calculator, Context, Contract, Packet
from graphflow.graph import INLINE, Graph
from graphflow.nodes.options import NoOptions
from graphflow.testing.simulation import explore, simulate
from graphflow.words.errors import CalculatorError
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    Fail,
    Join,
    Machine,
    Node,
    Pass,
    make_graph,
    make_plan,
    packet_of,
    packets,
)

SKIPS = {"skips_errors": True}
SEEDS = range(40)


class FailHalfway(Calculator[NoOptions]):
    """Emits, promises, and raises at every odd time."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        context.outputs[0].add(packet_of(context.inputs[0]))
        if context.timestamp % 2:
            context.outputs[0].advance(1000)
            raise ValueError("no odd ones")


def skipping(max_in_flight: int = 1, **changes: object) -> Graph:
    return make_graph(
        Node(
            "odd", FailHalfway, ["in"], ["even"],
            max_in_flight=max_in_flight, changes={**SKIPS, **changes},
        ),
        Node("join", Join, ["in", "even"], ["out"]),
        inputs=["in"],
        outputs=["out"],
    )  # fmt: skip


@pytest.mark.parametrize("max_in_flight", [1, 3])
def test_failed_times_are_settled_without_packets(max_in_flight: int) -> None:
    run = explore(skipping(max_in_flight), {"in": packets(range(6))}, seeds=SEEDS, workers=4)
    assert run.error is None
    assert run.values("out") == [(t, None if t % 2 else t) for t in range(6)]


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_every_driver_goes_on(threads: int) -> None:
    graph = skipping()
    got: list[Packet] = []
    graph.observe("out", got.append)
    graph.start(threads=threads)
    for packet in packets(range(6)):
        graph.add_packet("in", packet)
    graph.close_inputs()
    graph.wait_until_done()
    assert len(got) == 6


def test_skipped_errors_are_counted_and_kept() -> None:
    node = Node("odd", FailHalfway, ["in"], ["even"], changes=SKIPS)
    made = Machine(make_plan(node, inputs=["in"]))
    made.open_all()
    for time in range(1, 300, 2):
        made.add("in", time)
        made.fail(made.take(), ValueError(time))
        assert made.bounds()["even"] == time + 1
    assert (made.scheduler.nodes[0].skipped, len(made.scheduler.skipped_errors)) == (150, 100)
    newest = made.scheduler.skipped_errors[-1]
    assert (newest.node, newest.timestamp, str(newest.cause)) == ("odd", 299, "299")


def test_without_an_offset_a_skipped_call_promises_nothing() -> None:
    node = Node("odd", FailHalfway, ["in"], ["even"], changes={**SKIPS, "offset": None})
    made = Machine(make_plan(node, inputs=["in"]))
    made.open_all()
    before = made.bounds()["even"]
    made.add("in", 1)
    call = made.take()
    call.outputs[0].advance(50)
    made.fail(call, ValueError())
    assert made.bounds()["even"] == before == call.outputs[0].bound


def test_an_interrupt_is_not_skipped() -> None:
    made = Machine(make_plan(Node("n", Pass, ["in"], ["out"], changes=SKIPS), inputs=["in"]))
    made.open_all()
    made.add("in", 1)
    made.fail(made.take(), KeyboardInterrupt())
    assert made.scheduler.has_failed


@pytest.mark.parametrize("step", ["open", "close"])
def test_a_failure_to_open_or_close_ends_the_run(step: str) -> None:
    node = Node("n", Fail, ["in"], ["out"], options={"step": step}, changes=SKIPS)
    run = simulate(make_graph(node, inputs=["in"]), {"in": packets([1])})
    assert isinstance(run.error, CalculatorError)


def test_a_call_that_fails_after_the_run_did_is_not_skipped() -> None:
    other = Node("other", Pass, ["in"], ["out"])
    made = Machine(make_plan(Node("n", Pass, ["in"], ["x"], changes=SKIPS), other, inputs=["in"]))
    made.open_all()
    made.add("in", 1)
    first, second = made.take(), made.take()
    skipping_call, failing = sorted((first, second), key=lambda each: each.node.plan.name)
    made.fail(failing, ValueError("first"))
    made.fail(skipping_call, ValueError("second"))
    assert [str(error.__cause__) for error in made.scheduler.errors] == ["first", "second"]
    assert not made.scheduler.skipped_errors
