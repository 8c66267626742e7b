"""Input policies: when a node may run, and on what. Their names and options are MediaPipe's.

These are only the words; `graphflow.runtime.policies` is what they mean.
"""

from __future__ import annotations

from typing import Final

from pydantic import Field

from graphflow.nodes.options import Options


class DefaultPolicy(Options):
    """Packets of equal timestamp together, once every input is settled there."""

    batch_size: int = Field(
        1, ge=1, description="sets of packets to collect before the node runs on all of them"
    )


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


class BarrierPolicy(Options):
    """One packet of every input, in order of arrival, whatever their timestamps."""


class EarlyClosePolicy(Options):
    """The default rule; the node is closed as soon as one input is over."""


class TimestampAlignPolicy(Options):
    """The default rule on inputs whose clocks differ: first packets count as simultaneous."""

    timestamp_base_tag_index: str = Field(
        "", description="the input whose clock counts; written as in a sync set"
    )


class MuxPolicy(Options):
    """The last input (by tag and index) chooses, by number, which other input is waited for."""


InputPolicy = (
    DefaultPolicy
    | ImmediatePolicy
    | SyncSetPolicy
    | FixedSizePolicy
    | BarrierPolicy
    | EarlyClosePolicy
    | TimestampAlignPolicy
    | MuxPolicy
)

POLICIES: Final[dict[str, type[InputPolicy]]] = {
    "DefaultInputStreamHandler": DefaultPolicy,
    "ImmediateInputStreamHandler": ImmediatePolicy,
    "SyncSetInputStreamHandler": SyncSetPolicy,
    "FixedSizeInputStreamHandler": FixedSizePolicy,
    "BarrierInputStreamHandler": BarrierPolicy,
    "EarlyCloseInputStreamHandler": EarlyClosePolicy,
    "TimestampAlignInputStreamHandler": TimestampAlignPolicy,
    "MuxInputStreamHandler": MuxPolicy,
}
