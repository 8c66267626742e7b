"""H. Contracts, validation and subgraphs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from graphflow import (
    Calculator,
    Context,
    Contract,
    Graph,
    NodeShape,
    Options,
    Port,
    Service,
    Subgraph,
)
from graphflow.graph import INLINE
from graphflow.loading import plan_from_text
from graphflow.nodes.options import NoOptions
from graphflow.words.errors import CalculatorError, ConfigError
from tests.conformance.kit import finish, load, nodes, started, values, watch

PASS_THROUGH_GRAPH = """
    type: PassThroughGraph
    input_stream: ["INPUT:0:in_0", "INPUT:1:in_1"]
    output_stream: ["OUTPUT:0:out_0", "OUTPUT:1:out_1"]
    node:
      - calculator: PassThroughCalculator
        input_stream: [in_0, in_1]
        output_stream: [out_0, out_1]
    """

MATCHED = """
    type: Matched
    input_stream: [input_1, "VIDEO:input_2", "AUDIO:0:input_3", "AUDIO:1:input_4"]
    output_stream: ["OUT:joined"]
    node:
      - calculator: Join
        input_stream: [input_1, input_2, input_3, input_4]
        output_stream: [joined]
    """

MANY = """
    type: Many
    input_stream: ["INPUT:0:a", "INPUT:1:b", "INPUT:2:c", "INPUT:3:d", "INPUT:4:e"]
    output_stream: ["OUT:joined"]
    node:
      - {calculator: Join, input_stream: [a, b, c, d, e], output_stream: [joined]}
    """

WITH_EXECUTOR = """
    type: WithExecutor
    input_stream: ["IN:in"]
    output_stream: ["OUT:out"]
    executor: [{name: custom, type: ThreadPoolExecutor, options: {num_threads: 3}}]
    node:
      - {calculator: Pass, input_stream: [in], output_stream: [out], executor: custom}
    """

NESTED = """
    type: Nested
    input_stream: ["IN:in"]
    output_stream: ["OUT:out"]
    node:
      - {calculator: WithExecutor, input_stream: ["IN:in"], output_stream: ["OUT:out"]}
    """


PASS_ONE = """
    type: PassOne
    parameter: {name: in_name, type: string}
    input_stream: ["INPUT:${in_name}"]
    node:
      - {calculator: Pass, name: "${in_name}", input_stream: ["${in_name}"], output_stream: [out]}
    """

LIGHTS = """
    type: Lit
    graph_options: {chain_length: 8, sub_options: {num_lights: [33, 44]}}
    node:
      - {calculator: LightsOnly, option_value: "OPTION_VALUE"}
    """


class SubLights(Options):
    num_lights: tuple[int, ...] = ()


class Lights(Options):
    num_lights: tuple[int, ...] = ()
    sub_options: SubLights = SubLights()


@nodes.register
class LightsOnly(Calculator[Lights]):
    """Has options, and nothing else."""

    contract = Contract(options=Lights)

    def process(self, context: Context) -> None:
        """Is never called."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of subgraphs."""
    for name, text in {
        "pass_through_graph": PASS_THROUGH_GRAPH,
        "matched": MATCHED,
        "many": MANY,
        "with_executor": WITH_EXECUTOR,
        "nested": NESTED,
    }.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


def using(folder: Path, node: str, inputs: str = "[foo, bar, baz, qux]", more: str = "") -> Graph:
    """Load a graph of one node."""
    return load(f"input_stream: {inputs}\n{more}\nnode:\n  - {{{node}}}\n", search=[folder])


def names(graph: Graph) -> list[str]:
    return [node.name for node in graph.plan.nodes]


def test_173_a_subgraph_node_becomes_its_inner_nodes(folder: Path) -> None:
    node = 'calculator: Nested, name: SomeNode, input_stream: ["IN:foo"], output_stream: ["OUT:o"]'
    graph = using(folder, node, more="executor: [{name: custom}]")
    assert names(graph) == ["somenode__withexecutor__Pass"]


