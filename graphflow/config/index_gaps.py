"""Indexes of a tag are counted from 0 without gaps, where they are no more than places.

A node that uses a subgraph may leave some out: its connections are matched with those that the
subgraph declares, so none is misplaced by that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from graphflow.config.graph_config import Connection
from graphflow.nodes.contract import port_name
from graphflow.words.diagnostics import Diagnostic


def gap_faults(
    connections: Sequence[Connection], owner: str, sparse: Collection[str] = ()
) -> Iterator[Diagnostic]:
    """Tell of each tag that leaves an index out.

    Args:
        connections: one list of a node.
        owner: whose they are, and of what kind: `input` and `node "limiter"`.
        sparse: tags whose indexes mean something, so that some may be left out.

    Source: MediaPipe, framework/tool/tag_map.cc
    """
    by_tag: dict[str, dict[int, Connection]] = {}
    for each in connections:
        by_tag.setdefault(each.tag, {})[each.index] = each
    for tag, at in by_tag.items():
        if tag in sparse:
            continue
        for place, index in enumerate(sorted(at)):
            if index != place:
                yield Diagnostic(
                    at[index].location,
                    f"{owner} has {port_name(tag, index)} and no {port_name(tag, place)}",
                    hint="indexes of a tag are counted from 0, and none is left out",
                )
                break
