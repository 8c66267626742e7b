"""The registry: classes are checked when they are registered."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from graphflow import Calculator, Contract, Port, Subgraph
from graphflow.nodes import registry as registries
from graphflow.nodes.node_shape import NodeShape
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import ENTRY_POINT_GROUP, Origin, OriginKind, Registry, load_plugins
from graphflow.words.errors import ContractError


class Alone(Calculator[Any]):
    contract = Contract()


def test_a_class_is_found_by_its_name() -> None:
    registry = Registry()
    assert registry.register(Alone) is Alone
    assert registry.register(Alone) is Alone
    assert registry.get("Alone") is Alone
    assert registry.get("Nobody") is None
    assert registry.names() == ("Alone",)
    assert list(registry) == [Alone]


class NoContract(Calculator[Any]):
    pass


class NoProcess(Calculator[Any]):
    contract = Contract(inputs=(Port("IN"),))


@pytest.mark.parametrize(
    ("candidate", "message"),
    [
        (int, "int is no subclass of Calculator or Subgraph"),
        (7, "7 is no subclass of Calculator or Subgraph"),
        (NoContract, "NoContract declares no contract"),
        (NoProcess, "NoProcess has inputs but no process method"),
    ],
)
def test_what_is_no_calculator_is_refused(candidate: Any, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        Registry().register(candidate)


def test_two_classes_of_one_name_are_refused() -> None:
    registry = Registry()
    registry.register(Alone)
    other = type("Alone", (Calculator,), {"contract": Contract(), "__module__": "elsewhere"})
    with pytest.raises(ContractError, match="Alone of elsewhere is already registered by"):
        registry.register(other)


def test_plugins_are_imported_in_the_order_of_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    class Point:
        def __init__(self, name: str) -> None:
            self.name = name
            self.module = self.value = f"{name}_package.nodes"
            self.dist = None

        def load(self) -> None:
            loaded.append(self.name)

    def points(*, group: str) -> list[Point]:
        assert group == ENTRY_POINT_GROUP
        return [Point("b"), Point("a")]

    monkeypatch.setattr("graphflow.nodes.registry.entry_points", points)
    load_plugins()
    assert loaded == ["a", "b"]


class Made(Subgraph[NoOptions]):
    @classmethod
    def config(cls, node: NodeShape[NoOptions]) -> Mapping[str, Any]:
        return {}


def test_subgraph_classes_are_found_apart_from_calculators() -> None:
    registry = Registry()
    registry.register(Alone)
    assert registry.register(Made) is Made
    assert registry.subgraph("Made") is Made
    assert registry.get("Made") is None
    assert registry.subgraph("Alone") is None
    assert registry.subgraph("Nobody") is None
    assert registry.names() == ("Alone", "Made")
    assert registry.subgraphs() == (Made,)
    assert list(registry) == [Alone]


class NoConfig(Subgraph[NoOptions]):
    pass


class OddOptions(Made):
    options = dict  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("candidate", "message"),
    [
        (NoConfig, "NoConfig has no config method"),
        (OddOptions, "OddOptions: options is <class 'dict'>; expected a subclass of Options"),
    ],
)
def test_what_is_no_subgraph_class_is_refused(candidate: Any, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        Registry().register(candidate)


def test_a_subgraph_class_may_not_take_a_calculators_name() -> None:
    registry = Registry()
    registry.register(Alone)
    other = type("Alone", (Made,), {"__module__": "elsewhere"})
    with pytest.raises(ContractError, match="Alone of elsewhere is already registered by"):
        registry.register(other)


# ---- offers --------------------------------------------------------------------------------------


def write_node(folder: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str) -> None:
    monkeypatch.syspath_prepend(folder)
    (folder / f"{module}.py").write_text(
        "from graphflow import Calculator, Contract\n"
        f"class {name}(Calculator):\n    contract = Contract()\n"
        f"import graphflow.nodes.registry\ngraphflow.nodes.registry.registry.register({name})\n"
    )


def test_an_offered_class_is_imported_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry()
    monkeypatch.setattr("graphflow.nodes.registry.registry", registry)
    write_node(tmp_path, monkeypatch, "offered_node", "Offered")
    registry.offer({"Offered": "offered_node", "Absent": "no_such_module"})
    assert registry.names() == ("Absent", "Offered")
    assert registry.get("Nobody") is None
    assert "offered_node" not in sys.modules
    found = registry.get("Offered")
    assert found is not None and found.__module__ == "offered_node"
    assert registry.subgraph("Offered") is None
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        registry.get("Absent")


def test_an_offer_holds_its_name() -> None:
    registry = Registry()
    registry.offer({"Alone": "elsewhere"})
    with pytest.raises(ContractError, match=r"Alone of .* is already registered by elsewhere"):
        registry.register(Alone)
    with pytest.raises(ContractError, match="Alone of third is already registered by elsewhere"):
        registry.offer({"Alone": "third"})
    registry.offer({"Alone": "elsewhere"})


def test_an_offer_refuses_a_name_that_a_class_has() -> None:
    registry = Registry()
    registry.register(Alone)
    registry.offer({"Alone": Alone.__module__})
    with pytest.raises(ContractError, match="Alone of elsewhere is already registered by"):
        registry.offer({"Alone": "elsewhere"})


def test_an_offer_is_taken_though_its_module_was_imported_before() -> None:
    registry = Registry()
    registry.offer({"PassThroughCalculator": "calculators.flow.pass_through"})
    found = registry.get("PassThroughCalculator")
    assert found is not None and found.__module__ == "calculators.flow.pass_through"


def test_the_node_library_comes_from_its_entry_point() -> None:
    load_plugins()
    origin = registries.registry.origin("PassThroughCalculator")
    assert origin is not None and origin.kind is OriginKind.ENTRY_POINT
    assert origin.module == "calculators.flow.pass_through"
    assert str(origin).startswith("graphflow-perception ")


def test_a_class_of_the_program_comes_from_its_module() -> None:
    registry = Registry()
    registry.register(Alone)
    assert registry.origin("Alone") == Origin(OriginKind.CODE, __name__)
    assert str(registry.origin("Alone")) == __name__
    assert registry.origin("Nobody") is None


def test_the_first_origin_of_a_package_stays() -> None:
    registry = Registry()
    registry.offer({"Offered": "pack.inner.nodes"})
    registry.note_origin("pack", Origin(OriginKind.ENTRY_POINT, "pack", "pack 1.0"))
    registry.note_origin("pack.inner", Origin(OriginKind.GRAPH_IMPORT, "pack.inner", "a.yaml"))
    expected = Origin(OriginKind.ENTRY_POINT, "pack.inner.nodes", "pack 1.0")
    assert registry.origin("Offered") == expected


def test_a_plugin_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("broken", "no_such_package.nodes", ENTRY_POINT_GROUP)
    monkeypatch.setattr("graphflow.nodes.registry.entry_points", lambda group: [point])
    with pytest.raises(ContractError, match='entry point "broken" of an unnamed package can\'t be'):
        load_plugins()
