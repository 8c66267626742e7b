"""Subgraph classes: a graph made in code for each node that names it."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent
from typing import Annotated, Any

import pytest
from pydantic import Field

from graphflow import Options, Subgraph
from graphflow.loading import plan_from_config, plan_from_text
from graphflow.nodes.node_shape import NodeShape
from graphflow.nodes.options import NoOptions, Written
from graphflow.nodes.registry import Registry
from graphflow.plan import Plan
from graphflow.words.diagnostics import render
from graphflow.words.errors import ConfigError, ContractError, UsageError


class ChainOptions(Options):
    length: Annotated[int, Field(ge=1)] = 1
    detector: Written = None


def chain(node: NodeShape[ChainOptions]) -> Mapping[str, Any]:
    """As many passing nodes as asked for, and a detector in the end."""
    passing = [
        {
            "calculator": "MergeCalculator",
            "name": f"step{at}",
            "input_stream": f"s{at}",
            "output_stream": f"s{at + 1}",
        }
        for at in range(node.options.length)
    ]
    detector = {
        "calculator": "DetectCalculator",
        "input_stream": [f"IMAGE:s{node.options.length}"],
        "output_stream": ["DETECTIONS:found"],
        "input_side_packet": ["MODEL:model"],
        "options": node.options.detector,
    }
    return {
        "input_stream": "s0",
        "output_stream": "FOUND:found",
        "input_side_packet": "MODEL:model",
        "node": [*passing, detector],
    }


class Chain(Subgraph[ChainOptions]):
    options = ChainOptions

    @classmethod
    def config(cls, node: NodeShape[ChainOptions]) -> Mapping[str, Any]:
        return chain(node)


@pytest.fixture
def library(nodes: Registry) -> Registry:
    nodes.register(Chain)
    return nodes


GRAPH = """\
input_stream: picture
output_stream: things
input_side_packet: model
node:
  - calculator: Chain
    name: Find things
    input_stream: picture
    output_stream: FOUND:things
    input_side_packet: MODEL:model
    options:
