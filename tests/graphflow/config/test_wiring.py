from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Port
from graphflow.config.ordering import topological_order
from graphflow.loading import plan_from_text
from graphflow.nodes.input_policy import (
    DefaultPolicy,
    FixedSizePolicy,
    ImmediatePolicy,
    SyncSetPolicy,
)
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry
from graphflow.plan import MISSING, NO_LIMIT, ExecutorKind, ExecutorPlan, NodePlan, Plan
from graphflow.words.errors import CalculatorError, ConfigError


@pytest.fixture(autouse=True)
def _no_bundled_graphs(bundled_graphs: Path) -> None:
    """Keep the repository's graphs out of these tests."""


def load(nodes: Registry, text: str) -> Plan:
    return plan_from_text(text, registry=nodes)


def only_node(nodes: Registry, text: str) -> NodePlan:
    (node,) = load(nodes, text).nodes
    return node


def types_of(plan: Plan) -> dict[str, str]:
    return {stream.name: getattr(stream.type, "__name__", "Any") for stream in plan.streams}


CHAIN = """
input_stream: outside
output_stream: [c, outside]
node:
  - {calculator: MergeCalculator, name: last, input_stream: [b, outside], output_stream: c}
  - {calculator: MergeCalculator, name: middle, input_stream: a, output_stream: b}
  - {calculator: MergeCalculator, name: first, input_stream: outside, output_stream: a}
"""


def test_nodes_are_in_topological_order(nodes: Registry) -> None:
    plan = load(nodes, CHAIN)
    assert [node.name for node in plan.nodes] == ["first", "middle", "last"]


def test_streams_are_indexed_graph_inputs_first(nodes: Registry) -> None:
    plan = load(nodes, CHAIN)
    assert [(stream.name, stream.producer) for stream in plan.streams] == [
        ("outside", None),
        ("a", 0),
        ("b", 1),
        ("c", 2),
    ]
    assert plan.inputs == (0,)
    assert plan.outputs == (3, 0)
    assert [each.stream for each in plan.nodes[2].inputs] == [2, 0]
    assert plan.streams[3].location.line == 5


def test_an_output_is_found_by_its_tag(nodes: Registry) -> None:
    plan = load(nodes, CHAIN.replace("[c, outside]", '["LAST:c", outside]'))
    assert plan.output_tags == ("LAST", "")
    assert (plan.output("LAST"), plan.output("FIRST")) == ("c", "")


def test_nodes_that_do_not_depend_on_each_other_keep_their_order(nodes: Registry) -> None:
    each = "{calculator: MirrorCalculator, name: NAME, input_stream: a}"
    text = "input_stream: a\nnode:\n" + "".join(
        f"  - {each.replace('NAME', f'n{at}')}\n" for at in range(9)
    )
    assert [node.name for node in load(nodes, text).nodes] == [f"n{at}" for at in range(9)]


def test_order_of_nothing_is_nothing() -> None:
    assert topological_order(0, []) == []


LOOP = """
input_stream: image
node:
  - calculator: LoopbackCalculator
    name: loopback
    input_stream: ["MAIN:image", "LOOP:found"]
    output_stream: "PREV_LOOP:previous"
    input_stream_info: {tag_index: "LOOP", back_edge: true}
  - calculator: MirrorCalculator
    input_stream: [previous]
    output_stream: [mirrored]
  - calculator: CameraCalculator
    output_stream: "IMAGE:frame"
  - calculator: DetectCalculator
    input_stream: ["IMAGE:frame", "SIZE:mirrored"]
    output_stream: "DETECTIONS:found"
"""


def test_back_edge_opens_a_loop(nodes: Registry) -> None:
    plan = load(nodes, LOOP)
    loopback = plan.nodes[0]
    assert [each.is_back_edge for each in loopback.inputs] == [False, True]
    assert loopback.policy == ImmediatePolicy()
    assert loopback.offset is None
    assert loopback.process_timestamps


