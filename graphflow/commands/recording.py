"""The recording of a run that the command line asks for; nothing is imported for other runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphflow.graph import Graph
from graphflow.words.errors import GraphflowError

if TYPE_CHECKING:
    from graphflow.recording import Recorder


def start_recording(
    graph: Graph,
    path: str | None,
    *,
    streams: str | None,
    nodes: str | None,
    skips_unknown: bool,
) -> Recorder | None:
    """Make the recorder of a graph that is not started yet, if one is asked for.

    Args:
        graph: the graph.
        path: the file; None for no recording.
        streams: names with commas between them; None for all.
        nodes: the same.
        skips_unknown: leave out payloads without codec.

    Raises:
        UsageError: the graph has no such stream or node.
        RecordingError: the file can't be made, or packages are missing.
    """
    if path is None:
        return None
    from graphflow.recording import Recorder

    return Recorder(
        path, graph, streams=_names(streams), nodes=_names(nodes), skips_unknown=skips_unknown
    )


def end_recording(recorder: Recorder | None, error: GraphflowError | None) -> GraphflowError | None:
    """End the recording of a run; return what the run failed of, or else the recording."""
    if recorder is None:
        return error
    try:
        recorder.close(error)
    except GraphflowError as fault:
        return error or fault
    return error


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]
