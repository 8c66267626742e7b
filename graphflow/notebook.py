"""What notebooks show of graphs and packets: a drawing; a packet's time and payload."""

from __future__ import annotations

from collections.abc import Sized
from html import escape
from typing import Any

from graphflow.drawing.layout import lay_out
from graphflow.drawing.svg import to_svg
from graphflow.drawing.view import look_at
from graphflow.plan import Plan
from graphflow.running.watched import Watched
from graphflow.words import timestamp as time_of
from graphflow.words.displays import Bundle, displays
from graphflow.words.errors import UsageError
from graphflow.words.packet import Packet


def display(thing: Any) -> Bundle | str | None:
    """Return what a notebook shows of a graph, plan or packet; None for anything else."""
    if isinstance(thing, Watched):
        return _plan(thing.plan, "Graph")
    if isinstance(thing, Plan):
        return _plan(thing, "Plan")
    if isinstance(thing, Packet):
        return _packet(thing)
    return None


def _plan(plan: Plan, kind: str) -> Bundle:
    picture = look_at(plan)
    counts = f"{_counted(plan.nodes, 'node')}, {_counted(plan.streams, 'stream')}"
    words = f"{kind} {picture.title}: {counts}"
    try:
        return {"text/plain": words, "image/svg+xml": to_svg(lay_out(picture))}
    except UsageError as missing:
        hint = str(missing).partition("\n")[0]
        return {"text/plain": words, "text/html": f"<p>{escape(words)} ({escape(hint)})</p>"}


def _counted(things: Sized, noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"


def _packet(packet: Packet) -> str:
    when = time_of.text(packet.timestamp)
    found = displays.find(packet.value)
    payload = (found or {}).get("text/html") or f"<pre>{escape(_short(packet.value))}</pre>"
    kind = escape(type(packet.value).__name__)
    return f"<div><p>Packet at {escape(when)}: {kind}</p>{payload}</div>"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 2000 else f"{text[:2000]}…"
