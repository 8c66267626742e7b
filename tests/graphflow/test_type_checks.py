"""Types in a run: exactly those payloads are looked at that nobody could check before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from graphflow import ANY_TAG, Calculator, Context, Contract, Graph, Packet, Port
from graphflow.driver.type_checks import checked_calls
from graphflow.graph import INLINE
from graphflow.loading import plan_from_text
from graphflow.nodes.options import NoOptions, Options
from graphflow.nodes.registry import Registry
from graphflow.plan import Plan
from graphflow.testing import CalculatorRunner
from graphflow.testing.simulation import simulate
from graphflow.words.errors import CalculatorError, ContractError, PayloadError, SeveralErrors


class SourceOptions(Options):
    values: tuple[int | str, ...]


class SourceCalculator(Calculator[SourceOptions]):
    """Emits the values of its options, as anything."""

    contract = Contract(outputs=(Port(""),), options=SourceOptions)

    def process(self, context: Context) -> None:
        for time, value in enumerate(self.options.values):
            context.outputs[0].add(Packet(value, time))
        context.stop()


class PassCalculator(Calculator[NoOptions]):
    contract = Contract(inputs=(Port(ANY_TAG),), outputs=(Port(ANY_TAG),))

    def process(self, context: Context) -> None:
        for each in context.inputs:
            if each.packet is not None:
                context.outputs[each.tag, each.index].add(each.packet)


class NumberCalculator(Calculator[NoOptions]):
    contract = Contract(
        inputs=(Port("", int), Port("MORE", int, optional=True)), outputs=(Port("", int),)
    )

    def process(self, context: Context) -> None:
        context.outputs[0].emit(context.inputs[0].get(0) + 1)


class TextCalculator(Calculator[NoOptions]):
    contract = Contract(inputs=(Port("", str),))

    def process(self, context: Context) -> None:
        """Read it."""


class LyingCalculator(Calculator[NoOptions]):
    """Declares numbers, and emits, or makes, what comes in."""

    contract = Contract(
        inputs=(Port("", optional=True), Port("OWN", str, optional=True)),
        outputs=(Port("", int, optional=True), Port("OWN", same_as="OWN", optional=True)),
        side_outputs=(Port("", int, optional=True),),
    )

    def process(self, context: Context) -> None:
        value = context.inputs[0].value
        if "" in context.outputs:
            context.outputs[""].add(Packet(1, 0))
            context.outputs[""].add(Packet(value, 1))
        if "OWN" in context.outputs:
            context.outputs["OWN"].emit(1)
        if "" in context.side_outputs:
            context.side_outputs[""] = value


NODES = Registry()
for each in (
    SourceCalculator, PassCalculator, NumberCalculator, TextCalculator, LyingCalculator
):  # fmt: skip
    NODES.register(each)

CHAIN = """
output_stream: c
node:
  - {calculator: SourceCalculator, output_stream: a, options: {values: [1, two]}}
  - {calculator: PassCalculator, input_stream: a, output_stream: b}
  - {calculator: NumberCalculator, input_stream: b, output_stream: c}
"""

MESSAGE = (
    '<text>:6:5: node "NumberCalculator" failed in process at 1 µs: input :0 (stream "b", '
    'from node "PassCalculator"): found str; expected int'
)


def load(text: str) -> Plan:
    return plan_from_text(text, registry=NODES)


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_a_wrong_payload_ends_the_run_as_any_error_of_the_node(threads: int) -> None:
    graph, seen = Graph(load(CHAIN)), list[Any]()
    graph.observe("c", lambda packet: seen.append(packet.value))
    graph.start(threads=threads)
    with pytest.raises(CalculatorError) as raised:
        graph.wait_until_done()
    assert str(raised.value) == MESSAGE
    assert isinstance(raised.value.cause, PayloadError)
    assert (raised.value.node, raised.value.timestamp) == ("NumberCalculator", 1)


def test_a_simulated_run_checks_too() -> None:
    run = simulate(Graph(load(CHAIN)), {}, seed=1)
    assert str(run.error) == MESSAGE


def test_payloads_of_the_right_type_run_through() -> None:
    graph, seen = Graph(load(CHAIN.replace("two", "2"))), list[Any]()
    graph.observe("c", lambda packet: seen.append(packet.value))
    graph.start(threads=INLINE)
    graph.wait_until_done()
    assert seen == [2, 3]


def test_only_what_could_not_be_checked_before_is_marked() -> None:
    plan = load(
        CHAIN
        + """
  - {calculator: NumberCalculator, name: typed, input_stream: [c, "MORE:a"], output_stream: d}
