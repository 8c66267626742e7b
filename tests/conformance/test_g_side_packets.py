"""G. Side packets."""

from __future__ import annotations

import pytest

from graphflow import Calculator, Context, Contract, Port
from graphflow.errors import UsageError
from graphflow.options import NoOptions
from graphflow.simulation import explore
from graphflow.timestamp import POSTSTREAM
from tests.conformance.kit import finish, load, nodes, started


@nodes.register
class AddSides(Calculator[NoOptions]):
    """A node without streams: the sum of its side packets, as another one."""

    contract = Contract(side_inputs=(Port("", int, repeated=True),), side_outputs=(Port("", int),))

    def open(self, context: Context) -> None:
        given = context.side_inputs
        context.side_outputs[""] = sum(given["", index] for index in given.indexes(""))


@nodes.register
class MakeObject(Calculator[NoOptions]):
    """A node without streams that makes a new object."""

    contract = Contract(side_inputs=(Port("", optional=True),), side_outputs=(Port("", object),))

    def open(self, context: Context) -> None:
        context.side_outputs[""] = object()


@nodes.register
class CountAll(Calculator[NoOptions]):
    """How many packets came, as a side packet, made at the first."""

    contract = Contract(inputs=(Port(""),), side_outputs=(Port("", int),))

    def process(self, context: Context) -> None:
        context.side_outputs[""] = context.inputs[0].value


CHAIN = """
    input_side_packet: [one]
    output_stream: [out]
    node:
      - calculator: SidePacketToStreamCalculator
        input_side_packet: [three]
        output_stream: ["AT_POSTSTREAM:out"]
      - {calculator: AddSides, input_side_packet: [two, one], output_side_packet: [three]}
      - {calculator: AddSides, input_side_packet: [one, one], output_side_packet: [two]}
    """

MIXED = """
    input_stream: [in]
    input_side_packet: [one]
    node:
      - {calculator: AddSides, input_side_packet: [one, one], output_side_packet: [two]}
      - {calculator: CountAll, input_stream: [in], output_side_packet: [first]}
    """


def test_163_nodes_without_streams_make_side_packets_in_any_order() -> None:
    run = explore(load(CHAIN), side_packets={"one": 1}, seeds=range(30))
    assert (run.timestamps("out"), run.values("out")) == ([POSTSTREAM], [3])


def test_165_side_packets_can_be_read_when_they_are_made_and_after_the_run() -> None:
    graph = load(MIXED)
    with pytest.raises(UsageError, match="the graph was not started"):
        graph.side_packet("two")
    started(graph, {"one": 1})
    assert graph.side_packet("two") == 2
    with pytest.raises(UsageError, match='side packet "first" is not there'):
        graph.side_packet("first")
    with pytest.raises(UsageError, match='side packet "unknown" is not there'):
        graph.side_packet("unknown")
    graph.add_packet("in", 7, 1)
    assert graph.side_packet("first") == 7
    finish(graph)
    assert [graph.side_packet(name) for name in ("two", "first")] == [2, 7]


@pytest.mark.xfail(strict=True, reason="side packets are not kept between runs yet")
def test_167_a_node_without_streams_is_not_opened_again_for_the_same_side_packets() -> None:
    graph = load("""
        input_side_packet: [given]
        node:
          - {calculator: MakeObject, input_side_packet: [given], output_side_packet: [made]}
        """)
    made = []
    for _ in range(3):
        graph.run({"given": "the same"}, threads=0)
        made.append(graph.side_packet("made"))
    assert made[0] is made[1] is made[2]
