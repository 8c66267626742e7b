from __future__ import annotations

import enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from graphflow import Calculator, Context, Contract, Options, Port
from graphflow.description.calculator_description import (
    OptionDescription,
    PortDescription,
    describe,
    type_words,
)
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import registry
from graphflow.nodes.subgraph import Subgraph
from graphflow.running.clock import CLOCK


class Shape(enum.Enum):
    ROUND = "round"
    FLAT = "flat"


class PartOptions(Options):
    label: str = Field("", description="its name")
    weight: float = Field(gt=0, le=2.5, description="how much it counts")


class WholeOptions(Options):
    part: tuple[PartOptions, ...] = Field((), description="the parts")
    first: PartOptions | None = Field(None, description="the first part")
    shape: Shape = Field(Shape.FLAT, description="its shape")
    is_strict: bool = Field(True, description="whether it is strict")
    names: list[str] = Field(default_factory=lambda: ["a", "b"], min_length=1, description="names")


class WholeCalculator(Calculator[WholeOptions]):
    """Take things apart.

    Twice, if need be.

    Timing: one part for each whole,
    or two.

    Options: part, first,
        shape.

    Example:
        ```yaml
        node:
          - calculator: WholeCalculator
        ```

    Source: ours
    """

    contract = Contract(
        inputs=(Port("IN", int, doc="a whole"), Port("", repeated=True, optional=True)),
        outputs=(Port("OUT", same_as="IN", doc="a part"),),
        side_inputs=(Port("NAME", str),),
        side_outputs=(Port("TABLE", dict[str, Any]),),
        options=WholeOptions,
        timestamp_offset=None,
        process_timestamps=True,
        reads_headers=True,
        releases_lock=True,
        input_policy=ImmediatePolicy(),
        services=(CLOCK,),
    )

    def process(self, context: Context) -> None:
        """Do nothing."""


def test_the_docstring_is_told_in_its_parts() -> None:
    found = describe(WholeCalculator)
    assert (found.name, found.module) == ("WholeCalculator", __name__)
    assert (found.summary, found.text) == ("Take things apart.", "Twice, if need be.")
    assert found.sections == {
        "Timing": "one part for each whole,\nor two.",
        "Options": "part, first,\nshape.",
        "Source": "ours",
    }
    assert found.example == "node:\n  - calculator: WholeCalculator\n"


def test_a_class_without_a_docstring_has_empty_parts() -> None:
    class BareCalculator(Calculator[NoOptions]):
        contract = Contract()

    found = describe(BareCalculator)
    assert (found.summary, found.text, found.sections, found.example) == ("", "", {}, "")
    assert found.options == ()


def test_ports_have_their_types_in_words() -> None:
    found = describe(WholeCalculator)
    assert found.inputs == (
        PortDescription("IN", "int", False, False, "a whole"),
        PortDescription("", "anything", True, True, ""),
    )
    assert [each.type for each in found.outputs] == ["as input IN"]
    assert [each.type for each in found.side_inputs] == ["string"]


def test_options_are_flat_and_have_limits_and_defaults() -> None:
    assert describe(WholeCalculator).options == (
        OptionDescription("part", "list of mapping", "", "[]", "the parts"),
        OptionDescription("part[].label", "string", "", '""', "its name"),
        OptionDescription("part[].weight", "float", "more than 0, at most 2.5", None, WEIGHT),
        OptionDescription("first", "mapping | null", "", "null", "the first part"),
        OptionDescription("first.label", "string", "", '""', "its name"),
        OptionDescription("first.weight", "float", "more than 0, at most 2.5", None, WEIGHT),
        OptionDescription("shape", "ROUND | FLAT", "", "FLAT", "its shape"),
        OptionDescription("is_strict", "bool", "", "true", "whether it is strict"),
        OptionDescription("names", "list of string", "of length 1 or more", "[a, b]", "names"),
    )


WEIGHT = "how much it counts"


def test_what_else_the_contract_says_is_told() -> None:
    found = describe(WholeCalculator)
    assert found.input_policy == "ImmediateInputStreamHandler"
    assert (found.timestamp_offset, found.services) == (None, (CLOCK.name,))
    assert len(found.remarks) == 4
    assert any("without the interpreter's lock" in remark for remark in found.remarks)


def test_a_subgraph_class_has_options_and_no_ports() -> None:
    class Whole(Subgraph[WholeOptions]):
        """Be a graph."""

        options = WholeOptions

    found = describe(Whole)
    assert (found.summary, found.inputs, found.input_policy) == ("Be a graph.", (), None)
    assert found.options == describe(WholeCalculator).options


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (int, "int"),
        (str, "string"),
        (Any, "anything"),
        (float | None, "float | null"),
        (tuple[float, ...], "list of float"),
        (list[int], "list of int"),
        (tuple[int, str], "[int, string]"),
        (tuple[Literal["A", "B"], ...], "list of (A | B)"),
        (Annotated[int, Field(ge=0)], "int"),
        (dict[str, int], "mapping"),
        (Shape, "ROUND | FLAT"),
        (PartOptions, "mapping"),
    ],
)
def test_types_are_told_in_the_words_of_graph_files(kind: Any, words: str) -> None:
    assert type_words(kind) == words


def test_every_registered_class_can_be_described() -> None:
    for named in (*registry, *registry.subgraphs()):
        found = describe(named)
        assert found.summary and found.example if "calculators." in found.module else found
