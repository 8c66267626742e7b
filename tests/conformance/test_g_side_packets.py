"""G. Side packets and services."""

from __future__ import annotations

import pytest

from graphflow import Calculator, Context, Contract, Graph, Packet, Port, Service
from graphflow.nodes.options import NoOptions
from graphflow.testing.simulation import explore
from graphflow.words.errors import CalculatorError, UsageError
from graphflow.words.timestamp import POSTSTREAM
from tests.conformance.kit import finish, load, nodes, started, values, watch


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


DELTA = Service[int]("delta")
"""What is added besides."""


@nodes.register
class AddService(Calculator[NoOptions]):
    """The input, 5 and the service, if there is one."""

    contract = Contract(
        inputs=(Port("", int),), outputs=(Port("", int),), optional_services=(DELTA,)
    )

    def process(self, context: Context) -> None:
        context.outputs[0].emit(context.inputs[0].value + 5 + (context.find_service(DELTA) or 0))


@nodes.register
class CountAll(Calculator[NoOptions]):
    """How many packets came, as a side packet, made at the first."""

    contract = Contract(inputs=(Port(""),), side_outputs=(Port("", int),))

    def process(self, context: Context) -> None:
        context.side_outputs[""] = context.inputs[0].value


@nodes.register
class PassPacket(Calculator[NoOptions]):
    """The packet that came, time and all, as a side packet."""

    contract = Contract(inputs=(Port(""),), side_outputs=(Port(""),))

    def process(self, context: Context) -> None:
        context.side_outputs[""] = context.inputs[0].packet


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


def test_161_a_side_packet_has_no_time() -> None:
    graph = load("""
        input_stream: [in]
        node: {calculator: PassPacket, input_stream: in, output_side_packet: made}
        """)
    started(graph)
    graph.add_packet("in", "value", 237)
    with pytest.raises(CalculatorError, match='"made": found a packet at 237; expected its value'):
        finish(graph)


def test_161_no_packet_is_given_as_a_side_packet() -> None:
    with pytest.raises(UsageError, match='"one": found a packet at 237; expected its value'):
        load(CHAIN).start({"one": Packet(1, 237)})


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


def adding() -> Graph:
    return load("""
        input_stream: [in]
        node: [{calculator: AddService, input_stream: in, output_stream: out}]
        """)


def test_169_an_optional_service_is_used_where_it_is_given() -> None:
    for delta, expected in ((None, 8), (100, 108)):
        graph = adding()
        seen = watch(graph)
        if delta is not None:
            graph.set_service(DELTA, delta)
        started(graph).add_packet("in", 3, 0)
        assert values(seen) == [expected]
        finish(graph)


def test_171_a_service_that_is_replaced_counts_from_the_next_run_on() -> None:
    graph = adding()
    seen = watch(graph)
    graph.set_service(DELTA, 100)
    graph.set_service(DELTA, 200)
    started(graph).add_packet("in", 3, 0)
    graph.set_service(DELTA, 300)
    graph.add_packet("in", 3, 1)
    finish(graph)
    started(graph).add_packet("in", 3, 0)
    finish(graph)
    assert values(seen) == [208, 208, 308]
