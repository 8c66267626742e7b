"""StreamToSidePacketCalculator."""

from __future__ import annotations

import pytest

from calculators.core.stream_to_side_packet import StreamToSidePacketCalculator
from graphflow import Graph, GraphflowError, Packet
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import UsageError

ROUND_TRIP = """
input_stream: [in]
output_stream: [out]
node:
  - {calculator: StreamToSidePacketCalculator, input_stream: [in], output_side_packet: [side]}
  - calculator: SidePacketToStreamCalculator
    input_side_packet: [side]
    output_stream: ["AT_ZERO:out"]
"""


def test_one_packet_becomes_the_side_packet() -> None:
    # behaviour 255
    outputs = CalculatorRunner(StreamToSidePacketCalculator).run({"": [Packet("a", 42)]})
    assert outputs.side[":0"] == "a"


def test_no_packet_makes_no_side_packet() -> None:
    # behaviour 255
    graph = Graph.from_text(
        "input_stream: [in]\noutput_side_packet: [side]\nnode:\n"
        "  - calculator: StreamToSidePacketCalculator\n"
        "    input_stream: [in]\n    output_side_packet: [side]\n"
    )
    graph.run()
    with pytest.raises(UsageError, match="side"):
        graph.side_packet("side")


def test_a_second_packet_is_refused() -> None:
    # behaviour 255
    with pytest.raises(GraphflowError, match="found a second packet; expected exactly one"):
        CalculatorRunner(StreamToSidePacketCalculator).run({"": [Packet("a", 1), Packet("b", 2)]})


def test_nodes_that_need_the_side_packet_open_when_it_is_there() -> None:
    graph = Graph.from_text(ROUND_TRIP)
    got: list[tuple[int, object]] = []
    graph.observe("out", lambda packet: got.append((packet.timestamp, packet.value)))
    graph.start()
    graph.add_packet("in", "a", 42)
    graph.close_inputs()
    graph.wait_until_done()
    assert got == [(0, "a")]
