"""NoteReader: makes events of notes, and so of what was left out of them.

It keeps what a scheduler knows: which packets wait in each queue, since when a node is ready, which
calls are in flight. Notes come in the order in which the scheduler was told things.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from graphflow.runtime.scheduler import Scheduler
from graphflow.trace.events import Arrival, Event, Lengths, TracedCall
from graphflow.trace.notes import (
    NOTHING,
    Added,
    Broken,
    Looked,
    Note,
    Outputs,
    Rare,
    Ready,
    Returned,
    Taken,
    Turn,
)
from graphflow.words import timestamp as time_of

_UNKNOWN: Final = -1
"""Since when a node is ready that was never seen so: it was taken in the turn that made it so."""

_make = tuple.__new__  # Half the price of calling a NamedTuple.


class _Node:
    """What is known of a node.

    Attributes:
        index: in the plan.
        arrivals: packets that wait, by queue.
        lengths: of the queues, as they were told last.
        has_own_rule: what it is given, and how long its queues are, is noted.
        is_open: packets still reach it.
        ready_ns: since when it is ready.
        error_stream: index; -1 for none.
        error_time: of the newest error there.
    """

    __slots__ = (
        "arrivals",
        "error_stream",
        "error_time",
        "has_own_rule",
        "index",
        "is_open",
        "lengths",
        "ready_ns",
    )

    def __init__(self, index: int, queues: int, *, has_own_rule: bool, error_stream: int) -> None:
        self.index = index
        self.arrivals: tuple[deque[Arrival], ...] = tuple(deque() for _ in range(queues))
        self.lengths = (0,) * queues
        self.has_own_rule = has_own_rule
        self.is_open = True
        self.ready_ns = _UNKNOWN
        self.error_stream = error_stream
        self.error_time: int = time_of.UNSTARTED


class _Flight:
    """A call in flight, or returned and not yet released."""

    __slots__ = ("call", "inputs", "node", "number", "ready_ns", "step", "timestamp")

    def __init__(self, node: _Node) -> None:
        self.node = node
        self.number = self.ready_ns = 0
        self.step = ""
        self.timestamp = 0
        self.inputs: tuple[Arrival, ...] = ()
        self.call: TracedCall | None = None


class NoteReader:
    """Reads the notes of one run, batch by batch.

    Args:
        scheduler: of the run; only what never changes is looked at.
        places: the node of each place, as an index.
        has_own_rule: nodes whose inputs and queues are noted, by index.
    """

    def __init__(
        self, scheduler: Scheduler, places: Sequence[int], has_own_rule: Sequence[bool]
    ) -> None:
        index_of = {stream: index for index, stream in enumerate(scheduler.streams)}
        self._nodes = tuple(
            _Node(
                node.index,
                len(node.queues),
                has_own_rule=has_own_rule[node.index],
                error_stream=-1 if node.error_stream is None else index_of[node.error_stream],
            )
            for node in scheduler.nodes
        )
        queues: list[list[tuple[_Node, deque[Arrival]]]] = [[] for _ in scheduler.streams]
        for node, known in zip(scheduler.nodes, self._nodes, strict=True):
            for queue, arrivals in zip(node.queues, known.arrivals, strict=True):
                queues[index_of[queue.stream]].append((known, arrivals))
        self._queues = tuple(tuple(each) for each in queues)
        self._flights = tuple(_Flight(self._nodes[node]) for node in places)
        self._by_bit = {
            bit: known
            for node, known in zip(scheduler.nodes, self._nodes, strict=True)
            for bit in (node.bit, node.open_bit)
        }
        self._count = 0
        self._is_broken = False

    def read(self, notes: Iterable[Note]) -> list[Event]:
        """Return what the notes tell."""
        events: list[Event] = []
        for note in notes:
            if type(note) is tuple:
                self._read_turn(note, events)  # type: ignore[arg-type]
            else:
                self._read_rare(note, events)  # type: ignore[arg-type]
        return events

    def _read_turn(self, turn: Turn, events: list[Event]) -> None:
        at_ns, returned, thread, began_ns, ended_ns, outputs, taken, timestamp = turn
        touched: list[_Node] = []
        if returned != NOTHING:
            flight = self._flights[returned]
            number, inputs = flight.number, flight.inputs
            about = (number, flight.node.index, flight.step, flight.timestamp, thread)
            when = (flight.ready_ns, began_ns, ended_ns, inputs, outputs, False)
            events.append(_make(TracedCall, about + when))
            if outputs:
                self._release(number, thread, ended_ns, outputs, at_ns, touched)
        if taken != NOTHING:
            self._take(self._flights[taken], at_ns, timestamp, touched)
        for each in touched:
            arrivals = each.arrivals
            lengths = (len(arrivals[0]),) if len(arrivals) == 1 else tuple(map(len, arrivals))
            if lengths != each.lengths:
                each.lengths = lengths
                events.append(_make(Lengths, (at_ns, each.index, lengths)))

    def _take(self, flight: _Flight, at_ns: int, timestamp: int, touched: list[_Node]) -> None:
        """Take a call of `process` by the default policy: every first packet of its time."""
        node = flight.node
        ready_ns = node.ready_ns
        if ready_ns == _UNKNOWN:
            ready_ns = at_ns
        node.ready_ns = _UNKNOWN
        flight.number, flight.step, flight.ready_ns = self._count, "process", ready_ns
        flight.timestamp = timestamp
        self._count += 1
        inputs = []
        for arrivals in node.arrivals:
            if arrivals and arrivals[0][1] == timestamp:
                inputs.append(arrivals.popleft())
        flight.inputs = tuple(inputs)
        if inputs:
            touched.append(node)

    def _release(
        self,
        number: int,
        thread: int,
        ended_ns: int,
        outputs: Outputs,
        at_ns: int,
        touched: list[_Node],
    ) -> None:
        """Put what a call emitted into the queues of those that read it."""
        if self._is_broken:
            return
        for stream, time in outputs:
            queues = self._queues[stream]
            if not queues:
                continue
            arrival = _make(Arrival, (stream, time, at_ns, number, thread, ended_ns))
            for node, arrivals in queues:
                if node.is_open:
                    arrivals.append(arrival)
                    if not node.has_own_rule:
                        touched.append(node)

    # ---- the rest ------------------------------------------------------------------------------

    def _read_rare(self, note: Rare, events: list[Event]) -> None:
        if isinstance(note, Ready):
            for bit in _bits_of(note.gained):
                self._by_bit[bit].ready_ns = note.at_ns
            for bit in _bits_of(note.ceased):
                self._by_bit[bit].ready_ns = _UNKNOWN
        elif isinstance(note, Returned):
            self._read_return(note, events)
        elif isinstance(note, Taken):
            self._read_take(note)
        elif isinstance(note, Added):
            self._read_arrival(Arrival(note.stream, note.time, note.at_ns), note.at_ns, events)
        elif isinstance(note, Looked):
            self._tell_lengths(self._nodes[note.node], note.lengths, note.at_ns, events)
        elif isinstance(note, Broken):
            self._is_broken = True
            for node in self._nodes:
                node.ready_ns = _UNKNOWN
                self._empty(node, note.at_ns, events)
        else:
            events.append(note)

    def _read_return(self, note: Returned, events: list[Event]) -> None:
        flight = self._flights[note.place]
        flight.call = TracedCall(
            flight.number,
            flight.node.index,
            flight.step,
            flight.timestamp,
            note.thread,
            flight.ready_ns,
            note.began_ns,
            note.ended_ns,
            flight.inputs,
            note.outputs,
            note.has_failed,
        )
        events.append(flight.call)
        for place in note.released:
            call, self._flights[place].call = self._flights[place].call, None
            if call is not None:
                self._release_call(call, note, events)
        if note.is_last:
            flight.node.is_open = False
            self._empty(flight.node, note.at_ns, events)

    def _release_call(self, call: TracedCall, note: Returned, events: list[Event]) -> None:
        for stream, time in call.outputs:
            arrival = Arrival(stream, time, note.at_ns, call.number, call.thread, call.ended_ns)
            self._read_arrival(arrival, note.at_ns, events)
        node = self._nodes[call.node]
        if not call.has_failed or node.error_stream < 0:
            return
        # Where the machine puts an error: runtime.releasing. Two that come to one time are one.
        time = min(max(call.timestamp, time_of.MIN), time_of.MAX)
        if time > node.error_time:
            node.error_time = time
            stream = node.error_stream
            arrival = Arrival(stream, time, note.at_ns, call.number, call.thread, call.ended_ns)
            self._read_arrival(arrival, note.at_ns, events)

    def _read_take(self, note: Taken) -> None:
        flight = self._flights[note.place]
        node = flight.node
        flight.number, flight.step, flight.timestamp = self._count, note.step, note.timestamp
        self._count += 1
        flight.ready_ns = note.at_ns if node.ready_ns == _UNKNOWN else node.ready_ns
        node.ready_ns = _UNKNOWN
        inputs = []
        for arrivals, (head, has_packet) in zip(node.arrivals, note.given):  # noqa: B905 (or none)
            left = None
            while arrivals and (head is None or arrivals[0].time < head):
                left = arrivals.popleft()
            if left is not None and has_packet:
                inputs.append(left)
        flight.inputs = tuple(inputs)

    def _read_arrival(self, arrival: Arrival, at_ns: int, events: list[Event]) -> None:
        if self._is_broken:
            return
        for node, arrivals in self._queues[arrival.stream]:
            if node.is_open:
                arrivals.append(arrival)
                if not node.has_own_rule:
                    lengths = tuple(len(each) for each in node.arrivals)
                    self._tell_lengths(node, lengths, at_ns, events)

    def _empty(self, node: _Node, at_ns: int, events: list[Event]) -> None:
        for arrivals in node.arrivals:
            arrivals.clear()
        self._tell_lengths(node, (0,) * len(node.arrivals), at_ns, events)

    @staticmethod
    def _tell_lengths(
        node: _Node, lengths: tuple[int, ...], at_ns: int, events: list[Event]
    ) -> None:
        if lengths != node.lengths:
            node.lengths = lengths
            events.append(Lengths(at_ns, node.index, lengths))


def _bits_of(number: int) -> Iterator[int]:
    while number:
        bit = number & -number
        yield bit
        number ^= bit