"""


def load(library: Registry, options: str, text: str = GRAPH) -> Plan:
    graph = text + "\n".join(f"      {line}" for line in dedent(options).strip().splitlines())
    return plan_from_text(graph, file="g.yaml", registry=library)


def faults(library: Registry, options: str, text: str = GRAPH) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(library, options, text)
    return [render(each) for each in caught.value.diagnostics]


def test_a_class_makes_the_graph_that_the_options_ask_for(library: Registry) -> None:
    plan = load(library, "length: 2")
    assert [node.name for node in plan.nodes] == [
        "find_things__step0",
        "find_things__step1",
        "find_things__DetectCalculator",
    ]
    assert [stream.name for stream in plan.streams] == [
        "picture",
        "find_things__s1",
        "find_things__s2",
        "things",
    ]


def test_two_nodes_get_two_graphs(library: Registry) -> None:
    text = """
        input_stream: picture
        input_side_packet: model
        node:
          - calculator: Chain
            input_stream: picture
            output_stream: FOUND:a
            input_side_packet: MODEL:model
          - calculator: Chain
            input_stream: picture
            output_stream: FOUND:b
            input_side_packet: MODEL:model
            options: {length: 3}
    """
    plan = plan_from_text(dedent(text), registry=library)
    assert len(plan.nodes) == 2 + 4


def test_a_class_sees_which_ports_are_connected(nodes: Registry) -> None:
    seen = []

    class Seeing(Subgraph[NoOptions]):
        @classmethod
        def config(cls, node: NodeShape[NoOptions]) -> Mapping[str, Any]:
            seen.append([list(each) for each in (node.inputs, node.outputs, node.side_inputs)])
            merge = {"calculator": "MergeCalculator", "input_stream": "a", "output_stream": "b"}
            return {"input_stream": ["X:a", "X:1:c"], "output_stream": "b", "node": merge}

    nodes.register(Seeing)
    node = {"calculator": "Seeing", "input_stream": ["X:p", "X:1:q"], "output_stream": "r"}
    plan_from_config({"input_stream": ["p", "q"], "node": node}, registry=nodes)
    assert seen == [[[("X", 0), ("X", 1)], [("", 0)], []]]


def test_options_as_written_are_decoded_and_located_where_they_go(library: Registry) -> None:
    plan = load(library, "detector: {threshold: 1e-1}")
    assert plan.nodes[-1].options.model_dump()["threshold"] == 0.1
    assert faults(library, "detector:\n  threshold: high") == [
        'g.yaml:12:20: option "threshold" of node "DetectCalculator"\n'
        '  found text "high"; expected a number above 0.0\n'
        '  note: used by node "Find things" at g.yaml:5:17'
    ]


def test_options_of_a_class_are_checked_as_a_calculators_are(library: Registry) -> None:
    found = faults(library, "length: 0\nlenth: 1")
    assert found == [
        'g.yaml:11:15: option "length" of node "Find things" is out of range\n'
        "  found 0; expected an integer of at least 1",
        'g.yaml:12:7: Chain has no option "lenth"\n'
        '  hint: did you mean "length"? It also takes "detector"',
    ]


def test_faults_of_the_made_graph_stand_at_the_node(library: Registry) -> None:
    class Faulty(Subgraph[NoOptions]):
        @classmethod
        def config(cls, node: NodeShape[NoOptions]) -> Mapping[str, Any]:
            merge = {"calculator": "MergeCalculator", "input_stream": "a", "output_stream": "b"}
            return {"input_stream": "s0", "output_stream": "FOUND:b", "node": merge}

    library.register(Faulty)
    text = "input_stream: p\nnode:\n  - calculator: Faulty\n    input_stream: p\n"
    assert faults(library, "", text) == [
        'g.yaml:3:17: nothing produces stream "a"\n'
        '  note: in the graph that Faulty makes for node "Faulty" at g.yaml:3:17\n'
        '  hint: if it comes from outside, list it under the graph\'s "input_stream"'
    ]


@pytest.mark.parametrize("kind", [ValueError, ContractError, UsageError])
def test_a_refusal_is_a_fault_at_the_node(nodes: Registry, kind: type[Exception]) -> None:
    class Refusing(Subgraph[NoOptions]):
        @classmethod
        def config(cls, node: NodeShape[NoOptions]) -> Mapping[str, Any]:
            raise kind("found none; expected one")

    nodes.register(Refusing)
    text = "input_stream: p\nnode:\n  - calculator: Refusing\n    name: it\n    input_stream: p\n"
    assert faults(nodes, "", text) == ['g.yaml:3:17: node "it": found none; expected one']


def test_what_is_no_graph_is_told(nodes: Registry) -> None:
    class Odd(Subgraph[NoOptions]):
        @classmethod
        def config(cls, node: NodeShape[NoOptions]) -> Mapping[str, Any]:
            return [1]  # type: ignore[return-value]

    class Endless(Subgraph[NoOptions]):
        @classmethod
        def config(cls, node: NodeShape[NoOptions]) -> Mapping[str, Any]:
            graph: dict[str, Any] = {}
            graph["node"] = graph
            return graph

    class Nothing(Subgraph[NoOptions]):
        @classmethod
        def config(cls, node: NodeShape[NoOptions]) -> Mapping[str, Any]:
            return {"node": [7]}

    found = []
    for subgraph in (Odd, Endless, Nothing):
        nodes.register(subgraph)
        found += faults(nodes, "", f"node:\n  - calculator: {subgraph.__name__}\n")
    assert found == [
        'g.yaml:2:17: node "Odd": config returned list; expected a mapping',
        "g.yaml:2:17: lists and mappings are nested more than 100 deep",
        "g.yaml:2:17: a node\n  found 7; expected keys and values\n"
        '  note: in the graph that Nothing makes for node "Nothing" at g.yaml:2:17',
    ]


def test_a_class_that_makes_itself_is_stopped(nodes: Registry) -> None:
    class Mirror(Subgraph[NoOptions]):
        @classmethod
        def config(cls, node: NodeShape[NoOptions]) -> Mapping[str, Any]:
            return {"node": {"calculator": "Mirror"}}

    nodes.register(Mirror)
    (found,) = faults(nodes, "", "node:\n  - calculator: Mirror\n")
    assert found.startswith("g.yaml:2:17: graphs are nested more than 50 deep\n")


def test_fields_for_calculators_alone_are_refused(library: Registry) -> None:
    text = GRAPH.replace("    options:\n", "    max_in_flight: 2\n    options:\n")
    (found,) = faults(library, "length: 2", text)
    assert found.startswith('g.yaml:10:5: a subgraph takes no "max_in_flight"')


def test_parameters_reach_options_as_written_and_are_not_looked_at_again(library: Registry) -> None:
    text = "parameter: [{name: x, default: '$${x}'}, {name: length, type: int, default: 2}]\n"
    plan = load(
        library,
        """
        length: ${length}
        detector: {name: "${x}", model_path: "$${y}"}
        """,
        text + GRAPH,
    )
    options: Any = plan.nodes[-1].options
    assert len(plan.nodes) == 3
    assert (options.name, options.model_path) == ("${x}", "${y}")
