"""Every fault put into the engine is noticed by the corpus; without one, nothing is."""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator

import pytest

from tests.simulation.mutants import MUTANTS, Mutant, Results, hunt, sound_results


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(scope="module")
def expected() -> Results:
    return sound_results()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.fault)
def test_a_fault_in_the_engine_is_noticed(mutant: Mutant, expected: Results) -> None:
    assert hunt(mutant, expected) is not None, "it survived: the corpus or the rules have a hole"


def test_a_mutant_leaves_nothing_behind(expected: Results) -> None:
    for mutant in MUTANTS:
        with mutant.alive():
            pass
    assert sound_results() == expected


def test_a_mutant_of_code_that_is_gone_says_so() -> None:
    for where, old in (("nobody", "x"), ("put", "no such text"), ("Queue.nothing", "x")):
        with pytest.raises(LookupError), Mutant("fault", where, old, "y").alive():
            pass
