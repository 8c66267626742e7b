"""SwitchMuxCalculator: the streams of several channels joined into one, as selected.

Theory. An output follows the selected channel from interval to interval. It is at a *position*,
the lowest time that it has not settled. There it waits, first for the selection, then for the
channel that holds; what that channel brings within its interval passes, and when the channel is
settled to the end of the interval, the next interval begins. So the order of the output is kept
whichever channel is slow.

Invariants, between calls:

* what waits of a channel is not older than the position: the rest was not selected, or came after
  its channel's interval, and is gone.
* at the position, selection or selected channel are not settled.

What waits is kept here without a limit, as in SwitchDemuxCalculator.
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
    check_side_outputs,
    switch_contract,
)
from graphflow import ANY_TAG, Calculator, Context, Contract, NodeShape, Packet, Port, register
from graphflow.nodes.context import Input, Output, Ports
from graphflow.nodes.contract import port_name
from graphflow.nodes.node_shape import ConnectedPorts
from graphflow.words.errors import ContractError
from graphflow.words.timestamp import DONE, MAX, PRESTREAM, UNSTARTED


@register
class SwitchMuxCalculator(Calculator[SelectionOptions]):
    """Pass the packets of the channel that is selected at their time.

    Timing: each input is read by itself. A time T passes once the selection is settled at T, and
    the channel that it names; the latest one at or before T holds, and before the first one the
    options' (channel 0). What a channel brings for a time when it is not selected is dropped, so
    only the selected channel is waited for.

    Ports: SELECT (int) or ENABLE (bool, for channel 0 or 1), as stream or side packet, not both;
    C0__TAG:i, C1__TAG:i and so on, which go to the output TAG:i. Headers and
    side packets are those of the channel that is selected when the run begins.

    Options: select or enable (channel 0): the channel where no side packet names one, until the
    selection stream does.

    Example:
        ```yaml
        input_stream: [is_fine, coarse_landmarks, fine_landmarks]
        output_stream: [landmarks]
        node:
          - calculator: SwitchMuxCalculator
            input_stream:
              - "ENABLE:is_fine"
              - "C0__LANDMARKS:coarse_landmarks"
              - "C1__LANDMARKS:fine_landmarks"
            output_stream: ["LANDMARKS:landmarks"]
        ```

    Source: MediaPipe, framework/tool/switch_mux_calculator.cc
    """

    contract = switch_contract(
        (
            [Port(ANY_TAG, optional=True, doc="what the channels bring")],
            [Port(ANY_TAG, optional=True, free=True, doc="the selected channel's packets")],
        ),
        (
            [Port(ANY_TAG, optional=True, doc="what the channels bring")],
            [Port(ANY_TAG, optional=True, free=True, doc="the selected channel's")],
        ),
    )

    @classmethod
    def contract_for(cls, node: NodeShape[SelectionOptions]) -> Contract:
        """Give each output the type that its channels agree about.

        Raises:
            ContractError: an input is of no channel, an output has no channels, or side packets
                would depend on a stream.
        """
        check_selection(node, cls.__name__)
        check_side_outputs(node)
        return switch_contract(
            _ports(node.inputs, node.outputs), _ports(node.side_inputs, node.side_outputs)
        )

    def open(self, context: Context) -> None:
        """Pass headers and side packets of the selected channel; start at the beginning."""
        streams = by_channel(
            (each.tag, each.index) for each in context.inputs if each.tag not in SELECTION_TAGS
        )
        sides = by_channel(key for key in context.side_inputs if key[0] not in SELECTION_TAGS)
        channels = channel_count((*streams.values(), *sides.values()))
        self._selection = Selection(context, self.options, channels)
        self._joins = [
            _Join((each.tag, each.index), streams[each.tag, each.index]) for each in context.outputs
        ]
        for output in context.outputs:
            end = streams[output.tag, output.index].get(self._selection.first)
            header = None if end is None else context.inputs[end].header
            if header is not None:
                output.set_header(header)
        for key in context.side_outputs:
            source = sides[key].get(self._selection.first)
            if source is not None:
                context.side_outputs[key] = context.side_inputs[source]

    def process(self, context: Context) -> None:
        """Take what is new, and pass what is settled."""
        self._selection.take(context)
        for join in self._joins:
            join.take(context.inputs)
            join.send(self._selection, context.inputs, context.outputs[join.key])
        self._selection.forget(min((each.position for each in self._joins), default=DONE))


class _Channel:
    """One channel's stream for an output: what it brought, and how far it is settled.

    Attributes:
        unselected: packets dropped and not told yet.
    """

    def __init__(self, key: Key) -> None:
        self.key = key
        self.unselected = 0
        self.waiting: deque[Packet] = deque()
        self.settled: int = UNSTARTED

    def take(self, given: Input) -> None:
        """Take what the stream brings."""
        if given.packet is not None:
            self.waiting.append(given.packet)
        self.settled = DONE if given.settled >= MAX else given.settled

    def drop_before(self, time: int) -> None:
        """Drop what is older."""
        while self.waiting and self.waiting[0].timestamp < time:
            self.waiting.popleft()
            self.unselected += 1

    def tell(self, given: Input) -> None:
        """Tell the ledger what was dropped."""
        if self.unselected:
            given.leave_out("its channel is not selected", self.unselected)
            self.unselected = 0


class _Join:
    """One output and its channels.

    Attributes:
        key: the output.
        position: the lowest time that is not settled there.
    """

    def __init__(self, key: Key, ends: Mapping[int, Key]) -> None:
        self.key = key
        self.position: int = PRESTREAM
        self._channels = {channel: _Channel(end) for channel, end in ends.items()}

    def take(self, inputs: Ports[Input]) -> None:
        """Take what the channels bring."""
        for channel in self._channels.values():
            channel.take(inputs[channel.key])

    def send(self, selection: Selection, inputs: Ports[Input], output: Output) -> None:
        """Pass what is settled, interval after interval."""
        while self.position <= selection.settled:
            number, last = selection.span(self.position)
            channel = self._channels.get(number)
            settled = last if channel is None else min(channel.settled, last)
            if channel is not None:
                channel.drop_before(self.position)
                while channel.waiting and channel.waiting[0].timestamp <= settled:
                    output.add(channel.waiting.popleft())
            self.position = max(self.position, settled + 1)
            if settled < last:
                break
        for channel in self._channels.values():
            channel.drop_before(self.position)
            channel.tell(inputs[channel.key])
        if self.position > DONE:
            output.close()
        else:
            output.advance(self.position)


def _ports(inputs: ConnectedPorts, outputs: ConnectedPorts) -> tuple[list[Port], list[Port]]:
    """Return the ports for the data of one node, streams or side packets."""
    channels = by_channel(key for key in inputs if key[0] not in SELECTION_TAGS)
    first: dict[str, str] = {}
    taken: dict[str, Port] = {}
    for (tag, _), ends in channels.items():
        for end, _ in ends.values():
            same_as = first.setdefault(tag, end)
            taken.setdefault(
                end, Port(end, same_as=same_as if same_as != end else None, repeated=True)
            )
    for key in outputs:
        if key not in channels:
            raise ContractError(
                f"found output {port_name(*key)}, but no input of a channel for it, "
                f"as {port_name('C0__' + key[0], key[1])}"
            )
    return list(taken.values()), [
        Port(tag, same_as=first[tag], repeated=True) for tag in outputs.tags
    ]
