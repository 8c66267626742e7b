"""Fixtures for tests of calculators and graphs; pytest finds them by the entry point `pytest11`.

This module is imported in every pytest run of the environment, so everything of graphflow is
imported where a fixture is used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphflow.graph import Graph
    from graphflow.loading import Override
    from graphflow.nodes.calculator import AnyCalculator
    from graphflow.nodes.service import Service
    from graphflow.running.clock import Clock, VirtualClock
    from graphflow.testing.runner import CalculatorRunner
    from graphflow.testing.simulation import SimulatedRun
    from graphflow.testing.timed_simulation import TimedRun


@pytest.fixture
def calculator() -> Callable[..., CalculatorRunner]:
    """Make runners of one calculator: the class, or its registered name, then `CalculatorRunner`'s.

    Example:
        >>> def test_a_gate_stays_shut(calculator):
        ...     outputs = calculator("GateCalculator", inputs=["", "ALLOW"]).run(
        ...         {"": [Packet("a", 1)], "ALLOW": [Packet(False, 1)]})
        ...     assert outputs[""].packets == []
    """
    from graphflow.testing.runner import CalculatorRunner

    def make(kind: Any, **settings: Any) -> CalculatorRunner:
        return CalculatorRunner(_registered(kind) if isinstance(kind, str) else kind, **settings)

    return make


@pytest.fixture
def graph() -> Iterator[Callable[..., Graph]]:
    """Make graphs that are started, and ended after the test.

    The factory takes YAML text, a path, the name of a bundled graph, a mapping or a `Graph`; side
    packets; `threads` (by default none: all runs in the test's thread); `overrides`; `parameters`;
    `services` by key; a `clock`, such as that of the fixture; and `before_start`, called with the
    graph, to add observers and pollers. Outcomes are kept, so `process` and `outcome` work. After
    the test the inputs are closed, and an error that the test was not told of fails it. A graph
    with sources that still runs is cancelled instead.

    Example:
        >>> def test_a_number_is_doubled(graph):
        ...     assert graph("double.yaml").process(timestamp=0, number=2)["doubled"] == 4
    """

    def make(
        source: Any,
        side_packets: Mapping[str, Any] | None = None,
        *,
        threads: int | None = 0,
        overrides: Sequence[Override] = (),
        parameters: Mapping[str, Any] | None = None,
        services: Mapping[Service[Any], Any] | None = None,
        clock: Clock | None = None,
        before_start: Callable[[Graph], None] | None = None,
    ) -> Graph:
        made = _load(source, overrides, parameters)
        for key, service in (services or {}).items():
            made.set_service(key, service)
        _set_clock(made, clock)
        if before_start is not None:
            before_start(made)
        if made.plan.outputs:
            made.outcomes(max_queue_size=0)
        made.start(side_packets, threads=threads)
        ends.callback(_end, made)
        return made

    with ExitStack() as ends:
        yield make


@pytest.fixture
def simulate() -> Callable[..., SimulatedRun]:
    """Run a graph in an order of events that a seed chooses.

    It is `graphflow.testing.simulation.simulate`.

    Takes graphs as the fixture `graph` does.

    Example:
        >>> @pytest.mark.parametrize("seed", range(20))
        ... def test_order_makes_no_difference(simulate, seed):
        ...     run = simulate("double.yaml", {"number": [Packet(2, 0)]}, seed=seed)
        ...     assert [packet.value for packet in run.packets["doubled"]] == [4]
    """
    from graphflow.testing import simulation

    def run(
        source: Any, *arguments: Any, clock: Clock | None = None, **settings: Any
    ) -> SimulatedRun:
        loaded = _load(source)
        _set_clock(loaded, clock)
        return simulation.simulate(loaded, *arguments, **settings)

    return run


@pytest.fixture
def simulate_timed() -> Callable[..., TimedRun]:
    """Run a graph on a virtual clock: `graphflow.testing.timed_simulation.simulate_timed`.

    Takes graphs as the fixture `graph` does.

    Example:
        >>> def test_a_slow_node_is_late(simulate_timed):
        ...     run = simulate_timed(
        ...         "double.yaml", [(0, "number", Packet(2, 0))], durations={"double": 7_000})
        ...     assert run.seen_us["doubled"] == [7_000]
    """
    from graphflow.testing import timed_simulation

    def run(source: Any, *arguments: Any, **settings: Any) -> TimedRun:
        return timed_simulation.simulate_timed(_load(source), *arguments, **settings)

    return run


@pytest.fixture
def clock() -> VirtualClock:
    """A clock at 0, which moves only when it is told to; for the other fixtures' `clock`.

    Example:
        >>> def test_frames_per_second(calculator, clock):
        ...     with calculator("PacketFrequencyCalculator", clock=clock) as runner:
        ...         clock.advance(40_000)
    """
    from graphflow.running.clock import VirtualClock

    return VirtualClock()


def _set_clock(graph: Graph, clock: Clock | None) -> None:
    from graphflow.running.clock import CLOCK

    if clock is not None:
        graph.set_service(CLOCK, clock)


def _registered(name: str) -> type[AnyCalculator]:
    from graphflow.nodes.registry import load_plugins, registry
    from graphflow.words.diagnostics import suggestion
    from graphflow.words.errors import UsageError

    load_plugins()
    found = registry.get(name)
    if found is None:
        hint = suggestion(name, registry.names())
        raise UsageError(f'no calculator "{name}" is registered' + (f"; {hint}" if hint else ""))
    return found


def _load(
    source: Any,
    overrides: Sequence[Override] = (),
    parameters: Mapping[str, Any] | None = None,
) -> Graph:
    from graphflow.graph import Graph

    if isinstance(source, Graph):
        return source
    if isinstance(source, str) and "\n" in source:
        return Graph.from_text(source, overrides=overrides, parameters=parameters)
    if isinstance(source, str | os.PathLike):
        return Graph.load(Path(source), overrides=overrides, parameters=parameters)
    return Graph.from_dict(source, overrides=overrides, parameters=parameters)


def _end(graph: Graph) -> None:
    has_sources = any(node.is_source for node in graph.plan.nodes)
    if has_sources and graph.is_running and not graph.has_failed:
        graph.reset()
    with graph:
        pass