def test_types_are_followed_around_a_loop(nodes: Registry) -> None:
    assert types_of(load(nodes, LOOP)) == {
        "image": "Any",
        "previous": "BigDetection",
        "mirrored": "BigDetection",
        "frame": "Image",
        "found": "BigDetection",
    }


def test_needless_back_edge_is_accepted(nodes: Registry) -> None:
    node = only_node(
        nodes,
        "{input_stream: a, node: {calculator: MirrorCalculator, input_stream: a,"
        " input_stream_info: {tag_index: '', back_edge: true}}}",
    )
    assert node.inputs[0].is_back_edge


def test_only_the_nodes_of_a_cycle_are_named(nodes: Registry) -> None:
    knot = "{calculator: MergeCalculator, name: knot, input_stream: [a, x], output_stream: x}"
    with pytest.raises(ConfigError) as raised:
        load(nodes, f"{CHAIN}  - {knot}")
    assert [fault.found for fault in raised.value.diagnostics] == ["knot -(x)-> knot"]


def test_several_streams_may_be_suggested(nodes: Registry) -> None:
    node = "{calculator: MirrorCalculator, input_stream: pose_3}"
    with pytest.raises(ConfigError) as raised:
        load(nodes, f"{{input_stream: [pose_1, pose_2], node: {node}}}")
    assert raised.value.diagnostics[0].hint == 'did you mean "pose_2" or "pose_1"?'


def test_type_of_an_input_may_follow_another_input(nodes: Registry) -> None:
    plan = load(
        nodes,
        """
        input_stream: a
        node:
          - {calculator: CameraCalculator, output_stream: ["IMAGE:image", "SIZE:size"]}
          - {calculator: SameCalculator, name: one, input_stream: ["A:image", "B:image"],
             output_stream: "OUT:typed"}
          - {calculator: SameCalculator, name: two, input_stream: ["A:a", "B:size"],
             output_stream: "OUT:untyped"}
          - {calculator: DrawCalculator, input_stream: ["IMAGE:image", "DETECTIONS:a"],
             output_stream: "IMAGE:drawn"}
        """,
    )
    assert types_of(plan)["typed"] == "Image"
    assert types_of(plan)["untyped"] == "Any"
    assert types_of(plan)["drawn"] == "Image"


def test_output_takes_the_declared_type_where_the_stream_has_none(nodes: Registry) -> None:
    plan = load(
        nodes,
        """
        input_stream: [a, b]
        node: {calculator: DrawCalculator, input_stream: ["IMAGE:a", "DETECTIONS:b"],
               output_stream: "IMAGE:drawn"}
        """,
    )
    assert types_of(plan)["drawn"] == "Image"


def test_source_makes_no_promise_about_time(nodes: Registry) -> None:
    source = only_node(nodes, "node: {calculator: CameraCalculator, output_stream: 'IMAGE:a'}")
    assert source.is_source
    assert source.offset is None
    assert only_node(nodes, MIRROR).offset == 0


MIRROR = """
{input_stream: a, type: T, node: {calculator: MirrorCalculator, input_stream: a, name: m}}
"""


@pytest.mark.parametrize(("size", "limit"), [("7", 7), ("0", NO_LIMIT), ("-1", NO_LIMIT)])
def test_queue_limit_is_the_graphs(nodes: Registry, size: str, limit: int) -> None:
    node = only_node(nodes, MIRROR.replace("type: T", f"max_queue_size: {size}"))
    assert node.inputs[0].queue_limit == limit
    assert only_node(nodes, MIRROR).inputs[0].queue_limit == 100


@pytest.mark.parametrize(
    ("size", "hint", "limit"), [(7, 3, 7), (7, 9, 9), (-1, 9, NO_LIMIT), (7, 0, 7)]
)
def test_a_node_may_have_longer_queues(nodes: Registry, size: int, hint: int, limit: int) -> None:
    text = MIRROR.replace("type: T", f"max_queue_size: {size}")
    node = only_node(nodes, text.replace("name: m", f"buffer_size_hint: {hint}"))
    assert node.inputs[0].queue_limit == limit


