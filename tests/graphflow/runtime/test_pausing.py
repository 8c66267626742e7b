"""Pause and resume: nothing begins in between, and the result is the same."""

from __future__ import annotations

import pytest

from graphflow.runtime.elements import Invocation, Pool, Step
from graphflow.runtime.scheduler import Scheduler
from graphflow.testing.simulation import SimulationFault, explore, simulate
from graphflow.words.errors import CalculatorError, GraphCancelled, GraphStuck
from tests.graphflow.engine_kit import (
    Count,
    Every,
    Fail,
    Join,
    Machine,
    Node,
    Pass,
    chain,
    diamond,
    diamond_result,
    make_graph,
    make_plan,
    packets,
    pose_loop,
    pose_result,
)

SEEDS = range(60)


def paused_machine() -> tuple[Machine, Invocation]:
    """in -> a -> b -> out; a call of `a` is in flight, another packet waits, and it is paused."""
    nodes = (Node("a", Pass, ["in"], ["x"]), Node("b", Pass, ["x"], ["out"]))
    made = Machine(make_plan(*nodes, inputs=["in"]))
    made.open_all()
    made.add("in", 0)
    made.add("in", 1)
    call = made.take()
    made.pause()
    return made, call


def test_a_paused_run_offers_nothing() -> None:
    made, _ = paused_machine()
    assert made.takes_nothing()
    assert made.scheduler.is_paused
    assert not made.scheduler.is_idle


def test_what_is_in_flight_returns_and_nothing_follows_it() -> None:
    made, call = paused_machine()
    call.outputs[0].emit(call.inputs[0].value)
    assert made.finish_and_take(call, made.pool) is None
    assert made.scheduler.in_flight == 0
    made.resume()
    assert made.take().node.plan.name == "b"


def test_packets_and_bounds_come_in_while_the_run_is_paused() -> None:
    made, _ = paused_machine()
    made.add("in", 2)
    made.close_input(made.scheduler.inputs["in"])
    assert made.bounds()["in"] > 2
    assert made.takes_nothing()


@pytest.mark.parametrize("is_error", [True, False])
def test_an_error_or_a_cancel_ends_the_pause_and_the_run(is_error: bool) -> None:
    made, call = paused_machine()
    if is_error:
        made.fail(call, ValueError())
    else:
        made.cancel(GraphCancelled("enough"))
        made.finish(call)
    assert not made.scheduler.is_paused
    assert made.take().step is Step.CLOSE
    made.pause()
    assert made.take().step is Step.CLOSE


def test_pause_is_ignored_after_the_end() -> None:
    made = Machine(make_plan())
    made.pause()
    assert made.scheduler.is_done
    assert not made.scheduler.is_paused


def test_resume_without_a_pause_does_nothing() -> None:
    made, _ = paused_machine()
    made.resume()
    before = list(made.scheduler.story)
    made.resume()
    assert list(made.scheduler.story) == before


def test_a_stuck_graph_is_reported_only_when_it_is_resumed() -> None:
    loop = Node("loop", Join, ["in", "back"], ["back"], back=["back"])
    made = Machine(make_plan(loop, inputs=["in"]))
    made.open_all()
    made.pause()
    made.close_input(made.scheduler.inputs["in"])
    made.wake()
    assert not made.scheduler.errors
    made.resume()
    made.wake()
    assert isinstance(made.scheduler.errors[0], GraphStuck)


def test_sources_of_the_next_layer_do_not_begin_while_the_run_is_paused() -> None:
    late = Node("late", Count, [], ["out"], changes={"source_layer": 1})
    early = Node("early", Count, [], ["x"], options={"count": 1})
    run = explore(make_graph(early, late, outputs=["out"]), seeds=SEEDS, pauses=3)
    assert len(run.values("out")) == 20


def test_pauses_at_any_moment_change_no_result() -> None:
    run = explore(diamond(limit=2), {"in": packets(range(12))}, seeds=SEEDS, pauses=4)
    assert run.values("out") == diamond_result(range(12))
    run = explore(pose_loop(executors=2), {"frame": packets(range(9))}, seeds=SEEDS, pauses=4)
    assert run.values("landmarks") == pose_result(9)


def test_simulated_pauses_happen_and_end() -> None:
    found = [
        event
        for seed in SEEDS
        for event in simulate(chain(3), {"in": packets(range(4))}, seed=seed, pauses=2).events
    ]
    assert found.count("pause") > len(SEEDS)
    assert found.count("resume") > len(SEEDS)


def test_runs_that_fail_or_are_cancelled_while_paused_end() -> None:
    failing = make_graph(
        Node("fail", Fail, ["in"], ["x"], options={"at": 3}),
        Node("every", Every, ["x"], ["out"]),
        inputs=["in"],
    )
    for seed in SEEDS:
        feeds = {"in": packets(range(9))}
        assert isinstance(simulate(failing, feeds, seed=seed, pauses=4).error, CalculatorError)
        run = simulate(chain(3), feeds, seed=seed, pauses=4, cancel_after=10 + seed % 20)
        assert isinstance(run.error, GraphCancelled)


def test_a_machine_that_goes_on_although_it_is_paused_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def take(self: Scheduler, pool: Pool) -> Invocation | None:
        is_paused = self.is_paused
        self.resume()
        taken = original(self, pool)
        if is_paused:
            self.pause()
        return taken

    original = Scheduler.take
    monkeypatch.setattr(Scheduler, "take", take)
    with pytest.raises(SimulationFault, match="although the run is paused"):
        explore(chain(3), {"in": packets(range(9))}, seeds=SEEDS, pauses=4)
