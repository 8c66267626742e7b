"""Before a run: the files that a graph's options name, fetched where they are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from graphflow.nodes.resources import (
    ResourceEntry,
    ResourceMissing,
    ResourceStore,
    default_store,
    resource_fields,
)
from graphflow.plan import Plan


def provide_files(
    plan: Plan,
    *,
    may_fetch: bool,
    say: Callable[[str], None],
    store: ResourceStore | None = None,
) -> None:
    """Make sure that every file the graph's options name is there and whole.

    Args:
        plan: the graph.
        may_fetch: fetch what is missing, if the manifest says from where.
        say: receives progress, one line at a time.
        store: where to look; this installation's by default.

    Raises:
        ResourceError: a file is missing and may or can not be fetched, or it is damaged.
    """
    names = sorted(set(resource_names(plan)))
    if not names:
        return
    store = store or default_store()
    lacking: list[ResourceEntry] = []
    for name in names:
        try:
            store.find(name)
        except ResourceMissing:
            entry = store.manifest.entry(name)
            if not may_fetch or entry is None or entry.source is None:
                raise
            lacking.append(entry)
    if lacking:
        from graphflow.fetch import default_destination, fetch

        fetch(store, lacking, default_destination(), say=say)


def resource_names(plan: Plan) -> Iterator[str]:
    """Yield what the options of the graph's nodes name as resources."""
    for node in plan.nodes:
        for field in resource_fields(type(node.options)):
            value = getattr(node.options, field)
            if isinstance(value, str) and value:
                yield value
