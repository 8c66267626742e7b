"""Options that come as a side packet or in a stream, and count before those of the graph file."""

from __future__ import annotations

from typing import TypeVar

from graphflow import Context
from graphflow.nodes.options import Options
from graphflow.words.errors import UsageError

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


def count_given(context: Context, tag: str, default: int) -> int:
    """Return the count that an optional side packet gives, or else `default`.

    Raises:
        UsageError: it is below 1.
    """
    count: int = context.side_inputs.get(tag, default=default)
    if count < 1:
        name = f"side packet {tag}" if tag else "side packet"
        raise UsageError(f"{name}: found {count}; expected 1 or more")
    return count
