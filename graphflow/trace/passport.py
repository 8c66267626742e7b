"""Passport: the way of one frame through the graph, and where its time went.

A frame is all packets of one timestamp. Its critical path ends with the call at that time that
ended last, and goes back from each call to the one that emitted the packet, of this time, which
came last: without that one, nothing on the way could have been earlier. Packets of other times,
which came round a loop from the frame before, don't lead the way; that a call waited for one is
said of it. If a call was made for such a packet alone, the way goes on at the source: the frame
waited since then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graphflow.trace.events import Arrival, TracedCall
from graphflow.words import timestamp as time_of


@dataclass(frozen=True)
class Leg:
    """One call on the way of a frame. `start_ns` of a leg is the end of the one before.

    Attributes:
        call: the call.
        start_ns: end of the call before; of the first one, when its packet came, or, of a source,
            its begin.
        came_by: the packet by which the frame came, None for a source.
        waited_for: stream, as an index, of the packet that came last if that is another one; -1
            for none.
    """

    call: TracedCall
    start_ns: int
    came_by: Arrival | None = None
    waited_for: int = -1

    @property
    def waiting_ns(self) -> int:
        """From the end of the call before until the node was ready."""
        return min(max(self.call.ready_ns, self.start_ns), self.call.began_ns) - self.start_ns

    @property
    def queued_ns(self) -> int:
        """From when the node was ready until the call began."""
        return self.call.began_ns - self.start_ns - self.waiting_ns

    @property
    def busy_ns(self) -> int:
        """How long the call took."""
        return self.call.busy_ns


def passports(calls: Iterable[TracedCall]) -> dict[int, tuple[Leg, ...]]:
    """Return the critical path of every timestamp at which there were calls, its begin first.

    The legs leave no gap: waiting, queued and busy add up to the time from the first leg's start
    to the last call's end.
    """
    by_number = {call.number: call for call in calls}
    last: dict[int, TracedCall] = {}
    origins: dict[int, TracedCall] = {}
    for call in sorted(by_number.values(), key=lambda each: each.ended_ns):
        if call.step != "process":
            continue
        if not call.inputs:
            for _, time in call.outputs:
                origins.setdefault(time, call)
        elif time_of.MIN < call.timestamp < time_of.MAX:
            last[call.timestamp] = call
    return {time: tuple(_way(last[time], by_number, origins.get(time))) for time in sorted(last)}


def _way(
    end: TracedCall, by_number: dict[int, TracedCall], origin: TracedCall | None
) -> Sequence[Leg]:
    """Go back from a frame's last call.

    Args:
        end: the call.
        by_number: all calls.
        origin: the source's call that made the frame, None where the application did.
    """
    legs: list[Leg] = []
    call = end
    while True:
        own = [each for each in call.inputs if each.time == end.timestamp]
        came_by = max(own, key=lambda each: each.arrived_ns, default=None)
        newest = max(call.inputs, key=lambda each: each.arrived_ns, default=None)
        before = origin if came_by is None else by_number.get(came_by.producer)
        if newest is None or before is call:
            before = None
        waited_for = -1
        if newest is not None and (came_by is None or newest.arrived_ns > came_by.arrived_ns):
            waited_for = newest.stream
        if before is not None:
            start_ns = before.ended_ns
        elif came_by is not None:
            start_ns = came_by.arrived_ns
        else:
            start_ns = call.began_ns if newest is None else call.ready_ns
        legs.append(Leg(call, min(start_ns, call.began_ns), came_by, waited_for))
        if before is None:
            return legs[::-1]
        call = before
