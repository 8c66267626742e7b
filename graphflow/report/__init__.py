"""Report: one offline page about a run: the graph coloured by time, the timeline, each frame's way.

Python computes everything (`content`); the page's script only draws it.
"""

from __future__ import annotations

from graphflow.report.page import report_page

__all__ = ["report_page"]
