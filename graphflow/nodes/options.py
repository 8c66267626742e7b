"""Options: a calculator's constants, typed and validated when the graph is loaded."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """Base of all options classes.

    Declare each option as a field with a type, a default and, where they exist, limits and a
    description; names are MediaPipe's where MediaPipe has the option::

        class ThresholdOptions(Options):
            threshold: float = Field(0.5, ge=0.0, le=1.0, description="smallest score that passes")

    Unknown names are refused, values are not coerced from text, and an instance can't be changed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, validate_default=True)


class NoOptions(Options):
    """The options of a calculator that takes none."""


class AsWritten:
    """Marks an option that is not decoded: see `Written`."""


Written = Annotated[Any, AsWritten()]
"""Type of an option of a subgraph class that goes into its graph as it was written.

Nobody looks into it before; so in its new place it is decoded by the type declared there, and
faults in it are told at its own line and column.
"""
