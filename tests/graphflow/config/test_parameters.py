"""Parameters of a graph: declared, given by whoever uses it, put in where `${name}` stands."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path, PurePosixPath
from textwrap import dedent
from typing import Any

import pytest

from graphflow.config.binding import from_command_line
from graphflow.config.parameters import Parameters, read_parameters
from graphflow.config.reader import read_config
from graphflow.config.value_reader import ValueReader
from graphflow.config.yaml_source import from_python, parse_yaml
from graphflow.graph import Graph
from graphflow.loading import (
    Override,
    load_plan,
    plan_from_config,
    plan_from_text,
)
from graphflow.nodes.registry import Registry
from graphflow.plan import Limits, NodePlan, Plan
from graphflow.words.diagnostics import Location, render
from graphflow.words.errors import ConfigError

DETECT = """\
input_stream: "IMAGE:image"
output_stream: "DETECTIONS:found"
node:
  - calculator: DetectCalculator
    name: detect
    input_stream: "IMAGE:image"
    output_stream: "DETECTIONS:found"
"""


def declared(text: str) -> Parameters:
    value, _ = parse_yaml(text, "g.yaml")
    values = ValueReader({})
    parameters = read_parameters(value, values)
    assert [render(fault) for fault in values.diagnostics] == []
    return parameters


def node_named(plan: Plan, name: str) -> NodePlan:
    return next(node for node in plan.nodes if node.name == name)


def detector(
    nodes: Registry, declaration: str, options: str, given: Mapping[str, Any] | None = None
) -> Any:
    text = f"parameter: [{declaration}]\n{DETECT}    options: {{{options}}}\n"
    return plan_from_text(text, registry=nodes, parameters=given).nodes[0].options


def message(nodes: Registry, text: str, given: Mapping[str, Any] | None = None) -> str:
    with pytest.raises(ConfigError) as raised:
        plan_from_text(text, file="g.yaml", registry=nodes, parameters=given)
    return str(raised.value).rpartition("\n")[0]


# ---- declarations ---------------------------------------------------------------------------


def test_declaration_has_type_default_description_and_limits() -> None:
    parameters = declared(
        "parameter: [{name: size, type: int, default: 7, minimum: 1, maximum: 9, description: d}]"
    )
    (size,) = parameters.declared.values()
    assert (size.name, size.type, size.limits, size.description) == ("size", int, Limits(1, 9), "d")
    assert size.location == Location("g.yaml", 1, 20)


def test_type_may_be_left_open_and_a_default_away() -> None:
    (size,) = declared("parameter: {name: size}").declared.values()
    assert (size.type, size.default) == (Any, None)


def test_graph_options_are_parameters_of_any_type() -> None:
    parameters = declared("graph_options: {size: 7}\noptions: {crop: {width: 3}, unset: }")
    assert list(parameters.declared) == ["size", "crop", "unset"]
    assert {each.type for each in parameters.declared.values()} == {Any}


def test_graph_without_parameters_declares_none() -> None:
    assert declared(DETECT) == Parameters()


def test_keys_of_parameters_are_known_to_the_reader() -> None:
    mapping = from_python(
        {"parameter": [], "graph_options": {}, "node": [{"calculator": "A"}]}, Location()
    )
    assert read_config(mapping, "")[1] == ()
    without = [fault.fault for fault in read_config(mapping, "", takes_parameters=False)[1]]
    assert without == [f'a graph has no key "{key}"' for key in ("parameter", "graph_options")]


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({"parameter": [{"name": ["a"]}]}, 'key "name"\n  found a list of 1 value; expected text'),
        ({"parameter": [{"name": 3}]}, 'key "name"\n  found 3; expected text'),
        (
            {"parameter": [{"name": "a", "default": 1j}]},
            "a default\n  found 1j; expected text, a number, true or false, or a list of those",
        ),
        (
            {"graph_options": 3},
            'key "graph_options" of a graph\n  found 3; expected keys',
        ),
    ],
)
def test_declaration_of_a_dictionary_is_checked(
    nodes: Registry, mapping: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        plan_from_config({**mapping, "node": {"calculator": "GateCalculator"}}, registry=nodes)
    assert f"graph: {expected}" in str(raised.value)


def test_graph_options_may_be_empty() -> None:
    assert declared("graph_options:") == Parameters()


def test_too_many_faulty_declarations_are_not_all_told(nodes: Registry) -> None:
    text = "parameter: [" + "{}, " * 200 + "]\n" + DETECT
    assert "only the first 100 found are told" in message(nodes, text)


# ---- values in options ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declaration", "options", "given", "name", "expected"),
    [
        ("{name: x, type: int, default: 7}", 'max_results: "${x}"', {}, "max_results", 7),
        ("{name: x, type: int, default: 7}", 'max_results: "${x}"', {"x": 9}, "max_results", 9),
        ("{name: x, type: int}", 'max_results: "${x}"', {"x": 9}, "max_results", 9),
        ("{name: x, type: int, default: 1}", 'min_score: "${x}"', {}, "min_score", 1.0),
        ("{name: x, type: float, default: 1e-1}", "min_score: '${x}'", {}, "min_score", 0.1),
        ("{name: x, type: float, default: 1}", "min_score: '${x}'", {"x": 1e-7}, "min_score", 1e-7),
        ("{name: x, type: string, default: 12}", 'name: "${x}"', {}, "name", "12"),
        ("{name: x, type: string, default: EXACT}", 'method: "${x}"', {}, "method", "EXACT"),
        ("{name: x, type: list of int, default: [4, 8]}", 'strides: "${x}"', {}, "strides", (4, 8)),
        ("{name: x, type: list of int}", 'strides: "${x}"', {"x": (1, 2)}, "strides", (1, 2)),
        ("{name: x, type: list of int}", 'strides: "${x}"', {"x": 3}, "strides", (3,)),
        ("{name: x, type: int}", 'strides: [1, "${x}"]', {"x": 3}, "strides", (1, 3)),
        ("{name: x, default: 3}", 'max_results: "${x}"', {}, "max_results", 3),
        ("{name: x, default: 3}", 'name: "${x}"', {}, "name", "3"),
        ("{name: x}", 'threshold: "${x}"', {"x": None}, "threshold", None),
        ("{name: x}", 'weights: "${x}"', {"x": {"a": 1}}, "weights", {"a": 1.0}),
        ("{name: x, default: [a, 1]}", 'model_path: "${x}"', {"x": "m"}, "model_path", "m"),
        ("{name: x, type: string}", 'name: "${x}"', {"x": PurePosixPath("a/b")}, "name", "a/b"),
        ("{name: x, type: float}", 'min_score: "${x}"', {"x": Fraction(1, 2)}, "min_score", 0.5),
        ("{name: x, type: string, default: v1}", 'name: "a/${x}/${x}.b"', {}, "name", "a/v1/v1.b"),
        ("{name: x, type: int, default: 3}", 'name: "${x}rd"', {}, "name", "3rd"),
        ("{name: x, type: bool, default: true}", 'name: "is_${x}"', {}, "name", "is_true"),
        ("{name: x, type: bool}", 'name: "is_${x}"', {"x": False}, "name", "is_false"),
        ("", 'name: "$${x}, $$, $x, $"', {}, "name", "${x}, $$, $x, $"),
        ("{name: x, default: y}", 'name: "$${${x}}"', {}, "name", "${y}"),
        ("{name: x, default: '$${y}'}", 'name: "${x}"', {}, "name", "${y}"),
        ("{name: x}, {name: y, default: 1}", 'name: "${x}"', {"x": "${y}"}, "name", "${y}"),
        ("{name: x}, {name: y, default: 1}", 'name: "${x}!"', {"x": "${y}"}, "name", "${y}!"),
    ],
)  # fmt: skip
def test_option_takes_the_value(
    nodes: Registry,
    declaration: str,
    options: str,
    given: dict[str, Any],
    name: str,
    expected: object,
) -> None:
    assert getattr(detector(nodes, declaration, options, given), name) == expected


def test_nested_option_takes_the_value(nodes: Registry) -> None:
    options = detector(nodes, "{name: width, default: 5}", 'crop: {width: "${width}"}')
    assert options.crop.width == 5


def test_flag_takes_the_value(nodes: Registry) -> None:
    declaration = "{name: keep, type: bool, default: true}"
    for given in (True, False):
        options = detector(nodes, declaration, 'crop: {keep: "${keep}"}', {"keep": given})
        assert options.crop.keep is given


@pytest.mark.parametrize(
    ("kind", "text", "option", "expected"),
    [
        ("int", "3", "max_results", 3),
        ("float", "1e-1", "min_score", 0.1),
        ("string", "12", "name", "12"),
        ("string", "", "name", ""),
        ("list of int", "4,8", "strides", (4, 8)),
        ("list of int", "[4, 8]", "strides", (4, 8)),
        ("list of int", "4", "strides", (4,)),
    ],
)
def test_text_of_a_command_line_is_decoded_by_the_declared_type(
    nodes: Registry, kind: str, text: str, option: str, expected: object
) -> None:
    declaration, given = f"{{name: x, type: {kind}}}", from_command_line({"x": text})
    assert getattr(detector(nodes, declaration, f'{option}: "${{x}}"', given), option) == expected


def test_text_of_a_command_line_for_any_type_is_decoded_where_it_is_used(nodes: Registry) -> None:
    given = from_command_line({"x": "1,2"})
    assert detector(nodes, "{name: x}", 'strides: "${x}"', given).strides == (1, 2)
    assert detector(nodes, "{name: x}", 'name: "${x}"', given).name == "1,2"


def test_value_of_text_is_no_number(nodes: Registry) -> None:
    declaration = "parameter: {name: x, type: string, default: 12}\n"
    text = f'{declaration}{DETECT}    options: {{size: "${{x}}"}}'
    assert 'found text "12"; expected a list' in message(nodes, text)


# ---- values elsewhere -----------------------------------------------------------------------


def test_names_streams_calculators_and_settings_take_values(nodes: Registry) -> None:
    text = """
    parameter:
      - {name: camera, type: string, default: left}
      - {name: detector, type: string, default: Detect}
      - {name: depth, type: int, default: 2}
      - {name: pools, default: {name: io}}
    type: ${detector}Graph
    input_stream: "IMAGE:${camera}_image"
    input_side_packet: {name: "${camera}_factor", type: float, default: "${depth}"}
    output_stream: "DETECTIONS:${camera}_found"
    max_queue_size: ${depth}
    num_threads: ${depth}
    executor: ${pools}
    node:
      - calculator: ${detector}Calculator
        name: detect_${camera}
        input_stream: "IMAGE:${camera}_image"
        output_stream: "DETECTIONS:${camera}_found"
        input_side_packet: "FACTOR:${camera}_factor"
        max_in_flight: ${depth}
        executor: io
      - calculator: CameraCalculator
        output_stream: "IMAGE:spare"
        source_layer: ${depth}
    """
    plan = plan_from_text(dedent(text), registry=nodes, parameters={"camera": "right"})
    node = node_named(plan, "detect_right")
    assert plan.type == "DetectGraph"
    assert plan.streams[node.inputs[0].stream].name == "right_image"
    assert plan.streams[plan.outputs[0]].name == "right_found"
    assert plan.side_packets["right_factor"].default == 2.0
    assert (node.inputs[0].queue_limit, node.max_in_flight, node.executor) == (2, 2, 1)
    assert plan.executors[0].num_threads == 2
    assert node_named(plan, "CameraCalculator").source_layer == 2


def test_list_of_streams_takes_a_list(nodes: Registry) -> None:
    text = """
    parameter: {name: parts, type: list of string, default: [a, b]}
    input_stream: ${parts}
    node: {calculator: MergeCalculator, input_stream: "${parts}", output_stream: [merged]}
    """
    plan = plan_from_text(dedent(text), registry=nodes, parameters={"parts": ["a", "b", "c"]})
    assert [stream.name for stream in plan.streams] == ["a", "b", "c", "merged"]


def test_options_of_a_policy_take_values(nodes: Registry) -> None:
    policy = (
        "    input_stream_handler: {input_stream_handler: FixedSizeInputStreamHandler, "
        'options: {trigger_queue_size: "${size}"}}\n'
    )
    text = f"parameter: {{name: size, type: int, default: 5}}\n{DETECT}{policy}"
    assert "trigger_queue_size=5" in repr(plan_from_text(text, registry=nodes).nodes[0].policy)


def test_keys_are_no_place_for_parameters(nodes: Registry) -> None:
    words = message(nodes, f'parameter: {{name: x, default: name}}\n{DETECT}    "${{x}}": detect\n')
    assert words == 'g.yaml:9:5: a node has no key "${x}"'


def test_overrides_come_after_parameters(nodes: Registry) -> None:
    text = f'parameter: {{name: x, default: 3}}\n{DETECT}    options: {{max_results: "${{x}}"}}\n'
    plan = plan_from_text(
        text,
        registry=nodes,
        parameters={"x": 4},
        overrides=[Override("detect.max_results", 5)],
    )
    assert plan.nodes[0].options.max_results == 5  # type: ignore[attr-defined]


def test_graph_made_in_code_has_parameters(nodes: Registry) -> None:
    config = {
        "parameter": [{"name": "score", "type": "float", "default": 0.5}],
        "input_stream": ["IMAGE:image"],
        "node": [
            {
                "calculator": "DetectCalculator",
                "input_stream": ["IMAGE:image"],
                "output_stream": ["DETECTIONS:found"],
                "options": {"min_score": "${score}"},
            }
        ],
    }
    for given, expected in ({}, 0.5), ({"score": 0.75}, 0.75):
        plan = plan_from_config(config, registry=nodes, parameters=given)
        assert plan.nodes[0].options.min_score == expected  # type: ignore[attr-defined]


def test_read_graph_config_takes_no_parameters(nodes: Registry) -> None:
    value, _ = parse_yaml(DETECT, "g.yaml")
    config, _ = read_config(value, "g.yaml")
    with pytest.raises(ConfigError, match='the graph has no parameter "x"'):
        plan_from_config(config, registry=nodes, parameters={"x": 1})


def test_facade_takes_parameters(tmp_path: Path) -> None:
    text = """
    parameter: {name: step, type: int}
    input_stream: a_${step}
    node: {calculator: PassThroughCalculator, input_stream: "a_${step}", output_stream: b}
    """
    path = tmp_path / "graph.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    value, _ = parse_yaml(dedent(text), "")
    assert value is not None
    graphs = [
        Graph.load(path, parameters={"step": 1}),
        Graph.from_text(dedent(text), parameters={"step": 1}),
        Graph.from_dict(
            {
                "parameter": {"name": "step", "type": "int"},
                "input_stream": "a_${step}",
                "node": {
                    "calculator": "PassThroughCalculator",
                    "input_stream": "a_${step}",
                    "output_stream": "b",
                },
            },
            parameters={"step": 1},
        ),
    ]
    assert {graph.plan.streams[0].name for graph in graphs} == {"a_1"}


# ---- given by a node ------------------------------------------------------------------------

INNER = """
type: Inner
parameter:
  - {name: score, type: float, default: 0.25}
  - {name: crop, default: {width: 7, keep: false}}
  - {name: found, type: string, default: found}
