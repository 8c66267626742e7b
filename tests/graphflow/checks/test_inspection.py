from __future__ import annotations

from pathlib import Path

import pytest

from graphflow.checks.inspection import inspect
from graphflow.loading import load_graph
from graphflow.words.bundle import bundled_folder

GRAPHS = sorted(bundled_folder("graphs").glob("*.yaml"))


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_no_warning_is_given_of_the_graphs_that_come_with_graphflow(path: Path) -> None:
    inspection = inspect(load_graph(path))
    assert inspection.findings == ()
    # What a live graph leaves out depends on the machine; all others give the same each time.
    assert inspection.is_reproducible is not path.stem.endswith("_live")


def test_a_silenced_node_still_makes_the_graph_vary(tmp_path: Path) -> None:
    path = tmp_path / "graph.yaml"
    path.write_text(
        """\
input_stream: [image]
output_stream: [seen]
node:
  - name: clock # graphflow: ignore[GF031]
    calculator: ClockTimestampCalculator
    input_stream: [image]
    output_stream: [seen]
""",
        encoding="utf-8",
    )
    inspection = inspect(load_graph(path))
    assert inspection.findings == ()
    assert inspection.varying == ("clock",)
    assert not inspection.is_reproducible
