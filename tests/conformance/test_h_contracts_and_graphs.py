"""H. Contracts, validation and subgraphs."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphflow import Calculator, Context, Contract, Graph, Port, Service
from graphflow.errors import CalculatorError, ConfigError
from graphflow.options import NoOptions
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


@pytest.mark.parametrize("field", ["max_in_flight: 2", "executor: custom", "options: {a: 1}"])
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