input_stream: "IMAGE:image"
output_stream: "DETECTIONS:${found}"
node:
  - calculator: DetectCalculator
    name: detect
    input_stream: "IMAGE:image"
    output_stream: "DETECTIONS:${found}"
    options: {min_score: "${score}", crop: "${crop}"}
"""
MIDDLE = """
type: Middle
parameter: [{name: score, type: float, default: 0.5}]
input_stream: "IMAGE:image"
node:
  - calculator: Inner
    name: inner
    input_stream: "IMAGE:image"
    options: {score: "${score}"}
"""


@pytest.fixture
def inner_graphs(bundled_graphs: Path) -> None:
    (bundled_graphs / "inner.yaml").write_text(INNER, encoding="utf-8")
    (bundled_graphs / "middle.yaml").write_text(MIDDLE, encoding="utf-8")


def use(nodes: Registry, *users: str, **given: Any) -> Plan:
    text = "".join(f'  - {{input_stream: "IMAGE:image", {user}}}\n' for user in users)
    head = "parameter: [{name: outer, type: float, default: 0.125}]\n"
    return plan_from_text(
        f"{head}input_stream: image\nnode:\n{text}", registry=nodes, parameters=given
    )


@pytest.mark.usefixtures("inner_graphs")
def test_options_of_a_node_are_its_graphs_parameters(nodes: Registry) -> None:
    plan = use(
        nodes,
        "calculator: Inner, name: a",
        "calculator: Inner, name: b, options: {score: 0.75, found: seen}",
        "calculator: Inner, name: c, options: {crop: {width: 9}}",
    )
    options: dict[str, Any] = {node.name: node.options for node in plan.nodes}
    assert [options[f"{name}__detect"].min_score for name in "abc"] == [0.25, 0.75, 0.25]
    assert [options[f"{name}__detect"].crop.width for name in "abc"] == [7, 7, 9]
    assert [options[f"{name}__detect"].crop.keep for name in "abc"] == [False] * 3
    names = [stream.name for stream in plan.streams]
    assert names == ["image", "a__found", "b__seen", "c__found"]


@pytest.mark.usefixtures("inner_graphs")
def test_parameters_are_forwarded_through_graphs(nodes: Registry) -> None:
    users = ("calculator: Middle, name: own", 'calculator: Middle, options: {score: "${outer}"}')
    for given, expected in ({}, [0.5, 0.125]), ({"outer": 1}, [0.5, 1.0]):
        plan = use(nodes, *users, **given)
        assert [node.options.min_score for node in plan.nodes] == expected  # type: ignore[attr-defined]


def test_inner_graph_does_not_see_the_outer_graphs_parameters(
    nodes: Registry, bundled_graphs: Path
) -> None:
    inner = INNER.replace("${score}", "${outer}")
    (bundled_graphs / "inner.yaml").write_text(inner, encoding="utf-8")
    with pytest.raises(ConfigError, match='the graph has no parameter "outer"'):
        use(nodes, "calculator: Inner")


@pytest.mark.usefixtures("inner_graphs")
def test_dictionary_gives_parameters_of_a_subgraph_as_python_values(nodes: Registry) -> None:
    user = {"calculator": "Inner", "input_stream": "IMAGE:image", "options": {"score": 1}}
    plan = plan_from_config({"input_stream": "image", "node": [user]}, registry=nodes)
    assert plan.nodes[0].options.min_score == 1.0  # type: ignore[attr-defined]


# ---- faults of what is given ----------------------------------------------------------------

GIVEN = """\
parameter:
  - {name: size, type: int, default: 7, minimum: 1, maximum: 9}
  - {name: model, default: m}
