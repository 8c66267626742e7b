"""graphflow's scheduler on graphs whose nodes compute nothing."""

from __future__ import annotations

from typing import Any

from benchmarks.ours.stopwatch import Stopwatch
from benchmarks.scheduler_shapes import FEED
from graphflow import Graph, Packet


def run(graph: dict[str, Any], observed: str, packets: int, threads: int) -> dict[str, Any]:
    """Run a graph (a config) that one stream feeds; count what comes out of `observed`.

    The seconds are those from the first packet added to the graph being idle; starting and closing
    the graph are not counted.
    """
    seen = 0

    def count(_: Packet) -> None:
        nonlocal seen
        seen += 1

    running = Graph.from_dict(graph)
    running.observe(observed, count)
    running.start(threads=threads)
    running.wait_until_idle()
    add = running.add_packet
    watch = Stopwatch()
    for number in range(packets):
        add(FEED, number, number)
    running.wait_until_idle()
    seconds = watch.seconds()
    running.close_inputs()
    running.wait_until_done()
    return {**seconds, "seen": seen}
