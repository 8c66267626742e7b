"""Function calculators: what a signature becomes, and how the function is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypedDict

import pytest
from pydantic import Field, ValidationError

from graphflow import FunctionCalculator, Graph, Packet, as_calculator
from graphflow.loading import plan_from_text
from graphflow.nodes import registry as registries
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry
from graphflow.testing import CalculatorRunner, OutputRecord, Outputs
from graphflow.words.errors import CalculatorError, ConfigError, ContractError

if TYPE_CHECKING:
    from decimal import Decimal

Function = Callable[..., Any]


def made(function: Function, outputs: Any = None) -> FunctionCalculator[..., Any]:
    """Make the calculator of a function without registering it."""
    return FunctionCalculator(function, outputs)


def ran(function: Function, outputs: Any = None, **given: list[Packet]) -> Outputs:
    inputs = {name.replace("untagged", ""): packets for name, packets in given.items()}
    return CalculatorRunner(made(function, outputs)).run(inputs)


def pairs(record: OutputRecord) -> list[tuple[Any, int]]:
    return [(packet.value, packet.timestamp) for packet in record.packets]


def scale(value: float, /, *, factor: Annotated[float, Field(gt=0)] = 2.0) -> float:
    """Multiply a number.

    Args:
        value: any number.
        factor: what it is multiplied by.

    Returns:
        The product.
    """
    return factor * value


def test_the_signature_is_the_contract_and_the_docstring_its_documentation() -> None:
    calculator = made(scale).calculator
    assert calculator.__name__ == "ScaleCalculator"
    assert calculator.__module__ == __name__
    assert calculator.__doc__ == "Multiply a number."
    (value,), (product,) = calculator.contract.inputs, calculator.contract.outputs
    assert (value.tag, value.type, value.doc) == ("", float, "any number")
    assert not value.optional and not value.repeated
    assert (product.tag, product.type, product.doc) == ("", float, "The product")
    factor = calculator.contract.options.model_fields["factor"]
    assert (factor.annotation, factor.default, factor.description) == (
        float,
        2.0,
        "what it is multiplied by",
    )


def test_it_stays_a_function_for_whoever_calls_it() -> None:
    scaled = made(scale)
    assert scaled(3.0, factor=10.0) == 30.0
    assert getattr(scaled, "__name__", "") == "scale"


def test_each_packet_is_one_call() -> None:
    outputs = ran(scale, untagged=[Packet(1.0, 0), Packet(2.0, 10)])
    assert pairs(outputs[""]) == [(2.0, 0), (4.0, 10)]


def test_keyword_only_parameters_are_options_checked_by_pydantic() -> None:
    runner = CalculatorRunner(made(scale), options={"factor": 0.5})
    assert runner.run({"": [Packet(8.0, 0)]})[""].values == [4.0]
    with pytest.raises(ValidationError, match="greater than 0"):
        CalculatorRunner(made(scale), options={"factor": 0})


def test_an_option_without_a_default_is_required() -> None:
    def shift(value: float, *, by: float) -> float:
        return value + by

    assert made(shift).calculator.contract.options.model_fields["by"].is_required()


def blend(left: float, right: float | None, weight: float = 0.5) -> float:
    return left if right is None else left + weight * right


def test_named_parameters_are_tagged_ports() -> None:
    ports = made(blend).calculator.contract.inputs
    assert [(each.tag, each.type, each.optional) for each in ports] == [
        ("LEFT", float, False),
        ("RIGHT", float, False),
        ("WEIGHT", float, True),
    ]


def test_a_parameter_that_takes_no_none_must_have_a_packet() -> None:
    outputs = ran(blend, LEFT=[Packet(1.0, 0)], RIGHT=[Packet(2.0, 0), Packet(9.0, 5)])
    assert pairs(outputs[""]) == [(2.0, 0)]
    assert outputs[""].bound > 5


def test_none_stands_for_no_packet_where_it_is_taken() -> None:
    outputs = ran(blend, LEFT=[Packet(1.0, 0), Packet(1.0, 5)], RIGHT=[Packet(2.0, 0)])
    assert pairs(outputs[""]) == [(2.0, 0), (1.0, 5)]


def test_a_default_stands_for_no_packet_and_for_no_connection() -> None:
    outputs = ran(
        blend,
        LEFT=[Packet(1.0, 0), Packet(1.0, 5)],
        RIGHT=[Packet(2.0, 0), Packet(2.0, 5)],
        WEIGHT=[Packet(4.0, 5)],
    )
    assert outputs[""].values == [2.0, 9.0]


def add(left: int, right: int, /) -> int:
    return left + right


def total(*numbers: int, offset: int = 0) -> int:
    return sum(numbers, offset)


def test_parameters_by_position_are_ports_without_tag() -> None:
    port = made(add).calculator.contract.inputs[0]
    assert (port.tag, port.type, port.repeated) == ("", int, True)
    outputs = CalculatorRunner(made(add), inputs=["", ":1"]).run(
        {":0": [Packet(1, 0)], ":1": [Packet(20, 0)]}
    )
    assert outputs[""].values == [21]


@pytest.mark.parametrize(
    ("function", "inputs", "message"),
    [
        (add, [""], "found 1 inputs without a tag; expected 2"),
        (add, ["", ":1", ":2"], "found 3 inputs without a tag; expected 2"),
        (blend, [], "found no inputs"),
    ],
)
def test_a_node_with_another_number_of_inputs_is_refused(
    function: Function, inputs: list[str], message: str
) -> None:
    with (
        pytest.raises(ContractError, match=message),
        CalculatorRunner(made(function), inputs=inputs),
    ):
        pass


def test_a_star_takes_any_number_of_inputs() -> None:
    given = {f":{at}": [Packet(10**at, 0)] for at in range(4)}
    runner = CalculatorRunner(made(total), options={"offset": 5})
    assert runner.run(given)[""].values == [1116]


def test_none_emits_nothing_and_settles_the_time() -> None:
    def positive(value: float) -> float | None:
        return value if value > 0 else None

    with CalculatorRunner(made(positive)) as runner:
        runner.add("VALUE", -1.0, 7)
        assert runner.outputs[""].packets == []
        assert runner.outputs[""].bound == 8
    assert made(positive).calculator.contract.outputs[0].type is float


def test_a_function_that_returns_none_is_a_sink() -> None:
    seen: list[int] = []

    def note(value: int) -> None:
        seen.append(value)

    assert made(note).calculator.contract.outputs == ()
    ran(note, VALUE=[Packet(1, 0), Packet(2, 1)])
    assert seen == [1, 2]


class Spread(NamedTuple):
    """Where numbers lie.

    Attributes:
        low: the lowest.
        high: the highest, if there are two.
    """

    low: int
    high: int | None


class Sides(TypedDict, total=False):
    left: int
    right: int


def test_a_named_tuple_is_an_output_for_each_field() -> None:
    def spread(left: int, right: int | None) -> Spread:
        return Spread(left, right)

    ports = made(spread).calculator.contract.outputs
    assert [(each.tag, each.type, each.doc) for each in ports] == [
        ("LOW", int, "the lowest"),
        ("HIGH", int, "the highest, if there are two"),
    ]
    outputs = ran(spread, LEFT=[Packet(1, 0), Packet(2, 1)], RIGHT=[Packet(5, 1)])
    assert outputs["LOW"].values == [1, 2]
    assert pairs(outputs["HIGH"]) == [(5, 1)]


def test_a_typed_dict_is_an_output_for_each_key() -> None:
    def side(value: int) -> Sides:
        return {"left": value} if value < 0 else {"right": value}

    outputs = ran(side, VALUE=[Packet(-1, 0), Packet(4, 1)])
    assert pairs(outputs["LEFT"]) == [(-1, 0)]
    assert pairs(outputs["RIGHT"]) == [(4, 1)]


def test_a_tuple_is_an_output_without_tag_for_each_item() -> None:
    def halves(value: int) -> tuple[int, int]:
        return value // 2, value - value // 2

    port = made(halves).calculator.contract.outputs[0]
    assert (port.tag, port.type, port.repeated) == ("", int, True)
    runner = CalculatorRunner(made(halves), outputs=["", ":1"])
    outputs = runner.run({"VALUE": [Packet(7, 0)]})
    assert (outputs[""].values, outputs[":1"].values) == ([3], [4])


def test_outputs_names_the_items_of_a_tuple() -> None:
    def parts(value: float) -> tuple[int, float]:
        return int(value), value % 1

    outputs = ran(parts, ("WHOLE", "REST"), VALUE=[Packet(2.5, 0)])
    assert (outputs["WHOLE"].values, outputs["REST"].values) == ([2], [0.5])


def test_outputs_names_the_keys_of_a_dict() -> None:
    def parts(value: float) -> dict[str, float]:
        return {"whole": value // 1, "rest": value % 1}

    outputs = ran(parts, ("WHOLE", "REST"), VALUE=[Packet(2.5, 0)])
    assert (outputs["WHOLE"].values, outputs["REST"].values) == ([2.0], [0.5])


def test_one_name_keeps_the_result_whole() -> None:
    def point(value: float) -> tuple[float, float]:
        return value, -value

    assert ran(point, "POINT", VALUE=[Packet(1.0, 0)])["POINT"].values == [(1.0, -1.0)]


def test_a_tuple_of_any_length_and_a_list_are_one_payload() -> None:
    def twice(value: int) -> tuple[int, ...]:
        return (value, value)

    assert ran(twice, VALUE=[Packet(1, 0)])[""].values == [(1, 1)]


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ((1, 2, 3), "returned 3 values; expected a tuple of 2"),
        (7, "returned int; expected a tuple of 2"),
    ],
)
def test_a_result_of_another_length_fails_the_run(result: Any, message: str) -> None:
    def pair(value: int) -> tuple[int, int]:
        return result

    with pytest.raises(CalculatorError, match=message):
        ran(pair, VALUE=[Packet(1, 0)])


def test_an_unknown_key_fails_the_run() -> None:
    def side(value: int) -> Sides:
        return {"leftt": value}  # type: ignore[typeddict-unknown-key]

    with pytest.raises(CalculatorError, match="returned the key 'leftt'"):
        ran(side, VALUE=[Packet(1, 0)])


def no_inputs() -> int:
    return 1


def no_result(value: int):  # type: ignore[no-untyped-def]
    return value


def with_keywords(value: int, **more: int) -> int:
    return value


def yielding(value: int) -> Iterator[int]:
    yield value


async def waiting(value: int) -> int:
    return value


def mixed_inputs(left: int, right: str, /) -> int:
    return left


def mixed_outputs(value: int) -> tuple[int, str]:
    return value, ""


def hidden_type(value: Decimal) -> int:
    return int(value)


def nothing(value: int) -> None: ...


@pytest.mark.parametrize(
    ("function", "outputs", "message"),
    [
        (no_inputs, None, "NoInputsCalculator has no inputs; a source has state: write a class"),
        (no_result, None, "NoResultCalculator: found no -> type; write -> None"),
        (with_keywords, None, r"\*\*more can be neither input nor option"),
        (yielding, None, "yielding yields; to emit more than once a call, write a class"),
        (waiting, None, "waiting is async; .* write plain def"),
        (mixed_inputs, None, "inputs without tags have the types int, str; expected one type"),
        (mixed_outputs, None, 'outputs without tags have the types int, str; .* give outputs=\\("'),
        (mixed_outputs, ("A", "B", "C"), "for 3 outputs; expected a tuple of 3 types"),
        (add, ("A", "B"), "found int for 2 outputs"),
        (nothing, "A", "returns None, so it has no outputs; found 'A'"),
        (hidden_type, None, "name 'Decimal' is not defined; .* not under TYPE_CHECKING"),
        (lambda value: value, None, "<lambda> is no function with a name"),
        (int, None, "int is no function with a name"),
    ],
)
def test_a_signature_that_is_no_calculators_is_refused(
    function: Function, outputs: Any, message: str
) -> None:
    with pytest.raises(ContractError, match=message):
        made(function, outputs)


def test_a_function_without_options_takes_none() -> None:
    assert made(add).calculator.contract.options is NoOptions


@pytest.mark.parametrize(
    ("name", "class_name"),
    [
        ("knee_angle", "KneeAngleCalculator"),
        ("to_rgb_calculator", "ToRgbCalculator"),
        ("_private", "PrivateCalculator"),
    ],
)
def test_the_name_is_the_functions_in_camel_case(name: str, class_name: str) -> None:
    def function(value: int) -> int:
        return value

    function.__name__ = name
    assert made(function).calculator.__name__ == class_name


GRAPH = """
input_stream: [value]
node:
  - calculator: TripleForTheTestCalculator
    name: triple
    input_stream: [value]
    output_stream: [tripled]
    options: {factor: 3.0}
