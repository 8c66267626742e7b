"""The machine's rules again, as assertions: everything it keeps up to date is found from scratch.

`check` is called between reports, by the simulation and by tests; it is no part of a normal run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graphflow.runtime.elements import Node, Pool, Queue, State, Step, Stream
from graphflow.runtime.policies import (
    CLOSE,
    READY,
    WAIT,
    DefaultRule,
    FixedSizeRule,
    ImmediateRule,
    ImmediateSettledRule,
    SettledRule,
    SettledSetLook,
    SyncSetRule,
    Verdict,
)
from graphflow.runtime.scheduler import Scheduler
from graphflow.runtime.special_policies import (
    AlignRule,
    BarrierRule,
    BatchRule,
    EarlyCloseRule,
    MuxRule,
)
from graphflow.words import timestamp as time_of

DONE, MAX, MIN = time_of.DONE, time_of.MAX, time_of.MIN


def check(scheduler: Scheduler) -> None:
    """Assert that the machine is consistent between two reports.

    Raises:
        AssertionError: it is not; the message names node or stream.
    """
    assert not scheduler._work, "work is left over"
    _check_counts(scheduler)
    for node in scheduler.nodes:
        _check_queues(node)
        _check_ready_bits(node)
        if scheduler.has_failed:
            _check_node_of_failed_run(node)
        else:
            _check_node(node, scheduler)
    if not scheduler.has_failed:
        _check_throttles(scheduler)
        _check_layers(scheduler)


def _name(node: Node, queue: Queue | None = None) -> str:
    return node.plan.name if queue is None else f"{node.plan.name}, {queue.stream.label}"


# ---- all runs ----------------------------------------------------------------------------------


def _check_counts(scheduler: Scheduler) -> None:
    nodes = scheduler.nodes
    assert scheduler._run.open_nodes == sum(node.state is not State.CLOSED for node in nodes)
    assert scheduler._open_inputs == sum(each.bound < DONE for each in scheduler.inputs.values())
    assert scheduler.in_flight == sum(_in_flight(node) for node in nodes), (
        "tickets and nodes differ"
    )
    assert not scheduler.has_failed or scheduler.errors, "failed without an error"


def _in_flight(node: Node) -> int:
    """How many invocations of a node are out, from its own state."""
    if node.state in (State.OPENING, State.CLOSING):
        return 1
    if node.state is not State.OPEN:
        return 0
    if node.max_in_flight == 1:
        return int(node.free < 1)
    assert node.free + len(node.running) == node.max_in_flight, _name(node)
    assert node.free == len(node.idle), _name(node)
    assert not (node.running and node.running[0].is_finished), f"{_name(node)}: not released"
    return sum(not invocation.is_finished for invocation in node.running)


def _check_queues(node: Node) -> None:
    for queue in node.queues:
        if queue.packets:
            times = [packet.timestamp for packet in queue.packets]
            assert times == sorted(set(times)), f"{_name(node, queue)}: times don't rise"
            assert times[-1] < queue.stream.bound, f"{_name(node, queue)}: past the bound"
        is_attached = queue in queue.stream.queues
        assert is_attached is (node.state is not State.CLOSED), _name(node, queue)


def _check_ready_bits(node: Node) -> None:
    ready = node.pool.ready
    may_open = node.state is State.NEW and not node.missing_sides and not node.missing_headers
    assert bool(ready & node.open_bit) is may_open, f"{_name(node)}: ready to be opened?"
    if ready & node.bit:
        assert node.state is State.OPEN, f"{_name(node)}: ready, but not open"
        assert node.free > 0, f"{_name(node)}: ready, but nothing is free"
    assert not node.is_closing or ready & node.bit, f"{_name(node)}: closing, but not ready"


def _check_node_of_failed_run(node: Node) -> None:
    assert node.state is not State.NEW, f"{_name(node)}: opens although the run failed"
    assert not any(queue.packets for queue in node.queues), f"{_name(node)}: keeps packets"
    if node.state is State.OPEN:
        assert node.is_closing is (_in_flight(node) == 0), f"{_name(node)}: is to be closed"
        assert not any(invocation.is_finished for invocation in node.running), _name(node)


# ---- runs that have not failed -----------------------------------------------------------------


def _check_throttles(scheduler: Scheduler) -> None:
    queues = [
        queue for node in scheduler.nodes if node.state is not State.CLOSED for queue in node.queues
    ]
    for queue in queues:
        is_full = len(queue.packets) >= queue.limit
        assert queue.is_full is is_full, f"{_name(queue.node, queue)}: full?"
    for stream in scheduler.streams:
        if stream.is_input or stream.source is not None:
            count = sum(queue.is_full for queue in queues if stream in queue.roots)
            assert stream.throttled == count, f"{stream.label}: full queues downstream"


def _check_layers(scheduler: Scheduler) -> None:
    """A source that is awake has outlived all sources of lower layers."""
    sources = [node for node in scheduler.nodes if node.is_source]
    open_layers = [node.plan.source_layer for node in sources if node.state is not State.CLOSED]
    for node in sources:
        if not node.is_dormant and node.state is State.OPEN:
            assert node.plan.source_layer == min(open_layers), f"{_name(node)}: awake too early"


def _check_node(node: Node, scheduler: Scheduler) -> None:
    if node.state is State.NEW:
        made_later = {
            name for name, side in scheduler.plan.side_packets.items() if side.producer is not None
        }
        wanted = {side.name for side in node.plan.side_inputs} & made_later
        assert node.missing_sides == wanted - scheduler.side_packets.keys(), _name(node)
    _check_headers(node, scheduler)
    if node.state is State.CLOSED:
        assert all(each.bound == DONE for each in node.produced), f"{_name(node)}: outputs open"
    if node.state is not State.OPEN or node.free < 1:
        return
    verdict = _verdict(node)
    is_ready = bool(node.pool.ready & node.bit)
    if is_ready and not node.is_closing and node.plan.process_timestamps:
        return  # maybe for a time that was settled before its input ended
    if is_ready and not node.is_closing and isinstance(node.policy, EarlyCloseRule):
        verdict = _default_verdict(node.queues)  # an input may have ended since
    assert node.is_closing is (verdict is CLOSE and not node.running), f"{_name(node)}: closing?"
    assert is_ready is (verdict is READY or node.is_closing), f"{_name(node)}: {verdict}, ready?"
    if verdict is WAIT and node.queues:
        _check_watch(node)
        if not node.running and node.idle_offset is not None:
            _check_handed_on(node, node.idle_offset, node.outputs)
        if not node.running and node.error_stream is not None:
            _check_handed_on(node, 0, (node.error_stream,))


def _check_headers(node: Node, scheduler: Scheduler) -> None:
    """A node that reads headers opens after its producers, and sees what they said."""
    is_reader = node.plan.reads_headers
    feeders = [
        scheduler.nodes[producer]
        for each in node.plan.inputs
        if is_reader and not each.is_back_edge
        if (producer := scheduler.plan.streams[each.stream].producer) is not None
    ]
    unopened = {each.index for each in feeders if each.state in (State.NEW, State.OPENING)}
    expected = unopened if node.state is State.NEW else set()
    assert node.missing_headers == expected, f"{_name(node)}: waits for other headers"
    if node.state is not State.NEW:
        assert not unopened, f"{_name(node)}: opened before its headers were there"
    if is_reader and node.state is not State.CLOSED:
        for invocation in (*node.idle, *node.running):
            for queue, port in zip(node.queues, invocation.ports, strict=True):
                assert port.header is queue.stream.header, f"{_name(node, queue)}: old header"


def _verdict(node: Node) -> Verdict:
    rule = node.policy
    if not node.queues:
        if node.is_exhausted or all(stream.bound == DONE for stream in node.outputs):
            return CLOSE
        return WAIT if node.is_dormant or node.outputs[0].throttled else READY
    if isinstance(rule, SettledRule):
        return _settled_verdict(node.queues, rule.last)
    if isinstance(rule, SyncSetRule):
        verdicts = [
            _settled_verdict(queues, last)
            if isinstance(rule.rule, SettledSetLook)
            else _default_verdict(queues)
            for queues, last in _sets(node, rule)
        ]
        if READY in verdicts:
            return READY
        return WAIT if WAIT in verdicts else CLOSE
    if isinstance(rule, ImmediateRule):
        return _immediate_verdict(node)
    if isinstance(rule, BarrierRule | EarlyCloseRule) and any(
        not queue.packets and queue.stream.bound == DONE for queue in node.queues
    ):
        return CLOSE
    if isinstance(rule, BarrierRule):
        return READY if all(queue.packets for queue in node.queues) else WAIT
    if isinstance(rule, AlignRule):
        return _aligned_verdict(node.queues, rule)
    if isinstance(rule, MuxRule):
        return _mux_verdict(node.queues, rule)
    if isinstance(rule, BatchRule):
        return _batch_verdict(node.queues, rule)
    assert isinstance(rule, DefaultRule), rule
    return _default_verdict(node.queues)


def _sets(node: Node, rule: SyncSetRule) -> list[tuple[tuple[Queue, ...], int]]:
    return [
        (tuple(node.queues[position] for position in members), last)
        for members, last in zip(rule.sets, rule.last, strict=True)
    ]


def _default_verdict(queues: tuple[Queue, ...]) -> Verdict:
    heads = [queue.packets[0].timestamp for queue in queues if queue.packets]
    bounds = [queue.stream.bound for queue in queues if not queue.packets]
    if heads and min(heads) < min(bounds, default=DONE):
        return READY
    return CLOSE if not heads and min(bounds) == DONE else WAIT


def _settled_verdict(queues: tuple[Queue, ...], last: int) -> Verdict:
    times = [
        queue.packets[0].timestamp if queue.packets else time_of.settled_before(queue.stream.bound)
        for queue in queues
        if queue.packets or queue.stream.bound < DONE
    ]
    if not times:
        return CLOSE
    return READY if min(times) > last else WAIT


def _immediate_verdict(node: Node) -> Verdict:
    sees_bounds = isinstance(node.policy, ImmediateSettledRule)
    for queue in node.queues:
        settled = time_of.settled_before(queue.stream.bound)
        if queue.packets or (settled > queue.seen and (sees_bounds or _is_over(queue))):
            return READY
    return CLOSE if all(_is_over(queue) for queue in node.queues) else WAIT


def _aligned_verdict(queues: tuple[Queue, ...], rule: AlignRule) -> Verdict:
    if rule.offsets is None:
        return _default_verdict((queues[rule.base],))
    heads: list[int] = []
    bounds: list[int] = []
    for queue, offset in zip(queues, rule.offsets, strict=True):
        time = queue.packets[0].timestamp if queue.packets else queue.stream.bound
        moved = time_of.shifted(time, offset) if MIN <= time <= MAX else time
        (heads if queue.packets else bounds).append(moved)
    if heads and min(heads) < min(bounds, default=DONE):
        return READY
    return CLOSE if not heads and min(bounds) == DONE else WAIT


def _mux_verdict(queues: tuple[Queue, ...], rule: MuxRule) -> Verdict:
    control = queues[rule.control]
    if not control.packets:
        return CLOSE if control.stream.bound == DONE else WAIT
    position = rule.chosen(control.packets[0].value)
    if position is None:
        return READY
    return READY if control.packets[0].timestamp < queues[position].stream.bound else WAIT


def _batch_verdict(queues: tuple[Queue, ...], rule: BatchRule) -> Verdict:
    verdict = _default_verdict(queues)
    lowest = min(queue.stream.bound for queue in queues)
    times = {packet.timestamp for queue in queues for packet in queue.packets}
    complete = [time for time in times if time < lowest]
    if verdict is READY and not rule.left and lowest < DONE and len(complete) < rule.size:
        return WAIT
    return verdict


def _is_over(queue: Queue) -> bool:
    return queue.stream.bound > time_of.POSTSTREAM


def _check_watch(node: Node) -> None:
    """A waiting node watches what it waits for."""
    rule = node.policy
    if isinstance(rule, BarrierRule):
        assert all(queue.is_watched or queue.packets for queue in node.queues), _name(node)
        return
    if isinstance(rule, AlignRule):
        assert any(queue.is_watched and not queue.packets for queue in node.queues), _name(node)
        return
    if isinstance(rule, FixedSizeRule | ImmediateRule | BatchRule | EarlyCloseRule | MuxRule):
        assert all(queue.is_watched for queue in node.queues), f"{_name(node)}: watches too little"
        return
    sets = [queues for queues, _ in _sets(node, rule)] if isinstance(rule, SyncSetRule) else None
    for queues in sets or [node.queues]:
        watched = [queue for queue in queues if queue.is_watched]
        empty = [queue for queue in queues if not queue.packets and queue.stream.bound < DONE]
        if sets and not empty:
            continue
        assert len(watched) == 1, f"{_name(node)}: watches {len(watched)} queues"
        lowest = min(queue.stream.bound for queue in empty)
        assert not watched[0].packets, f"{_name(node)}: watches a queue with packets"
        assert watched[0].stream.bound == lowest, f"{_name(node)}: watches the wrong queue"


def _check_handed_on(node: Node, offset: int, outputs: Iterable[Stream]) -> None:
    bound = _lowest(node)
    if MIN <= bound <= MAX:
        bound = time_of.shifted(bound, offset)
    for stream in outputs:
        assert bound < MIN or stream.bound >= bound, f"{_name(node)}: keeps a bound back"


def _lowest(node: Node) -> int:
    """The lowest time at which a waiting node can still be called."""
    rule = node.policy
    if isinstance(rule, MuxRule):
        queues: tuple[Queue, ...] = (node.queues[rule.control],)
    elif isinstance(rule, AlignRule):
        return rule.look(node)[1]
    else:
        queues = node.queues
    return min(
        queue.packets[0].timestamp if queue.packets else queue.stream.bound for queue in queues
    )


def check_ledger(scheduler: Scheduler, consumed: Mapping[Queue, int]) -> None:
    """Assert that the ledger knows what an observer of all calls has counted."""
    for node in scheduler.nodes:
        for queue in node.queues:
            found, expected = queue.consumed, consumed.get(queue, 0)
            assert found == expected, f"{_name(node, queue)}: consumed {found}, not {expected}"


def check_call(scheduler: Scheduler, pool: Pool, node: Node, step: Step) -> None:
    """Assert that an invocation just taken is one that the rules allow, and the most urgent."""
    assert node.pool is pool, f"{_name(node)}: taken by another executor"
    assert not scheduler.is_paused, f"{_name(node)}: taken although the run is paused"
    if step is Step.PROCESS:
        assert not scheduler.has_failed, f"{_name(node)}: processes although the run failed"
        assert node.state is State.OPEN, f"{_name(node)}: processes, but is not open"
    for other in scheduler.nodes:
        if other.pool is node.pool and other is not node:
            _check_urgency(node, step, other)


def _check_urgency(node: Node, step: Step, other: Node) -> None:
    """Opens come first, then nodes nearer to the outputs; sources last."""
    ready = node.pool.ready
    if step is Step.OPEN:
        assert not (ready & other.open_bit and other.index < node.index), (
            f"{_name(node)}: opened before {_name(other)}"
        )
        return
    assert not ready & other.open_bit, f"{_name(node)}: called before {_name(other)} is opened"
    if ready & other.bit and not other.is_source:
        is_later = node.is_source or other.index > node.index
        assert not is_later, f"{_name(node)}: called before {_name(other)}, which is more urgent"
