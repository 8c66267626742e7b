"""A contract for each node: it may see options and connections, and refuse them."""

from __future__ import annotations

from typing import Any

import pytest

from graphflow import ANY_TAG, Calculator, Context, Contract, NodeShape, Options, Packet, Port
from graphflow.loading import plan_from_text
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.nodes.registry import Registry
from graphflow.plan import NodePlan
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import ConfigError, ContractError


class TakeOptions(Options):
    count: int = 1
    delay: int = 0
    at_once: bool = False


class TakeCalculator(Calculator[TakeOptions]):
    contract = Contract(
        inputs=(Port("", repeated=True), Port("TICK", optional=True)),
        outputs=(Port("", optional=True, repeated=True),),
        options=TakeOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[TakeOptions]) -> Contract:
        count, options = len(node.outputs), node.options
        if count != options.count:
            raise ContractError(f"found {count} outputs; expected {options.count}, as count says")
        return Contract(
            inputs=(Port("", int if options.at_once else Any, repeated=True),),
            outputs=(Port("", str, optional=True, repeated=True),),
            timestamp_offset=options.delay,
            process_timestamps=options.at_once,
            input_policy=ImmediatePolicy(),
        )

    def process(self, context: Context) -> None:
        """Emit nothing."""


class FreeCalculator(Calculator[Any]):
    """Has outputs of any tag that are no input's."""

    contract = Contract(inputs=(Port(ANY_TAG),), outputs=(Port(ANY_TAG, free=True),))

    def process(self, context: Context) -> None:
        """Emit nothing."""


class ValueCalculator(Calculator[Any]):
    """Refuses every node with an ordinary error."""

    contract = Contract(inputs=(Port(""),))

    @classmethod
    def contract_for(cls, node: NodeShape[Any]) -> Contract:
        raise ValueError("never")

    def process(self, context: Context) -> None:
        """Emit nothing."""


@pytest.fixture
def registry() -> Registry:
    made = Registry()
    for each in (TakeCalculator, FreeCalculator, ValueCalculator):
        made.register(each)
    return made


def node_of(text: str, registry: Registry) -> NodePlan:
    (node,) = plan_from_text(text, registry=registry).nodes
    return node


def faults_of(text: str, registry: Registry) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        plan_from_text(text, registry=registry)
    return str(raised.value).splitlines()


GRAPH = """
input_stream: [a, tick]
node:
  - calculator: TakeCalculator
    input_stream: [a]
    output_stream: [b, c]
    options: {count: 2, delay: 5, at_once: true}
"""


def test_options_choose_offset_bounds_and_policy(registry: Registry) -> None:
    node = node_of(GRAPH, registry)
    assert (node.offset, node.process_timestamps) == (5, True)
    assert node.policy == ImmediatePolicy()


def test_types_are_those_of_the_node(registry: Registry) -> None:
    text = GRAPH + "  - {calculator: TakeCalculator, input_stream: [c], options: {count: 0}}\n"
    plan = plan_from_text(text, registry=registry)
    assert [stream.type for stream in plan.streams if stream.producer is not None] == [str, str]
    found = faults_of(text.replace("{count: 0}", "{count: 0, at_once: true}"), registry)
    assert found[0] == '<text>:8:49: type mismatch on stream "c"'


def test_a_refusal_is_a_fault_at_the_node_beside_all_others(registry: Registry) -> None:
    text = GRAPH.replace("count: 2", "count: 3").replace("[a]", "[a, NO:nothing]")
    assert faults_of(text, registry) == [
        '<text>:4:5: node "TakeCalculator": found 2 outputs; expected 3, as count says',
        '<text>:5:23: nothing produces stream "nothing"',
        '  hint: if it comes from outside, list it under the graph\'s "input_stream"',
        "<text>:5:23: TakeCalculator has no input NO",
        "  expected one without a tag or TICK",
        "3 faults",
    ]


def test_a_port_that_the_node_s_contract_leaves_out_is_refused(registry: Registry) -> None:
    found = faults_of(GRAPH.replace("[a]", "[a, TICK:tick]"), registry)
    assert found[0] == "<text>:5:23: TakeCalculator has no input TICK"


def test_a_value_error_will_do(registry: Registry) -> None:
    text = "input_stream: a\nnode: {calculator: ValueCalculator, input_stream: a}"
    assert 'node "ValueCalculator": never' in faults_of(text, registry)[0]


def test_a_node_whose_options_have_faults_is_not_shown(registry: Registry) -> None:
    found = faults_of(GRAPH.replace("count: 2", "count: two"), registry)
    assert len([each for each in found if each.startswith("<text>")]) == 1


def test_outputs_of_any_tag_may_mirror_nothing(registry: Registry) -> None:
    text = (
        "input_stream: a\nnode: {calculator: FreeCalculator, input_stream: a, output_stream: 'B:b'}"
    )
    assert node_of(text, registry).outputs[0].tag == "B"
    with pytest.raises(ContractError, match="mirrors inputs"):
        Contract(outputs=(Port(ANY_TAG),))
    Contract(outputs=(Port(ANY_TAG, free=True),))


def test_the_runner_asks_for_the_node_s_contract() -> None:
    runner = CalculatorRunner(TakeCalculator, outputs=["", ":1"], options={"count": 2, "delay": 5})
    with runner:
        runner.add("", 1, 0)
        assert runner.outputs[":1"].bound == 6
    with pytest.raises(ContractError, match="found 1 outputs; expected 2"):
        CalculatorRunner(TakeCalculator, outputs=[""], options={"count": 2}).run(
            {"": [Packet(1, 0)]}
        )
