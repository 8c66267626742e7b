"""What a run came to: frames, speed, where the time went, files written.

The engine knows no poses and no frames. A frame is a packet on the output of a source; a frame
with a pose is a packet on the stream `pose_landmarks`, if the graph has one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from graphflow.commands.live_options import Ages, AgeTally
from graphflow.commands.summary_html import summary_html
from graphflow.graph import NodeTime
from graphflow.plan import Plan
from graphflow.runtime.ledger import Entry, Ledger, Loss
from graphflow.words.diagnostics import listed
from graphflow.words.packet import Packet
from graphflow.words.quick_dataclass import dataclass
from graphflow.words.short_names import short_names

if TYPE_CHECKING:
    from graphflow.trace import NodeProfile

POSE_STREAM: Final = "pose_landmarks"
SETUP_ROW: Final = "opening and closing"

ROWS_MAX: Final = 6


class Observable(Protocol):
    """The part of a graph that counting needs."""

    def observe(self, stream: str, callback: Callable[[Packet], None]) -> None:
        """Call back for every packet of a stream."""


class Tally:
    """Counts packets while a graph runs.

    Each stream is counted by one callback at a time, so plain integers do; another thread may read
    them at any moment.

    Attributes:
        total: how many frames the source announced, or None.
    """

    def __init__(self, graph: Observable, plan: Plan) -> None:
        self.total: int | None = None
        self._by_source: dict[str, int] = {}
        self._poses = 0
        self._has_poses = False
        self._ages = AgeTally(graph, plan)
        for stream in plan.streams:
            if stream.producer is not None and plan.nodes[stream.producer].is_source:
                self._by_source[stream.name] = 0
                graph.observe(stream.name, self._source_counter(stream.name))
            if stream.name == POSE_STREAM:
                self._has_poses = True
                graph.observe(stream.name, self._count_pose)

    @property
    def frames(self) -> int:
        """Packets of the busiest output of a source: others carry headers."""
        return max(self._by_source.values(), default=0)

    @property
    def frames_with_pose(self) -> int | None:
        """Packets on the pose stream, None where the graph has no such stream."""
        return self._poses if self._has_poses else None

    @property
    def ages(self) -> Ages | None:
        """How old the results of a live graph were; None where the graph does not tell."""
        return self._ages.ages()

    @property
    def note(self) -> str:
        """What else to say while it runs: results of a live graph, and how old the last one was."""
        return self._ages.note

    def _source_counter(self, name: str) -> Callable[[Packet], None]:
        def count(packet: Packet) -> None:
            self._by_source[name] += 1
            announced = getattr(packet.value, "frame_count", None)
            if isinstance(announced, int) and announced > 0:
                self.total = announced

        return count

    def _count_pose(self, packet: Packet) -> None:
        self._poses += 1


@dataclass(frozen=True)
class Summary:
    """The outcome of a run. `as_json` documents the fields for machines.

    Attributes:
        status: "done", "failed" or "interrupted".
        seconds: from the start to the end, opening and closing included.
        ledger: what became of every packet; None where nothing ran.
        skipped_error: the last failure that a node passed over (`on_error: skip`).
        ages: how old the results of a live graph were; None where the graph does not tell.
        sources: names of the nodes that frames come from.
        profile: what each node did and waited for; empty where that was not asked for.
        notices: what nodes told on the way: a camera that was lost, say.
    """

    status: str
    graph: str
    frames: int
    frames_with_pose: int | None
    seconds: float
    nodes: tuple[NodeTime, ...] = ()
    files: tuple[str, ...] = ()
    error: str = field(default="")
    ledger: Ledger | None = None
    skipped_error: str = ""
    ages: Ages | None = None
    sources: tuple[str, ...] = ()
    profile: tuple[NodeProfile, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def frames_per_second(self) -> float:
        """Frames by seconds."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0

    @property
    def speed(self) -> str:
        """Frames by seconds; of a live graph results, for the source's pace says nothing."""
        if self.ages is None:
            return f"{self.frames_per_second:.1f} frames a second"
        rate = self.ages.count / self.seconds if self.seconds > 0 else 0.0
        return f"{rate:.1f} results a second"

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What was lost on the way."""
        return self.ledger.losses if self.ledger else ()

    @property
    def dropped(self) -> int:
        """How many packets were lost."""
        return sum(loss.count for loss in self.losses if loss.is_of_packets)

    @property
    def skipped(self) -> int:
        """How many calls failed and were passed over."""
        return sum(loss.count for loss in self.losses if not loss.is_of_packets)

    @property
    def facts(self) -> dict[str, str]:
        """What to say first of the run, by heading."""
        facts = {
            "graph": Path(self.graph).name,
            "run": self.status,
            "frames": f"{self.frames}{self._results}",
            "speed": self.speed,
            "time": f"{self.seconds:.2f} s in all",
            "lost": f"{self.dropped} packets",
        }
        if self.frames_with_pose is not None:
            facts["frames"] += f", {self.frames_with_pose} with a pose"
        if self.ages is not None:
            facts["age"] = str(self.ages)
        if self.error:
            facts["error"] = self.error
        return facts

    @property
    def _working_nodes(self) -> Sequence[NodeTime]:
        """All nodes; of a live graph without the sources, whose calls wait for the next frame."""
        if self.ages is None:
            return self.nodes
        return [row for row in self.nodes if row.node not in self.sources]

    @property
    def _results(self) -> str:
        return "" if self.ages is None else f", {self.ages.count} results"

    def as_json(self) -> str:
        """Return one JSON object.

        Keys: status ("done", "failed", "interrupted"), graph (file), frames, frames_with_pose (null
        where the graph tracks none), seconds, frames_per_second, ages (null where the graph has no
        output tagged AGE: count of results, median_ms, p95_ms, max_ms: from capture to result,
        gap_max_ms: the longest time between the frames of two successive results), nodes (list of
        name, calls, busy_seconds, setup_seconds; the busiest first), files (paths written), error
        (text or null), dropped (packets lost), skipped (failed calls passed over), skipped_error
        (the last such failure, or null), losses (list of node, input, output, stream,
        reason, count: packets, and calls where stream is null; output is set where a source had
        packets and did not emit them), edges (what became of all packets: list of stream,
        node, input, delivered, which is the sum of consumed, dropped, discarded, abandoned and
        queued, and lost and left_out, what the node told of those consumed, by reason), profile
        (empty without --profile: list of node, calls, busy_seconds, busy_max_seconds,
        queued_seconds: ready, but not yet called, waiting_seconds: the first packet was there, but
        the node was not ready, setup_seconds, share of all busy time, dropped; the busiest first),
        notices (list of texts: what nodes told on the way).
        """
        return json.dumps(
            {
                "status": self.status,
                "graph": self.graph,
                "frames": self.frames,
                "frames_with_pose": self.frames_with_pose,
                "seconds": round(self.seconds, 3),
                "frames_per_second": round(self.frames_per_second, 2),
                "ages": self.ages.as_json() if self.ages else None,
                "nodes": [
                    {
                        "name": row.node,
                        "calls": row.calls,
                        "busy_seconds": round(row.busy_seconds, 6),
                        "setup_seconds": round(row.setup_seconds, 6),
                    }
                    for row in self.nodes
                ],
                "files": list(self.files),
                "error": self.error or None,
                "dropped": self.dropped,
                "skipped": self.skipped,
                "skipped_error": self.skipped_error or None,
                "losses": [_loss_row(loss) for loss in self.losses],
                "edges": [_edge_row(entry) for entry in self.ledger.entries] if self.ledger else [],
                "profile": [asdict(row) for row in self.profile],
                "notices": list(self.notices),
            },
            indent=2,
        )

    def _repr_html_(self) -> str:
        facts = [
            f"{self.frames} frames{self._results}",
            self.speed,
            f"{self.seconds:.2f} s",
        ]
        if self.frames_with_pose is not None:
            facts.insert(1, f"{self.frames_with_pose} with a pose")
        if self.dropped:
            facts.append(f"{self.dropped} packets lost")
        return summary_html(self.graph, self.status, facts, self.nodes, self.error)

    def as_text(self) -> str:
        """Return some lines for people."""
        poses = ""
        if self.frames_with_pose is not None:
            poses = f", {self.frames_with_pose} with a pose"
        lines = [f"frames  {self.frames}{self._results}{poses}"]
        if self.status != "done":
            lines[0] += f" ({self.status})"
        lines.append(f"speed   {self.speed} ({self.seconds:.2f} s in all)")
        lines += _labelled("age", self.ages.rows() if self.ages else [])
        lines += _labelled("time", _time_rows(self._working_nodes))
        lines += _labelled("lost", loss_rows(self.losses))
        if self.skipped_error:
            lines.append(f"        the last failure: {self.skipped_error}")
        lines += _labelled("told", _newest(self.notices))
        lines += _labelled("files", self.files)
        return "\n".join(lines)


def busiest_first(times: Iterable[NodeTime]) -> tuple[NodeTime, ...]:
    """Return what the nodes did, the busiest first."""
    return tuple(sorted(times, key=lambda row: (-row.busy_seconds, row.node)))


def loss_rows(losses: Sequence[Loss]) -> list[str]:
    """Return losses as lines, the largest first, no more than fit a summary.

    Streams of which a node lost equally many for the same reason share a line: it dropped what
    belongs to one frame together.
    """
    groups: dict[tuple[object, ...], list[Loss]] = {}
    for loss in sorted(losses, key=lambda loss: -loss.count):
        place = loss.node or loss.stream
        groups.setdefault((place, loss.is_of_packets, loss.reason, loss.count), []).append(loss)
    rows = [_loss_text(group) for group in groups.values()]
    more = rows[ROWS_MAX:]
    return rows[:ROWS_MAX] + ([f"and {len(more)} more"] if more else [])


def _loss_text(group: Sequence[Loss]) -> str:
    first = group[0]
    if len(group) == 1:
        return str(first)
    packets = "1 packet" if first.count == 1 else f"{first.count} packets"
    streams = listed([f'"{loss.stream}"' for loss in group])
    return f'{packets} each of streams {streams} at node "{first.node}": {first.reason}'


def _newest(notices: Sequence[str]) -> list[str]:
    """Return the last notices as lines, no more than fit a summary."""
    earlier = len(notices) - ROWS_MAX
    return [*([f"{earlier} earlier"] if earlier > 0 else []), *notices[-ROWS_MAX:]]


def _loss_row(loss: Loss) -> dict[str, object]:
    return {
        "node": loss.node or None,
        "input": None if loss.is_output else loss.port or None,
        "output": loss.port if loss.is_output else None,
        "stream": loss.stream or None,
        "reason": loss.reason,
        "count": loss.count,
    }


def _edge_row(entry: Entry) -> dict[str, object]:
    return {
        "stream": entry.stream,
        "node": entry.node,
        "input": entry.port,
        "delivered": entry.delivered,
        "consumed": entry.consumed,
        "dropped": entry.dropped,
        "discarded": entry.discarded,
        "abandoned": entry.abandoned,
        "queued": entry.queued,
        "lost": dict(entry.lost),
        "left_out": dict(entry.left_out),
    }


class WrittenFiles:
    """Tells which of some paths a run wrote: those whose file is new or changed."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._before = {path: _signature(path) for path in paths}

    def names(self) -> tuple[str, ...]:
        """Return the paths written since this was made."""
        return tuple(
            str(path)
            for path, before in self._before.items()
            if _signature(path) not in (None, before)
        )


