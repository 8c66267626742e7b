"""Waits: what a node of a running graph waits for, who is to end that, and what helps.

The machine fills them in (`graphflow.runtime.explanation`), the driver adds how long a call runs
and where it stands; the sentences are written here, in the grammar of all messages.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import field
from typing import Final

from graphflow.words import timestamp as time_of
from graphflow.words.diagnostics import Location
from graphflow.words.quick_dataclass import dataclass


class Reason(str, enum.Enum):
    """Why something does not go on."""

    SIDE_PACKET = "side packet"
    """A node is not opened before all of its side packets are made."""
    HEADER = "header"
    """A node that reads headers is not opened before those that feed it."""
    READY = "ready"
    """It could run, and waits for a worker."""
    PAUSED = "paused"
    """It could run, but the run is paused."""
    RUNNING = "running"
    """A call of it has not returned."""
    LAYER = "source layer"
    """A source waits for the end of those of lower layers."""
    HELD_BACK = "held back"
    """A source, or the application at a graph input, waits for room in a queue downstream."""
    INPUT = "input"
    """A node waits for a packet or bound."""
    NOT_FED = "not fed"
    """A graph input is open, and nothing comes by it."""
    FULL = "full"
    """A queue has reached its limit, and the run is to fail of that."""


@dataclass(frozen=True)
class Awaited:
    """An input at which a node waits, and who writes its stream.

    Attributes:
        port: the input, as "TAG" or ":index".
        stream: its stream.
        bound: the lowest time that may still arrive there, microseconds.
        carried: packets that the stream has carried so far.
        writer: the node that writes it; "" for the application.
        written_at: time of the writer's last call, microseconds; UNSET for none, and for sources.
        is_called: whether the writer was called at all, after it was opened.
        is_running: whether that call still runs.
    """

    port: str
    stream: str
    bound: int
    carried: int = 0
    writer: str = ""
    written_at: int = time_of.UNSET
    is_called: bool = False
    is_running: bool = False

    def __str__(self) -> str:
        return (
            f'input {self.port}, stream "{self.stream}" (bound {time_of.text(self.bound)}, '
            f"{self._writer}; {_packets(self.carried)} so far)"
        )

    @property
    def _writer(self) -> str:
        if not self.writer:
            return "fed by the application"
        when = "" if self.written_at == time_of.UNSET else f" at {time_of.text(self.written_at)}"
        if self.is_running:
            call = f", running{when}"
        elif self.is_called:
            call = f", last called{when}" if when else ""
        else:
            call = ", not called yet"
        return f'written by node "{self.writer}"{call}'


@dataclass(frozen=True)
class FullQueue:
    """A queue that has reached its limit, and so holds back what feeds it."""

    node: str
    port: str
    stream: str
    packets: int

    def __str__(self) -> str:
        return (
            f'input {self.port} of node "{self.node}" is full '
            f'({_packets(self.packets)} of stream "{self.stream}")'
        )


@dataclass(frozen=True)
class Call:
    """A call in flight.

    Attributes:
        step: "open", "process" or "close".
        timestamp: of the call, microseconds; UNSET in sources.
        seconds: since when it runs, in wall time; None where nobody measured it.
        place: where its code stands, as "file:line in function"; "" where nobody looked.
    """

    step: str
    timestamp: int = time_of.UNSET
    seconds: float | None = None
    place: str = ""

    def __str__(self) -> str:
        has_time = self.timestamp != time_of.UNSET and self.step == "process"
        text = f"{self.step} at {time_of.text(self.timestamp)}" if has_time else self.step
        if self.seconds is not None:
            text += f", for {self.seconds:.1f} s"
        return f"{text}, at {self.place}" if self.place else text


@dataclass(frozen=True)
class Wait:
    """Why one node, or one graph input, does not go on. `str` is the sentence.

    Attributes:
        node: its name; "" for a graph input.
        location: of the node, or of the graph input, in the graph file.
        reason: why.
        stream: the graph input, or the stream of the full queue.
        inputs: INPUT: where it waits, one or any of several. FULL: what is missing.
        goal: INPUT: the time that must be settled there, or UNSET: anything will do.
        side_packets: SIDE_PACKET: those missing.
        headers_of: HEADER: the nodes that are to be opened before.
        layer: LAYER: that of the source.
        full: HELD_BACK: the queues that are full. FULL: the one.
        call: RUNNING: the oldest call that has not returned. READY, PAUSED: the step it is ready
            for.
        bound, carried: NOT_FED: the input's bound, and how many packets came.
        waiting: how many nodes wait for this one, or for this graph input, in the end.
        root: what it waits for in the end, as 'node "x"' or 'graph input "x"'; "" if this is it.
        remedy: what helps; "" where the root says it.
    """

    node: str
    location: Location
    reason: Reason
    stream: str = ""
    inputs: tuple[Awaited, ...] = ()
    goal: int = time_of.UNSET
    side_packets: tuple[str, ...] = ()
    headers_of: tuple[str, ...] = ()
    layer: int = 0
    full: tuple[FullQueue, ...] = ()
    call: Call = field(default=Call("process"))
    bound: int = time_of.UNSET
    carried: int = 0
    waiting: int = 0
    root: str = ""
    remedy: str = ""

    @property
    def label(self) -> str:
        """What it is called in sentences."""
        return f'node "{self.node}"' if self.node else f'graph input "{self.stream}"'

    def __str__(self) -> str:
        lines = [f"{self.location}: {self.label} {self._sentence()}"]
        if self.waiting:
            nodes = "1 node waits" if self.waiting == 1 else f"{self.waiting} nodes wait"
            lines.append(f"note: {nodes} for it")
        if self.root:
            lines.append(f"note: in the end it waits for {self.root}")
        if self.remedy:
            lines.append(f"hint: {self.remedy}")
        return "\n  ".join(lines)

    def _sentence(self) -> str:
        if self.reason is Reason.SIDE_PACKET:
            names = ", ".join(f'"{name}"' for name in self.side_packets)
            return f"waits to be opened for the side packet {names}"
        if self.reason is Reason.HEADER:
            names = " and ".join(f'"{name}"' for name in self.headers_of)
            return f"reads headers, and waits to be opened after node {names}"
        if self.reason is Reason.READY:
            return f"is ready to {_READY_FOR[self.call.step]}, and waits for a worker"
        if self.reason is Reason.PAUSED:
            return f"is ready to {_READY_FOR[self.call.step]}, but the run is paused"
        if self.reason is Reason.RUNNING:
            return f"is running: {self.call}"
        if self.reason is Reason.LAYER:
            return (
                f"is a source of layer {self.layer}: it waits for the end of those of lower layers"
            )
        if self.reason is Reason.INPUT:
            goal = "" if self.goal == time_of.UNSET else f" at or past {time_of.text(self.goal)}"
            return f"waits for a packet or bound{goal} on {_any_of(self.inputs)}"
        if self.reason is Reason.NOT_FED:
            return (
                f"is open and waits to be fed (bound {time_of.text(self.bound)}, "
                f"{_packets(self.carried)} so far)"
            )
        if self.reason is Reason.HELD_BACK:
            who = "is a source and held back" if self.node else "is held back"
            return f"{who}: {_any_of(self.full)}"
        (full,) = self.full
        lacking = " and ".join(str(each) for each in self.inputs) or "its turn"
        return (
            f'can\'t take from stream "{full.stream}": {full.packets} packets wait there, which is '
            f"its limit, and the inputs that feed it are held back; it waits for {lacking}"
        )


_READY_FOR: Final = {"open": "be opened", "process": "run", "close": "be closed"}


def indented(waits: Iterable[object], indent: str = "  ") -> str:
    """Return waits as lines, all of them indented."""
    lines = [line for wait in waits for line in str(wait).splitlines()]
    return "\n".join(indent + line for line in lines)


def _any_of(parts: Iterable[object]) -> str:
    return " or ".join(str(part) for part in parts)


def _packets(count: int) -> str:
    return "1 packet" if count == 1 else f"{count} packets"
