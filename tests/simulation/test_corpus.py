"""The corpus: one result for every order of events and every driver, and the rules kept."""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator

import pytest

from graphflow.graph import INLINE
from tests.simulation.case import Case
from tests.simulation.corpus import CORPUS
from tests.simulation.proof import Tally, compare, plain, prove, run_driven

SEEDS = 8
"""Orders of events per case here; `make simulate` runs many more."""

BY_NAME = pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@BY_NAME
def test_every_order_and_driver_gives_one_result(case: Case) -> None:
    expected = prove(case, range(SEEDS), Tally())
    for threads in (INLINE, 1, 2, 4):
        _, found = run_driven(case, threads)
        compare(case, expected, plain(found), f"{threads} threads")


def test_case_names_are_different_and_orders_are_many() -> None:
    names = {case.name for case in CORPUS}
    assert len(names) == len(CORPUS) >= 60
    tally = Tally()
    prove(CORPUS[0], range(50), tally)
    assert len(tally.orders) > 45
