"""The machine's parts: streams, queues, nodes, pools and invocations. Data with slots, no rules.

A *stream* has one bound, stored once, which every consumer sees. A *queue* is one input of one
node. A *node* is one use of a calculator, in a state. A *pool* is one executor's ready set. An
*invocation* is a node's context for one call in flight; it is its own ticket.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from graphflow.nodes.context import Context, Input, Output, Ports, SideInputs, SideOutputs
from graphflow.nodes.input_policy import ImmediatePolicy, SyncSetPolicy
from graphflow.plan import NodePlan, StreamPlan
from graphflow.words import timestamp as time_of
from graphflow.words.errors import CalculatorError
from graphflow.words.packet import Packet


class Step(str, enum.Enum):
    """What an invocation does; the value is the name of the calculator's method."""

    OPEN = "open"
    PROCESS = "process"
    CLOSE = "close"


class State(enum.Enum):
    """Where a node stands in its life. `scheduler` has the table of changes."""

    NEW = enum.auto()
    OPENING = enum.auto()
    OPEN = enum.auto()
    CLOSING = enum.auto()
    CLOSED = enum.auto()


Call = Callable[[Context], None]


class Stream:
    """A producer's end of a stream.

    Attributes:
        bound: the lowest time that may still arrive; DONE after everything.
        queues: of the consumers that are not closed.
        only: the one queue, if it is of a node with the short path of one input; else None.
        throttled: for a graph input or the first output of a source, how many queues downstream
            are full.
        source: the source node whose first output this is, if any.
        is_input: fed by the application.
        is_awaited: the application waits for space to add a packet.
        carried: packets delivered to its consumers.
        late: packets of a graph input that came too late, and were dropped.
        bumped: packets of a graph input that came too late, and were moved to a later time.
        header: what the producer says of the whole stream; None for nothing.
        tell_room: called when no queue downstream of a graph input is full any more; for drivers.
    """

    __slots__ = (
        "bound",
        "bumped",
        "carried",
        "header",
        "is_awaited",
        "is_input",
        "label",
        "late",
        "name",
        "only",
        "plan",
        "queues",
        "source",
        "tell_room",
        "throttled",
    )

    def __init__(self, plan: StreamPlan, *, is_input: bool) -> None:
        self.plan = plan
        self.name = plan.name
        self.label = f'stream "{plan.name}"'
        self.is_input = is_input
        self.is_awaited = False
        self.bound: int = time_of.PRESTREAM
        self.queues: tuple[Queue, ...] = ()
        self.only: Queue | None = None
        self.throttled = self.carried = self.late = self.bumped = 0
        self.source: Node | None = None
        self.header: Any = None
        self.tell_room: Callable[[], None] = _no_one

    def set_queues(self, queues: tuple[Queue, ...]) -> None:
        """Say whose queues get what this stream carries."""
        self.queues = queues
        self.only = queues[0] if len(queues) == 1 and queues[0].node.is_single else None

    @property
    def is_root(self) -> bool:
        """Whether full queues downstream hold its feeder back."""
        return self.is_input or self.source is not None


class Queue:
    """One input of one node.

    Attributes:
        is_watched: its node waits for this queue to move: look at the node again when it does.
        limit: packets at which it is full.
        roots: the streams whose feeders are throttled while it is full.
        seen: the newest time its node was called for, where the policy keeps inputs apart.
        dropped: packets that the node's policy threw away.
        discarded: packets that were left when the node closed.
        abandoned: packets that were left when the run failed or was cancelled.
        detached_at: packets that its stream had carried when the node closed; -1 before.
    """

    __slots__ = (
        "abandoned",
        "detached_at",
        "discarded",
        "dropped",
        "is_full",
        "is_watched",
        "limit",
        "node",
        "packets",
        "roots",
        "seen",
        "stream",
    )

    def __init__(self, stream: Stream, node: Node, limit: int) -> None:
        self.stream = stream
        self.node = node
        self.limit = limit
        self.packets: deque[Packet] = deque()
        self.is_watched = False
        self.is_full = False
        self.roots: tuple[Stream, ...] = ()
        self.seen: int = time_of.UNSTARTED
        self.dropped = self.discarded = self.abandoned = 0
        self.detached_at = -1

    @property
    def delivered(self) -> int:
        """Packets that came in."""
        return self.stream.carried if self.detached_at < 0 else self.detached_at

    @property
    def consumed(self) -> int:
        """Packets that calls were given."""
        kept_away = self.dropped + self.discarded + self.abandoned + len(self.packets)
        return self.delivered - kept_away

    def discard(self) -> None:
        """Throw away what is left when the node closes."""
        self.discarded += len(self.packets)
        self.packets.clear()

    def abandon(self) -> None:
        """Throw away what is left when the run fails."""
        self.abandoned += len(self.packets)
        self.packets.clear()


