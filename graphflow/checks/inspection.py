"""Look at a loaded graph with every check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphflow.checks.catalogue import CHECKS
from graphflow.checks.check import Finding
from graphflow.checks.effects import unreachable_nodes, useless_nodes
from graphflow.checks.loops import doubtful_loops
from graphflow.checks.queues import tight_queues
from graphflow.checks.results import losses, variation, variations
from graphflow.checks.silence import silent_nodes
from graphflow.checks.silencing import unsilenced
from graphflow.checks.topology import Topology
from graphflow.checks.unread import unread_names
from graphflow.checks.unused_executors import unused_executors
from graphflow.checks.unused_parameters import unused_parameters
from graphflow.loading import LoadedGraph


@dataclass(frozen=True)
class Inspection:
    """What the checks say of a graph.

    Attributes:
        findings: sorted by place; those that comments silence are left out.
        varying: the nodes that make its results vary from run to run, silenced or not.
    """

    findings: tuple[Finding, ...]
    varying: tuple[str, ...]

    @property
    def is_reproducible(self) -> bool:
        """Whether the same inputs give the same results in every run."""
        return not self.varying


def inspect(graph: LoadedGraph) -> Inspection:
    """Return what all checks say of a graph and of the files of its subgraphs."""
    texts = {each.source.file: each.source.text for each in graph.files}
    once: dict[tuple[object, ...], Finding] = {}
    for finding in _findings(graph):
        # A subgraph that is used twice has its nodes twice.
        once.setdefault((finding.code, finding.location), finding)
    left = unsilenced(tuple(once.values()), texts, CHECKS)
    return Inspection(
        tuple(sorted(left, key=lambda each: (each.location, each.code))),
        tuple(node.name for node in graph.plan.nodes if variation(node)),
    )


def _findings(graph: LoadedGraph) -> Iterator[Finding]:
    for file in graph.files:
        yield from unread_names(file.config)
        yield from useless_nodes(file.config)
        yield from unused_parameters(file.source)
    yield from unused_executors(graph.files[0].config, graph.plan)
    topology = Topology(graph.plan)
    for look in (
        unreachable_nodes,
        silent_nodes,
        doubtful_loops,
        tight_queues,
        losses,
        variations,
    ):
        yield from look(topology)
