"""`graphflow run --realtime --max-latency`, and how old the results of a live graph were.

The engine knows no frames. A result is a packet on the graph's output tagged AGE, and its payload
says how old it was: microseconds from the capture of its frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from graphflow.commands.side_values import settable
from graphflow.plan import Plan
from graphflow.running.distribution import Distribution
from graphflow.words.errors import UsageError
from graphflow.words.packet import Packet

AGE_TAG: Final = "AGE"
REALTIME: Final = "realtime"
MAX_LATENCY: Final = "max_latency_ms"

_US_PER_MS: Final = 1000


def live_side_texts(
    plan: Plan, given: Mapping[str, str], *, is_realtime: bool, max_latency_ms: int | None
) -> dict[str, str]:
    """Return the side packets that --realtime and --max-latency stand for.

    Args:
        plan: the graph.
        given: side packets that other options gave.
        is_realtime: whether --realtime was given.
        max_latency_ms: what --max-latency was given, if it was.

    Raises:
        UsageError: the graph has no such side packet, or it was given already.
    """
    texts: dict[str, str] = {}
    if is_realtime:
        _check(plan, given, REALTIME, "--realtime", "plays no file at its own pace", "REALTIME")
        texts[REALTIME] = "true"
    if max_latency_ms is not None:
        _check(
            *(plan, given, MAX_LATENCY, "--max-latency", "drops nothing for its age"),
            "MAX_LATENCY_MS",
        )
        texts[MAX_LATENCY] = str(max_latency_ms)
    return texts


_NODES: Final = {"REALTIME": "LiveSourceCalculator", "MAX_LATENCY_MS": "AgeGateCalculator"}
"""The node that has each side input."""


def _check(
    plan: Plan, given: Mapping[str, str], name: str, option: str, lack: str, port: str
) -> None:
    if name not in settable(plan):
        raise UsageError(
            f'{option}: the graph {lack}: it has no side packet "{name}"\n'
            f"  hint: run pose_tracking_live, or give your graph that side packet, for {port} of "
            f"its {_NODES[port]}"
        )
    if name in given:
        raise UsageError(f'"{name}" is given twice, by {option} and by --side')


@dataclass(frozen=True)
class Ages:
    """How old the results of a run were, and how evenly they came.

    Attributes:
        count: how many results there were.
        median_us, p95_us, max_us: ages, microseconds from the capture of the frame.
        gap_max_us: the longest time between the captures of two successive results, microseconds.
    """

    count: int
    median_us: int
    p95_us: int
    max_us: int
    gap_max_us: int

    def __str__(self) -> str:
        if not self.count:
            return "no results"
        return (
            f"{_ms(self.median_us)} median, {_ms(self.p95_us)} for 95 % of the results, "
            f"{_ms(self.max_us)} at most"
        )

    def rows(self) -> list[str]:
        """Return lines for people; none where there were no results."""
        rows = [str(self)] if self.count else []
        if self.gap_max_us:
            rows.append(f"from one result's frame to the next {_ms(self.gap_max_us)} at most")
        return rows

    def as_json(self) -> dict[str, object]:
        """Return the fields for machines, in milliseconds."""
        return {
            "count": self.count,
            "median_ms": self.median_us / _US_PER_MS,
            "p95_ms": self.p95_us / _US_PER_MS,
            "max_ms": self.max_us / _US_PER_MS,
            "gap_max_ms": self.gap_max_us / _US_PER_MS,
        }


class Observable(Protocol):
    """The part of a graph that this needs."""

    def observe(self, stream: str, callback: Callable[[Packet], None]) -> None:
        """Call back for every packet of a stream."""


class AgeTally:
    """Counts the ages of results while a graph runs, in memory that does not grow."""

    def __init__(self, graph: Observable, plan: Plan) -> None:
        self._ages = Distribution()
        self._previous: int | None = None
        self._gap_max_us = 0
        self._last_us = 0
        self._stream = plan.output(AGE_TAG)
        if self._stream:
            graph.observe(self._stream, self._count)

    def ages(self) -> Ages | None:
        """Return the figures; None where the graph tells no ages."""
        if not self._stream:
            return None
        ages = self._ages
        return Ages(
            count=ages.count,
            median_us=ages.quantile(0.5) or 0,
            p95_us=ages.quantile(0.95) or 0,
            max_us=ages.maximum,
            gap_max_us=self._gap_max_us,
        )

    @property
    def note(self) -> str:
        """How many results there are, and how old the last one was; "" before the first."""
        count = self._ages.count
        return f"{count} results, {self._last_us / _US_PER_MS:.0f} ms old" if count else ""

    def _count(self, packet: Packet) -> None:
        self._last_us = packet.value
        self._ages.add(packet.value)
        if self._previous is not None:
            self._gap_max_us = max(self._gap_max_us, packet.timestamp - self._previous)
        self._previous = packet.timestamp


def _ms(duration_us: int) -> str:
    return f"{duration_us / _US_PER_MS:.1f} ms"
