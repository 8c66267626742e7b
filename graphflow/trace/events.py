"""Events: what a traced run tells its sinks. Nodes and streams are indexes into the run's plan."""

from __future__ import annotations

from typing import Final, NamedTuple

APPLICATION: Final = -1
"""Producer of the packets that came in by a graph input."""


class Arrival(NamedTuple):
    """A packet that came into the queues of its stream.

    Attributes:
        stream: which.
        time: the packet's timestamp, microseconds.
        arrived_ns: when.
        producer: number of the call that emitted it; APPLICATION for a graph input.
        thread: on which that call ran.
        sent_ns: when that call ended.
    """

    stream: int
    time: int
    arrived_ns: int
    producer: int = APPLICATION
    thread: int = 0
    sent_ns: int = 0


class TracedCall(NamedTuple):
    """A call of user code that was reported, whether it succeeded or not.

    Attributes:
        number: of the call, in the order in which calls were taken, from 0.
        node: whose.
        step: "open", "process" or "close".
        timestamp: of the call, microseconds; UNSTARTED in open, DONE in close, 0 in a source.
        thread: number of the thread it ran on, from 1.
        ready_ns: since when the node could have run.
        began_ns, ended_ns: the call itself.
        inputs: the packets it was given.
        outputs: stream and timestamp of each packet it emitted.
        has_failed: it raised.
    """

    number: int
    node: int
    step: str
    timestamp: int
    thread: int
    ready_ns: int
    began_ns: int
    ended_ns: int
    inputs: tuple[Arrival, ...] = ()
    outputs: tuple[tuple[int, int], ...] = ()
    has_failed: bool = False

    @property
    def busy_ns(self) -> int:
        """How long the call took."""
        return self.ended_ns - self.began_ns

    @property
    def queued_ns(self) -> int:
        """How long the node was ready before the call began: it waited for a worker."""
        return max(0, self.began_ns - self.ready_ns)

    @property
    def waiting_ns(self) -> int:
        """How long the first of its packets lay in a queue while the node was not ready."""
        first_ns = min((each.arrived_ns for each in self.inputs), default=self.ready_ns)
        return max(0, self.ready_ns - first_ns)


class Lengths(NamedTuple):
    """How many packets wait at each input of a node, after that changed."""

    at_ns: int
    node: int
    lengths: tuple[int, ...]


class Lost(NamedTuple):
    """Packets that were lost, or a failed call that was passed over.

    Attributes:
        node: where; -1 for a graph input.
        port: position of the input; -1 for a call, for a graph input, and for packets that a source
            had and did not emit.
        stream: which; -1 for a call.
        reason: as in the ledger.
        amount: of packets, or calls.
    """

    at_ns: int
    node: int
    port: int
    stream: int
    reason: str
    amount: int


class Moment(NamedTuple):
    """Something that happened to the run as a whole: it failed, was paused, a queue grew."""

    at_ns: int
    text: str


class ThreadSeen(NamedTuple):
    """A thread runs its first call of this run."""

    number: int
    name: str


Event = TracedCall | Lengths | Lost | Moment | ThreadSeen
