"""What holds for a run as a whole: its phase, what went wrong, and what is still open."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from graphflow.runtime.elements import Node, Pool
from graphflow.words.errors import CalculatorError, GraphflowError

STORY_LENGTH: Final = 256
SKIPPED_KEPT: Final = 100


class Phase(enum.Enum):
    """Where a run stands. The package has the table of changes."""

    RUNNING = enum.auto()
    PAUSED = enum.auto()
    FAILED = enum.auto()


class RunState:
    """The part of the machine that belongs to no single node or stream.

    Attributes:
        nodes, pools: of the run, all of them.
        side_packets: given and made ones by name.
        phase: what may still be done.
        errors: what went wrong, in order.
        skipped_errors: the newest of those that were passed over.
        story: the last events that are not everyday: (what, who, time); never payloads.
        work: nodes to look at again; empty between two reports. Always the same list.
        open_nodes: how many nodes are not closed.
        tell_failure: called when the run fails, by whatever; for drivers.
    """

    __slots__ = (
        "errors",
        "nodes",
        "open_nodes",
        "phase",
        "pools",
        "side_packets",
        "skipped_errors",
        "story",
        "tell_failure",
        "work",
    )

    def __init__(
        self, nodes: Sequence[Node], pools: Sequence[Pool], side_packets: dict[str, Any]
    ) -> None:
        self.nodes = nodes
        self.pools = pools
        self.side_packets = side_packets
        self.phase = Phase.RUNNING
        self.errors: list[GraphflowError] = []
        self.skipped_errors: deque[CalculatorError] = deque(maxlen=SKIPPED_KEPT)
        self.story: deque[tuple[str, str, int]] = deque(maxlen=STORY_LENGTH)
        self.work: list[Node] = []
        self.open_nodes = len(nodes)
        self.tell_failure: Callable[[], None] = _nothing

    @property
    def has_failed(self) -> bool:
        """Whether an error or a cancel ended the run."""
        return self.phase is Phase.FAILED


def _nothing() -> None:
    """Whom a failure is told where no driver asked."""
