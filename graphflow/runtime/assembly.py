"""From a plan to the machine's parts: streams, nodes, pools, priorities and throttling roots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphflow.nodes.input_policy import DefaultPolicy, ImmediatePolicy
from graphflow.plan import Plan
from graphflow.runtime.elements import Invocation, Node, Pool, Stream
from graphflow.runtime.opening import find_missing
from graphflow.runtime.policies import Drained
from graphflow.runtime.policy_choice import rule_for
from graphflow.runtime.source_layers import lay
from graphflow.words.quick_dataclass import dataclass


@dataclass(frozen=True)
class Parts:
    """The machine's parts, wired.

    Attributes:
        by_priority: the node behind each bit of a ready number.
    """

    streams: tuple[Stream, ...]
    nodes: tuple[Node, ...]
    pools: tuple[Pool, ...]
    by_priority: tuple[Node, ...]


def assemble(plan: Plan, values: Mapping[str, Any], drained: Drained) -> Parts:
    """Make fresh parts for one run.

    Args:
        plan: the graph.
        values: the side packets; the same mapping is filled as nodes make more.
        drained: called by policies after they shortened a full queue.
    """
    inputs = set(plan.inputs)
    streams = tuple(
        Stream(each, is_input=position in inputs) for position, each in enumerate(plan.streams)
    )
    pools = tuple(Pool(index) for index in range(len(plan.executors)))
    nodes = tuple(Node(each, index, streams) for index, each in enumerate(plan.nodes))
    for node in nodes:
        _equip(node, streams, values)
        node.pool = pools[node.plan.executor]
        node.policy = rule_for(node.plan, drained)
    _join_queues(nodes)
    _find_roots(nodes, streams)
    lay(nodes)
    by_priority = _rank(nodes)
    for node in nodes:
        find_missing(node, plan, values)
    return Parts(streams, nodes, pools, by_priority)


def _equip(node: Node, streams: tuple[Stream, ...], values: Mapping[str, Any]) -> None:
    plan = node.plan
    node.idle = [Invocation(node, streams, values) for _ in range(node.max_in_flight)]
    node.slot = node.idle[0]
    node.shards = node.slot.shards
    node.pairs = tuple(zip(node.queues, node.slot.ports, strict=True))
    node.outlets = tuple(zip(node.slot.shards, node.outputs, strict=True))
    if plan.inputs:
        keeps_inputs_apart = isinstance(plan.policy, ImmediatePolicy) or len(plan.sync_sets) > 1
        # Where inputs keep their own time, one call says nothing about the others: only the lowest
        # bound of all can be handed on.
        node.call_offset = None if keeps_inputs_apart and len(plan.inputs) > 1 else plan.offset
        node.idle_offset = plan.offset
        node.queue, node.port = node.pairs[0]
        node.inflow = node.queue.stream
        batch_size = plan.policy.batch_size if isinstance(plan.policy, DefaultPolicy) else 0
        for queue in node.queues:  # what is collected for a batch holds nobody back
            queue.limit += max(batch_size - 1, 0)
        has_short_path = (
            batch_size == 1
            and not plan.process_timestamps
            and node.max_in_flight == 1
            and not plan.side_outputs
            and node.error_stream is None
        )
        # With a limit of one packet, that packet fills the queue: only the join path looks.
        node.is_single = has_short_path and len(plan.inputs) == 1 and node.queue.limit > 1
        node.is_join = has_short_path and not node.is_single
        if node.is_single and node.call_offset == 0 and len(node.outlets) == 1:
            node.is_straight = True
            ((node.outlet, node.outflow),) = node.outlets


def _join_queues(nodes: tuple[Node, ...]) -> None:
    for node in nodes:
        for queue in node.queues:
            queue.stream.set_queues((*queue.stream.queues, queue))


def _rank(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Give every node its bits: sources lowest, then by order towards the outputs, opens on top."""
    sources = [node for node in nodes if node.is_source]
    others = [node for node in nodes if not node.is_source]
    by_priority = [*reversed(sources), *others]
    for priority, node in enumerate(by_priority):
        node.bit = 1 << priority
    for priority, node in enumerate(reversed(nodes), start=len(nodes)):
        node.open_bit = 1 << priority
    return (*by_priority, *reversed(nodes))


def _find_roots(nodes: tuple[Node, ...], streams: tuple[Stream, ...]) -> None:
    """Find, for every queue, the graph inputs and sources that feed it from however far away."""
    feeders: dict[Stream, tuple[Stream, ...]] = {
        output: tuple(queue.stream for queue in node.queues)
        for node in nodes
        for output in node.produced
    }
    for node in nodes:
        if node.is_source:
            node.outputs[0].source = node
            feeders.update((output, (node.outputs[0],)) for output in node.outputs[1:])
    roots: dict[Stream, tuple[Stream, ...]] = {}
    for stream in streams:
        seen: dict[Stream, None] = {stream: None}
        waiting = [stream]
        while waiting:
            for feeder in feeders.get(waiting.pop(), ()):
                if feeder not in seen:
                    seen[feeder] = None
                    waiting.append(feeder)
        roots[stream] = tuple(each for each in streams if each in seen and each.is_root)
    for node in nodes:
        for queue in node.queues:
            queue.roots = roots[queue.stream]
