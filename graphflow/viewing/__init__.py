"""Viewing: a run in the Rerun viewer (https://rerun.io), live or from a file.

`RerunLog` watches a graph's inputs, outputs and sources, and logs in the graph's time, on the time
line `graph_time`: pictures with what lies on them, points of the world, numbers, the lengths of all
queues, and the graph itself. Payloads are drawn by the modules of `graphflow.words.views`.

A run is neither slowed nor failed by its viewer: the graph's threads only put packets into a box,
from which a thread of the log's own takes them. What finds the box full is left out and counted;
what goes wrong is told at the end.
"""

from __future__ import annotations

from graphflow.viewing.rerun_log import RerunLog
from graphflow.viewing.target import SPAWN, Target, target_of

__all__ = ["SPAWN", "RerunLog", "Target", "target_of"]