def test_settings_reach_the_plan(nodes: Registry) -> None:
    plan = load(nodes, MIRROR.replace("type: T", "type: T, report_deadlock: true"))
    assert (plan.type, plan.file, plan.report_deadlock) == ("T", "<text>", True)
    node = only_node(nodes, MIRROR.replace("name: m", "max_in_flight: 3"))
    assert node.max_in_flight == 3


THREAD_POOL = ExecutorKind.THREAD_POOL


@pytest.mark.parametrize(
    ("written", "plans"),
    [
        ("type: T", (ExecutorPlan(),)),
        ("num_threads: 3", (ExecutorPlan("", 3),)),
        ("executor: {options: {num_threads: 2}}", (ExecutorPlan("", 2, THREAD_POOL),)),
        (
            "num_threads: 3, executor: {name: io, type: ThreadPoolExecutor}",
            (ExecutorPlan("", 3), ExecutorPlan("io", 0, THREAD_POOL)),
        ),
        (
            "executor: {type: ThreadPoolExecutor, options: {num_threads: 2, stack_size: 65536,"
            " nice_priority_level: -3, require_processor_performance: NORMAL,"
            " thread_name_prefix: pose}}",
            (ExecutorPlan("", 2, THREAD_POOL, 65536, -3, "pose"),),
        ),
        (
            "executor: {type: ApplicationThreadExecutor}",
            (ExecutorPlan(kind=ExecutorKind.APPLICATION_THREAD),),
        ),
        ("executor: [{name: io}, {name: ''}]", (ExecutorPlan(), ExecutorPlan("io"))),
    ],
)
def test_default_executor_is_first(
    nodes: Registry, written: str, plans: tuple[ExecutorPlan, ...]
) -> None:
    assert load(nodes, MIRROR.replace("type: T", written)).executors == plans


def test_node_runs_on_the_executor_it_names(nodes: Registry) -> None:
    text = MIRROR.replace("type: T", "executor: [{name: a}, {name: b}]")
    assert only_node(nodes, text.replace("name: m", "executor: b")).executor == 2
    assert only_node(nodes, text).executor == 0


@pytest.mark.parametrize("name", ["default", "gpu", "__mine"])
def test_node_names_no_reserved_executor(nodes: Registry, name: str) -> None:
    with pytest.raises(ConfigError, match=f'executor name "{name}" is reserved'):
        load(nodes, MIRROR.replace("name: m", f"executor: {name}"))


def handled(handler: str, options: str = "") -> str:
    return f"input_stream_handler: {{input_stream_handler: {handler}, options: {{{options}}}}}"


def test_policy_of_the_node_beats_the_graphs(nodes: Registry) -> None:
    text = MIRROR.replace("type: T", handled("ImmediateInputStreamHandler"))
    assert only_node(nodes, text).policy == ImmediatePolicy()
    own = text.replace("name: m", handled("FixedSizeInputStreamHandler", "trigger_queue_size: 5"))
    assert only_node(nodes, own).policy == FixedSizePolicy(trigger_queue_size=5)
    own = text.replace("name: m", handled("DefaultInputStreamHandler"))
    assert only_node(nodes, own).policy == DefaultPolicy()


def test_policy_of_the_graph_never_beats_a_contract_that_chose(nodes: Registry) -> None:
    text = LOOP + handled("FixedSizeInputStreamHandler") + "\n"
    policies = {node.name: node.policy for node in load(nodes, text).nodes}
    assert policies["loopback"] == ImmediatePolicy()
    assert policies["MirrorCalculator"] == FixedSizePolicy()


