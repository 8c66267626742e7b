"""BypassCalculator: what stands in for a part of the graph that is switched off."""

from __future__ import annotations

import re
from typing import Final

from pydantic import Field, field_validator

from graphflow import ANY_TAG, Calculator, Context, Contract, Options, Port, register
from graphflow.contract import port_name
from graphflow.errors import UsageError

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
        outputs=(Port(ANY_TAG, optional=True, doc="a chosen input's packets, or none"),),
        options=BypassOptions,
    )

    def open(self, context: Context) -> None:
        """Find the pairs of streams.

        Raises:
            UsageError: the options name a stream that is not connected, or don't pair up.
        """
        given, taken = self.options.pass_input_stream, self.options.pass_output_stream
        if len(given) != len(taken):
            raise UsageError(
                f"found {len(given)} pass_input_stream and {len(taken)} pass_output_stream; "
                "expected as many of both"
            )
        self._pairs = [
            (_key(source), _key(target)) for source, target in zip(given, taken, strict=True)
        ]
        for kind, ports, streams in (
            ("input", context.inputs, given),
            ("output", context.outputs, taken),
        ):
            for stream in streams:
                if ports.get(*_key(stream)) is None:
                    found = ", ".join(port_name(each.tag, each.index) for each in ports) or "none"
                    raise UsageError(
                        f'pass_{kind}_stream: found "{stream}"; connected are: {found}'
                    )

    def process(self, context: Context) -> None:
        """Pass the packets of one time."""
        for source, target in self._pairs:
            packet = context.inputs[source].packet
            if packet is not None:
                context.outputs[target].add(packet)
