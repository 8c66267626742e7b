"""The machine by events: tell it what happened, look at what it offers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from graphflow import Packet
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.runtime.elements import Invocation, State, Step
from graphflow.words.errors import CalculatorError, ContractError, GraphCancelled, GraphStuck
from graphflow.words.timestamp import (
    DONE,
    MAX,
    MIN,
    ONE_OVER_POSTSTREAM,
    POSTSTREAM,
    PRESTREAM,
    UNSTARTED,
)
from tests.graphflow.engine_kit import (
    Count,
    Join,
    Machine,
    Make,
    Node,
    OpenCloseOnly,
    Pass,
    chain,
    make_plan,
)


def what(invocation: Invocation) -> tuple[str, str, int]:
    return invocation.node.plan.name, invocation.step.value, invocation.timestamp


def machine(
    *nodes: Node, inputs: Sequence[str] = ("in",), opened: bool = True, **settings: Any
) -> Machine:
    made = Machine(make_plan(*nodes, inputs=inputs, **settings))
    if opened:
        made.open_all()
    return made


@pytest.fixture
def single() -> Iterator[Machine]:
    yield machine(Node("n", Pass, ["in"], ["out"]))


# ---- priority, life cycle -----------------------------------------------------------------------


def test_nodes_open_from_the_inputs_on() -> None:
    chained = Machine(chain(3).plan)
    taken = [chained.take() for _ in range(3)]
    assert [what(each) for each in taken] == [(f"n{i}", "open", UNSTARTED) for i in range(3)]
    assert chained.takes_nothing()


def test_nodes_nearest_the_outputs_run_first_and_sources_last() -> None:
    made = machine(
        Node("source", Count, [], ["s"]),
        Node("early", Pass, ["in"], ["a"]),
        Node("late", Pass, ["b"], ["c"]),
        inputs=["in", "b"],
    )
    made.add("in", 1)
    made.add("b", 1)
    assert [made.take().node.plan.name for _ in range(3)] == ["late", "early", "source"]


def test_the_table_of_states() -> None:
    made = machine(Node("n", Pass, ["in"], ["out"]), opened=False)
    node = made.scheduler.nodes[0]

    def state() -> State:
        return node.state

    assert state() is State.NEW
    opening = made.take()
    assert state() is State.OPENING
    made.finish(opening)
    assert state() is State.OPEN
    made.add("in", 1)
    processing = made.take()
    assert (state(), what(processing)) == (State.OPEN, ("n", "process", 1))
    made.close_input(made.scheduler.inputs["in"])
    assert made.takes_nothing()
    made.finish(processing)
    closing = made.take()
    assert (state(), what(closing)) == (State.CLOSING, ("n", "close", DONE))
    made.finish(closing)
    assert state() is State.CLOSED
    assert made.bounds()["out"] == DONE
    assert made.scheduler.is_done


def test_a_failing_open_is_not_closed_and_a_failing_close_ends_the_node() -> None:
    made = machine(Node("n", Pass, ["in"], ["out"]), opened=False)
    made.fail(made.take(), ValueError("no"))
    assert made.scheduler.nodes[0].state is State.CLOSED
    assert made.scheduler.is_done
    made = machine(Node("n", Pass, ["in"], ["out"]))
    made.advance("in", DONE)
    made.fail(made.take(), ValueError("no"))
    assert made.scheduler.is_done
    error = made.scheduler.errors[0]
    assert isinstance(error, CalculatorError)
    assert (error.step, error.timestamp) == ("close", DONE)


def test_a_run_is_done_only_when_nothing_can_come_in() -> None:
    made = machine(Node("alone", OpenCloseOnly))
    made.finish(made.take())
    assert not made.scheduler.is_done
    made.advance("in", DONE)
    made.advance("in", DONE)
    assert made.scheduler.is_done


# ---- delivering and settling ---------------------------------------------------------------------


def test_a_refused_packet_changes_nothing(single: Machine) -> None:
    single.add("in", 5)
    before = single.bounds(), single.scheduler.is_idle
    with pytest.raises(ValueError, match="found a packet at 5; expected 6 or later"):
        single.add("in", 5)
    assert (single.bounds(), single.scheduler.is_idle) == before


def test_bounds_never_move_back(single: Machine) -> None:
    single.advance("in", 50)
    single.advance("in", 40)
    assert single.bounds() == {"in": 50, "out": 50}


@pytest.mark.parametrize(
    ("time", "bound"),
    [
        (PRESTREAM, ONE_OVER_POSTSTREAM),
        (MIN, MIN + 1),
        (-1, 0),
        (0, 1),
        (MAX, ONE_OVER_POSTSTREAM),
        (POSTSTREAM, ONE_OVER_POSTSTREAM),
    ],
)
def test_after_a_packet_only_the_next_time_may_come(single: Machine, time: int, bound: int) -> None:
    # Behaviours 25 and 29.
    single.add("in", time)
    assert single.bounds()["in"] == bound
    single.finish(single.take())
    assert single.bounds()["out"] == bound


def test_a_waiting_node_hands_its_lowest_bound_on() -> None:
    made = machine(Node("join", Join, ["a", "b"], ["out"]), inputs=["a", "b"])
    made.advance("a", 50)
    assert made.bounds()["out"] == PRESTREAM
    made.advance("b", 30)
    assert made.bounds()["out"] == 30
    made.advance("b", 70)
    assert made.bounds()["out"] == 50


def test_a_node_without_offset_promises_nothing() -> None:
    made = machine(Node("n", Pass, ["in"], ["out"], changes={"offset": None}))
    made.advance("in", 10)
    made.add("in", 20)
    made.finish(made.take())
    assert made.bounds() == {"in": 21, "out": PRESTREAM}


@pytest.mark.parametrize(
    ("offset", "time", "bound"),
    [(5, 10, 16), (-5, 10, 6), (5, MAX, POSTSTREAM), (-5, MAX, MAX - 4), (5, PRESTREAM, MIN)],
)
def test_an_offset_shifts_the_promise(offset: int, time: int, bound: int) -> None:
    # Behaviour 33.
    made = machine(Node("n", Join, ["in"], ["out"], changes={"offset": offset}))
    made.add("in", time)
    call = made.take()
    made.scheduler.finish(call)
    stream = made.scheduler.streams[1]
    assert stream.bound >= bound
    if time not in (MAX, PRESTREAM):
        assert stream.bound == bound


def test_what_a_call_emits_is_delivered_when_it_returns() -> None:
    made = Machine(chain(2).plan)
    made.open_all()
    made.add("in", 1)
    call = made.take()
    for time in (1, 2, 3):
        call.outputs[0].add(Packet(time, time))
    assert made.bounds()["s1"] == PRESTREAM
    made.finish(call)
    assert made.bounds()["s1"] == 4
    assert [what(each) for each in [made.take()]] == [("n1", "process", 1)]


def test_finish_and_take_is_finish_then_take() -> None:
    one, two = Machine(chain(2).plan), Machine(chain(2).plan)
    for made in (one, two):
        made.open_all()
        made.add("in", 1)
    first, second = one.take(), two.take()
    for call in (first, second):
        call.outputs[0].emit("x")
    fused = one.finish_and_take(first, one.pool)
    two.finish(second)
    assert what(fused) == what(two.take()) == ("n1", "process", 1)
    assert one.finish_and_take(fused, one.pool) is None
    assert one.scheduler.is_idle


# ---- releasing in order ------------------------------------------------------------------------


def parallel() -> Machine:
    return machine(Node("n", Pass, ["in"], ["out"], max_in_flight=2))


def test_results_of_parallel_calls_wait_for_older_ones() -> None:
    made = parallel()
    made.add("in", 1)
    made.add("in", 2)
    first, second = made.take(), made.take()
    made.add("in", 3)
    assert made.takes_nothing()
    for call in (first, second):
        call.outputs[0].emit("x")
    made.finish(second)
    assert made.bounds()["out"] == PRESTREAM
    made.finish(first)
    assert made.bounds()["out"] == 3
    assert what(made.take()) == ("n", "process", 3)


def test_a_failure_lets_go_of_results_that_wait_for_older_ones() -> None:
    made = parallel()
    made.add("in", 1)
    made.add("in", 2)
    first, second = made.take(), made.take()
    made.finish(second)
    made.fail(first, ValueError("no"))
    made.finish(made.take())
    assert made.scheduler.is_done


def test_a_parallel_call_that_returns_after_the_failure_is_dropped() -> None:
    made = parallel()
    made.add("in", 1)
    made.add("in", 2)
    first, second = made.take(), made.take()
    first.outputs[0].emit("x")
    made.cancel(GraphCancelled("enough"))
    assert made.takes_nothing()
    made.finish(first)
    assert made.takes_nothing()
    made.fail(second, ValueError("late"))
    assert what(made.take()) == ("n", "close", DONE)
    assert [str(error).split(": ")[-1] for error in made.scheduler.errors] == ["enough", "late"]


def test_parallel_calls_may_not_go_back_in_time() -> None:
    made = parallel()
    made.add("in", 1)
    made.add("in", 2)
    first, second = made.take(), made.take()
    first.outputs[0].add(Packet("x", 100))
    second.outputs[0].add(Packet("x", 50))
    made.finish(first)
    made.finish(second)
    assert "found a packet at 50; expected 101 or later" in str(made.scheduler.errors[0])
    made.finish(made.take())
    assert made.scheduler.is_done


def test_the_input_waits_for_the_last_parallel_call_before_it_closes_the_node() -> None:
    made = parallel()
    made.add("in", 1)
    call = made.take()
    made.advance("in", DONE)
    assert made.takes_nothing()
    made.finish(call)
    assert what(made.take()) == ("n", "close", DONE)


# ---- side packets --------------------------------------------------------------------------------


def test_a_side_packet_is_made_once_in_a_run() -> None:
    made = machine(Node("make", Make, ["in"], [], side_outputs=["one"], max_in_flight=2))
    made.add("in", 1)
    made.add("in", 2)
    first, second = made.take(), made.take()
    first.side_outputs[""] = 1
    second.side_outputs[""] = 2
    made.finish(first)
    made.finish(second)
    assert 'side packet "one" was already made in this run' in str(made.scheduler.errors[0])
    assert made.scheduler.side_packets == {"one": 1}


def test_a_side_packet_made_while_processing_is_there_when_the_call_returns() -> None:
    made = machine(
        Node("make", Make, ["in"], [], side_outputs=["one"]),
        Node("wait", OpenCloseOnly, side_inputs=["one"]),
        opened=False,
    )
    made.finish(made.take())
    assert made.takes_nothing()
    made.add("in", 1)
    call = made.take()
    call.side_outputs[""] = 1
    with pytest.raises(ContractError, match="already made"):
        call.side_outputs[""] = 2
    made.finish(call)
    with pytest.raises(ContractError, match="already made"):
        call.side_outputs[""] = 2
    assert what(made.take()) == ("wait", "open", UNSTARTED)


def test_a_side_packet_that_is_never_made_is_told() -> None:
    made = machine(
        Node("make", OpenCloseOnly, side_outputs=["one"]),
        Node("wait", OpenCloseOnly, side_inputs=["one"]),
        inputs=(),
        opened=False,
    )
    made.finish(made.take())
    made.finish(made.take())
    assert made.takes_nothing()
    assert isinstance(made.scheduler.errors[0], GraphStuck)
    assert 'node "wait" waits to be opened for the side packet "one"' in str(
        made.scheduler.errors[0]
    )


# ---- throttling and growing --------------------------------------------------------------------


def test_a_full_queue_holds_its_input_back_until_it_drains() -> None:
    # Behaviour 27.
    made = machine(Node("n", Pass, ["in"], ["out"]), limit=2)
    stream = made.scheduler.inputs["in"]
    made.add("in", 1)
    assert not made.is_full(stream)
    made.add("in", 2)
    made.add("in", 3)
    assert made.is_full(stream)
    first = made.take()
    assert made.is_full(stream)
    made.finish_and_take(first, made.pool)
    assert not made.is_full(stream)


def test_it_is_told_when_a_graph_input_is_held_back_no_more() -> None:
    made = machine(Node("n", Pass, ["in"], ["out"]), limit=2)
    told = []
    made.scheduler.when_room(lambda: told.append(made.scheduler.inputs["in"].throttled))
    for time in range(3):
        made.add("in", time)
    made.finish(made.take())
    assert told == []
    made.finish(made.take())
    assert told == [0]
    made.finish(made.take())
    assert told == [0]


def test_a_throttled_source_runs_again_when_the_queue_drains() -> None:
    made = machine(
        Node("source", Count, [], ["s"]), Node("n", Pass, ["s"], ["out"]), inputs=(), limit=1
    )
    call = made.take()
    call.outputs[0].add(Packet(0, 0))
    made.finish(call)
    assert what(made.take()) == ("n", "process", 0)
    assert what(made.take()) == ("source", "process", 0)


def test_nothing_grows_while_nobody_is_held_back() -> None:
    made = machine(Node("join", Join, ["a", "b"], ["out"]), inputs=["a", "b"], limit=1)
    made.add("a", 1)
    assert made.takes_nothing()
    assert made.is_full(made.scheduler.inputs["a"])
    made.await_space(made.scheduler.inputs["a"])
    assert made.takes_nothing()
    assert not made.is_full(made.scheduler.inputs["a"])
    assert ("grow", "a", 2) in made.scheduler.story


def test_a_node_with_a_closed_output_keeps_running_for_the_others() -> None:
    made = machine(Node("two", Pass, ["a", "b"], ["x", "y"]), inputs=["a", "b"])
    made.add("a", 1)
    made.add("b", 1)
    call = made.take()
    call.outputs[0].close()
    call.outputs[1].emit("y")
    made.finish(call)
    assert made.bounds()["x"] == DONE
    assert made.bounds()["y"] == 2


# ---- stopping sources ------------------------------------------------------------------------


def test_a_source_that_stops_in_open_is_closed_at_once() -> None:
    made = machine(Node("source", Count, [], ["s"]), inputs=(), opened=False)
    call = made.take()
    call.stop()
    made.finish(call)
    assert what(made.take()) == ("source", "close", DONE)


def test_a_source_whose_outputs_are_closed_is_closed() -> None:
    made = machine(Node("source", Count, [], ["s"]), inputs=())
    call = made.take()
    call.outputs[0].close()
    made.finish(call)
    assert what(made.take()) == ("source", "close", DONE)


def test_stopping_a_source_that_is_about_to_close_changes_nothing() -> None:
    made = machine(
        Node("source", Count, [], ["s"]), Node("n", Pass, ["in"], ["out"]), inputs=["in"]
    )
    made.add("in", 1)
    stopper = made.take()
    source = made.take()
    source.stop()
    made.finish(source)
    stopper.stop()
    made.finish(stopper)
    assert what(made.take()) == ("source", "close", DONE)


def test_a_stop_after_the_failure_still_tells_its_fault() -> None:
    made = machine(Node("source", Count, [], ["s"]), inputs=())
    call = made.take()
    made.cancel(GraphCancelled("enough"))
    call.stop(OSError("cut off"))
    made.finish(call)
    assert [type(error) for error in made.scheduler.errors] == [GraphCancelled, CalculatorError]
    made.finish(made.take())
    assert made.scheduler.is_done


def test_a_call_that_stops_and_then_raises_tells_only_what_it_raised() -> None:
    made = machine(Node("source", Count, [], ["s"]), inputs=())
    call = made.take()
    call.stop(OSError("cut off"))
    made.fail(call, ValueError("worse"))
    made.finish(made.take())
    assert [error.cause for error in made.scheduler.errors if isinstance(error, CalculatorError)]
    assert len(made.scheduler.errors) == 1


# ---- failing ---------------------------------------------------------------------------------


def test_after_a_failure_packets_are_ignored_and_bounds_still_checked(single: Machine) -> None:
    single.cancel(GraphCancelled("enough"))
    single.cancel(GraphCancelled("once more"))
    single.add("in", 1)
    assert len(single.scheduler.errors) == 1
    assert what(single.take()) == ("n", "close", DONE)


def test_a_run_that_fails_while_a_node_opens_closes_it_afterwards() -> None:
    made = machine(Node("n", Pass, ["in"], ["out"]), opened=False)
    opening = made.take()
    made.cancel(GraphCancelled("enough"))
    assert made.takes_nothing()
    made.finish(opening)
    assert what(made.take()) == ("n", "close", DONE)


def test_cancelling_a_finished_run_does_nothing(single: Machine) -> None:
    single.advance("in", DONE)
    single.finish(single.take())
    single.cancel(GraphCancelled("late"))
    assert single.scheduler.errors == []


def test_ports_show_nothing_in_close(single: Machine) -> None:
    single.add("in", 1)
    call = single.take()
    assert (call.step, call.inputs[0].settled) == (Step.PROCESS, 1)
    single.advance("in", DONE)
    single.finish(call)
    closing = single.take()
    assert closing.inputs[0].is_empty
    assert closing.inputs[0].settled == MAX


def test_a_node_may_read_what_it_writes() -> None:
    made = machine(
        Node(
            "self", Pass, ["in", "loop"], ["out", "loop"], back=["loop"], policy=ImmediatePolicy(),
            changes={"offset": None},
        )
    )  # fmt: skip
    made.add("in", 1)
    call = made.take()
    call.outputs[1].emit("again")
    made.finish(call)
    again = made.take()
    assert again.inputs[1].value == "again"
