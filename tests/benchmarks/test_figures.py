from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.figures import (
    FASTER,
    Check,
    Cost,
    Figure,
    Part,
    Results,
    ResultsProblem,
    Stage,
    Target,
    at_least,
    at_most,
    load,
    save,
    under,
)
from benchmarks.turns import Spread


def part(letter: str, *, title: str = "", is_held: bool = True) -> Part:
    figure = Figure(
        "tracking",
        Spread(2.0, 1.9, 2.1),
        FASTER,
        at_least(2.0),
        Cost("ms", Spread(10.0, 9.0, 11.0), Spread(9.0, 9.0, 9.0)),
        by_cpu=Spread(1.5, 1.5, 1.5),
    )
    checks = [Check("equal answers", is_held, "0 floats differ")]
    return Part(letter, title, "how", [figure], checks, [Stage("crop", {"job": 0.5})], rounds=3)


@pytest.mark.parametrize(
    ("target", "missed", "met"),
    [(at_least(2.0), 1.99, 2.0), (at_most(0.6), 0.61, 0.6), (under(1.5), 1.5, 1.49)],
)
def test_a_target_says_on_which_side_its_limit_counts(
    target: Target, missed: float, met: float
) -> None:
    assert not target.is_met(missed)
    assert target.is_met(met)


def test_the_median_is_what_a_target_is_about() -> None:
    (figure,) = part("a").figures
    assert figure.is_met
    assert Figure("x", Spread(1.9, 1.8, 2.5), FASTER, at_least(2.0)).is_met is False
    assert Figure("x", Spread(1.9, 1.8, 2.5), FASTER).is_met is None


def test_results_read_back_as_they_were_written(tmp_path: Path) -> None:
    results = Results([part("a"), part("t")])
    save(results, tmp_path / "made" / "results.json")
    assert load(tmp_path / "made" / "results.json") == results


def test_a_part_takes_the_place_of_an_older_one() -> None:
    results = Results([part("a"), part("t")]).with_part(part("b")).with_part(part("a", title="new"))
    assert [(each.letter, each.title) for each in results.parts] == [
        ("a", "new"),
        ("b", ""),
        ("t", ""),
    ]


def test_results_are_sound_when_every_check_holds() -> None:
    assert Results([part("a")]).is_sound
    assert not Results([part("a"), part("b", is_held=False)]).is_sound


def test_missing_and_foreign_files_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ResultsProblem, match="is not there; make bench writes it"):
        load(tmp_path / "none.json")
    (tmp_path / "other.json").write_text('{"parts": [{"letter": 5}]}')
    with pytest.raises(ResultsProblem, match="has no results of this version"):
        load(tmp_path / "other.json")
