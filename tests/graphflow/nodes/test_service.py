"""Services: typed keys, objects given, made by default, inherited, and refused when missing."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Graph, Packet, Port, Service
from graphflow.aio import AsyncGraph
from graphflow.loading import plan_from_text
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry
from graphflow.testing import CalculatorRunner
from graphflow.testing.simulation import explore
from graphflow.words.errors import CalculatorError, ContractError, GraphflowError, UsageError


class Clock:
    """A service."""

    def __init__(self, time: int = 0) -> None:
        self.time = time


CLOCK = Service[Clock]("clock")
MADE = Service("made clock", default=Clock)
registry = Registry()


class _Reads(Calculator[NoOptions]):
    key: Service[Clock]

    def process(self, context: Context) -> None:
        context.outputs[0].emit(context.service(self.key))


@registry.register
class ReadsGiven(_Reads):
    contract = Contract(inputs=(Port(""),), outputs=(Port(""),), services=(CLOCK,))
    key = CLOCK


@registry.register
class ReadsMade(_Reads):
    contract = Contract(inputs=(Port(""),), outputs=(Port(""),), services=(MADE,))
    key = MADE


@registry.register
class MayRead(Calculator[NoOptions]):
    contract = Contract(inputs=(Port(""),), outputs=(Port(""),), optional_services=(CLOCK, MADE))

    def process(self, context: Context) -> None:
        context.outputs[0].emit((context.find_service(CLOCK), context.find_service(MADE)))


TWO = """
input_stream: [in]
output_stream: [out, more]
node:
  - {calculator: ReadsGiven, input_stream: in, output_stream: out}
  - {calculator: ReadsGiven, name: second, input_stream: in, output_stream: more}
