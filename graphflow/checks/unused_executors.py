"""Executors that no node runs on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphflow.checks.check import Check, Finding
from graphflow.config.graph_config import GraphConfig
from graphflow.plan import Plan

EXECUTOR: Final = Check(
    code="GF007",
    name="unused-executor",
    title="no node runs on an executor",
    reason="Its threads are started, and never do anything.",
    example="""\
input_stream: [image]
output_stream: [result]
executor:
  - {name: slow, type: ThreadPoolExecutor, options: {num_threads: 2}}
node:
  - calculator: PassThroughCalculator
    input_stream: [image]
    output_stream: [result]
""",
    remedy="Name it under `executor` of the nodes that it is meant for, or take it out.",
    cured="""\
input_stream: [image]
output_stream: [result]
executor:
  - {name: slow, type: ThreadPoolExecutor, options: {num_threads: 2}}
node:
  - calculator: PassThroughCalculator
    executor: slow
    input_stream: [image]
    output_stream: [result]
""",
)


def unused_executors(config: GraphConfig, plan: Plan) -> Iterator[Finding]:
    """Tell which executors of the outermost graph no node names."""
    used = {plan.executors[node.executor].name for node in plan.nodes}
    for executor in config.executors:
        if executor.name.text and executor.name.text not in used:
            yield EXECUTOR.found(
                executor.name.location,
                f'no node runs on executor "{executor.name.text}"',
                hint='name it under "executor" of a node, or take it out',
            )