class Invocation(Context):
    """A node's context for one call in flight, made once and used again for each call.

    Attributes:
        step: what is to be done.
        ports, shards: the inputs and outputs as tuples, in the plan's order.
        call: the calculator's method for `step`, to be called with this invocation.
        is_finished: reported, but an older invocation of the node was not.
        error: what the call failed with, if that is passed over and goes to a stream.
        calls, busy_seconds, setup_seconds: noted by the driver: how often `process` was called,
            how long that took, and how long `open` and `close` took.
    """

    __slots__ = (
        "_calls",
        "busy_seconds",
        "call",
        "calls",
        "error",
        "is_finished",
        "node",
        "ports",
        "setup_seconds",
        "shards",
        "step",
    )

    def __init__(self, node: Node, streams: tuple[Stream, ...], values: Mapping[str, Any]) -> None:
        plan = node.plan
        self.node = node
        self.bind(_nothing, _nothing, _nothing)
        self.is_finished = False
        self.error: CalculatorError | None = None
        self.calls = 0
        self.busy_seconds = self.setup_seconds = 0.0
        self.has_stopped = False
        self.fault = None
        self.timestamp = time_of.UNSTARTED
        self.node_name = plan.name
        self.services = {}
        self.service_keys = (*plan.services, *plan.optional_services)
        self.ports = tuple(
            Input(each.tag, each.index, streams[each.stream].name) for each in plan.inputs
        )
        self.shards = tuple(
            Output(each.tag, each.index, streams[each.stream].name, self) for each in plan.outputs
        )
        if len(self.ports) > 1 and isinstance(plan.policy, ImmediatePolicy | SyncSetPolicy):
            for output in self.shards:
                output.order_hint = _APART_HINT
        self.inputs = Ports("input", self.ports)
        self.outputs = Ports("output", self.shards)
        self.side_inputs = SideInputs(
            {(side.tag, side.index): side.name for side in plan.side_inputs}, values
        )
        self.side_outputs = SideOutputs(
            {(side.tag, side.index): side.name for side in plan.side_outputs}, values
        )

    def bind(self, opening: Call, processing: Call, closing: Call) -> None:
        """Say which calls the steps are; the driver's business, before the run."""
        self._calls = {Step.OPEN: opening, Step.PROCESS: processing, Step.CLOSE: closing}
        self.set_step(Step.OPEN)

    def wrap(self, around: Callable[[Call], Call]) -> None:
        """Put something around the calls of all steps; after they were bound."""
        self.bind(*(around(self._calls[step]) for step in (Step.OPEN, Step.PROCESS, Step.CLOSE)))

    def set_step(self, step: Step) -> None:
        """Say what is to be done next."""
        self.step = step
        self.call = self._calls[step]

    def discard(self) -> None:
        """Forget what the call emitted and made."""
        for output in self.shards:
            output.packet = None
            output.more.clear()
        self.side_outputs.made.clear()
        self.has_stopped, self.fault = False, None
        self.error = None


