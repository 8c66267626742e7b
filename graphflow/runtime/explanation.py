"""What waits for what, made from the machine's queues: the root causes first, each with a remedy.

Nothing is noted for this while the graph runs: what a node did last is still in its invocations,
and how much a stream carried is counted for the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from graphflow.nodes.contract import port_name
from graphflow.plan import Plan
from graphflow.runtime.blame import Blame, Subject, awaited_of, reason_of
from graphflow.runtime.elements import Invocation, Node, Queue, State, Step, Stream
from graphflow.runtime.remedies import remedy_of
from graphflow.words.timestamp import UNSET, UNSTARTED
from graphflow.words.waits import Awaited, Call, FullQueue, Reason, Wait


def explain_waits(nodes: Iterable[Node], inputs: Iterable[Stream], plan: Plan) -> list[Wait]:
    """Say of every node that is not closed why it does not go on.

    Returns:
        The root causes, those that most nodes wait for first, graph inputs among them; then the
        other nodes, in the plan's order.
    """
    nodes = tuple(nodes)
    blame = Blame(nodes, inputs, plan)
    writers = {stream: node for node in nodes for stream in node.outputs}
    others = [each for each in blame.subjects if each not in blame.waiting]
    return [_wait_of(each, blame, writers) for each in (*blame.roots, *others)]


def explain_pause(waits: Iterable[Wait]) -> list[Wait]:
    """Say of what could run that it waits for the run to be resumed."""
    return [
        replace(wait, reason=Reason.PAUSED, root="", remedy="resume the run")
        if wait.reason is Reason.READY
        else wait
        for wait in waits
    ]


def explain_full(queue: Queue, nodes: Iterable[Node]) -> Wait:
    """Say which full queue nobody can empty."""
    node = queue.node
    writers = {stream: each for each in nodes for stream in each.outputs}
    return Wait(
        node.plan.name,
        node.plan.location,
        Reason.FULL,
        stream=queue.stream.name,
        inputs=tuple(_awaited(each, writers) for each in node.queues if not each.packets),
        full=(_full(queue),),
        remedy=(
            f"raise max_queue_size, which is {queue.limit} there, or leave report_deadlock out: "
            "then the queue grows"
        ),
    )


def _wait_of(subject: Subject, blame: Blame, writers: dict[Stream, Node]) -> Wait:
    if isinstance(subject, Stream):
        wait = _wait_of_input(subject, blame)
    else:
        wait = _wait_of_node(subject, blame, writers)
    if subject in blame.waiting:
        remedy = remedy_of(subject, blame)
        return replace(wait, waiting=blame.waiting[subject], remedy=remedy)
    return replace(wait, root=label_of(blame.root_of[subject]))


def _wait_of_input(stream: Stream, blame: Blame) -> Wait:
    reason = reason_of(stream)
    return Wait(
        "",
        stream.plan.location,
        reason,
        stream=stream.name,
        full=tuple(map(_full, blame.full_queues(stream))) if reason is Reason.HELD_BACK else (),
        bound=stream.bound,
        carried=stream.carried,
    )


def _wait_of_node(node: Node, blame: Blame, writers: dict[Stream, Node]) -> Wait:
    reason = reason_of(node)
    is_input, is_held = reason is Reason.INPUT, reason is Reason.HELD_BACK
    return Wait(
        node.plan.name,
        node.plan.location,
        reason,
        inputs=tuple(_awaited(each, writers) for each in awaited_of(node)) if is_input else (),
        goal=blame.needs.get(node, UNSET) if is_input else UNSET,
        side_packets=tuple(sorted(node.missing_sides)),
        headers_of=tuple(blame.names_of(node.missing_headers)),
        layer=node.plan.source_layer,
        full=tuple(map(_full, blame.full_queues(node.outputs[0]))) if is_held else (),
        call=_call_of(node),
    )


def label_of(subject: Subject) -> str:
    """Return what a subject is called in sentences."""
    if isinstance(subject, Stream):
        return f'graph input "{subject.name}"'
    return f'node "{subject.plan.name}"'


def _call_of(node: Node) -> Call:
    """The oldest call in flight, or the one that a ready node is ready for."""
    if reason_of(node) is Reason.READY:
        is_new = node.state is State.NEW
        step = Step.OPEN if is_new else Step.CLOSE if node.is_closing else Step.PROCESS
        return Call(step.value)
    running = tuple(node.running)
    invocation = running[0] if running else node.slot
    return Call(invocation.step.value, UNSET if node.is_source else invocation.timestamp)


def _full(queue: Queue) -> FullQueue:
    return FullQueue(queue.node.plan.name, _port(queue), queue.stream.name, len(queue.packets))


def _awaited(queue: Queue, writers: dict[Stream, Node]) -> Awaited:
    stream = queue.stream
    writer = writers.get(stream)
    if writer is None:
        return Awaited(_port(queue), stream.name, stream.bound, stream.carried)
    last = _last_call(writer)
    return Awaited(
        _port(queue),
        stream.name,
        stream.bound,
        stream.carried,
        writer=writer.plan.name,
        written_at=UNSET if writer.is_source or last is None else last.timestamp,
        is_called=last is not None,
        is_running=reason_of(writer) is Reason.RUNNING and last is not None,
    )


def _last_call(node: Node) -> Invocation | None:
    """Return the newest call of `process`, None if there was none yet."""
    calls = (*node.idle, *node.running)
    last = max(calls, key=lambda each: each.timestamp, default=node.slot)
    is_process = last.step is Step.PROCESS and last.timestamp != UNSTARTED
    return last if is_process else None


def _port(queue: Queue) -> str:
    node = queue.node
    port = node.plan.inputs[node.queues.index(queue)]
    return port_name(port.tag, port.index)
