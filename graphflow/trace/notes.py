"""Notes: what a traced run writes down with the driver's key; `NoteReader` makes events of them.

As little as possible: a note is one tuple for a turn of a worker, and whatever follows from the
notes before is left out. The nodes of most graphs take packets by the default policy, one call at
a time: what these are given, and how long their queues are, follows from what came in.

A *place* is the number of an invocation: a node has one for each call it may have in flight.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from graphflow.trace.events import Lost, Moment, ThreadSeen

NOTHING: Final = -1
"""Place in a turn where nothing returned, or nothing was taken."""

Outputs = tuple[tuple[int, int], ...]
"""Stream and timestamp of each packet that a call emitted."""

Turn = tuple[int, int, int, int, int, Outputs, int, int]
"""What happens at every hop: when it was; the place that returned, on which thread, when it began,
when it ended, what it emitted; the place that was taken for `process`, and for which timestamp.

Of the default policy with one call in flight, or of a source."""


class Returned(NamedTuple):
    """A call that returned or failed, any but the plainest.

    Attributes:
        thread, began_ns, ended_ns: the call's.
        outputs: what it emitted.
        has_failed: it raised.
        released: places whose outputs went out now, in this order; an older call of the node may
            have held them up.
        is_last: the node is closed now.
    """

    at_ns: int
    place: int
    thread: int
    began_ns: int
    ended_ns: int
    outputs: Outputs = ()
    has_failed: bool = False
    released: tuple[int, ...] = ()
    is_last: bool = False


class Taken(NamedTuple):
    """A call that was taken, any but the plainest.

    Attributes:
        step: "open", "process" or "close".
        given: for each input the time of the first packet that was left in its queue, None for
            none, and whether the call was given one; () for none of all that.
    """

    at_ns: int
    place: int
    step: str
    timestamp: int
    given: tuple[tuple[int | None, bool], ...] = ()


class Ready(NamedTuple):
    """Nodes that became ready, or are not any more without having been taken.

    Attributes:
        gained, ceased: bits of the pool's ready number.
    """

    at_ns: int
    gained: int
    ceased: int


class Added(NamedTuple):
    """A packet that came in by a graph input."""

    at_ns: int
    stream: int
    time: int


class Looked(NamedTuple):
    """How many packets wait at each input of a node, where that does not follow from the rest."""

    at_ns: int
    node: int
    lengths: tuple[int, ...]


class Broken(NamedTuple):
    """The run failed: all queues are empty, and stay so."""

    at_ns: int


Rare = Returned | Taken | Ready | Added | Looked | Broken | Lost | Moment | ThreadSeen

Note = Turn | Rare