class Node:
    """One use of a calculator.

    Attributes:
        free: invocations that may still be taken; -1 while the only one of a node processes and
            is to be released by the shortest way: told apart by one comparison.
        slot: the invocation, or the first of several.
        idle: invocations not in flight, where several may be.
        running: invocations in flight, in dispatch order, where several may be.
        pairs: queues with the ports of `slot`.
        outlets: the outputs of `slot` with their streams.
        bit, open_bit: this node's places in its pool's ready number.
        is_single, is_join: which short path applies (both: the default policy, one in flight).
        is_straight: single, with one output, to which it promises the time of the call.
        outlet, outflow: this output, and its stream.
        inflow: the stream of `queue`.
        ready_time: the time it is ready for, found by its policy.
        waiting_bound: the lowest bound it waits at, found by its policy; UNSET for none to hand on.
        is_closing: ready, and to be closed.
        is_exhausted: a source that has stopped.
        is_dormant: a source whose layer has not begun.
        skipped: failed calls that its graph wants passed over.
        error_stream: where the errors of these go, if anywhere; it is none of `outputs`.
        produced: the outputs, and the stream of errors.
        call_offset: offset applied to outputs after each call, None for none.
        idle_offset: offset applied when handing the input bound on while waiting.
        missing_sides: side packets that must be made before it can open.
        missing_headers: nodes that must be open before it can open, by index: it reads headers.
    """

    __slots__ = (
        "bit",
        "call_offset",
        "error_stream",
        "free",
        "idle",
        "idle_offset",
        "index",
        "inflow",
        "is_closing",
        "is_dormant",
        "is_exhausted",
        "is_join",
        "is_single",
        "is_source",
        "is_straight",
        "max_in_flight",
        "missing_headers",
        "missing_sides",
        "open_bit",
        "outflow",
        "outlet",
        "outlets",
        "outputs",
        "pairs",
        "plan",
        "policy",
        "pool",
        "port",
        "produced",
        "queue",
        "queues",
        "ready_time",
        "running",
        "shards",
        "skipped",
        "slot",
        "state",
        "waiting_bound",
    )

    slot: Invocation
    idle: list[Invocation]
    pairs: tuple[tuple[Queue, Input], ...]
    outlets: tuple[tuple[Output, Stream], ...]
    outlet: Output
    outflow: Stream
    inflow: Stream
    queue: Queue
    port: Input
    shards: tuple[Output, ...]
    pool: Pool
    policy: Any

    def __init__(self, plan: NodePlan, index: int, streams: tuple[Stream, ...]) -> None:
        self.plan = plan
        self.index = index
        self.state = State.NEW
        self.is_source = plan.is_source
        self.max_in_flight = 1 if self.is_source else plan.max_in_flight
        self.queues: tuple[Queue, ...] = tuple(
            Queue(streams[each.stream], self, each.queue_limit or _NO_LIMIT) for each in plan.inputs
        )
        self.outputs = tuple(streams[each.stream] for each in plan.outputs)
        self.running: deque[Invocation] = deque()
        self.free = 0
        self.bit = self.open_bit = 0
        self.is_single = self.is_join = self.is_straight = False
        self.ready_time: int = time_of.UNSET
        self.waiting_bound: int = time_of.UNSET
        self.is_closing = self.is_exhausted = self.is_dormant = False
        self.skipped = 0
        self.error_stream = None if plan.error_stream is None else streams[plan.error_stream]
        self.produced = self.outputs + (() if self.error_stream is None else (self.error_stream,))
        self.call_offset: int | None = None
        self.idle_offset: int | None = None
        self.missing_sides: set[str] = set()
        self.missing_headers: set[int] = set()


class Pool:
    """One executor's ready set: a number whose highest bit is the most urgent node."""

    __slots__ = ("idle", "index", "ready")

    def __init__(self, index: int) -> None:
        self.index = index
        self.ready = 0
        # Workers that sleep; the driver's, kept here because every look at a pool needs both.
        self.idle: list[Any] = []


def _no_one() -> None:
    """Whom it is told that there is room, where no driver asked."""


def _nothing(context: Context) -> None:
    """The call of an invocation that no driver has bound."""


_NO_LIMIT = 1 << 62

_APART_HINT = (
    "\n  hint: this node is called for its inputs apart (ImmediateInputStreamHandler or "
    "SyncSetInputStreamHandler), so its times may go back from one call to the next; with "
    "DefaultInputStreamHandler it would be called for all inputs in order of time"
)