def test_175_a_subgraph_is_found_by_its_type_and_is_a_graph_itself(folder: Path) -> None:
    graph = using(
        folder,
        'calculator: PassThroughGraph, input_stream: ["INPUT:0:foo", "INPUT:1:bar"],'
        ' output_stream: ["OUTPUT:0:o", "OUTPUT:1:p"]',
    )
    assert names(graph) == ["passthroughgraph__PassThroughCalculator"]
    assert [each.name for each in graph.plan.executors] == [""]
    alone = load(PASS_THROUGH_GRAPH)
    assert alone.plan.type == "PassThroughGraph"
    assert names(alone) == ["PassThroughCalculator"]
    seen = watch(alone, "out_1")
    started(alone)
    alone.add_packet("in_1", "x", 1)
    alone.close_inputs()
    assert seen == [(1, "x")]


def test_177_a_parameterised_graph_is_expanded_with_the_callers_values(folder: Path) -> None:
    (folder / "pass_one.yaml").write_text(PASS_ONE)
    node = 'calculator: PassOne, name: PassThroughGraph, input_stream: ["INPUT:foo"]'
    graph = using(folder, f"{node}, options: {{in_name: stream_8}}")
    assert names(graph) == ["passthroughgraph__stream_8"]
    alone = Graph(plan_from_text(PASS_ONE, registry=nodes, parameters={"in_name": "stream_9"}))
    assert [alone.plan.streams[each].name for each in alone.plan.inputs] == ["stream_9"]
    assert names(alone) == ["stream_9"]


def test_179_leaving_an_input_out_can_break_the_inner_contract(folder: Path) -> None:
    with pytest.raises(ConfigError, match="PassThroughCalculator"):
        using(
            folder,
            'calculator: PassThroughGraph, input_stream: ["INPUT:0:foo"],'
            ' output_stream: ["OUTPUT:0:o", "OUTPUT:1:p"]',
        )


def test_181_only_the_inputs_asked_for_are_wired(folder: Path) -> None:
    graph = using(
        folder,
        'calculator: Many, input_stream: ["INPUT:1:foo", "INPUT:3:bar"], output_stream: ["OUT:o"]',
    )
    inputs = graph.plan.nodes[0].inputs
    assert [graph.plan.streams[each.stream].name for each in inputs] == ["foo", "bar"]
    seen = watch(graph, "o")
    started(graph)
    graph.add_packet("foo", 1, 1)
    graph.add_packet("bar", 2, 1)
    assert seen == [(1, (1, 2))]


def test_183_streams_are_matched_by_tag_and_index_not_by_name(folder: Path) -> None:
    graph = using(
        folder,
        'calculator: Matched, input_stream: ["AUDIO:1:qux", "AUDIO:0:baz", "VIDEO:bar", "foo"],'
        ' output_stream: ["OUT:o"]',
    )
    inputs = graph.plan.nodes[0].inputs
    assert [graph.plan.streams[each.stream].name for each in inputs] == ["foo", "bar", "baz", "qux"]