input_stream: image
node: {calculator: MirrorCalculator, input_stream: image}
"""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"siz": 3},
            'parameters["siz"]: the graph has no parameter "siz"\n  hint: did you mean "size"?',
        ),
        (
            {"zebra": 3},
            'parameters["zebra"]: the graph has no parameter "zebra"\n'
            '  hint: it has "size" and "model"',
        ),
        (
            {"size": "3"},
            'parameters["size"]: parameter "size"\n  found text "3"; expected an integer\n'
            "  note: declared at g.yaml:2:12\n  hint: numbers are written without quotes",
        ),
        (
            {"size": 10},
            'parameters["size"]: parameter "size" is out of range\n'
            "  found 10; expected a number from 1 to 9\n  note: declared at g.yaml:2:12",
        ),
        (
            {"size": None},
            'parameters["size"]: parameter "size"\n  found nothing; expected an integer\n'
            "  note: declared at g.yaml:2:12",
        ),
        (
            {"model": [1, b"m"]},
            'parameters["model"]: parameter "model"\n  found b\'m\'; expected text, a number, '
            "true or false, or a list of those\n  note: declared at g.yaml:3:12",
        ),
        (
            {"model": 10**30},
            'parameters["model"]: parameter "model"\n  found 1000000000000000000000000000000; '
            "expected text, a number, true or false, or a list of those\n"
            "  note: declared at g.yaml:3:12",
        ),
        (
            from_command_line({"size": "many"}),
            '--param size=many: parameter "size"\n  found text "many"; expected an integer\n'
            "  note: declared at g.yaml:2:12",
        ),
    ],
)
def test_fault_of_a_given_value_names_it_and_the_declaration(
    nodes: Registry, given: dict[str, Any], expected: str
) -> None:
    assert message(nodes, GIVEN, given) == expected


def test_value_of_a_graph_without_parameters_is_a_fault(nodes: Registry) -> None:
    words = message(nodes, DETECT, {"x": 1})
    assert words == 'parameters["x"]: the graph has no parameter "x"\n  hint: it declares none'


def test_many_parameters_are_not_all_listed(nodes: Registry) -> None:
    text = "parameter: [" + ", ".join(f"{{name: p{at}, default: 1}}" for at in range(9)) + "]\n"
    assert 'it has "p0", "p1", "p2", "p3", "p4", "p5" and ...' in message(
        nodes, text + DETECT, {"zebra": 1}
    )


def test_parameter_nobody_uses_is_allowed(nodes: Registry) -> None:
    assert plan_from_text(GIVEN, registry=nodes, parameters={"model": "other"}).nodes


def test_unknown_parameter_of_a_graph_without_any_is_told_how_to_declare_it(
    nodes: Registry,
) -> None:
    words = message(nodes, f'{DETECT}    options: {{name: "${{HOME}}/x"}}\n')
    assert words == (
        'g.yaml:8:21: the graph has no parameter "HOME"\n'
        '  hint: declare it under "parameter"; the text "${" itself is written "$${"'
    )


def test_unknown_parameter_makes_no_other_faults(nodes: Registry) -> None:
    text = """\
