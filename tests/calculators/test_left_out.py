"""Nodes that pass packets on tell the ledger of those that go no further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from graphflow import Graph
from graphflow.graph import INLINE

Feed = tuple[str, int]
LeftOut = Mapping[str, int]


def left_out(node: str, streams: str, feeds: Sequence[Feed]) -> LeftOut:
    """Feed a node, and return how many packets of each graph input went no further."""
    graph = Graph.from_text(
        f"""
        input_stream: [{streams}]
        input_side_packet: [{{name: default, type: int, default: 0}}]
        node: [{node}]
        """
    )
    graph.start(threads=INLINE)
    for stream, time in feeds:
        graph.add_packet(stream, time, time)
    graph.close_inputs()
    graph.wait_until_done()
    ledger = graph.ledger()
    assert ledger.losses == ()
    counts = {each.stream: sum(count for _, count in each.left_out) for each in ledger.entries}
    return {stream: count for stream, count in counts.items() if count}


@pytest.mark.parametrize(
    ("node", "feeds", "expected"),
    [
        (
            "{calculator: MergeCalculator, input_stream: [a, b], output_stream: [out]}",
            [("a", 1), ("b", 1), ("b", 2)],
            {"b": 1},
        ),
        (
            "{calculator: PacketInnerJoinCalculator, input_stream: [a, b], "
            "output_stream: [joined_a, joined_b]}",
            [("a", 1), ("b", 1), ("a", 2), ("b", 3), ("b", 4)],
            {"a": 1, "b": 2},
        ),
        (
            "{calculator: SequenceShiftCalculator, input_stream: [a], output_stream: [out], "
            "options: {packet_offset: -2}}",
            [("a", 1), ("a", 2), ("a", 3)],
            {"a": 2},
        ),
        (
            "{calculator: SequenceShiftCalculator, input_stream: [a], output_stream: [out], "
            "options: {packet_offset: 2}}",
            [("a", 1), ("a", 2), ("a", 3)],
            {"a": 2},
        ),
        (
            '{calculator: ValueOrDefaultCalculator, input_stream: ["IN:a", "TICK:b"], '
            'output_stream: ["OUT:out"], input_side_packet: [default]}',
            [("a", 1), ("b", 1), ("a", 2), ("b", 3)],
            {"a": 1},
        ),
        (
            '{calculator: BypassCalculator, input_stream: ["A:a", "B:b"], '
            'output_stream: ["OUT:out"], '
            "options: {pass_input_stream: [A], pass_output_stream: [OUT]}}",
            [("a", 1), ("b", 1), ("b", 2)],
            {"b": 2},
        ),
        (
            '{calculator: PacketClonerCalculator, input_stream: [a, "TICK:b"], '
            "output_stream: [out]}",
            [("a", 1), ("a", 2), ("b", 3), ("b", 4), ("a", 5), ("a", 6)],
            {"a": 3},
        ),
        (
            '{calculator: PreviousLoopbackCalculator, input_stream: ["MAIN:a", "LOOP:b"], '
            'output_stream: ["PREV_LOOP:out"]}',
            [("a", 1), ("b", 1), ("b", 2), ("b", 3), ("a", 3), ("a", 4)],
            {"b": 1},
        ),
    ],
    ids=lambda each: each.split(":")[1].split(",")[0].strip() if isinstance(each, str) else "",
)
def test_what_goes_no_further_is_left_out_and_no_loss(
    node: str, feeds: Sequence[Feed], expected: LeftOut
) -> None:
    assert left_out(node, "a, b", feeds) == expected
