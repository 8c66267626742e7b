"""Which channel of a switch holds at which time.

Theory. A selection holds from its own time until the next one's. So the channel of a time is known
once the selection stream is settled there, and not before; a channel fixed by side packet or
option is known for all times. The history keeps what some stream may still ask for: a newer
selection takes nothing away from older packets that come late.

Invariants, between calls:

* times in `_changes` rise, and neighbours name different channels.
* the first of `_changes` holds at every time that may still be asked for before the second.

Source: MediaPipe, framework/tool/container_util.cc and switch_demux_calculator.cc. There the
history forgets by the newest selection, and so loses what a slow stream needs.
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from pydantic import Field, model_validator

from graphflow import Context, Contract, NodeShape, Options, Port
from graphflow.nodes.context import Input
from graphflow.nodes.contract import port_name
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.words.errors import ContractError, UsageError
from graphflow.words.timestamp import DONE, MAX, UNSET, UNSTARTED

SELECT, ENABLE = "SELECT", "ENABLE"

SELECTION_TAGS: Final = (SELECT, ENABLE)

INPUTS: Final = (
    Port(SELECT, int, optional=True, doc="number of the channel from this time on"),
    Port(ENABLE, bool, optional=True, doc="channel 1 from this time on if true, 0 if false"),
)
SIDE_INPUTS: Final = (
    Port(SELECT, int, optional=True, doc="number of the channel for the whole run"),
    Port(ENABLE, bool, optional=True, doc="channel 1 for the whole run if true, 0 if false"),
)


class SelectionOptions(Options):
    """Which channel holds where no side packet says it, and before the first packet that does."""

    select: int | None = Field(None, ge=0, description="number of the channel")
    enable: bool | None = Field(None, description="channel 1 if true, channel 0 if false")

    @model_validator(mode="after")
    def _check(self) -> SelectionOptions:
        if self.select is not None and self.enable is not None:
            raise ValueError("only one of the options select and enable can be given")
        return self

    @property
    def channel(self) -> int:
        """The channel that the options name, or 0."""
        return int(self.enable) if self.select is None and self.enable else self.select or 0


Ports = tuple[Sequence[Port], Sequence[Port]]
"""Inputs and outputs of a node beside the selection: streams, or side packets."""


def switch_contract(streams: Ports, side_packets: Ports) -> Contract:
    """Return the contract of a node that switches, with the selection's ports added."""
    inputs, outputs = streams
    side_inputs, side_outputs = side_packets
    return Contract(
        inputs=(*INPUTS, *inputs),
        outputs=outputs,
        side_inputs=(*SIDE_INPUTS, *side_inputs),
        side_outputs=side_outputs,
        options=SelectionOptions,
        timestamp_offset=None,
        process_timestamps=True,
        input_policy=ImmediatePolicy(),
        reads_headers=True,
        varies_with="",
    )


def check_selection(node: NodeShape[Any], switch: str) -> None:
    """Refuse a switch that is told the channel twice.

    Raises:
        ContractError: more than one of SELECT and ENABLE is connected, as stream or side packet.
    """
    found = [f"stream {tag}" for tag in SELECTION_TAGS if tag in node.inputs]
    found += [f"side packet {tag}" for tag in SELECTION_TAGS if tag in node.side_inputs]
    if len(found) > 1:
        raise ContractError(
            f"Only one of {switch} inputs SELECT and ENABLE can be connected; "
            f"found {' and '.join(found)}"
        )


def check_side_outputs(node: NodeShape[Any]) -> None:
    """Refuse side outputs that would depend on a stream: they are made before it begins.

    Raises:
        ContractError: there are some.
    """
    if len(node.side_outputs) and any(tag in node.inputs for tag in SELECTION_TAGS):
        raise ContractError(
            f"found side outputs {node.side_outputs} and a selection that may change; "
            "expected SELECT or ENABLE as a side packet, or the option select or enable"
        )


class _Change(NamedTuple):
    """A channel, and the time from which it holds."""

    time: int
    channel: int


class Selection:
    """The channels that hold at the times that may still be asked for.

    Attributes:
        first: the channel that holds before the selection stream says anything.
        settled: the newest time whose channel is known; DONE if all are.
    """

    def __init__(self, context: Context, options: SelectionOptions, channels: int) -> None:
        """Begin with the side packet's channel, else the options', else 0.

        Raises:
            UsageError: there is no such channel.
        """
        self._channels = channels
        self._tag = next((tag for tag in SELECTION_TAGS if tag in context.inputs), None)
        self.settled: int = DONE if self._tag is None else UNSTARTED
        start = options.channel
        for tag in SELECTION_TAGS:
            if tag in context.side_inputs:
                start = self._number(tag, context.side_inputs[tag])
        self.first = self._checked(start)
        self._changes = deque([_Change(UNSET, self.first)])

    def take(self, context: Context) -> None:
        """Take what the selection stream brings.

        Raises:
            UsageError: it selects a channel that does not exist.
        """
        if self._tag is None:
            return
        given: Input = context.inputs[self._tag]
        if given.packet is not None:
            channel = self._checked(self._number(self._tag, given.packet.value))
            if channel != self._changes[-1].channel:
                self._changes.append(_Change(given.packet.timestamp, channel))
        self.settled = DONE if given.settled >= MAX else given.settled

    def span(self, time: int) -> tuple[int, int]:
        """Return the channel at a time, and the last settled time until which it holds.

        Args:
            time: settled, and not forgotten.
        """
        channel = self._changes[0].channel
        for change in self._changes:
            if change.time > time:
                return channel, change.time - 1
            channel = change.channel
        return channel, self.settled

    def forget(self, time: int) -> None:
        """Forget what nobody asks for who asks only for `time` and later times."""
        while len(self._changes) > 1 and self._changes[1].time <= time:
            self._changes.popleft()

    def _number(self, tag: str, value: object) -> int:
        if tag == ENABLE:
            return int(bool(value))
        try:
            return operator.index(value)  # type: ignore[arg-type]
        except TypeError:
            raise UsageError(f"{port_name(tag)}: found {value!r}; expected an integer") from None

    def _checked(self, channel: int) -> int:
        if not 0 <= channel < self._channels:
            raise UsageError(
                f"channel {channel} is selected; the switch has channels 0 to {self._channels - 1}"
            )
        return channel
