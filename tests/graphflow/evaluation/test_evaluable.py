from __future__ import annotations

from pathlib import Path

import pytest

from graphflow.evaluation.evaluable import evaluable_graph
from graphflow.loading import Override, load_plan
from graphflow.words.errors import ConfigError, UsageError
from tests.graphflow.evaluation.tiny_graphs import GRAPH, READING_GRAPH, write_graph


def node_names(path: Path | str, *, is_given_regions: bool = False) -> list[str]:
    graph = evaluable_graph(path, is_given_regions=is_given_regions)
    return sorted(node.name for node in graph.plan.nodes)


def test_a_graph_with_an_input_for_images_is_fed_by_it(tmp_path: Path) -> None:
    graph = evaluable_graph(write_graph(tmp_path))
    assert (graph.image, graph.region) == ("image", None)
    assert (graph.landmarks, graph.world_landmarks) == ("landmarks", "world")


def test_a_graph_that_reads_pictures_is_cut_behind_its_source_and_writes_nothing(
    tmp_path: Path,
) -> None:
    path = write_graph(tmp_path, READING_GRAPH)
    assert node_names(path) == ["BrightPoseCalculator", "BrightRegionCalculator"]
    assert evaluable_graph(path).image == "image"


def test_where_regions_are_given_what_makes_them_is_left_out(tmp_path: Path) -> None:
    path = write_graph(tmp_path)
    assert node_names(path, is_given_regions=True) == ["BrightPoseCalculator"]
    assert evaluable_graph(path, is_given_regions=True).region == "roi"


def test_the_flagship_loses_its_files_and_keeps_its_loop() -> None:
    graph = evaluable_graph("pose_tracking")
    calculators = {node.calculator.__name__ for node in graph.plan.nodes}
    assert "PreviousLoopbackCalculator" in calculators
    assert not {each for each in calculators if "Sink" in each or "Source" in each}
    given = evaluable_graph("pose_tracking", is_given_regions=True)
    assert "PreviousLoopbackCalculator" not in {
        node.calculator.__name__ for node in given.plan.nodes
    }


@pytest.mark.parametrize("name", ["pose_tracking", "pose_accurate"])
def test_nodes_keep_the_names_that_they_have_in_the_whole_graph(name: str) -> None:
    names = node_names(name)
    assert len(names) == len(set(names))
    assert set(names) <= {node.name for node in load_plan(name).nodes}


def test_options_and_parameters_reach_the_cut_graph() -> None:
    graph = evaluable_graph(
        "pose_tracking",
        parameters={"heatmap_kernel_size": 9},
        overrides=[Override("best_detection.element_only", True)],
    )
    options = [repr(node.options) for node in graph.plan.nodes]
    assert any("kernel_size=9" in each for each in options)
    with pytest.raises(ConfigError, match="no_such_node"):
        evaluable_graph("pose_tracking", overrides=[Override("no_such_node.option", 1)])


SILENT = """\
input_stream: ["IMAGE:image"]
output_stream: ["ROI:roi"]
node:
  - {calculator: BrightRegionCalculator, input_stream: ["IMAGE:image"], output_stream: ["ROI:roi"]}
"""

GIVEN_REGIONS = """\
input_stream: ["IMAGE:image", "ROI:roi"]
output_stream: ["LANDMARKS:landmarks"]
node:
  - calculator: BrightPoseCalculator
    input_stream: ["IMAGE:image", "ROI:roi"]
    output_stream: ["LANDMARKS:landmarks"]
"""

BLIND = """\
input_stream: ["A:a", "B:b"]
output_stream: ["LANDMARKS:c"]
node:
  - {calculator: PassThroughCalculator, input_stream: [a], output_stream: [c]}
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SILENT, "it says no landmarks"),
        (GIVEN_REGIONS, 'it must be given a region for each picture ("roi")\n  hint: --mode track'),
        (BLIND, "no pictures go into it"),
    ],
)
def test_what_an_evaluation_lacks_is_told(tmp_path: Path, text: str, words: str) -> None:
    path = write_graph(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        evaluable_graph(path)
    assert str(caught.value).startswith(f"{path}: can't be evaluated: ")
    assert words in str(caught.value)


def test_a_graph_without_output_of_regions_cannot_be_given_any(tmp_path: Path) -> None:
    path = write_graph(tmp_path, READING_GRAPH)
    with pytest.raises(UsageError, match='it needs an output "ROI:name" of the regions'):
        evaluable_graph(path, is_given_regions=True)


def test_a_graph_that_needs_more_than_pictures_is_refused(tmp_path: Path) -> None:
    text = GRAPH.replace('"IMAGE:image"]', '"IMAGE:image", "MORE:more"]', 1).replace(
        '    input_stream: ["IMAGE:image", "ROI:roi"]',
        '    input_stream: ["IMAGE:image", "ROI:more"]',
    )
    path = write_graph(tmp_path, text)
    with pytest.raises(UsageError, match='its landmarks need more than pictures: "more"'):
        evaluable_graph(path)