def sync(nodes: Registry, inputs: str, rest: str = "") -> tuple[tuple[int, ...], ...]:
    text = (
        "{input_stream: [a, b, c], node: {calculator: SyncCalculator, "
        f"input_stream: [{inputs}], {rest}}}}}"
    )
    node = only_node(nodes, text)
    assert isinstance(node.policy, SyncSetPolicy)
    return node.sync_sets


def test_sync_sets_of_the_contract_are_positions(nodes: Registry) -> None:
    assert sync(nodes, "'C:c', 'B:b', 'A:a'") == ((2, 1), (0,))
    assert sync(nodes, "'A:a', 'B:b'") == ((0, 1),)


def test_sync_set_of_the_contract_may_name_an_unconnected_input(nodes: Registry) -> None:
    assert sync(nodes, "'A:a', 'C:c'") == ((0,), (1,))


def test_sync_sets_of_the_node_are_positions(nodes: Registry) -> None:
    own = handled("SyncSetInputStreamHandler", "sync_set: [{tag_index: [C, 'A:0']}]")
    assert sync(nodes, "'A:a', 'B:b', 'C:c'", own) == ((2, 0), (1,))


def test_inputs_without_sync_sets_form_one(nodes: Registry) -> None:
    assert sync(nodes, "'A:a', 'B:b'", handled("SyncSetInputStreamHandler")) == ((0, 1),)


SIDES = """
input_side_packet:
  - {name: path, type: string, description: where}
  - {name: defaulted, default: d}
  - unused
node:
  - {calculator: CameraCalculator, name: camera, output_stream: "IMAGE:image",
     input_side_packet: ["PATH:unused", "MODEL:made"]}
  - {calculator: ModelCalculator, name: one, input_side_packet: "PATH:path",
     output_side_packet: "MODEL:made"}
  - {calculator: ModelCalculator, name: two, input_side_packet: "PATH:defaulted",
     output_side_packet: "MODEL:made_2"}
"""


def test_side_packets_are_planned(nodes: Registry) -> None:
    plan = load(nodes, SIDES)
    packets = plan.side_packets
    assert [node.name for node in plan.nodes] == ["one", "camera", "two"]
    assert packets["path"].is_required
    assert packets["path"].type is str
    assert packets["path"].description == "where"
    assert (packets["defaulted"].default, packets["defaulted"].is_required) == ("d", False)
    assert (packets["unused"].default, packets["unused"].is_required) == (MISSING, False)
    assert (packets["made"].producer, packets["made"].type) == (0, str)
    assert packets["made_2"].producer == 2
    camera = plan.nodes[1]
    assert [(side.tag, side.name, side.is_optional) for side in camera.side_inputs] == [
        ("PATH", "unused", True),
        ("MODEL", "made", True),
    ]


def test_integer_side_packet_may_stand_for_a_number(nodes: Registry) -> None:
    plan = load(
        nodes,
        """
        input_stream: image
        input_side_packet: {name: factor, type: int, default: 2}
        node: {calculator: DetectCalculator, input_stream: "IMAGE:image",
               output_stream: "DETECTIONS:found", input_side_packet: "FACTOR:factor"}
        """,
    )
    assert plan.side_packets["factor"].default == 2


def test_no_index_is_left_out(nodes: Registry) -> None:
    text = """
    input_stream: a
    node: {calculator: GateCalculator, input_stream: ["X:0:a", "X:2:a"],
           output_stream: ["X:0:b", "X:2:c"]}
    """
    with pytest.raises(ConfigError) as raised:
        load(nodes, text)
    assert [diagnostic.fault for diagnostic in raised.value.diagnostics] == [
        'input list of node "GateCalculator" has X:2 and no X:1',
        'output list of node "GateCalculator" has X:2 and no X:1',
    ]