"""


def graph_of(name: str) -> Graph:
    return load(f"""
        input_stream: [in]
        output_stream: [out]
        node: [{{calculator: {name}, input_stream: in, output_stream: out}}]
        """)


def load(text: str) -> Graph:
    return Graph(plan_from_text(text, file="clocks.yaml", registry=registry))


def outcome(graph: Graph) -> Any:
    graph.outcomes(max_queue_size=0)
    graph.start(threads=0)
    found = graph.process({"in": 1}, timestamp=0)["out"]
    graph.reset()
    return found


def test_a_given_object_reaches_the_calculators_that_declare_it() -> None:
    graph, clock = graph_of("ReadsGiven"), Clock(7)
    graph.set_service(CLOCK, clock)
    assert outcome(graph) is clock


def test_all_missing_services_are_told_at_once_with_their_places() -> None:
    graph = load(TWO)
    with pytest.raises(UsageError) as caught:
        graph.start()
    assert str(caught.value) == (
        'clocks.yaml:5:5: node "ReadsGiven" needs service "clock", which was not given\n'
        "  hint: give it with graph.set_service(KEY, object) before the run\n"
        'clocks.yaml:6:36: node "second" needs service "clock", which was not given\n'
        "  hint: give it with graph.set_service(KEY, object) before the run"
    )
    assert not graph.is_running


def test_a_refused_start_can_be_mended() -> None:
    graph = graph_of("ReadsGiven")
    with pytest.raises(UsageError):
        graph.start()
    graph.set_service(CLOCK, Clock())
    outcome(graph)


def test_a_default_object_is_made_once_for_each_graph_and_kept_over_its_runs() -> None:
    graph, other = graph_of("ReadsMade"), graph_of("ReadsMade")
    first, second = outcome(graph), outcome(graph)
    assert first is second
    assert isinstance(first, Clock)
    assert outcome(other) is not first


def test_a_default_object_is_freed_with_its_graph() -> None:
    graph = graph_of("ReadsMade")
    made = weakref.ref(outcome(graph))
    del graph
    gc.collect()
    assert made() is None


def test_a_given_object_replaces_the_default() -> None:
    graph, clock = graph_of("ReadsMade"), Clock(7)
    assert outcome(graph) is not clock
    graph.set_service(MADE, clock)
    assert outcome(graph) is clock


def test_an_optional_service_is_made_by_default_too() -> None:
    given, made = outcome(graph_of("MayRead"))
    assert given is None
    assert isinstance(made, Clock)


def test_a_default_that_fails_is_told_with_its_cause() -> None:
    def fail() -> Clock:
        raise OSError("no clock in the house")

    key = Service("broken clock", default=fail)

    class Needs(Calculator[NoOptions]):
        contract = Contract(inputs=(Port(""),), services=(key,))

    with pytest.raises(
        UsageError, match='"broken clock" could not be made: OSError: no clock'
    ) as caught:
        CalculatorRunner(Needs).run()
    assert isinstance(caught.value.__cause__, OSError)


def test_a_default_that_tells_its_own_fault_is_not_told_twice() -> None:
    def fail() -> Clock:
        raise GraphflowError("wind it up first")

    class Needs(Calculator[NoOptions]):
        contract = Contract(inputs=(Port(""),), services=(Service("clock", default=fail),))

    with pytest.raises(GraphflowError, match=r"^wind it up first$"):
        CalculatorRunner(Needs).run()


def test_what_the_contract_does_not_declare_can_not_be_read() -> None:
    class Curious(Calculator[NoOptions]):
        contract = Contract(inputs=(Port(""),), services=(MADE,))

        def open(self, context: Context) -> None:
            context.service(CLOCK)

    with pytest.raises(CalculatorError, match='the contract declares no service "clock"'):
        CalculatorRunner(Curious, services={CLOCK: Clock()}).run()


def test_an_optional_service_that_is_missing_is_not_none_to_who_relies_on_it() -> None:
    class Relies(Calculator[NoOptions]):
        contract = Contract(inputs=(Port(""),), optional_services=(CLOCK,))

        def open(self, context: Context) -> None:
            context.service(CLOCK)

    with pytest.raises(CalculatorError, match='"clock" was not given; read optional ones with'):
        CalculatorRunner(Relies).run()


@pytest.mark.parametrize(
    ("services", "words"),
    [((CLOCK, CLOCK), '"clock" is declared twice'), (("clock",), "found 'clock'; expected a Serv")],
)
def test_a_contract_refuses_faulty_services(services: Any, words: str) -> None:
    with pytest.raises(ContractError, match=words):
        Contract(services=services)
    with pytest.raises(ContractError, match=words):
        Contract(services=services[:1], optional_services=services[-1:])


def test_two_keys_of_one_name_are_two_services() -> None:
    graph = graph_of("ReadsGiven")
    graph.set_service(Service[Clock]("clock"), Clock())
    with pytest.raises(UsageError, match='needs service "clock"'):
        graph.start()


def test_the_runner_gives_services() -> None:
    clock = Clock()
    outputs = CalculatorRunner(ReadsGiven, services={CLOCK: clock}).run({"": [Packet(1, 0)]})
    assert outputs[""].values == [clock]


def test_simulated_runs_have_the_graphs_services() -> None:
    graph, clock = graph_of("ReadsGiven"), Clock()
    graph.set_service(CLOCK, clock)
    run = explore(graph, {"in": [Packet(1, 0), Packet(2, 1)]}, seeds=range(5))
    assert run.values("out") == [clock, clock]


async def _read(graph: AsyncGraph) -> Any:
    async with graph:
        return (await graph.process({"in": 1}, timestamp=0))["out"]


def test_an_async_graph_takes_services() -> None:
    import asyncio

    graph, clock = AsyncGraph(graph_of("ReadsGiven")), Clock()
    graph.set_service(CLOCK, clock)
    assert asyncio.run(_read(graph)) is clock


def test_a_graph_inside_of_a_node_prefers_what_it_was_given_itself() -> None:
    own, found = Clock(), []

    class Nests(Calculator[NoOptions]):
        contract = Contract(inputs=(Port(""),), services=(CLOCK,))

        def process(self, context: Context) -> None:
            inner = graph_of("ReadsGiven")
            inner.inherit_services(context)
            found.append(outcome(inner))
            inner.set_service(CLOCK, own)
            found.append(outcome(inner))

    outer = Clock()
    CalculatorRunner(Nests, services={CLOCK: outer}).run({"": [Packet(1, 0)]})
    assert found == [outer, own]


def test_the_graph_fixture_gives_services(graph: Any, tmp_path: Path) -> None:
    clock = Clock()
    assert (
        graph(graph_of("ReadsGiven"), services={CLOCK: clock}).process({"in": 1}, timestamp=0)[
            "out"
        ]
        is clock
    )
