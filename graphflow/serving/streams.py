"""Streams: which streams of a graph are served, and as what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from graphflow.plan import Plan
from graphflow.words.diagnostics import listed, suggestion
from graphflow.words.errors import UsageError

IMAGE: Final = "IMAGE"
LANDMARKS: Final = "LANDMARKS"
WORLD_LANDMARKS: Final = "WORLD_LANDMARKS"
AGE: Final = "AGE"
EVENTS: Final = "EVENTS"

TAGS: Final = (IMAGE, LANDMARKS, WORLD_LANDMARKS, AGE, EVENTS)
JOINED: Final = (LANDMARKS, WORLD_LANDMARKS)
_NEEDED: Final = (IMAGE, *JOINED)


def served_streams(plan: Plan, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the streams that are served, by tag.

    Args:
        plan: the graph; its outputs have tags.
        chosen: streams by tag, instead of the graph's outputs; "" for none.

    Raises:
        UsageError: no such tag or stream, or there is nothing to serve.
    """
    names = [stream.name for stream in plan.streams]
    for tag, name in chosen.items():
        if tag not in TAGS:
            raise UsageError(f'--serve-stream: found "{tag}"; expected {listed(TAGS, "or")}')
        if name and name not in names:
            hint = suggestion(name, names)
            words = f"\n  hint: {hint}" if hint else ""
            raise UsageError(f'--serve-stream: the graph has no stream "{name}"{words}')
    streams = {tag: chosen.get(tag, plan.output(tag)) for tag in TAGS}
    found = {tag: name for tag, name in streams.items() if name}
    if not any(tag in found for tag in _NEEDED):
        raise UsageError(
            f"--serve: the graph has no output tagged {listed(_NEEDED, 'or')}\n"
            "  hint: name a stream: --serve-stream IMAGE=STREAM"
        )
    return found


def capture_origin(plan: Plan) -> str:
    """Return the side packet by which a source tells when its time 0 was captured; "" for none."""
    for node in plan.nodes:
        for side in node.side_outputs:
            if side.tag == "CAPTURE_ORIGIN":
                return side.name
    return ""
