"""The page of a report: one HTML file that needs nothing from elsewhere."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files

from graphflow.drawing.html import page_element
from graphflow.drawing.picture import Box
from graphflow.drawing.svg import Annotation
from graphflow.plan import Plan
from graphflow.report.content import content_of
from graphflow.running.profile import NodeProfile
from graphflow.runtime.ledger import Ledger
from graphflow.trace.timeline import Timeline
from graphflow.words.errors import UsageError


def report_page(
    plan: Plan,
    timeline: Timeline,
    profile: Sequence[NodeProfile],
    ledger: Ledger | None,
    facts: Mapping[str, str],
) -> str:
    """Return a report of a run as an HTML page.

    Args:
        plan: the graph, without those who watch it.
        timeline: what happened, kept by a sink of the run's tracer.
        profile: what each node of the graph did, by another sink.
        ledger: what became of all packets; None where nothing ran.
        facts: what to say first, by heading: file, frames, speed.
    """
    own = files("graphflow.report")
    style = own.joinpath("report.css").read_text(encoding="utf-8")
    script = own.joinpath("report.js").read_text(encoding="utf-8")
    content = json.dumps(
        content_of(timeline, profile, ledger, facts), ensure_ascii=False, separators=(",", ":")
    ).replace("</", "<\\/")
    title = html.escape(f"run of {plan.type or 'a graph'}")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<header><h1>{title}</h1><dl id=facts></dl></header>\n"
        "<main>\n"
        "<section id=graph><h2>Graph</h2><p class=note>Coloured by each node's share of the busy "
        f"time.</p><div class=drawing>{_drawing(plan, profile)}</div></section>\n"
        f"{_SECTIONS}</main>\n"
        f'<script type="application/json" id=content>{content}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


_SECTIONS = """\
<section id=timeline><h2>Timeline</h2>
<p class=note>Wheel: zoom. Drag: move. Click a call: the way of its frame, below.</p>
<canvas tabindex=0 aria-label="calls by thread"></canvas><p class=hint></p></section>
<section id=passport><h2>Way of a frame</h2>
<p><button id=earlier>&#9664;</button> <label>timestamp <select></select></label>
<button id=later>&#9654;</button> <button id=slowest>slowest</button> <output></output></p>
<p class=legend><i class=waiting></i>waiting for packets or for the node's earlier call
<i class=queued></i>queued for a thread <i class=busy></i>busy</p>
<div class=legs></div></section>
<section id=queues><h2>Queues</h2><p><label>queue <select></select></label></p>
<canvas aria-label="length of the queue over time"></canvas></section>
<section id=profile><h2>Nodes</h2><div class=table></div></section>
<section id=losses><h2>Lost packets</h2><div class=table></div></section>
"""


def _drawing(plan: Plan, profile: Sequence[NodeProfile]) -> str:
    try:
        return page_element(plan, annotate=lambda box: _annotation(box, plan, profile))
    except UsageError as error:
        return f"<p>There is no drawing: {html.escape(str(error))}</p>"


def _annotation(box: Box, plan: Plan, profile: Sequence[NodeProfile]) -> Annotation | None:
    """Colour a node, or a closed subgraph by the sum of its nodes, by its share."""
    prefixes = tuple(each.prefix for each in plan.subgraphs if each.name == box.name)
    rows = [
        row
        for row in profile
        if row.node == box.name or (prefixes and row.node.startswith(prefixes))
    ]
    calls = sum(row.calls for row in rows)
    if not calls:
        return None
    busy, share = sum(row.busy_seconds for row in rows), sum(row.share for row in rows)
    return Annotation(
        fill=f"color-mix(in srgb, #e8590c {min(80.0, 5 + 100 * share):.0f}%, #ffffff)",
        text=f"{share:.0%}" if share >= 0.005 else "",
        tooltip=f"busy {busy:.3f} s, {share:.1%} of all; {calls} calls",
    )
