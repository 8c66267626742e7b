"""The end (rule 8): of a call, of a node, and, after the first error, of the run."""

from __future__ import annotations

from graphflow.runtime.elements import Invocation, Node, State, Step
from graphflow.runtime.opening import note_opened
from graphflow.runtime.run_state import Phase, RunState
from graphflow.runtime.settling import offer_close
from graphflow.runtime.throttle import mark_drained
from graphflow.words import timestamp as time_of
from graphflow.words.errors import CalculatorError, GraphflowError


def end_run(run: RunState, error: GraphflowError) -> None:
    """Note an error; the first one empties all queues and leaves only CLOSE to be taken."""
    run.errors.append(error)
    if run.has_failed:
        return
    run.phase = Phase.FAILED
    run.story.append(("fail", type(error).__name__, time_of.UNSET))
    run.work.clear()
    for pool in run.pools:
        pool.ready = 0
    for node in run.nodes:
        node.is_closing = False
        if node.free < 0:
            node.free = 0  # what is in flight must not leave by the shortest way any more
        for queue in node.queues:
            queue.abandon()
            queue.is_watched = False
        for invocation in tuple(node.running):
            if invocation.is_finished:  # it waits for an older one, which nobody needs any more
                put_back(invocation)
        if node.state is State.NEW:
            close_node(run, node)
        offer_close_after_failure(node)
    run.tell_failure()


def fail_call(run: RunState, invocation: Invocation, error: GraphflowError) -> None:
    """Take a call that failed out of flight, and end the run."""
    node = invocation.node
    put_back(invocation)
    end_run(run, error)
    if invocation.step is not Step.PROCESS:
        close_node(run, node)
    offer_close_after_failure(node)


def leave(run: RunState, invocation: Invocation) -> None:
    """Take an invocation out of flight, and its node to the state that comes of it."""
    node = invocation.node
    put_back(invocation)
    if invocation.step is Step.CLOSE:
        close_node(run, node)
    elif invocation.step is Step.OPEN:
        node.state = State.OPEN
        for each in node.idle:
            each.set_step(Step.PROCESS)
        if not run.has_failed:
            note_opened(node, run.nodes)


def leave_failed_run(run: RunState, invocation: Invocation) -> None:
    """Take a call out of flight that returned too late: nobody gets what it emitted."""
    leave(run, invocation)
    offer_close_after_failure(invocation.node)


def close_node(run: RunState, node: Node) -> None:
    """Take a node to its last state; what its queues still hold is thrown away."""
    node.state = State.CLOSED
    node.free = 0
    node.missing_sides.clear()
    node.missing_headers.clear()
    run.open_nodes -= 1
    for queue in node.queues:
        queue.is_watched = False
        queue.discard()
        queue.detached_at = queue.stream.carried
        if not run.has_failed:
            mark_drained(queue, run.work)
        left = tuple(each for each in queue.stream.queues if each is not queue)
        queue.stream.set_queues(left)


def put_back(invocation: Invocation) -> None:
    """Take an invocation out of flight, and forget what it still holds."""
    node = invocation.node
    invocation.discard()
    if invocation.is_finished or invocation in node.running:
        node.running.remove(invocation)
        invocation.is_finished = False
        node.idle.append(invocation)
    node.free = len(node.idle)


def offer_close_after_failure(node: Node) -> None:
    """In a run that failed, offer a node to be closed that is open and has nothing in flight."""
    if node.state is State.OPEN and node.free == node.max_in_flight:
        offer_close(node)


def error_of(invocation: Invocation, cause: BaseException) -> CalculatorError:
    """Say which node failed, in which step, at which time."""
    plan = invocation.node.plan
    # A source's calls all have time 0, which says nothing of when.
    time = time_of.UNSET if plan.is_source else invocation.timestamp
    error = CalculatorError(plan.name, invocation.step.value, time, cause, plan.location)
    error.__cause__ = cause
    return error
