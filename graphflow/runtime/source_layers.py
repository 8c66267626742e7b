"""Source layers: sources of a layer run when those of all lower layers are closed.

Source: MediaPipe, framework/scheduler.cc, HandleIdle.
"""

from __future__ import annotations

from collections.abc import Iterable

from graphflow.runtime.elements import Node, State


def lay(nodes: Iterable[Node]) -> None:
    """Send every source to sleep but those of the lowest layer."""
    sources = [node for node in nodes if node.is_source]
    lowest = min((node.plan.source_layer for node in sources), default=0)
    for node in sources:
        node.is_dormant = node.plan.source_layer > lowest


def begin_next_layer(sources: Iterable[Node], work: list[Node]) -> None:
    """In an idle graph: if every source that is awake is closed, wake the next layer."""
    open_sources = [node for node in sources if node.state is not State.CLOSED]
    if not all(node.is_dormant for node in open_sources):
        return
    lowest = min((node.plan.source_layer for node in open_sources), default=0)
    for node in open_sources:
        if node.plan.source_layer == lowest:
            node.is_dormant = False
            work.append(node)
