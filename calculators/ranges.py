"""Ranges: the option by which the splitting calculators say what each output takes."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field, model_validator

from graphflow.nodes.options import Options
from graphflow.words.errors import ContractError


class Range(Options):
    """Elements from `begin` to before `end`; the names are MediaPipe's."""

    begin: int = Field(ge=0, description="first element")
    end: int = Field(ge=1, description="first element that no longer belongs")

    @model_validator(mode="after")
    def _check_order(self) -> Range:
        if self.end <= self.begin:
            raise ValueError(f"found begin {self.begin} and end {self.end}; expected begin < end")
        return self

    def __len__(self) -> int:
        """Return how many elements belong."""
        return self.end - self.begin


def check_ranges(ranges: Sequence[Range], output_count: int) -> None:
    """Check that each output has its range.

    Raises:
        ContractError: the numbers differ.
    """
    if len(ranges) != output_count:
        raise ContractError(
            f"found {len(ranges)} ranges for {output_count} outputs; expected one range per output"
        )
