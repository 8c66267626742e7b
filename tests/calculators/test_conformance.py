"""What every registered calculator must have: a documented contract and an example that runs."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import textwrap
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

import calculators
from graphflow.calculator import Calculator
from graphflow.contract import port_name
from graphflow.loading import plan_from_text
from graphflow.registry import registry

GRAPH_EXAMPLE = re.compile(r"```yaml\n(?P<text>.*?)```", re.DOTALL)
NODE_EXAMPLE = re.compile(r"^Example::\n\n(?P<text>(?:    .*\n|\n)+)", re.MULTILINE)


def import_all_calculators() -> None:
    for module in pkgutil.walk_packages(calculators.__path__, "calculators."):
        importlib.import_module(module.name)


import_all_calculators()
CLASSES = [each for each in registry if each.__module__.split(".")[0] == "calculators"]

every_calculator = pytest.mark.parametrize(
    "calculator", CLASSES, ids=[each.__name__ for each in CLASSES]
)


def example_of(calculator: type[Calculator[Any]]) -> str:
    """The example in a class's docstring, as a graph; "" where there is none.

    It is a whole graph in a yaml fence, or, after `Example::`, one node: then whatever the node
    takes and gives is the graph's.
    """
    documentation = inspect.cleandoc(calculator.__doc__ or "") + "\n"
    whole = GRAPH_EXAMPLE.search(documentation)
    if whole is not None:
        return textwrap.dedent(whole["text"])
    fragment = NODE_EXAMPLE.search(documentation)
    return "" if fragment is None else graph_around(textwrap.dedent(fragment["text"]))


def graph_around(node_text: str) -> str:
    """A graph of one node."""
    node = yaml.safe_load(node_text)
    ends = ("input_stream", "output_stream", "input_side_packet", "output_side_packet")
    graph = {
        end: [entry.rpartition(":")[2] for entry in node[end]] for end in ends if node.get(end)
    }
    return yaml.safe_dump({**graph, "node": [node]}, sort_keys=False)


def test_there_are_calculators_to_check() -> None:
    assert {each.__name__ for each in CLASSES} >= {"GateCalculator", "PassThroughCalculator"}


@every_calculator
def test_name_ends_with_calculator(calculator: type[Calculator[Any]]) -> None:
    assert calculator.__name__.endswith("Calculator")


@every_calculator
def test_docstring_opens_with_one_sentence_and_names_its_source(
    calculator: type[Calculator[Any]],
) -> None:
    documentation = inspect.cleandoc(vars(calculator).get("__doc__") or "")
    first_line, _, rest = documentation.partition("\n")
    assert first_line.endswith(".")
    assert len(first_line) <= 90
    for section in ("Timing:", "Example:", "Source:"):
        assert section in rest, f"section {section} is missing"


@every_calculator
def test_every_port_says_what_travels_there(calculator: type[Calculator[Any]]) -> None:
    contract = calculator.contract
    undocumented = [
        f"{kind} {port_name(port.tag)}"
        for kind in ("inputs", "outputs", "side_inputs", "side_outputs")
        for port in getattr(contract, kind)
        if not port.doc.strip()
    ]
    assert undocumented == []


@every_calculator
def test_every_option_is_described(calculator: type[Calculator[Any]]) -> None:
    fields = calculator.contract.options.model_fields
    assert [name for name, field in fields.items() if not field.description] == []


@every_calculator
def test_an_unknown_option_is_refused(calculator: type[Calculator[Any]]) -> None:
    with pytest.raises(ValidationError, match="no_such_option"):
        calculator.contract.options.model_validate({"no_such_option": 1})


@every_calculator
def test_example_uses_the_calculator_and_loads(calculator: type[Calculator[Any]]) -> None:
    text = example_of(calculator)
    assert f"calculator: {calculator.__name__}" in text
    plan = plan_from_text(text)
    assert calculator in [node.calculator for node in plan.nodes]
