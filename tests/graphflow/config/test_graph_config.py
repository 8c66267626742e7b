from __future__ import annotations

from typing import Any

import pytest

from graphflow.config.graph_config import BackEdge, Connection, GraphConfig, Named
from graphflow.config.reader import read_config
from graphflow.config.yaml_source import from_python, parse_yaml
from graphflow.plan import MISSING
from graphflow.words.diagnostics import Location, render


def config_of(text: str) -> GraphConfig:
    value, faults = parse_yaml(text, "g.yaml")
    config, more = read_config(value, "g.yaml")
    assert [render(fault) for fault in (*faults, *more)] == []
    return config


def faults_of(mapping: Any) -> list[str]:
    return [render(fault) for fault in read_config(from_python(mapping, Location("g")), "g")[1]]


NODE = "node: [{calculator: A}]\n"


def test_defaults_are_mediapipes() -> None:
    config = config_of(NODE)
    assert config.max_queue_size == 100
    assert config.num_threads == 0
    assert config.report_deadlock is False
    assert config.nodes[0].max_in_flight == 1


def test_settings_are_read() -> None:
    config = config_of(
        "type: Pose\nnum_threads: 3\nmax_queue_size: -1\nreport_deadlock: true\n"
        "executor: {name: io, type: ThreadPoolExecutor, options: {num_threads: 2}}\n" + NODE
    )
    assert config.type == Named("Pose", Location("g.yaml", 1, 7))
    assert (config.num_threads, config.max_queue_size, config.report_deadlock) == (3, -1, True)
    assert [(each.name.text, each.num_threads) for each in config.executors] == [("io", 2)]


def test_repeated_key_takes_one_value_or_a_list() -> None:
    one = config_of("input_stream: a\n" + NODE)
    several = config_of("input_stream: [a]\n" + NODE)
    assert [each.name for each in one.inputs] == [each.name for each in several.inputs] == ["a"]


def test_connection_is_located_and_numbered() -> None:
    config = config_of("input_stream: [a, 'T:b', c, 'T:3:d']\n" + NODE)
    assert config.inputs == (
        Connection("", 0, "a", "a", Location("g.yaml", 1, 16)),
        Connection("T", 0, "b", "b", Location("g.yaml", 1, 19)),
        Connection("", 1, "c", "c", Location("g.yaml", 1, 26)),
        Connection("T", 3, "d", "d", Location("g.yaml", 1, 29)),
    )
    assert [each.port for each in config.inputs] == [":0", "T", ":1", "T:3"]


def test_nodes_without_name_take_their_calculators() -> None:
    config = config_of(
        "node: [{calculator: A}, {calculator: B}, {calculator: A}, {calculator: A, name: x}]"
    )
    assert [node.label for node in config.nodes] == ["A_1", "B", "A_2", "x"]


def test_name_made_for_a_node_is_never_one_that_is_written() -> None:
    config = config_of("node: [{calculator: A}, {calculator: B, name: A}]")
    labels = [node.label for node in config.nodes]
    assert len(set(labels)) == 2


def test_back_edges_are_references_to_ports() -> None:
    config = config_of(
        "node: {calculator: A, input_stream_info: [{tag_index: 'L:1', back_edge: true},"
        " {tag_index: ''}]}"
    )
    assert config.nodes[0].back_edges == (
        BackEdge("L", 1, True, Location("g.yaml", 1, 55)),
        BackEdge("", 0, False, Location("g.yaml", 1, 92)),
    )


def test_input_stream_handler_may_have_options_only() -> None:
    policy = config_of("node: {calculator: A, input_stream_handler: {options: {}}}").nodes[0].policy
    assert policy is not None
    assert policy.handler.text == "DefaultInputStreamHandler"


def test_options_may_be_written_as_nothing() -> None:
    assert config_of("node: {calculator: A, options: }").nodes[0].options is None


def test_side_packet_may_have_type_default_and_description() -> None:
    config = config_of(
        "input_side_packet:\n"
        "  - path\n"
        "  - {name: 'N:count', type: int, default: 3, description: how many}\n"
        "  - {name: any, default: no}\n" + NODE
    )
    path, count, any_type = config.side_inputs
    assert (path.connection.name, path.type, path.default) == ("path", Any, MISSING)
    assert (count.type, count.default, count.description) == (int, 3, "how many")
    assert count.connection.key == ("N", 0)
    assert any_type.default == "no"


def test_graph_is_whole_unless_a_name_could_not_be_read() -> None:
    assert config_of("input_stream: a\n" + NODE).is_whole
    bad = [
        {"input_stream": "Bad", "node": {"calculator": "A"}},
        {"input_stream": ["A:a", "A:b"], "node": {"calculator": "A"}},
        {"node": {"calculator": "A", "input_stream": "Bad"}},
        {"node": ["A"]},
        [],
    ]
    for mapping in bad:
        assert not read_config(from_python(mapping, Location()), "")[0].is_whole


def test_node_is_whole_unless_one_of_its_names_could_not_be_read() -> None:
    nodes = [{"calculator": "A", "input_stream": "Bad"}, {"calculator": "A"}]
    config, _ = read_config(from_python({"node": nodes}, Location()), "")
    assert [node.is_whole for node in config.nodes] == [False, True]


def test_faults_of_graphs_made_in_code_are_told_too() -> None:
    assert faults_of({"node": {"calculator": "A", "options": None}, "num_threads": True}) == [
        'g: key "num_threads"\n  found True; expected an integer from 0 to 1024'
    ]


@pytest.mark.parametrize("key", ["input_stream", "output_stream", "output_side_packet"])
def test_connection_that_is_no_text_is_refused(key: str) -> None:
    faults = faults_of({key: [3], "node": {"calculator": "A"}})
    assert faults == [f'g: key "{key}"\n  found 3; expected name, TAG:name or TAG:index:name']


def test_mapping_that_is_no_mistyped_connection_gets_no_hint() -> None:
    faults = faults_of({"input_stream": [{"a": ["b"]}], "node": {"calculator": "A"}})
    assert faults == [
        'g: key "input_stream"\n  found keys and values; expected name, TAG:name or TAG:index:name'
    ]
