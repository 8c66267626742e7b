"""Who is nice waits for who holds the interpreter's lock, and not for ever. No test sleeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import ClassVar

import pytest

from graphflow import Calculator, Context, Contract, Graph
from graphflow.driver import courtesy
from graphflow.driver.bells import ThreadWorker
from graphflow.driver.courtesy import Courtesy
from graphflow.driver.lent import LentWorker
from graphflow.driver.workers import OwnThreads
from graphflow.nodes.options import NoOptions
from graphflow.plan import ExecutorKind, ExecutorPlan
from graphflow.runtime.elements import Pool
from tests.graphflow.engine_kit import ANY_PORTS, Node, make_graph

FOR_EVER_SECONDS = 60.0


class Steps:
    """What has happened in a run."""

    def __init__(self) -> None:
        self.first_is_done = Event()
        self.nice_gives_way = Event()
        self.nice_has_begun = Event()


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    made = Steps()
    is_calm = Courtesy._is_calm

    def look(self: Courtesy) -> bool:
        found = is_calm(self)
        if not found and made.first_is_done.is_set():
            made.nice_gives_way.set()
        return found

    monkeypatch.setattr(Courtesy, "_is_calm", look)
    return made


class Does(Calculator[NoOptions]):
    """Does what the test wants, and passes its packet on."""

    contract = Contract(**ANY_PORTS)
    wanted: ClassVar[dict[str, Callable[[], None]]] = {}

    def process(self, context: Context) -> None:
        self.wanted[context.node_name]()
        context.outputs[0].emit(context.inputs[0].value)


def run(steps: Steps, *urgent: tuple[str, bool, Callable[[], None]]) -> None:
    """Run one packet through urgent nodes, one after another, and beside them a nice one.

    Args:
        steps: what happens; the nice node begins when the first of the urgent ones is done.
        urgent: name, whether it releases the lock, and what it does.
    """
    Does.wanted = {name: act for name, _, act in urgent}
    Does.wanted["nice"] = steps.nice_has_begun.set
    streams = ["in", *(name for name, _, _ in urgent)]
    nodes = [
        Node(name, Does, [before], [name], changes={"releases_lock": releases})
        for before, (name, releases, _) in zip(streams, urgent, strict=False)
    ]
    nodes.append(Node("nice", Does, [streams[1]], ["beside"], executor=1))
    graph = make_graph(*nodes, inputs=["in"], outputs=["beside"], executors=2)
    threads = ExecutorKind.THREAD_POOL
    executors = (ExecutorPlan("", 1), ExecutorPlan("nice", 1, threads, nice_level=1))
    graph = Graph(replace(graph.plan, executors=executors))
    graph.start()
    graph.wait_until_idle()
    graph.add_packet("in", 0, 0)
    assert steps.nice_has_begun.wait(FOR_EVER_SECONDS), "nobody let the nice thread in"
    graph.close_inputs()
    graph.wait_until_done()


def test_a_nice_thread_begins_when_a_call_releases_the_lock(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courtesy, "PATIENCE_SECONDS", 10 * FOR_EVER_SECONDS)
    seen: list[bool] = []

    def hold() -> None:
        assert steps.nice_gives_way.wait(FOR_EVER_SECONDS)
        seen.append(steps.nice_has_begun.is_set())

    def release() -> None:
        seen.append(steps.nice_has_begun.wait(FOR_EVER_SECONDS))

    run(
        steps,
        ("first", False, steps.first_is_done.set),
        ("holding", False, hold),
        ("releasing", True, release),
    )
    assert seen == [False, True]


def test_a_nice_thread_begins_when_the_others_sleep(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courtesy, "PATIENCE_SECONDS", 10 * FOR_EVER_SECONDS)

    def hold() -> None:
        assert steps.nice_gives_way.wait(FOR_EVER_SECONDS)

    run(
        steps,
        ("first", False, steps.first_is_done.set),
        ("holding", False, hold),
    )


def test_patience_ends_so_nodes_may_wait_for_one_another_behind_the_graph(steps: Steps) -> None:
    seen: list[bool] = []
    run(
        steps,
        ("first", False, steps.first_is_done.set),
        ("waiting", False, lambda: seen.append(steps.nice_has_begun.wait(FOR_EVER_SECONDS))),
    )
    assert seen == [True]
    assert steps.nice_gives_way.is_set()


def worker(nice_level: int) -> ThreadWorker:
    return ThreadWorker(Pool(0), OwnThreads(1, nice_level=nice_level))


def test_courtesy_is_owed_where_some_are_nice_and_others_are_not() -> None:
    plain, nice = worker(0), worker(1)
    both = Courtesy([plain, nice])
    assert both.is_owed_to(plain)
    assert not both.is_owed_to(nice)
    assert not Courtesy([plain]).is_owed_to(plain)
    assert not both.is_owed_to(LentWorker.__new__(LentWorker))


def test_nice_threads_alone_wait_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courtesy, "PATIENCE_SECONDS", 10 * FOR_EVER_SECONDS)
    nice = worker(1)
    nice.needs_lock = True
    Courtesy([nice]).wait()