def test_185_more_indexes_than_declared_are_refused(folder: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        using(
            folder,
            'calculator: Matched, input_stream: ["AUDIO:0:foo", "AUDIO:1:bar", "AUDIO:2:baz"],'
            ' output_stream: ["OUT:o"]',
        )
    assert "Matched has no input AUDIO:2" in str(caught.value)
    assert "expected :0, VIDEO, AUDIO or AUDIO:1" in str(caught.value)


@pytest.mark.parametrize(
    "field", ["buffer_size_hint: 2", "max_in_flight: 2", "executor: custom", "options: {a: 1}"]
)
def test_187_what_only_a_calculator_has_is_refused_at_a_subgraph(folder: Path, field: str) -> None:
    node = 'calculator: Many, name: x, input_stream: ["INPUT:0:foo"], output_stream: ["OUT:o"]'
    with pytest.raises(ConfigError, match="a subgraph takes no"):
        using(folder, f"{node}, {field}", more="executor: [{name: custom}]")


@pytest.mark.parametrize("kind", ["WithExecutor", "Nested"])
def test_189_executors_of_a_subgraph_are_dropped(folder: Path, kind: str) -> None:
    node = f'calculator: {kind}, input_stream: ["IN:foo"], output_stream: ["OUT:o"]'
    with pytest.raises(ConfigError, match='executor "custom" is not declared'):
        using(folder, node)
    graph = using(folder, node, more="executor: [{name: custom}]")
    assert graph.plan.executors[graph.plan.nodes[0].executor].name == "custom"


OUTER = Service("outer", default=list[int])
INNER = Service("inner", default=list[int])


@nodes.register
class Gather(Calculator[NoOptions]):
    """Adds its packets to the outer list."""

    contract = Contract(inputs=(Port("", int),), services=(OUTER,))

    def process(self, context: Context) -> None:
        context.service(OUTER).append(context.inputs[0].value)


@nodes.register
class GatherInner(Calculator[NoOptions]):
    """The same with a service that the outer graph does not have."""

    contract = Contract(inputs=(Port("", int),), services=(INNER,))

    def process(self, context: Context) -> None:
        context.service(INNER).append(context.inputs[0].value)


class Nest(Calculator[NoOptions]):
    """Runs a graph of its own for each packet, and then emits the outer list."""

    contract = Contract(inputs=(Port("", int),), outputs=(Port("", list),), services=(OUTER,))
    inner = "Gather"

    def process(self, context: Context) -> None:
        graph = load(
            f"{{input_stream: [in], node: [{{calculator: {self.inner}, input_stream: in}}]}}"
        )
        graph.inherit_services(context)
        started(graph).add_packet("in", context.inputs[0].value, 0)
        finish(graph)
        context.outputs[0].emit(context.service(OUTER).copy())


@nodes.register
class NestGather(Nest):
    """A graph inside that uses a service of the outer one."""


@nodes.register
class NestGatherInner(Nest):
    """A graph inside that would need a new service."""

    inner = "GatherInner"


def nesting(kind: str) -> Graph:
    return load(f"""
        input_stream: [in]
        node: [{{calculator: {kind}, input_stream: in, output_stream: out}}]
        """)


def test_197_a_graph_inside_of_a_node_inherits_the_services_and_makes_no_new_ones() -> None:
    graph = nesting("NestGather")
    seen = watch(graph)
    started(graph)
    graph.add_packet("in", 7, 0)
    graph.add_packet("in", 8, 1)
    finish(graph)
    assert values(seen) == [[7], [7, 8]]

    with pytest.raises(CalculatorError, match='"inner", which was not given') as caught:
        finish(started_with(nesting("NestGatherInner"), 7))
    assert "a graph inside another makes no services" in str(caught.value)


def started_with(graph: Graph, value: int) -> Graph:
    started(graph).add_packet("in", value, 0)
    return graph


def lights(option_value: str, caller: str = "") -> Lights:
    """Return the options of the node in a graph whose options a caller overrides."""
    text = LIGHTS.replace("OPTION_VALUE", option_value)
    given = {"chain_length": int(caller)} if caller else {}
    (node,) = plan_from_text(text, registry=nodes, parameters=given).nodes
    assert isinstance(node.options, Lights)
    return node.options


def test_191_option_value_forwards_a_graph_option_to_a_node_option(folder: Path) -> None:
    assert lights("num_lights:options/chain_length").num_lights == (8,)
    assert lights("num_lights:options/chain_length", caller="9").num_lights == (9,)
    (folder / "lit.yaml").write_text(
        LIGHTS.replace("OPTION_VALUE", "num_lights:options/chain_length")
    )
    by_node = using(folder, "calculator: Lit, options: {chain_length: 7}").plan.nodes[0].options
    assert isinstance(by_node, Lights)
    assert by_node.num_lights == (7,)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("options/sub_options/num_lights/1", (44,)),
        ("options/sub_options/num_lights/0", (33,)),
        ("options/sub_options/num_lights", (33, 44)),
    ],
)
def test_193_option_paths_reach_nested_fields_and_elements(
    path: str, expected: tuple[int, ...]
) -> None:
    assert lights(f"num_lights:{path}").num_lights == expected