def _signature(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None  # No such file, or no path at all: a URL, a camera number.
    return status.st_ino, status.st_mtime_ns, status.st_size


def _labelled(label: str, rows: Sequence[str]) -> list[str]:
    return [f"{label if index == 0 else '':<8}{row}" for index, row in enumerate(rows)]


def _time_rows(nodes: Sequence[NodeTime]) -> list[str]:
    """Return the busiest nodes as a table, the others in one row; none where nothing was timed.

    Opening and closing (models are loaded there) have a row of their own.
    """
    setup = sum(row.setup_seconds for row in nodes)
    total = sum(row.busy_seconds for row in nodes) + setup
    if not total:
        return []
    shown = list(nodes[:ROWS_MAX])
    others = nodes[ROWS_MAX:]
    if others:
        busy = sum(row.busy_seconds for row in others)
        shown.append(NodeTime(f"{len(others)} others", sum(row.calls for row in others), busy))
    if setup:
        shown.append(NodeTime(SETUP_ROW, 0, setup))
    names = short_names([row.node for row in nodes])
    width = max(len(names.get(row.node, row.node)) for row in shown)
    rows = [
        f"{names.get(row.node, row.node):<{width}}  {row.busy_seconds:8.2f} s"
        f"  {row.busy_seconds / total:4.0%}  {_each_call(row) if row.node in names else ''}"
        for row in shown
    ]
    return [row.rstrip() for row in rows]


def _each_call(row: NodeTime) -> str:
    return f"{1000 * row.busy_seconds / row.calls:8.2f} ms a call" if row.calls else ""
