"""What a report's page is made of, as JSON has it. Times are microseconds from the run's start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphflow.nodes.contract import port_name
from graphflow.plan import Plan
from graphflow.running.profile import NodeProfile
from graphflow.runtime.ledger import Ledger, Loss
from graphflow.trace.events import TracedCall
from graphflow.trace.passport import Leg, passports
from graphflow.trace.timeline import Timeline
from graphflow.words.short_names import short_names

STEPS: Final = ("open", "process", "close")
LENGTHS_MAX: Final = 2000
"""Points of one queue's curve; more are thinned out, the longest of their neighbours kept."""


def content_of(
    timeline: Timeline,
    profile: Sequence[NodeProfile],
    ledger: Ledger | None,
    facts: Mapping[str, str],
) -> dict[str, Any]:
    """Return what the page shows.

    Args:
        timeline: of the run, after its end.
        profile: what each node did.
        ledger: what became of all packets; None where nothing ran.
        facts: what to say first, by heading.
    """
    plan, start_ns = timeline.plan, timeline.start_ns
    names = [node.name for node in plan.nodes]
    shortened = short_names(names)
    index = {call.number: position for position, call in enumerate(timeline.calls)}

    def us(ns: int) -> float:
        return round((ns - start_ns) / 1000, 1)

    return {
        "facts": [[name, text] for name, text in facts.items()],
        "nodes": [shortened[name] for name in names],
        "names": names,
        "threads": {str(number): name for number, name in sorted(timeline.threads.items())},
        "end": us(timeline.end_ns),
        "left_out": timeline.left_out,
        "calls": [_call(call, us(call.began_ns)) for call in timeline.calls],
        "passports": [
            [time, [_leg(leg, index, plan) for leg in legs]]
            for time, legs in passports(timeline.calls).items()
        ],
        "moments": [[us(each.at_ns), each.text] for each in timeline.moments],
        "queues": _queues(timeline, start_ns),
        "losses": [] if ledger is None else [_loss(each) for each in ledger.losses],
        "profile": [
            [
                shortened[row.node],
                row.calls,
                row.busy_seconds,
                row.share,
                row.busy_max_seconds,
                row.queued_seconds,
                row.waiting_seconds,
                row.setup_seconds,
                row.dropped,
            ]
            for row in sorted(profile, key=lambda row: -row.busy_seconds)
            if row.calls or row.setup_seconds
        ],
    }


def _call(call: TracedCall, began_us: float) -> list[Any]:
    """Node, thread, step, timestamp as text, begin, busy, queued, waiting, whether it failed."""
    return [
        call.node,
        call.thread,
        STEPS.index(call.step),
        str(call.timestamp) if call.step == "process" and call.inputs else "",
        began_us,
        round(call.busy_ns / 1000, 1),
        round(call.queued_ns / 1000, 1),
        round(call.waiting_ns / 1000, 1),
        int(call.has_failed),
    ]


def _leg(leg: Leg, index: Mapping[int, int], plan: Plan) -> list[Any]:
    """Position among the calls, waiting, queued, busy, stream it came by, stream it waited for."""
    return [
        index[leg.call.number],
        round(leg.waiting_ns / 1000, 1),
        round(leg.queued_ns / 1000, 1),
        round(leg.busy_ns / 1000, 1),
        "" if leg.came_by is None else plan.streams[leg.came_by.stream].name,
        "" if leg.waited_for < 0 else plan.streams[leg.waited_for].name,
    ]


def _loss(loss: Loss) -> list[Any]:
    return [loss.node, loss.port, loss.stream, loss.reason, loss.count]


def _queues(timeline: Timeline, start_ns: int) -> list[dict[str, Any]]:
    """Return the curve of every queue that ever held more than one packet."""
    curves: dict[tuple[int, int], list[tuple[float, int]]] = {}
    for event in sorted(timeline.lengths, key=lambda each: each.at_ns):
        at_us = round((event.at_ns - start_ns) / 1000, 1)
        for port, length in enumerate(event.lengths):
            curve = curves.setdefault((event.node, port), [])
            if not curve or curve[-1][1] != length:
                curve.append((at_us, length))
    found = []
    for (node, port), curve in curves.items():
        longest = max(length for _, length in curve)
        if longest > 1:
            plan = timeline.plan.nodes[node].inputs[port]
            found.append(
                {
                    "node": node,
                    "port": port_name(plan.tag, plan.index),
                    "stream": timeline.plan.streams[plan.stream].name,
                    "limit": plan.queue_limit,
                    "longest": longest,
                    "points": _thinned(curve),
                }
            )
    return sorted(found, key=lambda each: -each["longest"])


def _thinned(curve: list[tuple[float, int]]) -> list[tuple[float, int]]:
    step = -(-len(curve) // LENGTHS_MAX)
    groups = (curve[at : at + step] for at in range(0, len(curve), step))
    return [max(group, key=lambda point: point[1]) for group in groups]
