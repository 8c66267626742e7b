"""A machine that threads share, without the threads: who is told what, and when."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread, get_ident
from types import FrameType
from typing import Any

import pytest

from graphflow import Packet
from graphflow.driver import combining
from graphflow.driver.bells import ThreadWorker, Waiter
from graphflow.driver.combining import SharedMachine
from graphflow.driver.turns import Turns
from graphflow.driver.workers import OwnThreads
from graphflow.runtime.elements import Invocation
from graphflow.runtime.scheduler import Scheduler
from graphflow.words.timestamp import PRESTREAM
from tests.graphflow.engine_kit import Node, Pass, make_plan

PATIENCE_SECONDS = 10.0


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


@contextmanager
def key_taken(shared: SharedMachine) -> Iterator[None]:
    assert shared.take_key()
    try:
        yield
    finally:
        shared.key.append(None)


def test_one_thread_has_the_key(shared: SharedMachine) -> None:
    with key_taken(shared):
        assert not shared.take_key()
    assert shared.take_key()


def test_who_has_no_key_leaves_a_report_for_who_has_it(shared: SharedMachine) -> None:
    stream = shared.scheduler.inputs["in"]
    with key_taken(shared):
        add(shared, 1)
        assert stream.bound < 2
    shared.look_around()
    assert stream.bound == 2


class Asking:
    """A thread that asks while the key is taken; when this is made, its question is posted."""

    def __init__(self, shared: SharedMachine, question: Any, monkeypatch: Any) -> None:
        self.answer: Any = None
        posted, report = Event(), shared.report

        def tell(*what: Any) -> None:
            report(*what)
            posted.set()

        monkeypatch.setattr(shared, "report", tell)
        self._thread = Thread(target=self._ask, args=(shared, question), daemon=True)
        self._thread.start()
        assert posted.wait(PATIENCE_SECONDS)

    def _ask(self, shared: SharedMachine, question: Any) -> None:
        try:
            self.answer = shared.ask(question)
        except ZeroDivisionError as error:
            self.answer = error

    def wait(self) -> Any:
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive(), "nobody put the question"
        return self.answer


def test_a_question_is_put_at_once_where_nobody_has_the_key(shared: SharedMachine) -> None:
    assert shared.ask(lambda scheduler: (scheduler, shared.take_key())) == (
        shared.scheduler,
        False,
    )
    assert shared.take_key()


def test_who_has_the_key_puts_the_questions_of_others(
    shared: SharedMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with key_taken(shared):
        asking = Asking(shared, lambda _: get_ident(), monkeypatch)
    shared.look_around()
    assert asking.wait() == get_ident()


def test_what_is_wrong_with_a_question_is_told_who_asked(
    shared: SharedMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with key_taken(shared):
        asking = Asking(shared, lambda _: 1 // 0, monkeypatch)
    shared.look_around()
    assert isinstance(asking.wait(), ZeroDivisionError)
    assert not shared.is_broken


def test_a_machine_that_failed_answers_still_and_takes_no_reports(
    shared: SharedMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with key_taken(shared):
        shared.break_off(RuntimeError("broken"))
        add(shared, 1)
        asking = Asking(shared, lambda scheduler: scheduler.inputs["in"].bound, monkeypatch)
    shared.look_around()
    assert asking.wait() == PRESTREAM
    assert shared.scheduler.inputs["in"].bound == PRESTREAM


def test_reports_that_came_during_a_wrong_question_are_looked_at(shared: SharedMachine) -> None:
    def ask_badly(scheduler: Scheduler) -> None:
        add(shared, 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        shared.ask(ask_badly)
    assert shared.scheduler.inputs["in"].bound == 2


class Interrupting:
    """Interrupts whoever calls, after so many moments at which the interpreter might do so."""

    def __init__(self, moments: int) -> None:
        self.left = moments

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if event in ("call", "c_return") and frame.f_code.co_filename == combining.__file__:
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda shared: add(shared, 1), id="a report"),
        pytest.param(lambda shared: shared.ask(lambda _: None), id="a question"),
    ],
)
@pytest.mark.parametrize("moment", range(1, 25))
def test_an_interrupt_never_keeps_the_key(
    shared: SharedMachine, act: Callable[[SharedMachine], None], moment: int
) -> None:
    interrupting = Interrupting(moment)
    before = sys.getprofile()
    sys.setprofile(interrupting)
    try:
        act(shared)
    except KeyboardInterrupt:
        assert not interrupting.left
    finally:
        sys.setprofile(before)
    assert len(shared.key) == 1


class EndingMidway(SharedMachine):
    """Is over when a worker, with the key, looks; and somebody asks just before."""

    def is_found_over(self) -> bool:
        self.before_the_end()
        return True

    before_the_end: Callable[[], None]
    is_over = property(is_found_over, lambda self, value: None)


def test_who_asks_as_a_worker_finds_the_run_over_is_answered(
    faults: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = EndingMidway(
        Scheduler(make_plan(Node("n", Pass, ["in"], []), inputs=["in"]), {}), faults.append
    )
    asked: list[Asking] = []
    shared.before_the_end = lambda: asked.append(Asking(shared, lambda _: "yes", monkeypatch))
    run_dry(shared)
    assert [each.wait() for each in asked] == ["yes"]


def test_who_asks_as_a_worker_finds_the_machine_broken_is_answered(
    shared: SharedMachine, faults: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Asking] = []

    def fail() -> None:
        asked.append(Asking(shared, lambda _: "yes", monkeypatch))
        raise RuntimeError("broken")

    shared.reports.append((fail,))
    run_dry(shared)
    assert [each.wait() for each in asked] == ["yes"]
    assert [str(each) for each in faults] == ["broken"]


def run_dry(shared: SharedMachine) -> None:
    """Work as a thread of the only pool does."""

    def perform(call: Invocation) -> None:
        raise AssertionError("no call is expected")

    turns = Turns(shared, perform, lambda call, seconds: None)
    turns.work_until_dry(ThreadWorker(shared.scheduler.pools[0], OwnThreads(1)))


class RungWorker(ThreadWorker):
    """A worker that counts its rings, and never sleeps."""

    rings = 0

    def ring(self) -> None:
        self.rings += 1


def test_a_worker_without_the_key_rests_and_who_has_the_key_rings_it(shared: SharedMachine) -> None:
    pool = shared.scheduler.pools[0]
    worker = RungWorker(pool, OwnThreads(1))
    turns = Turns(shared, lambda call: None, lambda call, seconds: None)
    add(shared, 1)
    assert pool.ready
    with key_taken(shared):
        turns.work_until_dry(worker)
        assert pool.idle == [worker]
        assert worker.rings == 0
    shared.look_around()
    assert pool.idle == []
    assert worker.rings == 1


def test_a_worker_that_is_rung_while_it_rests_brings_in_what_came_meanwhile(
    shared: SharedMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leaves for its next turn, but not before it looked at what others reported meanwhile."""
    pool, stream = shared.scheduler.pools[0], shared.scheduler.inputs["in"]
    worker = RungWorker(pool, OwnThreads(1))
    turns = Turns(shared, lambda call: None, lambda call, seconds: None)
    take_key = shared.take_key

    def take_late() -> bool:
        shared.key.append(None)  # who had the key gives it back, and has rung the worker
        pool.idle.remove(worker)
        assert take_key()
        shared.reports.append((shared.scheduler.add, stream, Packet(1, 1)))
        return True

    monkeypatch.setattr(shared, "take_key", take_late)
    assert take_key()
    turns.work_until_dry(worker)
    assert stream.bound == 2
    assert list(shared.key) == [None]


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
