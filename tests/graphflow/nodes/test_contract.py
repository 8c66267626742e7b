"""Contracts: checked where they are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, NewType, Union

import pytest

from graphflow import ANY_TAG, Calculator, Contract, Packet, Port
from graphflow.nodes.contract import port_name, type_name
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import ContractError

Pixels = NewType("Pixels", int)


def test_ports_may_be_given_as_lists() -> None:
    assert Contract(inputs=[Port("A")]).inputs == (Port("A"),)


@pytest.mark.parametrize(
    ("contract", "message"),
    [
        ({"inputs": ("IMAGE",)}, "inputs: found 'IMAGE'; expected a Port"),
        ({"outputs": (Port("image"),)}, 'outputs: tag "image" is not written in capitals'),
        ({"side_inputs": (Port("A"), Port("A"))}, "side_inputs: tag A is declared twice"),
        ({"inputs": (Port(""), Port(""))}, "inputs: tag :0 is declared twice"),
        (
            {"outputs": (Port("B", same_as="A"),)},
            'output B has the type of input "A", which the contract does not declare',
        ),
        ({"outputs": (Port(ANY_TAG),)}, "mirrors inputs with tag"),
    ],
)
def test_a_wrong_contract_is_refused(contract: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        Contract(**contract)


def test_a_type_may_follow_an_input() -> None:
    Contract(inputs=(Port("A"), Port(ANY_TAG)), outputs=(Port("B", same_as="A"), Port(ANY_TAG)))


def test_ports_as_graphs_write_them() -> None:
    assert [port_name("A"), port_name("A", 2), port_name(""), port_name("", 3)] == [
        "A", "A:2", ":0", ":3"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Any, "Any"),
        (int, "int"),
        (Pixels, "Pixels"),
        ("odd", "odd"),
        (None, "None"),
        (list[int], "list[int]"),
        (dict[str, list[Pixels]], "dict[str, list[Pixels]]"),
        (int | None, "int | None"),
        (Union[int, None], "int | None"),  # noqa: UP007
        (tuple[int, ...], "tuple[int, ...]"),
        (Literal["left", 2], "Literal['left', 2]"),
        (Annotated[float, "0 to 1"], "float"),
        (Callable[[int], str], "Callable[[int], str]"),
    ],
)
def test_type_names(kind: Any, name: str) -> None:
    assert type_name(kind) == name


def test_process_must_be_written() -> None:
    class Forgetful(Calculator[Any]):
        contract = Contract(inputs=(Port("IN"),))

    with pytest.raises(Exception, match="failed in process at 1 µs: NotImplementedError"):
        CalculatorRunner(Forgetful).run({"IN": [Packet(1, 1)]})
