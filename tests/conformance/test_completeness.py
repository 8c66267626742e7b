"""The table of behaviours is whole: every odd number is tested, or there is a reason why not."""

from __future__ import annotations

from tests.conformance.make_table import TABLE, numbers_of, read, render

LAST = 297

FOUND = read()


def test_every_odd_number_is_listed_in_order() -> None:
    assert FOUND.numbers == list(range(1, LAST + 1, 2))


def test_every_behaviour_is_tested_or_has_a_reason() -> None:
    answered = {*FOUND.places, *FOUND.not_applicable, *FOUND.not_built_yet}
    assert set(FOUND.numbers) - answered == set()


def test_nothing_has_both_a_test_and_a_reason_for_none() -> None:
    reasons = [*FOUND.not_applicable, *FOUND.not_built_yet]
    assert [number for number in reasons if number in FOUND.places] == []
    assert sorted(set(reasons)) == sorted(reasons)


def test_only_numbers_that_are_listed_are_answered() -> None:
    answered = {*FOUND.places, *FOUND.not_applicable, *FOUND.not_built_yet}
    assert answered - set(FOUND.numbers) == set()


def test_only_what_is_tested_can_differ() -> None:
    assert [number for number in FOUND.differences if number not in FOUND.places] == []


def test_a_name_may_have_several_numbers() -> None:
    assert numbers_of("test_037_a_block") == [37]
    assert numbers_of("test_101_each_set_and_103_the_rest") == [101, 103]
    assert numbers_of("test_every_odd_number") == []


def test_the_table_in_the_docs_is_up_to_date() -> None:
    assert TABLE.read_text() == render(FOUND), "run python -m tests.conformance.make_table"
