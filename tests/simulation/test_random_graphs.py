"""Random graphs: one result where all nodes are steady, and an end whatever the nodes are."""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.simulation.proof import Tally
from tests.simulation.random_graphs import RandomGraph, check_end, check_one_result, graphs

QUICK = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(autouse=True, scope="module")
def no_hang() -> Iterator[None]:
    faulthandler.dump_traceback_later(240, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@settings(QUICK, max_examples=40)
@given(graph=graphs(), seed=some.integers(0, 10_000))
def test_steady_nodes_give_one_result_in_every_order_and_driver(
    graph: RandomGraph, seed: int
) -> None:
    check_one_result(graph, range(seed, seed + 3), Tally())


@settings(QUICK, max_examples=120)
@given(
    graph=graphs(is_unruly=True),
    seed=some.integers(0, 10_000),
    cancel_after=some.none() | some.integers(0, 120),
)
def test_whatever_the_nodes_every_run_ends_and_whoever_opened_is_closed(
    graph: RandomGraph, seed: int, cancel_after: int | None
) -> None:
    check_end(graph, seed, cancel_after, Tally())