"""
    )
    marks = {node.name: [each.checked_type for each in node.inputs] for node in plan.nodes}
    assert marks == {
        "SourceCalculator": [],
        "PassCalculator": [None],
        "NumberCalculator": [int],
        "typed": [None, int],
    }


def test_a_node_without_marks_is_called_directly() -> None:
    plan = load(CHAIN)
    node = next(each for each in plan.nodes if each.name == "PassCalculator")
    calculator = PassCalculator(NoOptions())
    calls = checked_calls(plan, node, calculator)
    assert calls == (calculator.open, calculator.process, calculator.close)


INPUTS = """
input_stream: [number, mixed, free]
output_stream: [out]
node:
  - {calculator: NumberCalculator, input_stream: number, output_stream: out}
  - {calculator: NumberCalculator, input_stream: mixed, output_stream: other}
  - {calculator: TextCalculator, input_stream: mixed}
  - {calculator: PassCalculator, input_stream: [number, "FREE:free"], output_stream: [a, "FREE:b"]}
  - {calculator: NumberCalculator, input_stream: a, output_stream: c}
"""


def test_a_wrong_payload_for_a_graph_input_raises_in_the_caller() -> None:
    graph = Graph(load(INPUTS))
    graph.start(threads=INLINE)
    with pytest.raises(PayloadError, match=r'^stream "number": found str; expected int$'):
        graph.add_packet("number", "one", 0)
    graph.add_packet("number", 1, 0)
    graph.add_packet("free", "anything", 0)
    graph.close_inputs()
    graph.wait_until_done()


def test_readers_that_disagree_are_told_in_the_run() -> None:
    plan = load(INPUTS)
    assert [plan.streams[at].type for at in plan.inputs] == [int, Any, Any]
    graph = Graph(plan)
    graph.start(threads=INLINE)
    graph.add_packet("mixed", "text", 0)
    graph.close_inputs()
    with pytest.raises(CalculatorError, match=r'"mixed", a graph input\): found str; expected int'):
        graph.wait_until_done()


def test_what_a_graph_input_is_held_to_is_known_further_down() -> None:
    plan = load(INPUTS)
    assert plan.nodes[-1].inputs[0].checked_type is None
    assert plan.streams[plan.nodes[-1].inputs[0].stream].type is int


def test_a_made_side_packet_is_held_to_its_type() -> None:
    graph = Graph(
        load("input_stream: a\nnode: {calculator: LyingCalculator, input_stream: a, "
             "output_side_packet: s}")
    )  # fmt: skip
    graph.start(threads=INLINE)
    graph.add_packet("a", "text", 0)
    graph.close_inputs()
    with pytest.raises(CalculatorError, match="side output :0: found str; expected int, as the"):
        graph.wait_until_done()


@pytest.mark.parametrize(
    ("ports", "message"),
    [
        ({"outputs": [""], "side_outputs": []}, "output :0: found str; expected int"),
        ({"outputs": [], "side_outputs": [""]}, "side output :0: found str; expected int"),
        (
            {"inputs": ["", "OWN"], "outputs": ["OWN"], "side_outputs": []},
            "output OWN: found int; expected str, as the contract says",
        ),
    ],
)
def test_the_runner_holds_a_calculator_to_its_contract(
    calculator: Callable[..., CalculatorRunner], ports: dict[str, Any], message: str
) -> None:
    runner = calculator(LyingCalculator, **ports)
    with pytest.raises((CalculatorError, SeveralErrors), match=message):
        runner.run({"": [Packet("text", 1)]})


def test_the_runner_refuses_wrong_packets() -> None:
    with pytest.raises(PayloadError, match='stream "in :0": found str; expected int'):
        CalculatorRunner(NumberCalculator).run({"": [Packet("text", 1)]})


def test_a_contract_s_side_output_must_follow_something() -> None:
    with pytest.raises(ContractError, match='side output A has the type of input "B"'):
        Contract(side_outputs=(Port("A", same_as="B"),))
    Contract(side_inputs=(Port("B"),), side_outputs=(Port("A", same_as="B"),))
