from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from graphflow.loading import load_plan, plan_from_text
from graphflow.nodes.registry import Registry
from graphflow.plan import MISSING, NodePlan, Plan
from graphflow.words.diagnostics import Location
from graphflow.words.errors import ConfigError


@pytest.fixture
def folder(tmp_path: Path, bundled_graphs: Path) -> Path:
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(dedent(text), encoding="utf-8")


def load(folder: Path, nodes: Registry, text: str) -> Plan:
    write(folder, "main.yaml", text)
    return load_plan(folder / "main.yaml", registry=nodes)


def node_named(plan: Plan, name: str) -> NodePlan:
    return next(node for node in plan.nodes if node.name == name)


def streams_of(plan: Plan, node: NodePlan) -> list[str]:
    ends = [each.stream for each in node.inputs] + [each.stream for each in node.outputs]
    return [plan.streams[stream].name for stream in ends]


DETECTION = """
    input_stream: ["IMAGE:image", "SIZE:size"]
    output_stream: ["DETECTIONS:found", "DEBUG:debug"]
    input_side_packet: ["MODEL:model", {name: "FACTOR:factor", type: float, default: 0.5}]
    node:
      - calculator: DetectCalculator
        name: detect
        input_stream: ["IMAGE:image", "SIZE:size"]
        output_stream: ["DETECTIONS:raw", "DEBUG:debug"]
        input_side_packet: ["MODEL:model", "FACTOR:factor"]
      - calculator: MergeCalculator
        input_stream: [raw]
        output_stream: found
"""


def test_streams_are_matched_by_tag_and_take_outer_names(folder: Path, nodes: Registry) -> None:
    write(folder, "find_things.yaml", DETECTION)
    plan = load(
        folder,
        nodes,
        """
        input_stream: [picture, "SIZE:image"]
        input_side_packet: which
        node:
          - calculator: FindThings
            name: Find Things
            input_stream: ["SIZE:image", "IMAGE:picture"]
            output_stream: "DETECTIONS:things"
            input_side_packet: "MODEL:which"
        """,
    )
    assert [node.name for node in plan.nodes] == [
        "find_things__detect",
        "find_things__MergeCalculator",
    ]
    detect, merge = plan.nodes
    assert streams_of(plan, detect) == [
        "picture",
        "image",
        "find_things__raw",
        "find_things__debug",
    ]
    assert streams_of(plan, merge) == ["find_things__raw", "things"]
    assert [side.name for side in detect.side_inputs] == ["which", "find_things__factor"]
    assert detect.location == Location(str(folder / "find_things.yaml"), 7, 11)


def test_unconnected_inputs_are_removed_from_inner_nodes(folder: Path, nodes: Registry) -> None:
    write(folder, "find_things.yaml", DETECTION)
    plan = load(
        folder,
        nodes,
        """
        input_stream: picture
        node: {calculator: FindThings, input_stream: "IMAGE:picture"}
        """,
    )
    detect = node_named(plan, "findthings__detect")
    assert [each.tag for each in detect.inputs] == ["IMAGE"]
    assert [side.tag for side in detect.side_inputs] == ["FACTOR"]


def test_default_of_an_unconnected_side_packet_counts(folder: Path, nodes: Registry) -> None:
    write(folder, "find_things.yaml", DETECTION)
    plan = load(
        folder,
        nodes,
        """
        input_stream: picture
        input_side_packet: {name: mine, type: float}
        node:
          - {calculator: FindThings, name: a, input_stream: "IMAGE:picture"}
          - {calculator: FindThings, name: b, input_stream: "IMAGE:picture",
             input_side_packet: "FACTOR:mine"}
        """,
    )
    assert plan.side_packets["a__factor"].default == 0.5
    assert not plan.side_packets["a__factor"].is_required
    assert plan.side_packets["mine"].default is MISSING
    assert sorted(plan.side_packets) == ["a__factor", "mine"]


def test_positions_close_up_and_back_edges_follow(folder: Path, nodes: Registry) -> None:
    write(
        folder,
        "loop.yaml",
        """
        input_stream: ["A:a", "B:b"]
        output_stream: out
        node:
          - calculator: MergeCalculator
            input_stream: [a, b, out]
            output_stream: out
            input_stream_info:
              - {tag_index: ":2", back_edge: true}
              - {tag_index: ":0"}
        """,
    )
    plan = load(
        folder,
        nodes,
        "{input_stream: b, node: {calculator: Loop, input_stream: 'B:b', output_stream: out}}",
    )
    merge = plan.nodes[0]
    assert [(each.index, each.is_back_edge) for each in merge.inputs] == [(0, False), (1, True)]
    assert streams_of(plan, merge) == ["b", "out", "out"]


