"""DequantizeByteArrayCalculator: bytes as the numbers they stand for."""

from __future__ import annotations

import numpy as np

from calculators.core.quantization_range import QuantizationRange
from calculators.types import FloatArray
from graphflow import Calculator, Context, Contract, Port, register


@register
class DequantizeByteArrayCalculator(Calculator[QuantizationRange]):
    """Turn each byte into a number, by its place in a range.

    Timing: for each string of bytes one vector.

    Ports: ENCODED; FLOAT_VECTOR, a number for each byte, half of 1/256 of the range above the
    lowest number that the byte may stand for.

    Options: min_quantized_value and max_quantized_value, the range's ends; both must be given.

    Example:
        ```yaml
        input_stream: [embedding_bytes]
        output_stream: [embedding]
        node:
          - calculator: DequantizeByteArrayCalculator
            input_stream: ["ENCODED:embedding_bytes"]
            output_stream: ["FLOAT_VECTOR:embedding"]
            options: {min_quantized_value: -2, max_quantized_value: 2}
        ```

    Source: MediaPipe, calculators/core/dequantize_byte_array_calculator.cc
    """

    contract = Contract(
        inputs=(Port("ENCODED", bytes, doc="N bytes"),),
        outputs=(Port("FLOAT_VECTOR", FloatArray, doc="(N,) float32"),),
        options=QuantizationRange,
    )

    def process(self, context: Context) -> None:
        """Dequantize one string of bytes."""
        encoded = context.inputs["ENCODED"]
        if not encoded.is_empty:
            limits = self.options.min_quantized_value, self.options.max_quantized_value
            context.outputs["FLOAT_VECTOR"].emit(dequantized(encoded.value, *limits))


def dequantized(encoded: bytes, lowest: float, highest: float) -> FloatArray:
    """Return the numbers that bytes stand for.

    Args:
        encoded: N bytes.
        lowest: the range's lower end.
        highest: its upper end, above `lowest`.

    Returns:
        (N,) float32, a new array. Byte 0 is `lowest` plus 1/512 of the range, byte 255 is 1/512
        of the range beyond `highest`.
    """
    low, size = np.float32(lowest), np.float32(highest) - np.float32(lowest)
    scale = np.float32(np.float64(size) / 255.0)
    bias = np.float32(np.float64(size) / 512.0 + np.float64(low))
    numbers: FloatArray = np.frombuffer(encoded, np.uint8).astype(np.float32) * scale + bias
    return numbers
