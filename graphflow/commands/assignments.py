"""NAME=VALUE texts of the command line, and what they say of a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphflow.config.binding import from_command_line
from graphflow.loading import Override
from graphflow.words.errors import UsageError


def split_assignments(assignments: Sequence[str], option: str, form: str) -> dict[str, str]:
    """Return NAME=VALUE texts as a mapping.

    Args:
        assignments: the texts.
        option: the option that they were given with, for messages.
        form: what they should look like, for messages.

    Raises:
        UsageError: one has no "=", or a name comes twice.
    """
    texts: dict[str, str] = {}
    for assignment in assignments:
        name, sign, text = assignment.partition("=")
        if not sign or not name.strip():
            raise UsageError(f'{option}: found "{assignment}"; expected {form}')
        if name.strip() in texts:
            raise UsageError(f'{option}: "{name.strip()}" is given twice')
        texts[name.strip()] = text
    return texts


def side_texts_of(texts: Sequence[str]) -> dict[str, str]:
    """Return what --side gives, not decoded yet.

    Raises:
        UsageError: a text has no "=", or a name comes twice.
    """
    return split_assignments(texts, "--side", "NAME=VALUE")


def overrides_of(texts: Sequence[str]) -> tuple[Override, ...]:
    """Return what --set changes; whether there is such a node, loading tells.

    Raises:
        UsageError: a text has no "=", or an option comes twice.
    """
    split = split_assignments(texts, "--set", "NODE.OPTION=VALUE")
    return tuple(Override(target, text) for target, text in split.items())


def parameters_of(texts: Sequence[str]) -> dict[str, Any]:
    """Return what --param sets; loading decodes it by the declared types.

    Raises:
        UsageError: a text has no "=", or a parameter comes twice.
    """
    return from_command_line(split_assignments(texts, "--param", "NAME=VALUE"))