def test_subgraphs_may_hold_subgraphs(folder: Path, nodes: Registry) -> None:
    write(folder, "find_things.yaml", DETECTION)
    write(
        folder,
        "outer.yaml",
        """
        type: Outer
        input_stream: in
        node: {calculator: FindThings, name: find, input_stream: "IMAGE:in"}
        """,
    )
    plan = load(folder, nodes, "{input_stream: x, node: {calculator: Outer, input_stream: x}}")
    assert plan.nodes[0].name == "outer__find__detect"
    assert "outer__find__raw" in [stream.name for stream in plan.streams]


def test_side_outputs_take_outer_names(folder: Path, nodes: Registry) -> None:
    write(
        folder,
        "make_model.yaml",
        """
        output_side_packet: ["MODEL:model"]
        input_side_packet: {name: path, default: x}
        node:
          - calculator: ModelCalculator
            input_side_packet: "PATH:path"
            output_side_packet: ["MODEL:model", "COUNT:count"]
        """,
    )
    plan = load(
        folder,
        nodes,
        """
        node:
          - {calculator: CameraCalculator, output_stream: "IMAGE:a", input_side_packet: "MODEL:m"}
          - {calculator: MakeModel, name: make, output_side_packet: "MODEL:m"}
        """,
    )
    assert sorted(plan.side_packets) == ["m", "make__count", "make__path"]
    assert plan.side_packets["m"].producer == 0
    assert [node.name for node in plan.nodes] == ["make__ModelCalculator", "CameraCalculator"]


def test_settings_of_a_subgraph_are_dropped(folder: Path, nodes: Registry) -> None:
    write(
        folder,
        "inner.yaml",
        """
        input_stream: a
        max_queue_size: 1
        num_threads: 7
        executor: {name: io}
        input_stream_handler: {input_stream_handler: ImmediateInputStreamHandler}
        node: {calculator: MirrorCalculator, input_stream: a}
        """,
    )
    plan = load(folder, nodes, "{input_stream: x, node: {calculator: Inner, input_stream: x}}")
    assert plan.nodes[0].inputs[0].queue_limit == 100
    assert [executor.num_threads for executor in plan.executors] == [0]


def test_registered_calculator_comes_before_a_file(folder: Path, nodes: Registry) -> None:
    write(folder, "mirror_calculator.yaml", "not: [read")
    plan = load(
        folder, nodes, "{input_stream: x, node: {calculator: MirrorCalculator, input_stream: x}}"
    )
    assert [node.name for node in plan.nodes] == ["MirrorCalculator"]


def test_file_beside_comes_before_search_and_bundled(
    folder: Path, nodes: Registry, bundled_graphs: Path
) -> None:
    inner = "{{input_stream: a, node: {{calculator: MirrorCalculator, name: {}, input_stream: a}}}}"
    searched = folder / "searched"
    searched.mkdir()
    main = "{input_stream: x, node: {calculator: Inner, input_stream: x}}"

    def first_node() -> str:
        file = str(folder / "main.yaml")
        return plan_from_text(main, file=file, registry=nodes, search=[searched]).nodes[0].name

    write(bundled_graphs, "inner.yaml", inner.format("bundled"))
    assert first_node() == "inner__bundled"
    write(searched, "inner.yaml", inner.format("searched"))
    assert first_node() == "inner__searched"
    write(folder, "inner.yaml", inner.format("beside"))
    assert first_node() == "inner__beside"


def test_text_without_a_file_finds_bundled_graphs(nodes: Registry, bundled_graphs: Path) -> None:
    write(
        bundled_graphs,
        "inner.yaml",
        "{input_stream: a, node: {calculator: MirrorCalculator, input_stream: a}}",
    )
    main = "{input_stream: x, node: {calculator: Inner, input_stream: x}}"
    assert plan_from_text(main, registry=nodes).nodes[0].name == "inner__MirrorCalculator"


def test_file_that_is_not_text_is_told(folder: Path, nodes: Registry) -> None:
    (folder / "inner.yaml").write_bytes(b"type: \xff\n")
    with pytest.raises(ConfigError, match="the file is not UTF-8 text, at byte 6"):
        load(folder, nodes, "{input_stream: x, node: {calculator: Inner, input_stream: x}}")


def test_a_file_named_as_its_type_is_spelt_is_told(tmp_path: Path) -> None:
    graph = "input_stream: a\noutput_stream: a_2\nnode: []"
    (tmp_path / "PoseGraph.yaml").write_text(graph, encoding="utf-8")
    text = "input_stream: a\nnode: {calculator: PoseGraph, input_stream: a, output_stream: b}"
    with pytest.raises(ConfigError) as raised:
        plan_from_text(text, search=[tmp_path])
    (fault,) = raised.value.diagnostics
    assert fault.hint == (
        'graph type "PoseGraph" is looked for in pose_graph.yaml; rename PoseGraph.yaml'
    )
