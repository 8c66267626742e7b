"""Input policies: when a node may run, and on what. Their names and options are MediaPipe's.

These are only the words; `graphflow.runtime.policies` is what they mean.
"""

from __future__ import annotations

from typing import Final

from pydantic import Field

from graphflow.options import Options


class DefaultPolicy(Options):
    """Packets of equal timestamp together, once every input is settled there."""


class ImmediatePolicy(Options):
    """Every input by itself, as soon as a packet is there; the lowest timestamp first."""


class SyncSet(Options):
    """The inputs of one synchronized set."""

    tag_index: tuple[str, ...] = Field(
        description='inputs as "TAG:index", "TAG" (index 0), ":index" or "" (index 0, no tag)'
    )


class SyncSetPolicy(Options):
    """Each set of inputs is synchronized by itself; inputs not listed form one further set."""

    sync_set: tuple[SyncSet, ...] = Field(default=(), description="the sets")


class FixedSizePolicy(Options):
    """The default rule on short queues: old packets are dropped when a queue grows too long."""

    trigger_queue_size: int = Field(2, ge=1, description="length at which queues are cut")
    target_queue_size: int = Field(1, ge=1, description="length they are cut to")
    fixed_min_size: bool = Field(
        False, description="keep at least the target length in every queue"
    )


InputPolicy = DefaultPolicy | ImmediatePolicy | SyncSetPolicy | FixedSizePolicy

POLICIES: Final[dict[str, type[InputPolicy]]] = {
    "DefaultInputStreamHandler": DefaultPolicy,
    "ImmediateInputStreamHandler": ImmediatePolicy,
    "SyncSetInputStreamHandler": SyncSetPolicy,
    "FixedSizeInputStreamHandler": FixedSizePolicy,
}
