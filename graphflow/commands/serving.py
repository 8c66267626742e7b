"""The server that the command line asks for; nothing is imported for other runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from graphflow.commands.assignments import split_assignments
from graphflow.graph import Graph
from graphflow.words.errors import UsageError

if TYPE_CHECKING:
    from graphflow.serving import Server


def serving(
    graph: Graph, address: str | None, streams: Sequence[str], say: Callable[[str], None]
) -> AbstractContextManager[Server | None]:
    """Serve the run of a graph that is not started yet, if that is asked for, and say where.

    Args:
        graph: the graph.
        address: [HOST:]PORT; None for no server.
        streams: TAG=STREAM texts.
        say: writes a line for the user.

    Raises:
        UsageError: the address can't be had, there is no such stream or nothing to serve, or
            aiohttp is missing.
    """
    if address is None:
        if streams:
            raise UsageError("--serve-stream goes with --serve")
        return nullcontext(None)
    chosen = split_assignments(streams, "--serve-stream", "TAG=STREAM")
    try:
        from graphflow.serving import Server
    except ImportError as error:
        raise UsageError(
            "--serve needs aiohttp\n  hint: pip install 'graphflow-perception[serve]'"
        ) from error
    server = Server(graph, address, chosen)
    say(f"serving {server.url}")
    if not server.is_local:
        say("  everybody who reaches this machine can look; there is no password")
    return server


def end_serving(server: Server | None, state: str, error: BaseException | None) -> None:
    """Tell those who look how the run ended; within a second."""
    if server is not None:
        server.close(state, error)
