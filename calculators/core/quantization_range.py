"""The range of numbers that the quantizing nodes spread over one byte."""

from __future__ import annotations

from typing import Final

from pydantic import Field, model_validator

from graphflow.nodes.options import Options

FLOAT32_EPSILON: Final = 2.0**-23


class QuantizationRange(Options):
    """The options of both quantizing nodes: the numbers that the bytes 0 and 255 stand for."""

    min_quantized_value: float = Field(description="the lowest number, byte 0")
    max_quantized_value: float = Field(description="the highest number, byte 255")

    @model_validator(mode="after")
    def _check_order(self) -> QuantizationRange:
        if self.max_quantized_value < self.min_quantized_value + FLOAT32_EPSILON:
            raise ValueError(
                f"found min_quantized_value {self.min_quantized_value} and max_quantized_value "
                f"{self.max_quantized_value}; expected the first to be the lower one"
            )
        return self
