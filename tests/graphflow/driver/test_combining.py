"""A machine that threads share, without the threads: who is told what, and when."""

from __future__ import annotations

from typing import Any

import pytest

from graphflow import Packet
from graphflow.driver.bells import Waiter
from graphflow.driver.combining import SharedMachine
from graphflow.runtime.scheduler import Scheduler
from tests.graphflow.engine_kit import Node, Pass, make_plan


@pytest.fixture
def faults() -> list[BaseException]:
    return []


@pytest.fixture
def shared(faults: list[BaseException]) -> SharedMachine:
    plan = make_plan(Node("n", Pass, ["in"], ["out"]), inputs=["in"], limit=2)
    made = SharedMachine(Scheduler(plan, {}), faults.append)
    (pool,) = made.scheduler.pools
    opening = made.scheduler.take(pool)
    assert opening is not None
    made.report(made.scheduler.finish, opening)
    return made


def add(shared: SharedMachine, time: int) -> None:
    scheduler = shared.scheduler
    shared.report(scheduler.add, scheduler.inputs["in"], Packet(time, time))


def work(shared: SharedMachine) -> None:
    """Perform one call, as a worker does."""
    call = shared.scheduler.take(shared.scheduler.pools[0])
    assert call is not None
    shared.report(shared.scheduler.finish, call)


def wait(shared: SharedMachine, condition: Any) -> Waiter:
    waiter = Waiter(condition)
    shared.waiting.append(waiter)
    shared.look_again()
    return waiter


def test_a_packet_that_comes_in_is_no_news_and_idleness_is(shared: SharedMachine) -> None:
    news = []
    shared.when_news(lambda: news.append(shared.scheduler.is_idle))
    add(shared, 1)
    assert news == []
    work(shared)
    assert news == [True]


def test_who_has_no_lock_leaves_a_report_for_who_has_it(shared: SharedMachine) -> None:
    stream = shared.scheduler.inputs["in"]
    with shared.lock:
        add(shared, 1)
        assert stream.bound < 2
    shared.look_around()
    assert stream.bound == 2


def test_who_waits_for_room_is_let_go_when_there_is_some(shared: SharedMachine) -> None:
    stream = shared.scheduler.inputs["in"]
    add(shared, 1)
    add(shared, 2)
    waiter = wait(shared, lambda: not stream.throttled)
    assert not waiter.is_free
    call = shared.scheduler.take(shared.scheduler.pools[0])
    assert call is not None
    shared.look_around()  # nothing but the news of room is there to look at
    assert waiter.is_free


def test_a_fault_of_the_machine_lets_everybody_go(
    shared: SharedMachine, faults: list[BaseException]
) -> None:
    waiter = wait(shared, lambda: False)
    shared.report(lambda: 1 / 0)  # type: ignore[arg-type]
    assert waiter.is_free
    assert shared.is_over
    assert shared.over.is_set()
    assert [type(each) for each in faults] == [ZeroDivisionError]
    late = wait(shared, lambda: False)
    assert late.is_free
