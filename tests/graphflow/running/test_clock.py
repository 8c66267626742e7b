"""Clocks: the wall clock goes on, the virtual one as it is told, and calculators ask for either."""

from __future__ import annotations

from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Graph, Packet, Port
from graphflow.loading import plan_from_text
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry
from graphflow.running.clock import CLOCK, VirtualClock, WallClock
from graphflow.testing import CalculatorRunner


class Asks(Calculator[NoOptions]):
    """Emits what time it is, then lets half a second pass, and tells again at the end."""

    contract = Contract(inputs=(Port(""),), outputs=(Port("", int),), services=(CLOCK,))

    def process(self, context: Context) -> None:
        clock = context.service(CLOCK)
        context.outputs[0].emit(clock.now_us)
        clock.sleep(0.5)


def test_the_wall_clock_counts_on_from_the_time_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    now_ns = 5_000
    monkeypatch.setattr("time.time_ns", lambda: 1_000_000_000_000)
    monkeypatch.setattr("time.monotonic_ns", lambda: now_ns)
    monkeypatch.setattr("time.sleep", slept.append)
    clock = WallClock()
    assert clock.now_us == 1_000_000_000
    monkeypatch.setattr("time.time_ns", lambda: 0)  # somebody sets the system's clock back
    now_ns = 7_999
    assert clock.now_us == 1_000_000_002
    clock.sleep(0.25)
    clock.sleep(0.0)
    clock.sleep(-1.0)
    assert slept == [0.25]


def test_a_virtual_clock_moves_as_it_is_told() -> None:
    clock = VirtualClock(5)
    clock.advance(10)
    clock.sleep(0.000_02)
    clock.sleep(-1.0)
    assert (clock.now_us, repr(clock)) == (35, "VirtualClock(35)")
    with pytest.raises(ValueError, match="found -1 µs; a clock is advanced by 0 or more"):
        clock.advance(-1)
    clock.move_to(3)
    assert clock.now_us == 3


def test_a_runner_takes_a_clock() -> None:
    clock = VirtualClock(100)
    with CalculatorRunner(Asks, clock=clock) as runner:
        runner.add("", "a", 0)
        clock.advance(11)
        runner.add("", "b", 1)
    assert runner.outputs[""].values == [100, 500_111]
    assert clock.now_us == 1_000_111


def test_the_wall_clock_is_there_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    first, second = CalculatorRunner(Asks).run({"": [Packet(1, 1), Packet(2, 2)]})[""].values
    assert first <= second
    assert first > 1_600_000_000_000_000


def asking() -> Graph:
    registry = Registry()
    registry.register(Asks)
    text = """
        input_stream: [in]
        output_stream: [out]
        node: [{calculator: Asks, input_stream: [in], output_stream: [out]}]
        """
    return Graph(plan_from_text(text, registry=registry))


def test_the_fixtures_take_a_clock(
    clock: VirtualClock, calculator: Any, graph: Any, simulate: Any, simulate_timed: Any
) -> None:
    assert (type(clock), clock.now_us) == (VirtualClock, 0)
    assert calculator(Asks, clock=clock).run({"": [Packet("a", 1)]})[""].values == [0]
    assert graph(asking(), clock=clock).process({"in": "a"}, timestamp=1)["out"] == 500_000
    assert simulate(asking(), [("in", Packet("a", 1))], clock=clock).values("out") == [1_000_000]
    run = simulate_timed(asking(), [(1_600_000, "in", Packet("a", 1))], clock=clock)
    assert run.values("out") == [1_600_000]
    assert run.seen_us["out"] == [2_100_000]
