"""A graph with a subgraph, a loop, side packets and both kinds of ends."""

from __future__ import annotations

INNER = """\
type: Inner
input_stream: ["IN:number", "LOOP:previous"]
input_side_packet: ["ALLOW:allowed"]
output_stream: ["OUT:passed"]
node:
  - name: previous
    calculator: PreviousLoopbackCalculator
    input_stream: ["MAIN:number", "LOOP:previous"]
    input_stream_info: [{tag_index: "LOOP", back_edge: true}]
    output_stream: ["PREV_LOOP:before"]
  - name: gate
    calculator: GateCalculator
    input_stream: ["number", "before"]
    input_side_packet: ["ALLOW:allowed"]
    output_stream: ["passed", "unread"]
"""

OUTER = """\
type: Outer
input_stream: ["A:a"]
output_stream: ["B:b"]
input_side_packet: ["allowed"]
node:
  - name: inner
    calculator: Inner
    input_stream: ["IN:a", "LOOP:b"]
    input_side_packet: ["ALLOW:allowed"]
    output_stream: ["OUT:c"]
  - name: copy
    calculator: PassThroughCalculator
    input_stream: ["c"]
    output_stream: ["b"]
"""