"""


@pytest.fixture
def _forgets_them_again() -> Iterator[None]:
    yield
    for name in ("TripleForTheTestCalculator", "PointForTheTestCalculator"):
        registries.registry._classes.pop(name, None)


@pytest.mark.usefixtures("_forgets_them_again")
def test_a_graph_uses_it_like_any_other() -> None:
    @as_calculator
    def triple_for_the_test(value: float, /, *, factor: float = 1.0) -> float:
        return factor * value

    graph = Graph.from_text(GRAPH)
    seen: list[Packet] = []
    graph.observe("tripled", seen.append)
    graph.start()
    graph.add_packet("value", 2.0, 0)
    graph.close_inputs()
    graph.wait_until_done()
    assert [(each.value, each.timestamp) for each in seen] == [(6.0, 0)]


def test_a_graph_names_a_wrong_option_in_its_place() -> None:
    registry = Registry()
    registry.register(made(scale).calculator)
    text = GRAPH.replace("TripleForTheTest", "Scale").replace("factor: 3.0", "factor: 0")
    with pytest.raises(ConfigError, match=r'<text>:8:23: option "factor" of node "triple" is out'):
        plan_from_text(text, registry=registry)


@pytest.mark.usefixtures("_forgets_them_again")
def test_outputs_may_be_given_to_the_decorator() -> None:
    @as_calculator(outputs="POINT")
    def point_for_the_test(value: float) -> tuple[float, float]:
        return value, value

    assert registries.registry.get("PointForTheTestCalculator") is point_for_the_test.calculator


def letters(word: str, /) -> list[str]:
    return list(word)


def mean(numbers: Sequence[float], /) -> float:
    return sum(numbers) / len(numbers)


def test_a_graph_is_refused_where_their_types_differ() -> None:
    registry = Registry()
    registry.register(made(letters).calculator)
    registry.register(made(mean).calculator)
    text = """
input_stream: [word]
node:
  - {calculator: LettersCalculator, name: letters, input_stream: [word], output_stream: [all]}
  - {calculator: MeanCalculator, name: mean, input_stream: [all], output_stream: [mean]}
"""
    with pytest.raises(ConfigError) as caught:
        plan_from_text(text, registry=registry)
    assert str(caught.value).splitlines() == [
        '<text>:5:61: type mismatch on stream "all"',
        '  found list[str], from node "letters" at <text>:4:90; '
        'expected Sequence[float], for input :0 of node "mean"',
        "1 fault",
    ]
