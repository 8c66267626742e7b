"""Taking an invocation by the general way: opens, closes, and all but two input policies.

The two are the default policy on one input and on several, with one call in flight: the short ways
of `Scheduler`.
"""

from __future__ import annotations

from graphflow.runtime.elements import Invocation, Node, Pool, State, Step
from graphflow.runtime.policies import Drained
from graphflow.runtime.run_state import RunState
from graphflow.runtime.settling import settle
from graphflow.words import timestamp as time_of


def take_generally(run: RunState, node: Node, pool: Pool, drained: Drained) -> Invocation:
    """Form the invocation that a node is ready for."""
    if node.state is State.NEW:
        pool.ready &= ~node.open_bit
        invocation = _take_open(node)
    else:
        pool.ready &= ~node.bit
        invocation = _take_close(node) if node.is_closing else _take_process(run, node, drained)
    run.story.append((invocation.step.value, node.plan.name, invocation.timestamp))
    return invocation


def _take_open(node: Node) -> Invocation:
    node.state = State.OPENING
    node.slot.timestamp = time_of.UNSTARTED
    return node.slot


def _take_close(node: Node) -> Invocation:
    node.is_closing = False
    node.state = State.CLOSING
    node.free = 0
    invocation = node.slot
    invocation.set_step(Step.CLOSE)
    invocation.timestamp = time_of.DONE
    for output, stream in zip(invocation.shards, node.outputs, strict=True):
        output.bound = stream.bound
    for port in invocation.ports:
        port.packet = None
        port.settled = time_of.MAX
    return invocation


def _take_process(run: RunState, node: Node, drained: Drained) -> Invocation:
    if node.max_in_flight == 1:
        # Side packets and errors leave by the general way, which a node running at 0 takes.
        is_plain = not node.plan.side_outputs and node.error_stream is None
        node.free = -1 if is_plain else 0
        invocation, pairs = node.slot, node.pairs
    else:
        invocation = node.idle.pop()
        node.running.append(invocation)
        node.free -= 1
        for output, stream in zip(invocation.shards, node.outputs, strict=True):
            output.bound = stream.bound
        pairs = tuple(zip(node.queues, invocation.ports, strict=True))
        run.work.append(node)
    node.policy.fill(node, invocation, pairs, drained)
    settle(run.work)
    return invocation
