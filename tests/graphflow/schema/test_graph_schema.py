from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from graphflow.checks.catalogue import CHECKS
from graphflow.config.decoding import decode
from graphflow.config.forwarding import OPTION_VALUE
from graphflow.config.parameters import PARAMETER_KEYS
from graphflow.config.reader import _GRAPH_KEYS, _NODE_KEYS
from graphflow.config.yaml_source import parse_yaml
from graphflow.description.calculator_description import describe
from graphflow.loading import load_calculators
from graphflow.nodes.registry import registry
from graphflow.schema.graph_schema import graph_schema, schema_text
from graphflow.schema.options import Schema
from graphflow.words.bundle import bundled_folder

jsonschema = pytest.importorskip("jsonschema", reason="the extra test brings jsonschema")

FOLDER = bundled_folder("graphs")
GRAPHS = sorted(FOLDER.glob("*.yaml"))
COMMITTED = FOLDER / "graph.schema.json"
LINE = "# yaml-language-server: $schema="
DOUBTFUL = Path(__file__).parent.parent / "checks" / "doubtful_graphs"

load_calculators()


@cache
def the_schema() -> Schema:
    return graph_schema(registry, GRAPHS)


@cache
def validator() -> Any:
    return jsonschema.Draft202012Validator(the_schema())


def faults_in(text: str) -> list[str]:
    """Where a graph breaks the schema, the deepest places first told, as path and message."""
    value, syntax_faults = parse_yaml(text, "graph.yaml")
    assert value is not None, syntax_faults
    told = []
    for error in validator().iter_errors(decode(value, Any)):
        inner = error.context or [error]
        told += [f"{each.json_path} {each.message}" for each in inner]
    return told


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(the_schema())


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_our_graphs_follow_the_schema_and_name_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    first = text.partition("\n")[0]
    assert first.startswith(LINE)
    assert (path.parent / first.removeprefix(LINE)).resolve() == COMMITTED.resolve()
    assert faults_in(text) == []


def test_the_schema_beside_the_graphs_is_up_to_date() -> None:
    text = COMMITTED.read_text(encoding="utf-8")
    assert text == schema_text(the_schema()), "run: make schema"


@pytest.mark.parametrize("name", registry.names())
def test_the_example_of_every_class_follows_the_schema(name: str) -> None:
    named = registry.get(name) or registry.subgraph(name)
    assert named is not None
    assert faults_in(describe(named).example) == []


def test_graphs_that_load_follow_the_schema() -> None:
    texts = [check.example for check in CHECKS.values()]
    texts += [path.read_text(encoding="utf-8") for path in sorted(DOUBTFUL.glob("*.yaml"))]
    assert [fault for text in texts for fault in faults_in(text)] == []


def test_the_schema_has_the_keys_that_the_reader_has() -> None:
    assert set(the_schema()["properties"]) == {*_GRAPH_KEYS, *PARAMETER_KEYS}
    assert set(the_schema()["$defs"]["node"]["properties"]) == {*_NODE_KEYS, OPTION_VALUE}


def test_every_reference_leads_somewhere() -> None:
    text = schema_text(the_schema())
    names = set(re.findall(r'"\$ref": "#/\$defs/([^"]+)"', text))
    assert names <= set(the_schema()["$defs"])


FINE = """\
input_stream: [image, is_wanted]
output_stream: [result]
node:
  - calculator: GateCalculator
    input_stream: ["image", "ALLOW:is_wanted"]
    output_stream: ["result"]
    options: {allow: true, initial_gate_state: GATE_ALLOW}
  - calculator: PoseLandmarkCpu
    input_stream: ["IMAGE:image"]
    options: {heatmap_kernel_size: 9}
  - calculator: NonMaxSuppressionCalculator
    input_stream: ["detections"]
    output_stream: ["best"]
    options: {min_suppression_threshold: 0.3}
  - calculator: FlowLimiterCalculator
    input_stream: ["image", "FINISHED:result"]
    input_stream_info: [{tag_index: FINISHED, back_edge: true}]
    input_stream_handler: {input_stream_handler: ImmediateInputStreamHandler}
    output_stream: ["limited"]
    max_in_flight: 1
executor: [{name: slow, type: ThreadPoolExecutor, options: {num_threads: 2}}]
max_queue_size: 4
"""

MISTAKES = [
    ("output_stream: [result]\nnode", "output_streams: [result]\nnode", "output_streams"),
    ("  - calculator: GateCalculator", "  - calculater: GateCalculator", "calculater"),
    ("GateCalculator", "GateCalculater", "$.node[0].calculator"),
    ('["detections"]', '["DETECTION:detections"]', "$.node[2].input_stream[0]"),
    ("ALLOW:is_wanted", "ALLOW:1:is_wanted", "$.node[0].input_stream[1]"),
    ('["image", "ALLOW', '["Image", "ALLOW', "$.node[0].input_stream[0]"),
    ("allow: true", "alow: true", "alow"),
    ("allow: true", "allow: yes", "$.node[0].options.allow"),
    ("GATE_ALLOW", "GATE_ALOW", "$.node[0].options.initial_gate_state"),
    ("IMAGE:image", "PICTURE:image", "$.node[1].input_stream[0]"),
    ("heatmap_kernel_size", "heatmap_kernel", "heatmap_kernel"),
    ("heatmap_kernel_size: 9", "heatmap_kernel_size: 0", "$.node[1].options.heatmap_kernel_size"),
    ("heatmap_kernel_size: 9", "heatmap_kernel_size: 9.5", "heatmap_kernel_size"),
    ("threshold: 0.3", "threshold: 30", "$.node[2].options.min_suppression_threshold"),
    ('["detections"]', '["DETECTIONS:detections"]', "$.node[2].input_stream[0]"),
    ('"FINISHED:result"]\n', '"image_again"]\n', "$.node[3].input_stream"),
    ("back_edge: true", "back_edge: 1", "$.node[3].input_stream_info[0].back_edge"),
    ("ImmediateInputStreamHandler", "ImmediateInputStream", "input_stream_handler"),
    ("max_in_flight: 1", "max_in_flight: 0", "$.node[3].max_in_flight"),
    ("type: ThreadPoolExecutor", "type: ThreadPool", "$.executor[0].type"),
    ("num_threads: 2", "num_threads: two", "$.executor[0].options.num_threads"),
    ("max_queue_size: 4", "max_queue_size: many", "$.max_queue_size"),
]


def test_the_graph_without_mistakes_follows_the_schema() -> None:
    assert faults_in(FINE) == []


@pytest.mark.parametrize(("right", "wrong", "told"), MISTAKES, ids=[each[1] for each in MISTAKES])
def test_a_typical_mistake_is_refused_at_its_place(right: str, wrong: str, told: str) -> None:
    assert right in FINE
    faults = faults_in(FINE.replace(right, wrong, 1))
    assert any(told in fault for fault in faults), faults


def test_a_parameter_may_stand_for_any_value() -> None:
    text = FINE.replace("allow: true", 'allow: "${is_open}"')
    text = text.replace("threshold: 0.3", 'threshold: "${overlap}"')
    text = text.replace("max_queue_size: 4", 'max_queue_size: "${length}"')
    assert faults_in(text.replace('["detections"]', '["${name}_detections"]')) == []


def test_a_single_value_may_stand_for_a_list() -> None:
    text = "node: {calculator: PassThroughCalculator, input_stream: a, output_stream: b}\n"
    assert faults_in(text) == []


def test_a_graph_beside_the_file_may_be_named() -> None:
    assert faults_in("node: [{calculator: MyOwnGraph, options: {anything: 1}}]\n") == []