input_stream: image
node:
  - {calculator: "${a}", input_stream: image, output_stream: one}
  - {calculator: MirrorCalculator, input_stream: "${b}"}
  - {calculator: MergeCalculator, input_stream: one, output_stream: "${c}"}
  - {calculator: MirrorCalculator, input_stream: two}
  - {calculator: NeedyCalculator, input_stream: image, options: {side_px: "${d}"}}
"""
    words = message(nodes, text)
    assert [line.rpartition(" ")[2] for line in words.splitlines() if "has no" in line] == [
        '"a"', '"b"', '"c"', '"d"'
    ]  # fmt: skip
    assert words.count("g.yaml:") == 4


def test_faulty_declaration_makes_no_faults_of_its_uses(nodes: Registry) -> None:
    text = f"""\
parameter: [{{name: a, type: float, default: x}}, {{nam: b}}]
{DETECT}    options: {{min_score: "${{a}}", max_results: "${{b}}"}}
"""
    words = message(nodes, text, {"c": 1})
    assert words == (
        'g.yaml:1:45: default of parameter "a"\n  found text "x"; expected a number\n'
        'g.yaml:1:49: a parameter lacks "name"\n  hint: write {name: nam, default: b}'
    )


@pytest.mark.usefixtures("inner_graphs")
def test_graph_with_parameters_tells_its_own_faults_once(
    nodes: Registry, bundled_graphs: Path
) -> None:
    (bundled_graphs / "inner.yaml").write_text(INNER + "    zebra: 1\n", encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        use(nodes, *(f"calculator: Inner, options: {{score: 0.{at}}}" for at in range(9)))
    assert len(raised.value.diagnostics) == 1


# ---- what is not copied for ever ------------------------------------------------------------


def test_text_inserted_many_times_is_refused(nodes: Registry) -> None:
    text = f'parameter: {{name: x}}\n{DETECT}    options: {{name: "{"${x}" * 20}"}}\n'
    assert "a text too long\n  expected at most 100,000" in message(nodes, text, {"x": "x" * 9000})


def test_value_too_long_is_refused(nodes: Registry) -> None:
    text = f"parameter: {{name: x}}\n{DETECT}"
    assert "expected at most 100,000 characters" in message(nodes, text, {"x": "x" * 200_000})
    assert "nested more than 100 deep" in message(nodes, text, {"x": nested(150)})


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_value_nested_too_deep_where_it_is_put_is_refused(nodes: Registry) -> None:
    text = f'parameter: {{name: x}}\n{DETECT}    options: {{name: {"[" * 50}"${{x}}"{"]" * 50}}}\n'
    assert "nested more than 100 deep" in message(nodes, text, {"x": nested(60)})


def test_value_put_in_many_times_is_refused(nodes: Registry) -> None:
    uses = ", ".join(["'${x}'"] * 100)
    text = f"parameter: {{name: x}}\n{DETECT}    options: {{weights: [{uses}]}}\n"
    words = message(nodes, text, {"x": ["x" * 90_000]})
    assert "the graph, with its parameters put in, is too long" in words
    assert "expected at most 4,000,000 characters" in words


def test_lists_that_double_from_graph_to_graph_are_refused(nodes: Registry, tmp_path: Path) -> None:
    for level in range(40):
        inner = f"Level{level + 1}" if level < 39 else "GateCalculator"
        (tmp_path / f"level{level}.yaml").write_text(
            "parameter: {name: x, default: [1]}\n"
            f'node: {{calculator: {inner}, options: {{x: ["${{x}}", "${{x}}"]}}}}\n',
            encoding="utf-8",
        )
    with pytest.raises(ConfigError, match="expected at most 100,000 characters"):
        load_plan(tmp_path / "level0.yaml", registry=nodes)
