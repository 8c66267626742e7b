"""What every registered calculator must be: documented, tested, and well behaved when run.

A calculator's example says how it is wired and set, so the example is also what is run here: on
nothing, on empty timestamps, on packets that nobody may write into, and into a cancelled run.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pickle
import pkgutil
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, ValidationError

import calculators
from calculators.all_nodes import NODES
from calculators.media.image_writer import ImageWriter
from calculators.media.video_writer import VideoWriter
from calculators.types import RgbImage
from graphflow import Graph
from graphflow.graph import INLINE
from graphflow.loading import plan_from_text
from graphflow.nodes.calculator import Calculator
from graphflow.nodes.context import Context
from graphflow.nodes.contract import ANY_TAG, port_name
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.nodes.registry import registry
from graphflow.nodes.subgraph import Subgraph
from graphflow.plan import NodePlan, Plan
from graphflow.words.bundle import bundled_folder
from graphflow.words.errors import GraphCancelled
from graphflow.words.timestamp import DONE

AnyClass = type[Calculator[Any]]
NamedClass = type[Calculator[Any]] | type[Subgraph[Any]]

SECTIONS = ("Timing", "Options", "Example", "Source")
"""Of every class docstring, in this order; Ports, before Options, where the ports' own words in
the contract don't tell enough."""

EXAMPLE = re.compile(r"```yaml\n(?P<text>.*?)```", re.DOTALL)
OPTIONS = re.compile(r"^Options: (?P<text>.*?)\n\n", re.DOTALL | re.MULTILINE)

MODEL = re.compile(r"(?<=model_path: )\w+")
# Part of the repository, unlike the models that examples name.
STAND_IN_MODEL = bundled_folder("models") / "test_two_outputs.tflite"

PACKETS_BORNE = {"StreamToSidePacketCalculator": 1}
"""Calculators that refuse more packets than these; all others are given two."""


def import_all_calculators() -> None:
    for module in pkgutil.walk_packages(calculators.__path__, "calculators."):
        importlib.import_module(module.name)


import_all_calculators()
CLASSES = [each for each in registry if each.__module__.split(".")[0] == "calculators"]
SUBGRAPHS = [
    each for each in registry.subgraphs() if each.__module__.split(".")[0] == "calculators"
]


