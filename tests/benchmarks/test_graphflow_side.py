from __future__ import annotations

from pathlib import Path

from benchmarks.graphflow_side import GRAPH, STAGES
from graphflow.loading import load_plan


def test_every_compared_stage_is_a_stream_of_the_graph() -> None:
    streams = {stream.name for stream in load_plan(Path(GRAPH)).streams}
    assert {ours for ours, _ in STAGES.values()} <= streams
