from __future__ import annotations

import json

from click.testing import CliRunner, Result

from graphflow.cli import cli
from graphflow.loading import load_calculators
from graphflow.nodes.registry import registry


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["describe", *arguments], prog_name="graphflow")


def test_a_calculator_is_described_by_its_contract() -> None:
    text = run("FlowLimiterCalculator").stdout
    for line in (
        "Let a limited number of frames into a section of the graph, and drop the others.",
        "  in calculators.flow.flow_limiter",
        "  timestamp offset: none",
        "  input policy: ImmediateInputStreamHandler",
        "  It is also called where a time is settled and empty.",
        "  It can lose frames that come while too many are in flight.",
        "  Its results depend on how fast the section behind it is.",
        "  ALLOW      bool, optional  for every frame: true released, false dropped",
        "  max_in_flight: int, at least 1; default 1",
        "      most frames between release and FINISHED",
        "    - calculator: FlowLimiterCalculator",
    ):
        assert line in text.splitlines()


def test_nested_options_and_required_ones_are_shown() -> None:
    lines = run("SplitVectorCalculator").stdout.splitlines()
    assert "  ranges: list of mapping; default []" in lines
    assert "  ranges[].begin: int, at least 0; required" in lines


def test_a_graph_shows_streams_side_packets_and_parameters() -> None:
    text = run("pose_tracking").stdout
    assert text.startswith("PoseTracking: graph\n")
    assert "33 landmarks, normalised to the image" in text
    assert "string, default samples/figure.mp4" in text
    assert "  heatmap_kernel_size: int, at least 1; default 7" in text


def test_a_subgraph_class_shows_its_options() -> None:
    text = run("SwitchContainer").stdout
    assert text.startswith("SwitchContainer: subgraph class")
    assert "contained_node: list of mapping" in text


def test_every_calculator_can_be_described_as_text_and_json() -> None:
    load_calculators()
    for name in registry.names():
        text, data = run(name), run(name, "--json")
        assert (text.exit_code, data.exit_code) == (0, 0), name
        assert json.loads(data.stdout)["name"] == name


def test_json_has_no_default_where_a_value_must_be_given() -> None:
    data = json.loads(run("SplitVectorCalculator", "--json").stdout)
    assert (data["kind"], data["module"]) == ("calculator", "calculators.core.split_vector")
    assert data["origin"]
    defaults = {each["name"]: each["default"] for each in data["options"]}
    assert (defaults["ranges"], defaults["ranges[].begin"]) == ("[]", None)


def test_a_misspelt_name_gets_a_suggestion() -> None:
    result = run("GateCalculater")
    assert result.exit_code == 2
    assert 'did you mean "GateCalculator"?' in result.stderr
