"""What the catalogue says of each check is true: its examples get it, and run as it says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from graphflow.checks.catalogue import CHECKS
from graphflow.checks.check import Check
from graphflow.checks.inspection import inspect
from graphflow.graph import Graph
from graphflow.loading import load_graph, plan_from_text
from graphflow.words.errors import GraphStuck

EVERY = list(CHECKS.values())


def codes_in(text: str, folder: Path) -> list[str]:
    path = folder / "graph.yaml"
    path.write_text(text, encoding="utf-8")
    return [finding.code for finding in inspect(load_graph(path)).findings]


@pytest.mark.parametrize("check", EVERY, ids=list(CHECKS))
def test_the_example_gets_exactly_its_warning(check: Check, tmp_path: Path) -> None:
    assert codes_in(check.example, tmp_path) == [check.code]


@pytest.mark.parametrize("check", EVERY, ids=list(CHECKS))
def test_the_cured_example_gets_none(check: Check, tmp_path: Path) -> None:
    assert codes_in(check.cured, tmp_path) == []


def test_codes_rise_and_names_differ() -> None:
    assert list(CHECKS) == sorted(CHECKS)
    assert len({check.name for check in EVERY}) == len(EVERY)


def run(text: str, times: Sequence[int]) -> None:
    graph = Graph(plan_from_text(text))
    graph.start()
    names = [graph.plan.streams[index].name for index in graph.plan.inputs]
    for time in times:
        for name in names:
            graph.add_packet(name, time, time)
    for name in names:
        graph.close_input(name)
    graph.wait_until_done()


@pytest.mark.parametrize("code", ["GF011", "GF012", "GF013"])
def test_a_loop_that_can_not_start_go_on_or_end_is_stuck_when_run(code: str) -> None:
    with pytest.raises(GraphStuck):
        run(CHECKS[code].example, [0, 10, 20])


@pytest.mark.parametrize("code", ["GF011", "GF012", "GF013"])
def test_the_cured_loop_runs_to_its_end(code: str) -> None:
    run(CHECKS[code].cured, [0, 10, 20])


def test_a_tight_queue_fails_a_run_that_reports_deadlocks() -> None:
    with pytest.raises(GraphStuck):
        run("report_deadlock: true\n" + CHECKS["GF020"].example, range(0, 100, 10))
    run("report_deadlock: true\n" + CHECKS["GF020"].cured, range(0, 100, 10))


def test_a_silent_node_makes_the_join_wait() -> None:
    seen: list[int] = []
    graph = Graph(plan_from_text(CHECKS["GF010"].example))
    graph.observe("image_used", lambda packet: seen.append(packet.timestamp))
    graph.start()
    graph.add_packet("image", "first", 0)
    graph.wait_until_idle()
    assert seen == []
    graph.add_packet("image", "second", 10)
    graph.wait_until_idle()
    assert seen == [0]
    graph.close_input("image")
    graph.wait_until_done()
    assert seen == [0, 10]
