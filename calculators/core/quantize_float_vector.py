"""QuantizeFloatVectorCalculator: numbers as bytes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calculators.core.quantization_range import QuantizationRange
from graphflow import Calculator, Context, Contract, Port, register


@register
class QuantizeFloatVectorCalculator(Calculator[QuantizationRange]):
    """Turn each number of a vector into a byte, by its place in a range.

    Timing: for each vector one string of bytes.

    Ports: FLOAT_VECTOR, float32 numbers; ENCODED, a byte for each. Numbers outside the range become
    0 or 255.

    Options: min_quantized_value and max_quantized_value, the numbers of byte 0 and of byte 255;
    both must be given.

    Example:
        ```yaml
        input_stream: [embedding]
        output_stream: [embedding_bytes]
        node:
          - calculator: QuantizeFloatVectorCalculator
            input_stream: ["FLOAT_VECTOR:embedding"]
            output_stream: ["ENCODED:embedding_bytes"]
            options: {min_quantized_value: -64, max_quantized_value: 64}
        ```

    Source: MediaPipe, calculators/core/quantize_float_vector_calculator.cc
    """

    contract = Contract(
        inputs=(Port("FLOAT_VECTOR", doc="(N,) float32"),),
        outputs=(Port("ENCODED", bytes, doc="N bytes"),),
        options=QuantizationRange,
    )

    def process(self, context: Context) -> None:
        """Quantize one vector."""
        vector = context.inputs["FLOAT_VECTOR"]
        if not vector.is_empty:
            limits = self.options.min_quantized_value, self.options.max_quantized_value
            context.outputs["ENCODED"].emit(quantized(vector.value, *limits))


def quantized(values: npt.ArrayLike, lowest: float, highest: float) -> bytes:
    """Return numbers as bytes: `lowest` and below is 0, `highest` and above is 255.

    Args:
        values: of any shape, read in its order; taken as float32.
        lowest: number of byte 0.
        highest: number of byte 255, above `lowest`.

    Raises:
        ValueError: a value is not a number.
    """
    low, high = np.float32(lowest), np.float32(highest)
    numbers = np.asarray(values, np.float32)
    if np.isnan(numbers).any():
        raise ValueError("found NaN; expected numbers")
    # MediaPipe subtracts in float32, scales in float64 and cuts the fraction off.
    offsets = (np.clip(numbers, low, high) - low).astype(np.float64)
    return bytes((offsets * (255.0 / np.float64(high - low))).astype(np.uint8))
