"""BypassCalculator: what stands in for a part of the graph that is switched off."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pydantic import Field, field_validator

from graphflow import ANY_TAG, Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.nodes.node_shape import ConnectedPorts
from graphflow.words.errors import ContractError

PORT: Final = re.compile(r"(?P<tag>[A-Z_][A-Z0-9_]*)?(:(?P<index>0|[1-9][0-9]*))?")


class BypassOptions(Options):
    """Options of BypassCalculator."""

    pass_input_stream: tuple[str, ...] = Field(
        (), description='inputs that pass, as "TAG", "TAG:index" or ":index"'
    )
    pass_output_stream: tuple[str, ...] = Field(
        (), description="for each of them, the output to which it passes"
    )

    @field_validator("pass_input_stream", "pass_output_stream")
    @classmethod
    def _check(cls, streams: tuple[str, ...]) -> tuple[str, ...]:
        for each in streams:
            if not PORT.fullmatch(each):
                raise ValueError(f'found "{each}"; expected "TAG", "TAG:index" or ":index"')
        return streams


def _key(stream: str) -> tuple[str, int]:
    tag, _, index = stream.partition(":")
    return tag, int(index or 0)


def _typed_outputs(
    outputs: ConnectedPorts, given: Sequence[str], taken: Sequence[str]
) -> tuple[Port, ...]:
    """Return a port for each output tag: of an input tag's type if that passes there throughout."""
    sources: dict[str, set[str | None]] = {tag: set() for tag in outputs.tags}
    for source, target in zip(map(_key, given), map(_key, taken), strict=True):
        sources[target[0]].add(source[0] if source[1] == target[1] else None)
    return tuple(
        Port(tag, repeated=True, same_as=tags.pop() if len(tags) == 1 else None)
        for tag, tags in sources.items()
    )


@register
class BypassCalculator(Calculator[BypassOptions]):
    """Pass chosen streams, and settle the other outputs without packets.

    Timing: at each time, once all inputs are settled there: packets of chosen inputs pass, and the
    time is settled on every output.

    Ports: any inputs, any outputs.

    Options: pass_input_stream and pass_output_stream (none): the pairs of streams that pass.

    Example:
        ```yaml
        input_stream: [landmarks, image]
        output_stream: [smoothed_landmarks]
        node:
          - calculator: BypassCalculator
            input_stream: ["LANDMARKS:landmarks", "IMAGE:image"]
            output_stream: ["LANDMARKS:smoothed_landmarks"]
            options:
              pass_input_stream: [LANDMARKS]
              pass_output_stream: [LANDMARKS]
        ```

    Source: MediaPipe, calculators/core/bypass_calculator.cc
    """

    contract = Contract(
        inputs=(Port(ANY_TAG, optional=True, doc="any streams"),),
        outputs=(Port(ANY_TAG, optional=True, free=True, doc="a chosen input's packets, or none"),),
        options=BypassOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[BypassOptions]) -> Contract:
        """Say which outputs have the type of an input.

        Raises:
            ContractError: the options name a stream that is not connected, or don't pair up.
        """
        given, taken = node.options.pass_input_stream, node.options.pass_output_stream
        if len(given) != len(taken):
            raise ContractError(
                f"found {len(given)} pass_input_stream and {len(taken)} pass_output_stream; "
                "expected as many of both"
            )
        for kind, connected, streams in (
            ("input", node.inputs, given),
            ("output", node.outputs, taken),
        ):
            for stream in streams:
                if _key(stream) not in connected:
                    raise ContractError(
                        f'pass_{kind}_stream: found "{stream}"; connected are: {connected}'
                    )
        return replace(cls.contract, outputs=_typed_outputs(node.outputs, given, taken))

    def open(self, context: Context) -> None:
        """Find the pairs of streams."""
        given, taken = self.options.pass_input_stream, self.options.pass_output_stream
        self._pairs = [
            (_key(source), _key(target)) for source, target in zip(given, taken, strict=True)
        ]
        passing = {source for source, _ in self._pairs}
        keys = [(each.tag, each.index) for each in context.inputs]
        self._blocked = [key for key in keys if key not in passing]

    def process(self, context: Context) -> None:
        """Pass the packets of one time."""
        for source, target in self._pairs:
            packet = context.inputs[source].packet
            if packet is not None:
                context.outputs[target].add(packet)
        for key in self._blocked:
            if not context.inputs[key].is_empty:
                context.inputs[key].leave_out("its stream does not pass")
