"""ConcatenateVectorCalculator: several collections as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import Field

from graphflow import Calculator, Context, Contract, Options, Port, register


class ConcatenateVectorOptions(Options):
    """Options of ConcatenateVectorCalculator."""

    only_emit_if_all_present: bool = Field(
        False, description="whether a time at which some input is empty gives nothing"
    )


@register
class ConcatenateVectorCalculator(Calculator[ConcatenateVectorOptions]):
    """Join the collections that several streams have at a time, one behind the other.

    Timing: at each time at which one of the inputs has a packet, once all are settled there.

    Ports: one or more inputs without tag; one output. If all payloads are arrays, they are joined
    along their first axis. Otherwise the output is a tuple: of lists and tuples the elements, of
    everything else the payload itself.

    Options: only_emit_if_all_present (false).

    Example:
        ```yaml
        input_stream: [body_landmarks, hand_landmarks]
        output_stream: [all_landmarks]
        node:
          - calculator: ConcatenateVectorCalculator
            input_stream: ["body_landmarks", "hand_landmarks"]
            output_stream: ["all_landmarks"]
            options: {only_emit_if_all_present: true}
        ```

    Source: MediaPipe, calculators/core/concatenate_vector_calculator.h, which is registered once
        for each type of element.
    """

    contract = Contract(
        inputs=(Port("", repeated=True, doc="collections, arrays or single elements"),),
        outputs=(Port("", doc="all of their elements, in the order of the inputs"),),
        options=ConcatenateVectorOptions,
    )

    def process(self, context: Context) -> None:
        """Join what is there."""
        inputs = context.inputs.tagged("")
        parts = [each.packet.value for each in inputs if each.packet is not None]
        is_complete = len(parts) == len(inputs)
        if parts and (is_complete or not self.options.only_emit_if_all_present):
            context.outputs[0].emit(concatenated(parts))


def concatenated(parts: Sequence[Any]) -> Any:
    """Return the elements of all parts, one after another.

    Args:
        parts: at least one; lists and tuples of elements, arrays, or single elements.

    Returns:
        An array, joined along the first axis, if all parts are arrays; else a tuple.

    Raises:
        ValueError: arrays whose other axes differ.
    """
    if all(isinstance(part, np.ndarray) for part in parts):
        return np.concatenate(parts)
    elements: list[Any] = []
    for part in parts:
        elements += part if isinstance(part, list | tuple) else [part]
    return tuple(elements)
