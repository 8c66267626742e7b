"""Who feeds whom in a plan, and which inputs of a node wait for each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from graphflow.nodes.contract import port_name
from graphflow.nodes.input_policy import ImmediatePolicy, MuxPolicy, SyncSetPolicy
from graphflow.plan import InputPlan, NodePlan, Plan


@dataclass(frozen=True)
class End:
    """An input of a node, by positions in the plan."""

    node: int
    position: int


@dataclass(frozen=True)
class Loop:
    """A cycle, closed by a back edge.

    Attributes:
        end: the input marked as back edge.
        nodes: all nodes on a way from the end's node back to it, itself among them; none where
            the back edge closes no cycle.
    """

    end: End
    nodes: frozenset[int]


class Topology:
    """A plan's streams as a graph.

    Attributes:
        plan: the plan.
        readers: of each stream, the inputs that it goes to.
        reached: the nodes that a source or an input of the graph leads to.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.readers: list[list[End]] = [[] for _ in plan.streams]
        for at, node in enumerate(plan.nodes):
            for position, port in enumerate(node.inputs):
                self.readers[port.stream].append(End(at, position))
        begins = (
            at
            for at, stream in enumerate(plan.streams)
            if stream.producer is None or not plan.nodes[stream.producer].inputs
        )
        self.reached = self.nodes_below(begins, with_back_edges=True)

    def input(self, end: End) -> InputPlan:
        """Return an input's plan."""
        return self.plan.nodes[end.node].inputs[end.position]

    def nodes_below(self, streams: Iterable[int], *, with_back_edges: bool) -> set[int]:
        """Return the nodes that packets of these streams reach, in any number of steps."""
        reached: set[int] = set()
        waiting = list(streams)
        while waiting:
            for end in self.readers[waiting.pop()]:
                is_back = self.input(end).is_back_edge
                if end.node not in reached and (with_back_edges or not is_back):
                    reached.add(end.node)
                    waiting += produced(self.plan.nodes[end.node])
        return reached

    def nodes_above(self, node: int) -> set[int]:
        """Return a node and those that its packets come from, back edges left out."""
        above: set[int] = set()
        waiting = [node]
        while waiting:
            each = waiting.pop()
            if each in above:
                continue
            above.add(each)
            for port in self.plan.nodes[each].inputs:
                producer = self.plan.streams[port.stream].producer
                if producer is not None and not port.is_back_edge:
                    waiting.append(producer)
        return above

    def inputs_above(self, node: int) -> set[int]:
        """Return the graph inputs that the packets of a node come from, back edges left out."""
        return {
            port.stream
            for each in self.nodes_above(node)
            for port in self.plan.nodes[each].inputs
            if self.plan.streams[port.stream].producer is None
        }

    def loops(self) -> Iterator[Loop]:
        """Yield a loop for every back edge."""
        for at, node in enumerate(self.plan.nodes):
            below = self.nodes_below(produced(node), with_back_edges=False) | {at}
            for position, port in enumerate(node.inputs):
                if not port.is_back_edge:
                    continue
                producer = self.plan.streams[port.stream].producer
                above = set() if producer is None else self.nodes_above(producer)
                nodes = below & above if producer in below else set()
                yield Loop(End(at, position), frozenset(nodes))


def produced(node: NodePlan) -> list[int]:
    """Return the streams that a node makes, that of its errors included."""
    streams = [port.stream for port in node.outputs]
    return streams if node.error_stream is None else [*streams, node.error_stream]


def waiting_together(node: NodePlan, position: int) -> frozenset[int]:
    """Return the inputs without which an input's packet is not looked at, itself included."""
    everything = frozenset(range(len(node.inputs)))
    if isinstance(node.policy, SyncSetPolicy):
        return frozenset(next(each for each in node.sync_sets if position in each))
    if isinstance(node.policy, ImmediatePolicy):
        return frozenset({position})
    if isinstance(node.policy, MuxPolicy):
        control = max(everything, key=lambda at: (node.inputs[at].tag, node.inputs[at].index))
        return everything if position == control else frozenset({position})
    return everything


def may_be_silent(node: NodePlan) -> bool:
    """Tell whether a node can let a time pass without telling the nodes after it.

    Without an offset nobody tells for it. It can by itself, if its contract says so, or if it is
    called for times without packets: for what else?
    """
    tells = node.offset is not None or node.process_timestamps or node.settles
    return bool(node.inputs) and not tells


def label(node: NodePlan) -> str:
    """Return what sentences call a node."""
    return f'node "{node.name}"'


def port_of(port: InputPlan) -> str:
    """Return an input as a graph writes it."""
    return port_name(port.tag, port.index)
