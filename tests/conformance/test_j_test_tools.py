"""J. Test tools, errors, profile."""

from __future__ import annotations

import pytest

from graphflow import Calculator, Context, Contract, Packet, Port
from graphflow.errors import CalculatorError, ContractError
from graphflow.graph import INLINE
from graphflow.options import NoOptions
from graphflow.testing import CalculatorRunner
from tests.conformance.kit import Fail, finish, load


class TwoOfA(Calculator[NoOptions]):
    """Counts what it is given."""

    contract = Contract(inputs=(Port("A", repeated=True), Port("B")), outputs=(Port("OUT", int),))

    def process(self, context: Context) -> None:
        context.outputs["OUT"].emit(sum(not each.is_empty for each in context.inputs))


TWO = """
    input_stream: [foo, bar]
    node:
      - {calculator: Pass, input_stream: [foo, bar], output_stream: [foo_out, bar_out]}
    """


def test_259_a_runner_can_be_run_again_with_new_inputs() -> None:
    runner = CalculatorRunner(TwoOfA, inputs=["A", "B"])
    for count in range(3):
        given = [Packet(each, each) for each in range(count)]
        outputs = runner.run({"A": given, "B": given})
        assert outputs["OUT"].values == [2] * count


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (["A", "B:1"], "input B can be connected only once"),
        (["A", "C"], "the contract declares no input C"),
        (["A:1"], "required input B is not connected"),
    ],
)
def test_261_connections_that_the_contract_has_not_are_named(inputs: list[str], words: str) -> None:
    with pytest.raises(ContractError, match=words):
        CalculatorRunner(TwoOfA, inputs=inputs).run()


def test_263_several_streams_are_read_together_once_for_each_time() -> None:
    graph = load(TWO)
    outcomes = graph.outcomes("foo_out", "bar_out")
    graph.start(threads=1)
    for value, time in ((10, 1), (7, 2), (4, 3)):
        graph.add_packet("foo", value, time)
    for value, time in ((5, 1), (5, 3)):
        graph.add_packet("bar", value, time)
    finish(graph)
    found = list(outcomes)
    assert [each.timestamp for each in found] == [1, 2, 3]
    assert [each.get("foo_out", 0) + each.get("bar_out", 0) for each in found] == [15, 7, 9]
    assert [each.empty for each in found] == [(), ("bar_out",), ()]


def test_269_what_is_said_before_an_error_keeps_its_kind() -> None:
    with pytest.raises(CalculatorError, match="failed in process at 5 µs: ValueError: x") as caught:
        CalculatorRunner(Fail, inputs=[""], options={"words": "x"}).run({"": [Packet(1, 5)]})
    assert isinstance(caught.value.cause, ValueError)
    assert caught.value.__cause__ is caught.value.cause


def test_271_the_time_in_process_is_kept_for_each_node() -> None:
    graph = load(TWO)
    graph.start(threads=INLINE)
    graph.add_packet("foo", 1, 1)
    finish(graph)
    (node,) = graph.node_times()
    assert (node.node, node.calls) == ("Pass", 1)
    assert node.busy_seconds > 0
