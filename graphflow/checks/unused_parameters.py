"""Parameters that a graph declares and does not use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphflow.checks.check import Check, Finding
from graphflow.config.forwarding import forwarded_names
from graphflow.config.parameters import PARAMETER_KEYS
from graphflow.config.source import GraphSource
from graphflow.config.substitution import referred_names
from graphflow.config.yaml_source import MappingValue

PARAMETER: Final = Check(
    code="GF004",
    name="unused-parameter",
    title="the graph declares a parameter and does not use it",
    reason="Setting it, on the command line or from an outer graph, changes nothing.",
    example="""\
parameter: [{name: lowest_score, type: float, default: 0.5}]
input_stream: [scores]
output_stream: [flags]
node:
  - calculator: ThresholdingCalculator
    input_stream: ["FLOAT:scores"]
    output_stream: ["FLAG:flags"]
    options: {threshold: 0.5}
""",
    remedy="Write ${lowest_score} where the value belongs, or take the declaration out.",
    cured="""\
parameter: [{name: lowest_score, type: float, default: 0.5}]
input_stream: [scores]
output_stream: [flags]
node:
  - calculator: ThresholdingCalculator
    input_stream: ["FLOAT:scores"]
    output_stream: ["FLAG:flags"]
    options: {threshold: "${lowest_score}"}
""",
)


def unused_parameters(source: GraphSource) -> Iterator[Finding]:
    """Tell which parameters of a file no value refers to."""
    if not isinstance(source.value, MappingValue):
        return
    used = forwarded_names(source.value, source.parameters.declared)
    for entry in source.value.entries:
        if entry.key not in PARAMETER_KEYS:
            used |= set(referred_names(entry.value))
    for name, parameter in source.parameters.declared.items():
        if name not in used:
            yield PARAMETER.found(
                parameter.location,
                f'the graph does not use its parameter "{name}"',
                hint=f"write ${{{name}}} where the value belongs, or take it out",
            )
