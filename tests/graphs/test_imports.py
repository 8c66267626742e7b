"""A graph costs the imports of its own nodes, and a command no graph at all."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("av", "cv2", "numpy", "pydantic", "networkx", "ai_edge_litert")


def imported(code: str) -> set[str]:
    """The heavy packages that a new process has after running `code`."""
    told = f"{code}\nimport sys\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return set(run.stdout.split("\n")[-2].split())


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import graphflow", set()),
        ("import graphflow.cli", set()),
        ("from graphflow import Graph\nGraph.load('pose_landmark_cpu')", {"cv2", "numpy"}),
        (
            "from graphflow import Graph\n"
            "Graph.from_text('''{input_stream: [a], output_stream: [b], node: [\n"
            "  {calculator: PassThroughCalculator, input_stream: [a], output_stream: [b]}]}''')",
            set(),
        ),
    ],
)
def test_a_graph_imports_what_its_nodes_need(code: str, expected: set[str]) -> None:
    assert imported(code) - {"pydantic"} == expected