def test_193_option_paths_name_nested_options_of_the_node_and_whole_messages() -> None:
    assert lights("sub_options/num_lights:options/chain_length").sub_options.num_lights == (8,)
    assert lights("OPTIONS:options/sub_options").num_lights == (33, 44)
    with pytest.raises(ConfigError, match='"options/sub_options/num_lights" has no value at 2'):
        lights("num_lights:options/sub_options/num_lights/2")


# ---- subgraph classes and switches ----------------------------------------------------------


class NamedOptions(Options):
    """What a side packet is to hold."""

    value: str = ""


@nodes.register
class SayIt(Calculator[NamedOptions]):
    """Makes a side packet of its option."""

    contract = Contract(side_outputs=(Port("SAID", str),), options=NamedOptions)

    def open(self, context: Context) -> None:
        context.side_outputs["SAID"] = self.options.value


@nodes.register
class SayItGraph(Subgraph[NamedOptions]):
    """A graph of one SayIt, with the options of its user."""

    options = NamedOptions

    @classmethod
    def config(cls, node: NodeShape[NamedOptions]) -> Mapping[str, Any]:
        said = {"calculator": "SayIt", "output_side_packet": "SAID:said"}
        return {
            "output_side_packet": "SAID:said",
            "node": {**said, "options": {"value": node.options.value}},
        }


def test_195_a_subgraph_class_sees_the_options_of_its_node() -> None:
    graph = load(
        """
        output_side_packet: said
        node:
          - {calculator: SayItGraph, output_side_packet: "SAID:said", options: {value: test}}
        """
    )
    started(graph).wait_until_done()
    assert graph.side_packet("said") == "test"


@nodes.register
class Triple(Calculator[NoOptions]):
    """Three times its input."""

    contract = Contract(inputs=(Port("", int),), outputs=(Port("", int),))

    def process(self, context: Context) -> None:
        context.outputs[0].emit(3 * context.inputs[0].value)


SWITCH = """
    input_stream: [enable, in]
    output_stream: [out]
    node:
      - calculator: SwitchContainer
        input_stream: ["ENABLE:enable", in]
        output_stream: [out]
        options:
          contained_node: [{calculator: Triple}, {calculator: PassThroughCalculator}]
          synchronize_io: OPTION
    """


def test_199_enable_picks_a_channel_in_time() -> None:
    graph = load(SWITCH.replace("OPTION", "false"))
    seen = watch(graph)
    started(graph)
    graph.add_packet("enable", True, 0)
    for time in range(10_000, 110_000, 10_000):
        graph.add_packet("in", time, time)
        graph.add_packet("enable", time < 100_000, time + 5_000)
    assert seen == [(time, time) for time in range(10_000, 110_000, 10_000)]
    for time in range(110_000, 210_000, 10_000):
        graph.add_packet("in", time, time)
        graph.add_packet("enable", False, time + 5_000)
    finish(graph)
    assert seen[10:] == [(time, 3 * time) for time in range(110_000, 210_000, 10_000)]


def test_199_enable_picks_a_channel_with_every_frame_if_streams_are_synchronized() -> None:
    graph = load(SWITCH.replace("OPTION", "true"))
    seen = watch(graph)
    started(graph)
    for time in range(10_000, 210_000, 10_000):
        graph.add_packet("enable", time < 105_000, time)
        assert len(seen) == time // 10_000 - 1
        graph.add_packet("in", time, time)
    finish(graph)
    assert seen == [
        (time, time if time < 105_000 else 3 * time) for time in range(10_000, 210_000, 10_000)
    ]


def test_201_enable_and_select_together_are_refused() -> None:
    text = SWITCH.replace("[enable, in]", "[enable, select, in]").replace("OPTION", "false")
    text = text.replace('"ENABLE:enable", in', '"ENABLE:enable", "SELECT:select", in')
    with pytest.raises(ConfigError, match="Only one of SwitchContainer inputs SELECT and ENABLE"):
        load(text)


