"""Delivery: what a live source got since its node last asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Protocol

from calculators.media.media_reader import TimedImage
from calculators.types import VideoHeader

WAIT_SECONDS: Final = 0.1
"""How long a source's call waits for a frame at most: so long may it take to cancel a run."""

SUPERSEDED: Final = "a newer frame came first"
BEHIND: Final = "skipped, since it comes quicker than it can be decoded"
DAMAGED: Final = "damaged on the way"
BAD_TIME: Final = "its time repeats, or runs backwards"


@dataclass
class Delivery:
    """What a feed has for its node.

    Attributes:
        frame: at most one, with its time as a packet.
        losses: frames that were read and will not be given, by reason.
        bumped: frames whose time was no good, and was replaced.
        notices: what the user should hear.
        is_end: nothing will come any more.
        fault: why it ended too early, if it did.
    """

    frame: TimedImage | None = None
    losses: Counter[str] = field(default_factory=Counter)
    bumped: int = 0
    notices: list[str] = field(default_factory=list)
    is_end: bool = False
    fault: Exception | None = None


class Feed(Protocol):
    """Where a live source gets its frames from.

    Attributes:
        header: what is known when the first frame is there.
        origin_us: time by the clock at which packet time 0 was captured; from the first frame on.
    """

    header: VideoHeader
    origin_us: int

    def next(self) -> Delivery:
        """Return what there is, after WAIT_SECONDS at most."""
        ...

    def close(self) -> None:
        """Release files and devices, now or, where a call can't be interrupted, soon."""
        ...
