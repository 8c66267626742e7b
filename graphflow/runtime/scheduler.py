"""The scheduler: reports change it, `take` asks it. The package has the theory and the rules.

What happens at every hop is written out here; the rarer steps are in `taking`, `releasing` and
`ending`, which only this module calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphflow.plan import Plan
from graphflow.runtime.assembly import assemble
from graphflow.runtime.delivery import put, put_down, raise_bound, release_process
from graphflow.runtime.elements import Invocation, Node, Pool, Queue, Step, Stream
from graphflow.runtime.ending import end_run, error_of, fail_call
from graphflow.runtime.explanation import explain_full, explain_pause, explain_waits
from graphflow.runtime.ledger import Ledger, ledger_of
from graphflow.runtime.opening import hand_header_out
from graphflow.runtime.policies import READY
from graphflow.runtime.releasing import exhaust, finish_generally, pass_over
from graphflow.runtime.run_state import Phase, RunState
from graphflow.runtime.settling import heed, settle
from graphflow.runtime.source_layers import begin_next_layer
from graphflow.runtime.taking import take_generally
from graphflow.runtime.throttle import find_held_back, grow, mark_drained
from graphflow.words import timestamp as time_of
from graphflow.words.bounds import check_time
from graphflow.words.errors import GraphflowError, GraphStuck
from graphflow.words.packet import Packet
from graphflow.words.waits import Wait

MIN, MAX, DONE, UNSET = time_of.MIN, time_of.MAX, time_of.DONE, time_of.UNSET
RUNNING, PAUSED, FAILED = Phase.RUNNING, Phase.PAUSED, Phase.FAILED


class Scheduler:
    """One run of a plan.

    Attributes:
        errors: what went wrong, in order.
        skipped_errors: the newest of those that a node's `on_error: skip` passed over; how many
            there were, `Node.skipped` counts.
        side_packets: given and made ones by name; the same mapping that was passed in.
        in_flight: invocations taken and not yet reported.
        story: the last events that are not everyday: (what, who, time); never payloads.
    """

    def __init__(self, plan: Plan, side_packets: dict[str, Any]) -> None:
        self.plan = plan
        self.side_packets = side_packets
        parts = assemble(plan, side_packets, self._drained)
        self.streams, self.nodes, self.pools = parts.streams, parts.nodes, parts.pools
        self.inputs: Mapping[str, Stream] = {
            self.streams[index].name: self.streams[index] for index in plan.inputs
        }
        self.in_flight = 0
        self._by_priority = parts.by_priority
        self._sources = tuple(node for node in self.nodes if node.is_source)
        self._roots = tuple(each for each in self.streams if each.is_root)
        self._run = run = RunState(self.nodes, self.pools, side_packets)
        self.errors, self.skipped_errors, self.story = run.errors, run.skipped_errors, run.story
        self._work = run.work
        self._open_inputs = len(self.inputs)

    # ---- reports: what happened ----------------------------------------------------------

    def set_header(self, stream: Stream, header: Any) -> None:
        """The application says something of a whole graph input; before anything is taken."""
        stream.header = header
        hand_header_out(stream)

    def add(self, stream: Stream, packet: Packet) -> None:
        """A packet came in by a graph input.

        Raises:
            TimestampError: its time lies below the stream's bound; nothing has changed.
        """
        time = packet.timestamp
        if MIN <= time < MAX and time >= stream.bound:
            stream.bound = time + 1
        else:
            check_time(time, stream.bound, stream.label)
            stream.bound = time_of.next_allowed(time)
        stream.is_awaited = False
        if self._run.phase is FAILED:
            return
        stream.carried += 1
        for queue in stream.queues:
            put(queue, packet, self._work)
        if self._work:
            settle(self._work)

    def advance(self, stream: Stream, bound: int) -> None:
        """A graph input promises that nothing below `bound` will come. Lower bounds are ignored."""
        if bound >= DONE:
            bound = DONE
            self._open_inputs -= stream.bound != DONE
        raise_bound(stream, bound, self._work)
        if self._work:
            settle(self._work)

    def close_input(self, stream: Stream) -> None:
        """Nothing more will come by this graph input."""
        self.advance(stream, DONE)

    def await_space(self, stream: Stream) -> None:
        """The application holds a packet for this graph input back until `is_full` is false."""
        stream.is_awaited = True

    def forgo_space(self, stream: Stream) -> None:
        """The application gives up the packet that it held back."""
        stream.is_awaited = False

    def end_sources(self) -> None:
        """The application ends all sources; graph inputs stay open."""
        if not self.has_failed:
            exhaust(self.nodes, self._work)
            settle(self._work)

    def finish(self, invocation: Invocation) -> None:
        """An invocation returned: release what it emitted."""
        self._finish(invocation)
        self.in_flight -= 1

    def fail(self, invocation: Invocation, cause: BaseException) -> None:
        """An invocation raised: drop what it emitted, and end the run or pass the call over."""
        error = error_of(invocation, cause)
        is_call = invocation.step is Step.PROCESS and isinstance(cause, Exception)
        if invocation.node.plan.skips_errors and is_call and not self.has_failed:
            pass_over(self._run, invocation, error)
            self._finish(invocation)
        else:
            fail_call(self._run, invocation, error)
        self.in_flight -= 1

    def cancel(self, error: GraphflowError) -> None:
        """End the run: nothing is processed any more, opened nodes are closed."""
        if not self.has_failed and not self.is_done:
            end_run(self._run, error)

    def pause(self) -> None:
        """Offer nothing until `resume`; what is in flight goes on. Ignored once the run is over."""
        if self._run.phase is RUNNING and not self.is_done:
            self._run.phase = PAUSED
            self.story.append(("pause", "", UNSET))

    def resume(self) -> None:
        """Go on after `pause`."""
        if self._run.phase is PAUSED:
            self._run.phase = RUNNING
            self.story.append(("resume", "", UNSET))

    def when_failed(self, tell: Callable[[], None]) -> None:
        """Call `tell` in the report or question in which the run fails; it must not report."""
        self._run.tell_failure = tell

    def when_room(self, tell: Callable[[], None]) -> None:
        """Call `tell` in the report or question that ends a graph input's being held back.

        It must not report.
        """
        for stream in self.inputs.values():
            stream.tell_room = tell

    # ---- the question: what to do next ------------------------------------------------------

    def take(self, pool: Pool) -> Invocation | None:
        """Return the most urgent invocation of this pool, or None if there is none now."""
        if self._run.phase is PAUSED:
            return None
        if not pool.ready:
            if not self.in_flight:
                self.wake()
            if not pool.ready:
                return None
        self.in_flight += 1
        return self._take(pool, pool.ready)

    def finish_and_take(self, invocation: Invocation, pool: Pool) -> Invocation | None:
        """`finish`, then `take`: one step for a worker that goes on."""
        node = invocation.node
        if not node.is_straight or node.free != -1 or invocation.has_stopped or node.outlet.more:
            return self._finish_and_take(invocation, pool)
        # The straight path: `release_process` and `_take_single` written out for one input and
        # one output, for every call saved counts at every hop.
        settled = invocation.timestamp + 1
        if node.inflow.bound <= settled:  # so there is no packet either
            node.queue.is_watched = True
        elif node.queue.packets:
            node.pool.ready |= node.bit
        else:
            return self._finish_and_take(invocation, pool)
        node.free = 1
        output, stream = node.outlet, node.outflow
        bound, packet = output.bound, output.packet
        if bound < settled:
            output.bound = bound = settled
        if packet is None:
            raise_bound(stream, bound, self._work)
        else:
            output.packet = None
            stream.bound = bound
            stream.carried += 1
            queue = stream.only
            if queue is not None and queue.is_watched:
                following = queue.node
                if (
                    following.bit > pool.ready
                    and following.pool is pool
                    and self._run.phase is not PAUSED
                ):
                    queue.is_watched = False
                    following.free = -1
                    invocation, port = following.slot, following.port
                    port.packet = packet
                    port.settled = invocation.timestamp = packet.timestamp
                    return invocation
            for each in stream.queues:
                put(each, packet, self._work)
        if self._work:
            settle(self._work)
        return self._take_next(pool)

    def wake(self) -> None:
        """If nothing runs and nothing can, see whether something can be made to.

        The next layer of sources begins when all that ran are closed. Full queues grow if somebody
        is held back by them; a stuck graph fails, and its open nodes become ready to be closed.
        """
        if self._run.phase is not RUNNING or self.is_done or not self.is_idle:
            return
        if self._sources:
            begin_next_layer(self._sources, self._work)
            settle(self._work)
            if not self.is_idle:
                return
        full = find_held_back(self.nodes, self._roots)
        if full and self.plan.report_deadlock:
            end_run(self._run, GraphStuck([explain_full(queue, self.nodes) for queue in full]))
        elif full:
            for queue in full:
                grow(queue, self._work)
                self.story.append(("grow", queue.stream.name, queue.limit))
            settle(self._work)
        elif not self._open_inputs:
            end_run(self._run, GraphStuck(self.explain()))

    # ---- queries --------------------------------------------------------------------------

    @property
    def has_failed(self) -> bool:
        """Whether an error or a cancel ended the run."""
        return self._run.has_failed

    @property
    def is_paused(self) -> bool:
        """Whether nothing is offered until `resume`."""
        return self._run.phase is PAUSED

    @property
    def is_done(self) -> bool:
        """Whether all is over: every node closed, nothing in flight, and nothing can come in."""
        return (
            not self._run.open_nodes
            and not self.in_flight
            and (self.has_failed or not self._open_inputs)
        )

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in flight and nothing is ready."""
        if self.in_flight:
            return False
        for pool in self.pools:  # noqa: SIM110 (asked whenever a run becomes idle)
            if pool.ready:
                return False
        return True

    def is_full(self, stream: Stream) -> bool:
        """Whether a queue downstream of this graph input is full."""
        return stream.throttled > 0

    def ledger(self) -> Ledger:
        """Say what became of every packet that was delivered to a node's input."""
        return ledger_of(self.nodes, self.inputs.values())

    def explain(self) -> list[Wait]:
        """Say of every node that is not closed what it waits for, the root causes first."""
        waits = explain_waits(self.nodes, self.inputs.values(), self.plan)
        return explain_pause(waits) if self.is_paused else waits

    # ---- the hot path -----------------------------------------------------------------------

    def _finish(self, invocation: Invocation) -> None:
        node = invocation.node
        if node.free != -1 or invocation.has_stopped:
            finish_generally(self._run, invocation)
            return
        node.free = 1
        following = release_process(node, invocation.timestamp, self._work)
        if following is not None:
            put_down(following)
        if self._work:
            settle(self._work)

    def _finish_and_take(self, invocation: Invocation, pool: Pool) -> Invocation | None:
        """Do so on other paths than the straight one."""
        node = invocation.node
        if node.free != -1 or invocation.has_stopped:
            finish_generally(self._run, invocation)
            return self._take_next(pool)
        node.free = 1
        work = self._work
        following = release_process(node, invocation.timestamp, work)
        if work:
            joined = self._take_waiting_join(pool) if following is None else None
            if joined is not None:
                return joined
            if work:
                settle(work)
        if following is not None:
            is_first = following.bit > pool.ready and following.pool is pool
            if not is_first or self._run.phase is PAUSED:
                put_down(following)
            else:
                following.free = -1
                invocation = following.slot
                port = following.port
                # It is in hand: its packet is in its port already.
                port.settled = invocation.timestamp = port.packet.timestamp  # type: ignore[union-attr]
                return invocation
        return self._take_next(pool)

    def _take_waiting_join(self, pool: Pool) -> Invocation | None:
        """Take the join that is to be looked at, if it is the only one, ready and most urgent."""
        work = self._work
        node = work[0]
        if not node.is_join or node.free != 1 or node.is_closing or len(work) > 1:
            return None
        if node.pool is not pool or node.bit <= pool.ready or self._run.phase is PAUSED:
            return None
        del work[0]
        verdict = node.policy.review(node)
        if verdict is READY:
            return self._take_join(node)
        heed(node, verdict, work)
        return None

    def _take_next(self, pool: Pool) -> Invocation | None:
        """`take`, for a worker whose call still counts as in flight."""
        ready = pool.ready
        if ready and self._run.phase is not PAUSED:
            return self._take(pool, ready)
        self.in_flight -= 1
        return Scheduler.take(self, pool)  # whoever extends `take` has extended this, too

    def _take(self, pool: Pool, ready: int) -> Invocation:
        node = self._by_priority[ready.bit_length() - 1]
        if node.free == 1 and not node.is_closing:
            if node.is_single:
                pool.ready = ready ^ node.bit
                return self._take_single(node)
            if node.is_join:
                pool.ready = ready ^ node.bit
                return self._take_join(node)
        return take_generally(self._run, node, pool, self._drained)

    def _take_join(self, node: Node) -> Invocation:
        """Take a call of an open node with several inputs, all settled at its ready time."""
        node.free = -1
        invocation = node.slot
        invocation.timestamp = time = node.ready_time
        for queue, port in node.pairs:
            port.settled = time
            packets = queue.packets
            if packets and packets[0].timestamp == time:
                port.packet = packets.popleft()
                if queue.is_full:
                    self._drained(queue)
            else:
                port.packet = None
        if self._work:
            settle(self._work)
        return invocation

    def _take_single(self, node: Node) -> Invocation:
        """Take a call of an open node with one input, where a packet waits."""
        node.free = -1
        invocation = node.slot
        queue, port = node.queue, node.port
        port.packet = packet = queue.packets.popleft()
        port.settled = invocation.timestamp = packet.timestamp
        if queue.is_full:
            self._drained(queue)
            settle(self._work)
        return invocation

    def _drained(self, queue: Queue) -> None:
        mark_drained(queue, self._work)
