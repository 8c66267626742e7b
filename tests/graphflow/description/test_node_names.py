from __future__ import annotations

import pytest

from graphflow.description.calculator_description import Kind
from graphflow.description.node_names import Listed, described, listed_classes, listed_graphs
from graphflow.loading import load_calculators
from graphflow.nodes.registry import registry
from graphflow.words.bundle import bundled_folder
from graphflow.words.errors import UsageError

load_calculators()
LISTED = [*listed_classes(registry), *listed_graphs()]
each_listed = pytest.mark.parametrize("line", LISTED, ids=lambda line: line.name)


@each_listed
def test_all_that_is_listed_is_described(line: Listed) -> None:
    found = described(line.name, registry)
    assert (found.name, found.kind.value, found.summary) == (line.name, line.kind, line.summary)
    assert found.module == line.place
    assert found.summary
    assert line.origin


def test_a_graph_is_found_by_type_name_and_path() -> None:
    path = bundled_folder("graphs") / "pose_detection_cpu.yaml"
    for name in ("PoseDetectionCpu", "pose_detection_cpu", str(path)):
        found = described(name, registry)
        assert (found.name, found.kind) == ("PoseDetectionCpu", Kind.GRAPH)


def test_what_is_not_there_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match='did you mean "GateCalculator"'):
        described("GateCalculater", registry)
    with pytest.raises(UsageError, match="graphflow list"):
        described("Xyzzy", registry)
