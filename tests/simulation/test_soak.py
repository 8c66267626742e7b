"""A long run leaves nothing behind: memory flat, queues within their limits, ledger balanced."""

from __future__ import annotations

import sys

import pytest

from graphflow.graph import INLINE
from tests.simulation.soak import LIMIT, soak, soak_graph


def test_the_graph_has_ten_nodes_and_both_loops() -> None:
    plan = soak_graph().plan
    back = [node.name for node in plan.nodes if any(each.is_back_edge for each in node.inputs)]
    assert len(plan.nodes) == 10
    assert back == ["limiter", "loopback"]


@pytest.mark.parametrize(("threads", "packets"), [(INLINE, 5_000), (2, 20_000)])
def test_many_packets_leave_nothing_behind(threads: int, packets: int) -> None:
    run = soak(packets, threads, sys.getallocatedblocks)
    # What is under way, some blocks for each packet in a queue, and no block more for each frame.
    assert run.grown < 2_000
    assert run.longest_queue <= LIMIT
    assert run.is_balanced
    assert run.total("delivered") > run.calls
    assert run.total("queued") == 0
    assert 100 < run.results <= packets
    if threads == INLINE:
        assert run.results == packets
