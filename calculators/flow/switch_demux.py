"""SwitchDemuxCalculator: streams that go to one of several channels, as selected.

Theory. Each input is read by itself, so that no stream waits for another one, and what can't be
sent on yet waits here:

* a packet goes to the channel that is selected at its time, once the selection is settled there.
* on every channel a time is settled once both input and selection are: the packet there is known,
  and whose it is.

What waits is kept here without a limit: the queues before this node don't fill, so they throttle
nobody. Where the selection may lag far behind the data, the default policy (`synchronize_io` of a
SwitchContainer) leaves it in the queues.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from calculators.flow.switch_channels import Key, by_channel, channel_count
from calculators.flow.switch_selection import (
    SELECTION_TAGS,
    Selection,
    SelectionOptions,
    check_selection,
    switch_contract,
)
from graphflow import ANY_TAG, Calculator, Context, Contract, NodeShape, Packet, Port, register
from graphflow.nodes.context import Input, Output, Ports
from graphflow.nodes.contract import port_name
from graphflow.nodes.node_shape import ConnectedPorts
from graphflow.words.errors import ContractError
from graphflow.words.timestamp import DONE, MAX, PRESTREAM, UNSTARTED


@register
class SwitchDemuxCalculator(Calculator[SelectionOptions]):
    """Send each packet to the channel that is selected at its time.

    Timing: each input is read by itself. A packet at T waits until the selection is settled at T;
    the latest one at or before T holds, and before the first one the options' (channel 0). T is
    then settled on all channels. An input that is over closes its outputs.

    Ports: SELECT (int) or ENABLE (bool, for channel 0 or 1), as stream or side packet, not both;
    data streams TAG:i, which go to C0__TAG:i, C1__TAG:i and so on. Headers and side packets go to
    all channels, as nodes wait for them before they open.

    Options: select or enable (channel 0): the channel where no side packet names one, until the
    selection stream does.

    Example:
        ```yaml
        input_stream: [is_fine, image]
        output_stream: [coarse_image, fine_image]
        node:
          - calculator: SwitchDemuxCalculator
            input_stream: ["ENABLE:is_fine", "IMAGE:image"]
            output_stream: ["C0__IMAGE:coarse_image", "C1__IMAGE:fine_image"]
        ```

    Source: MediaPipe, framework/tool/switch_demux_calculator.cc. There a new selection can erase
        the one that a late packet needs.
    """

    contract = switch_contract(
        (
            [Port(ANY_TAG, optional=True, doc="what the channels take")],
            [Port(ANY_TAG, optional=True, free=True, doc="inputs, on the selected channel")],
        ),
        (
            [Port(ANY_TAG, optional=True, doc="what the channels take")],
            [Port(ANY_TAG, optional=True, free=True, doc="side inputs, on all channels")],
        ),
    )

    @classmethod
    def contract_for(cls, node: NodeShape[SelectionOptions]) -> Contract:
        """Give each output its input's type.

        Raises:
            ContractError: an output is of no channel, or of none of the inputs.
        """
        check_selection(node, cls.__name__)
        if not (len(node.outputs) or len(node.side_outputs)):
            raise ContractError("found no outputs; expected those of channels, as C0__TAG")
        return switch_contract(
            _ports(node.inputs, node.outputs), _ports(node.side_inputs, node.side_outputs)
        )

    def open(self, context: Context) -> None:
        """Give headers and side packets to all channels; start with nothing waiting."""
        streams = by_channel((each.tag, each.index) for each in context.outputs)
        sides = by_channel(context.side_outputs)
        channels = channel_count((*streams.values(), *sides.values()))
        self._selection = Selection(context, self.options, channels)
        self._relays = [
            _Relay((each.tag, each.index), streams.get((each.tag, each.index), {}))
            for each in context.inputs
            if each.tag not in SELECTION_TAGS
        ]
        for key, ends in streams.items():
            header = context.inputs[key].header
            for end in ends.values():
                if header is not None:
                    context.outputs[end].set_header(header)
        for key, ends in sides.items():
            for end in ends.values():
                context.side_outputs[end] = context.side_inputs[key]

    def process(self, context: Context) -> None:
        """Take what is new, and send on what is settled."""
        self._selection.take(context)
        for relay in self._relays:
            given = context.inputs[relay.key]
            relay.take(given)
            relay.send(self._selection, given, context.outputs)
        self._selection.forget(min((each.position for each in self._relays), default=DONE))


class _Relay:
    """One input on its way to the channels.

    Attributes:
        key: the input.
        position: the lowest time that was not sent on.
    """

    def __init__(self, key: Key, ends: Mapping[int, Key]) -> None:
        self.key = key
        self.position: int = PRESTREAM
        self._ends = ends
        self._waiting: deque[Packet] = deque()
        self._settled: int = UNSTARTED

    def take(self, given: Input) -> None:
        """Take what the input brings."""
        if given.packet is not None:
            self._waiting.append(given.packet)
        self._settled = DONE if given.settled >= MAX else given.settled

    def send(self, selection: Selection, given: Input, outputs: Ports[Output]) -> None:
        """Send packets to the channels of their times, and settle these times everywhere."""
        while self._waiting and self._waiting[0].timestamp <= selection.settled:
            packet = self._waiting.popleft()
            channel, _ = selection.span(packet.timestamp)
            if channel in self._ends:
                outputs[self._ends[channel]].add(packet)
            else:
                given.leave_out("its channel does not take it")
        settled = min(selection.settled, self._settled)
        self.position = max(self.position, settled + 1)
        for end in self._ends.values():
            if settled == DONE:
                outputs[end].close()
            else:
                outputs[end].advance(self.position)


def _ports(inputs: ConnectedPorts, outputs: ConnectedPorts) -> tuple[list[Port], list[Port]]:
    """Return the ports for the data of one node, streams or side packets."""
    taken = [tag for tag in inputs.tags if tag not in SELECTION_TAGS]
    given: dict[str, Port] = {}
    for (tag, index), ends in by_channel(outputs).items():
        if (tag, index) not in inputs or tag in SELECTION_TAGS:
            found = ", ".join(port_name(*end) for end in ends.values())
            raise ContractError(f"found {found}, but no input {port_name(tag, index)}")
        for end, _ in ends.values():
            given[end] = Port(end, same_as=tag, repeated=True)
    return [Port(tag, repeated=True) for tag in taken], list(given.values())