def for_each(classes: Sequence[NamedClass]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("calculator", classes, ids=[each.__name__ for each in classes])


every_calculator = for_each(CLASSES)
every_class = for_each([*CLASSES, *SUBGRAPHS])
every_calculator_with_inputs = for_each([each for each in CLASSES if each.contract.inputs])


def documentation_of(calculator: NamedClass) -> str:
    return inspect.cleandoc(vars(calculator).get("__doc__") or "") + "\n"


def example_of(calculator: NamedClass) -> str:
    """The graph in a class's docstring; "" where there is none."""
    found = EXAMPLE.search(documentation_of(calculator))
    return "" if found is None else textwrap.dedent(found["text"])


def options_of(named: NamedClass) -> type[BaseModel]:
    return named.options if issubclass(named, Subgraph) else named.contract.options


def plan_of(calculator: AnyClass) -> Plan:
    """The example's plan, with a model that every machine has."""
    return plan_from_text(MODEL.sub(str(STAND_IN_MODEL), example_of(calculator)))


def node_of(plan: Plan, calculator: AnyClass) -> NodePlan:
    (node,) = (each for each in plan.nodes if issubclass(each.calculator, calculator))
    return node


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


# ---- names, words and files -----------------------------------------------------------------


def test_there_are_calculators_to_check() -> None:
    assert {each.__name__ for each in CLASSES} >= {"GateCalculator", "PassThroughCalculator"}


@every_calculator
def test_module_is_named_after_its_class(calculator: AnyClass) -> None:
    assert calculator.__name__.endswith("Calculator")
    expected = snake_case(calculator.__name__.removesuffix("Calculator"))
    assert calculator.__module__.split(".")[-1] == expected


def test_the_library_offers_every_class_where_it_is() -> None:
    assert {each.__name__: each.__module__ for each in (*CLASSES, *SUBGRAPHS)} == NODES


@every_class
def test_every_calculator_has_a_test_file_of_its_own(
    calculator: NamedClass, repository: Path
) -> None:
    *packages, module = calculator.__module__.split(".")
    file = repository.joinpath("tests", *packages, f"test_{module}.py")
    assert file.is_file(), f"{file.relative_to(repository)} is missing"
    tree = ast.parse(file.read_text(encoding="utf-8"))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert calculator.__name__ in used, f"{file.name} never uses {calculator.__name__}"


@every_class
def test_docstring_opens_with_one_sentence_and_has_its_sections(calculator: NamedClass) -> None:
    first_line, _, rest = documentation_of(calculator).partition("\n")
    assert first_line.endswith(".")
    assert len(first_line) <= 90
    found = re.findall(rf"^({'|'.join(SECTIONS)}):", rest, re.MULTILINE)
    assert tuple(found) == SECTIONS


@every_class
def test_docstring_names_every_option(calculator: NamedClass) -> None:
    section = OPTIONS.search(documentation_of(calculator))
    assert section is not None
    fields = options_of(calculator).model_fields
    assert [name for name in fields if not re.search(rf"\b{name}\b", section["text"])] == []
    assert section["text"].startswith("none") is (not fields)


@every_calculator
def test_every_port_says_what_travels_there(calculator: AnyClass) -> None:
    contract = calculator.contract
    undocumented = [
        f"{kind} {port_name(port.tag)}"
        for kind in ("inputs", "outputs", "side_inputs", "side_outputs")
        for port in getattr(contract, kind)
        if not port.doc.strip()
    ]
    assert undocumented == []


def option_classes(options: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A class of options, and those of its fields."""
    yield options
    for field in options.model_fields.values():
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if inspect.isclass(kind) and issubclass(kind, BaseModel):
                yield from option_classes(kind)


@every_class
def test_every_option_is_described(calculator: NamedClass) -> None:
    undescribed = [
        f"{options.__name__}.{name}"
        for options in option_classes(options_of(calculator))
        for name, field in options.model_fields.items()
        if not field.description
    ]
    assert undescribed == []


@every_class
def test_an_unknown_option_is_refused(calculator: NamedClass) -> None:
    for options in option_classes(options_of(calculator)):
        with pytest.raises(ValidationError, match="no_such_option"):
            options.model_validate({"no_such_option": 1})


# ---- behaviour ------------------------------------------------------------------------------


class Calls:
    """What was seen of a calculator in one run."""

    def __init__(self) -> None:
        self.process = 0
        self.process_on_nothing = 0
        self.close = 0


def watched(calculator: AnyClass, calls: Calls) -> AnyClass:
    """The calculator, with its calls counted."""

    def process(self: Calculator[Any], context: Context) -> None:
        calls.process += 1
        calls.process_on_nothing += all(each.is_empty for each in context.inputs)
        calculator.process(self, context)

    def close(self: Calculator[Any], context: Context) -> None:
        calls.close += 1
        calculator.close(self, context)

    return type(calculator.__name__, (calculator,), {"process": process, "close": close})


def watched_plan(calculator: AnyClass, calls: Calls, **changes: Any) -> Plan:
    """The example's plan, in which the calculator is watched and its node is changed."""
    plan = plan_of(calculator)
    node = node_of(plan, calculator)
    changed = replace(node, calculator=watched(calculator, calls), **changes)
    return replace(plan, nodes=tuple(changed if each is node else each for each in plan.nodes))


def input_names(plan: Plan) -> list[str]:
    return [plan.streams[index].name for index in plan.inputs]


def kind_of(plan: Plan, name: str) -> Any:
    """The payload type that the nodes of a plan expect of a stream or side packet."""
    for node in plan.nodes:
        contract = node.calculator.contract
        ends = [(each.tag, plan.streams[each.stream].name) for each in node.inputs]
        sides = [(each.tag, each.name) for each in node.side_inputs]
        for declared, found in ((contract.inputs, ends), (contract.side_inputs, sides)):
            by_tag = {port.tag: port.type for port in declared}
            for tag, source in found:
                if source == name:
                    return by_tag.get(tag, by_tag.get(ANY_TAG))
    raise AssertionError(f"nobody reads {name}")


@pytest.fixture
def side_packets(tmp_path: Path, payloads: Callable[[str, Any], Any]) -> Callable[[Plan], Any]:
    """Return a function that gives values for the side packets that an example asks for.

    Sources read a short video or a picture, sinks write into a folder of the test.
    """
    frame = RgbImage(np.zeros((48, 64, 3), np.uint8))
    for writer in (ImageWriter(tmp_path / "in.png"), VideoWriter(tmp_path / "in.mp4")):
        writer.write(frame, 0)
        writer.close()

    def values(plan: Plan) -> dict[str, Any]:
        node_names = {node.calculator.__name__ for node in plan.nodes}
        files = {
            "input_path": "in.png" if "ImageFilesCalculator" in node_names else "in.mp4",
            "output_path": "out.mp4",
            "landmarks_path": "out.jsonl",
            "values_path": "values.jsonl",
        }
        return {
            name: str(tmp_path / files[name]) if name in files else payloads("", kind)
            for name, kind in ((each, kind_of(plan, each)) for each in given_side_packets(plan))
        }

    return values


def given_side_packets(plan: Plan) -> list[str]:
    return [name for name, packet in plan.side_packets.items() if packet.producer is None]


@every_calculator
def test_example_uses_the_calculator(calculator: AnyClass) -> None:
    assert f"calculator: {calculator.__name__}" in example_of(calculator)
    # As it is written, without a stand-in.
    assert node_of(plan_from_text(example_of(calculator)), calculator) is not None


@every_calculator
def test_example_runs_on_nothing_and_closes_everything(
    calculator: AnyClass, side_packets: Callable[[Plan], Any]
) -> None:
    calls = Calls()
    plan = watched_plan(calculator, calls)
    graph = Graph(plan)
    graph.start(side_packets(plan), threads=INLINE)
    graph.close_inputs()
    graph.wait_until_done()
    assert calls.close == 1
    assert [graph.bound(each.name) for each in plan.streams] == [DONE] * len(plan.streams)


@every_calculator
def test_a_cancelled_run_closes_the_calculator(
    calculator: AnyClass, side_packets: Callable[[Plan], Any]
) -> None:
    calls = Calls()
    plan = watched_plan(calculator, calls)
    graph = Graph(plan)
    graph.start(side_packets(plan), threads=INLINE)
    graph.cancel()
    with suppress(GraphCancelled):  # A source is done before it can be cancelled.
        graph.wait_until_done()
    assert calls.close == 1


@every_calculator_with_inputs
def test_empty_inputs_are_survived(
    calculator: AnyClass, side_packets: Callable[[Plan], Any]
) -> None:
    # A graph may choose the policy that calls a node with empty inputs; some nodes choose it.
    calls = Calls()
    plan = watched_plan(calculator, calls, policy=ImmediatePolicy(), process_timestamps=True)
    graph = Graph(plan)
    graph.start(side_packets(plan), threads=INLINE)
    for bound in (5, 10):
        for name in input_names(plan):
            graph.advance(name, bound)
    graph.close_inputs()
    graph.wait_until_done()
    if any(end.stream in plan.inputs for end in node_of(plan, calculator).inputs):
        assert calls.process_on_nothing >= 2
    else:  # What it is called on is up to the node before it in the example.
        assert calls.process
    assert calls.close == 1


@every_calculator_with_inputs
def test_payloads_are_not_written_into(
    calculator: AnyClass,
    side_packets: Callable[[Plan], Any],
    payloads: Callable[[str, Any], Any],
) -> None:
    calls = Calls()
    plan = watched_plan(calculator, calls)
    given = {name: payloads(name, kind_of(plan, name)) for name in input_names(plan)}
    sides = side_packets(plan)
    before = pickle.dumps((given, sides))
    graph = Graph(plan)
    graph.start(sides, threads=INLINE)
    times = (0, 33_333)[: PACKETS_BORNE.get(calculator.__name__, 2)]
    for time in times:
        for name, value in given.items():
            graph.add_packet(name, value, time)
    graph.close_inputs()
    graph.wait_until_done()
    assert pickle.dumps((given, sides)) == before
    assert calls.process >= len(times)


@for_each(SUBGRAPHS)
def test_example_of_a_subgraph_class_runs_on_nothing(calculator: type[Subgraph[Any]]) -> None:
    assert f"calculator: {calculator.__name__}" in example_of(calculator)
    graph = Graph(plan_from_text(example_of(calculator)))
    graph.start(threads=INLINE)
    graph.close_inputs()
    graph.wait_until_done()
    streams = [each.name for each in graph.plan.streams]
    assert [graph.bound(name) for name in streams] == [DONE] * len(streams)
