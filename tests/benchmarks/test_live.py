"""benchmarks.live: what it feeds, the graph that it measures, and how it counts."""

from __future__ import annotations

import io
from itertools import pairwise

import av
import pytest

from benchmarks.live import as_transport_stream, row
from benchmarks.live_side import CLIP, Ages, Samples, Settings, live_graph, quantiles_ms
from graphflow import Graph
from graphflow.graph import INLINE

AGES = """
input_stream: [entrance_age, result_age]
node:
  - calculator: PassThroughCalculator
    input_stream: [entrance_age, result_age]
    output_stream: [waited, aged]
"""


def test_the_clip_is_sent_again_and_again_a_frame_at_a_time() -> None:
    chunks = list(as_transport_stream(CLIP, 60, 170))
    assert len(chunks) == 170
    assert all(chunks)
    with av.open(io.BytesIO(b"".join(chunks))) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert len(times) == 170
    assert [b - a for a, b in pairwise(times)] == pytest.approx([1 / 60] * 169, abs=1e-4)


def test_the_graph_measured_is_the_live_graph_with_work_that_takes_long() -> None:
    plan = live_graph(Settings(work_ms=50)).plan
    names = {node.name for node in plan.nodes}
    assert {"source", "limiter", "entrance", "work", "exit"} <= names
    assert "work" not in {node.name for node in live_graph(Settings()).plan.nodes}


def test_what_lies_between_entrance_and_exit_is_counted_whichever_end_is_seen_first() -> None:
    graph = Graph.from_text(AGES)
    ages = Ages(graph)
    graph.start(threads=INLINE)
    graph.add_packet("entrance_age", 1_000, 0)
    graph.add_packet("result_age", 21_000, 0)
    graph.add_packet("result_age", 33_000, 10)
    graph.add_packet("entrance_age", 3_000, 10)
    graph.close_inputs()
    graph.wait_until_done()
    assert quantiles_ms(ages.inside) == [20.0, 20.0, 30.0, 30.0]
    assert (ages.results.count, ages.span_us) == (2, 10)


def test_a_row_tells_rate_and_ages() -> None:
    text = row(
        {
            **{"rate": 60, "results": 21, "span_seconds": 1.0, "own_ms": [10.0, 20.0]},
            **{"age_ms": [11.0, 22.0, 30.0, 40.0], "wait_ms": [1.0, 2.0, 3.0, 4.0]},
            **{"inside_ms": [9.0, 19.0, 29.0, 39.0], "cpu_seconds": 5.0, "seconds": 10.0},
        }
    )
    assert "20.0 results/s" in text
    assert "age/alone 1.100 1.100" in text
    assert text.endswith("CPU 0.50")


def test_samples_end_when_they_are_told_to() -> None:
    samples = Samples()
    samples.start()
    samples.end()
    assert not samples.is_alive()