def test_an_index_that_means_something_may_be_left_out(nodes: Registry) -> None:
    @nodes.register
    class ChoosingCalculator(Calculator[NoOptions]):
        """Its outputs have numbers."""

        contract = Contract(
            inputs=(Port("IN"),), outputs=(Port("OUT", repeated=True, sparse=True),)
        )

        def process(self, context: Context) -> None:
            """Do nothing."""

    text = """{input_stream: a, node: {calculator: ChoosingCalculator, input_stream: "IN:a",
    output_stream: ["OUT:2:b"]}}"""
    node = only_node(nodes, text)
    assert [(each.tag, each.index) for each in node.outputs] == [("OUT", 2)]


def test_unreadable_name_is_not_also_told_as_missing(nodes: Registry) -> None:
    text = """
    input_stream: image
    node:
      - {calculator: DetectCalculator, input_stream: "IMAGE:Image", output_stream: "DETECTIONS:a"}
      - {calculator: DrawCalculator, input_stream: ["IMAGE:image", "DETECTIONS:b"]}
    """
    with pytest.raises(ConfigError) as raised:
        load(nodes, text)
    faults = [diagnostic.fault for diagnostic in raised.value.diagnostics]
    assert faults == [
        'stream "IMAGE:Image"',
        'node "DrawCalculator" lacks required output IMAGE',
    ]


def test_faults_are_sorted_by_position(nodes: Registry) -> None:
    text = """
    node:
      - {calculator: Unheard, input_stream: x}
      - {calculator: NeedyCalculator, options: {side_px: 0}}
    num_threads: x
    """
    with pytest.raises(ConfigError) as raised:
        load(nodes, text)
    locations: list[Any] = [diagnostic.location for diagnostic in raised.value.diagnostics]
    assert locations == sorted(locations)
    assert len(locations) == 5


def test_source_layer_and_error_policy_are_planned(nodes: Registry) -> None:
    camera = "{node: {calculator: CameraCalculator, output_stream: 'IMAGE:i', source_layer: 2}}"
    assert only_node(nodes, camera).source_layer == 2
    assert not only_node(nodes, MIRROR).skips_errors
    assert only_node(nodes, MIRROR.replace("name: m", "on_error: skip")).skips_errors
    assert not only_node(nodes, MIRROR.replace("name: m", "on_error: fail")).skips_errors


def test_a_stream_of_errors_is_planned_as_an_ordinary_stream(nodes: Registry) -> None:
    plan = load(nodes, MIRROR.replace("name: m", "on_error: {stream: bad}"))
    node = plan.nodes[0]
    assert node.skips_errors
    assert node.error_stream is not None
    stream = plan.streams[node.error_stream]
    assert (stream.name, stream.producer, stream.type) == ("bad", 0, CalculatorError)
    assert node.error_stream not in {each.stream for each in node.outputs}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{node: {calculator: CameraCalculator, output_stream: 'IMAGE:i', on_error: skip}}",
         "a source can't skip errors"),
        ("{node: {calculator: CameraCalculator, output_stream: 'IMAGE:i', "
         "on_error: {stream: bad}}}", "a source can't skip errors"),
        (MIRROR.replace("name: m", "on_error: ignore"), 'on_error "ignore"'),
        (MIRROR.replace("name: m", "source_layer: 1"), "source_layer is for sources"),
    ],
)  # fmt: skip
def test_keys_that_do_not_fit_a_node_are_faults(nodes: Registry, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(nodes, text)


def test_a_mirrored_side_output_has_the_type_of_its_side_input(nodes: Registry) -> None:
    text = """
input_stream: image
node:
  - {calculator: MirrorCalculator, name: second, input_side_packet: b, output_side_packet: c}
  - {calculator: MirrorCalculator, name: first, input_side_packet: a, output_side_packet: b}
  - calculator: ModelCalculator
    input_side_packet: PATH:path
    output_side_packet: MODEL:a
  - {calculator: DetectCalculator, input_stream: IMAGE:image, input_side_packet: FACTOR:c}
"""
    with pytest.raises(ConfigError) as raised:
        load(nodes, text)
    found = str(raised.value)
    assert 'type mismatch on side packet "c"\n  found str, from node "second"' in found
