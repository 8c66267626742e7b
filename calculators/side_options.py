"""Options that come as a side packet or in a stream, and count before those of the graph file."""

from __future__ import annotations

from typing import TypeVar

from graphflow.nodes.options import Options

OPTIONS = "OPTIONS"
"""The tag under which they come."""

OptionsT = TypeVar("OptionsT", bound=Options)


def with_changes(options: OptionsT, changes: OptionsT | None) -> OptionsT:
    """Return options in which those that `changes` was made with replace the others.

    Args:
        options: of the node.
        changes: what came; its defaults change nothing. None for nothing.

    Source: MediaPipe, framework/tool/options_util.h, RetrieveOptions
    """
    if changes is None:
        return options
    given = {name: getattr(changes, name) for name in changes.model_fields_set}
    return options.model_copy(update=given)