def test_203_a_demux_sends_packets_where_the_latest_selection_says() -> None:
    graph = load(
        """
        input_stream: [select, frame]
        node:
          - calculator: SwitchDemuxCalculator
            input_stream: ["SELECT:select", "FRAME:frame"]
            output_stream: ["C0__FRAME:frame_0", "C1__FRAME:frame_1"]
        """
    )
    first, second = watch(graph, "frame_0"), watch(graph, "frame_1")
    graph.start(headers={"frame": "640x480"}, threads=INLINE)
    for stream, value, time in (
        ("select", 0, 1),
        ("select", 0, 10),
        ("frame", "a", 10),
        ("select", 1, 11),
        ("select", 1, 20),
        ("frame", "b", 20),
    ):
        graph.add_packet(stream, value, time)
    assert (first, second) == ([(10, "a")], [(20, "b")])
    assert [graph.header(name) for name in ("frame_0", "frame_1")] == ["640x480", "640x480"]
    finish(graph)


MUX = """
    input_stream: [select, frame_0, frame_1, frame_2]
    node:
      - calculator: SwitchMuxCalculator
        input_stream:
          - "SELECT:select"
          - "C0__FRAME:frame_0"
          - "C1__FRAME:frame_1"
          - "C2__FRAME:frame_2"
        output_stream: ["FRAME:out"]
    """


def select_intervals(graph: Graph, *channels: int) -> None:
    """Select each channel for ten microseconds, at its first and last one."""
    for at, channel in enumerate(channels):
        graph.add_packet("select", channel, 10 * at + 1)
        graph.add_packet("select", channel, 10 * at + 10)


def test_205_a_mux_holds_frames_until_their_selection_is_known() -> None:
    graph = load(MUX)
    seen = watch(graph)
    started(graph)
    graph.add_packet("frame_0", "a", 10)
    graph.add_packet("frame_1", "b", 20)
    assert seen == []
    select_intervals(graph, 0)
    assert seen == [(10, "a")]
    graph.add_packet("select", 1, 11)
    graph.add_packet("select", 1, 20)
    assert seen == [(10, "a"), (20, "b")]
    finish(graph)


def test_207_a_mux_keeps_the_order_when_one_channel_is_slow() -> None:
    graph = load(MUX)
    seen = watch(graph)
    started(graph)
    select_intervals(graph, 0, 1, 2, 0, 1)
    for stream, time in (("frame_0", 10), ("frame_2", 30), ("frame_0", 40)):
        graph.add_packet(stream, stream, time)
    assert seen == [(10, "frame_0")]
    graph.add_packet("frame_1", "frame_1", 20)
    graph.add_packet("frame_1", "frame_1", 50)
    assert seen == [
        (10, "frame_0"),
        (20, "frame_1"),
        (30, "frame_2"),
        (40, "frame_0"),
        (50, "frame_1"),
    ]
    finish(graph)


BYPASSED = """
    input_stream: [enable, appearances, video]
    node:
      - calculator: SwitchContainer
        input_stream: ["ENABLE:enable", "APPEARANCES:appearances", "VIDEO:video"]
        output_stream: ["APPEARANCES:passed", "VIDEO:gaze"]
        options:
          contained_node:
            - calculator: BypassCalculator
            - calculator: BypassCalculator
              options:
                pass_input_stream: [APPEARANCES, VIDEO]
                pass_output_stream: [APPEARANCES, VIDEO]
    """


def test_257_a_bypass_in_a_switch_carries_only_bounds_until_it_is_enabled() -> None:
    graph = load(BYPASSED)
    passed = watch(graph, "passed", sees_bounds=True)
    gaze = watch(graph, "gaze", sees_bounds=True)
    started(graph)
    for time, is_enabled in ((200, False), (300, True)):
        graph.add_packet("enable", is_enabled, time)
        graph.add_packet("appearances", f"a{time}", time)
        graph.add_packet("video", f"v{time}", time)
    assert (passed[:1], gaze[:1]) == ([(200, None)], [(200, None)])
    assert (passed[-1], gaze[-1]) == ((300, "a300"), (300, "v300"))
    assert [value for _, value in (*passed[:-1], *gaze[:-1])] == [None] * (len(passed + gaze) - 2)
    finish(graph)
