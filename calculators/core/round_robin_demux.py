"""RoundRobinDemuxCalculator: deal packets out to several branches of the graph in turn."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class RoundRobinDemuxCalculator(Calculator[NoOptions]):
    """Deal packets out to several outputs in turn, so that slow work on them runs side by side.

    Timing: each packet goes to one output at its own time; the time is settled on the others.

    Ports: one input; OUTPUT, the branches; SELECT, which branch a packet went to, from 0, for the
    MuxCalculator that joins them.

    Options: none.

    Example:
        ```yaml
        input_stream: [image]
        output_stream: [result]
        node:
          - calculator: RoundRobinDemuxCalculator
            input_stream: ["image"]
            output_stream: ["OUTPUT:0:image_0", "OUTPUT:1:image_1", "SELECT:branch"]
          - calculator: PassThroughCalculator
            input_stream: ["image_0"]
            output_stream: ["result_0"]
          - calculator: PassThroughCalculator
            input_stream: ["image_1"]
            output_stream: ["result_1"]
          - calculator: MuxCalculator
            input_stream: ["INPUT:0:result_0", "INPUT:1:result_1", "SELECT:branch"]
            output_stream: ["OUTPUT:result"]
        ```

    Source: MediaPipe, calculators/core/round_robin_demux_calculator.cc. There the other branches
        are not settled, so that only a Mux with its own input policy can join them.
    """

    contract = Contract(
        inputs=(Port("", doc="packets to deal out"),),
        outputs=(
            Port("OUTPUT", repeated=True, same_as="", doc="one branch's packets"),
            Port("SELECT", int, optional=True, doc="the branch of each packet, from 0"),
        ),
        reads_headers=True,
    )

    def open(self, context: Context) -> None:
        """Give every branch the header, and start with the first."""
        header = context.inputs[0].header
        if header is not None:
            for branch in context.outputs.tagged("OUTPUT"):
                branch.set_header(header)
        self._branch = 0

    def process(self, context: Context) -> None:
        """Deal one packet out."""
        packet = context.inputs[0].packet
        if packet is None:
            return
        branches = context.outputs.tagged("OUTPUT")
        branches[self._branch].add(packet)
        if (select := context.outputs.get("SELECT")) is not None:
            select.emit(self._branch)
        self._branch = (self._branch + 1) % len(branches)
