from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graphflow.evaluation.answering import Answerer
from graphflow.evaluation.evaluable import evaluable_graph
from graphflow.evaluation.running import WAITING_MAX, answer_all
from graphflow.evaluation.units import StillUnit, Unit
from tests.graphflow.evaluation.tiny_graphs import SIZE, write_graph, write_picture


class Factory:
    """Makes answerers, and counts them."""

    def __init__(self, folder: Path) -> None:
        self.graph = evaluable_graph(write_graph(folder))
        self.made = 0

    def __call__(self) -> Answerer:
        self.made += 1
        return Answerer(self.graph, {}, is_tracking=True)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return write_picture(tmp_path / "a.png", 3, 4)


def units(picture: Path, count: int) -> Iterator[Unit]:
    return (StillUnit(f"{index}", picture, SIZE) for index in range(count))


@pytest.mark.parametrize("workers", [1, 2])
def test_every_unit_is_answered_once_and_each_thread_has_one_graph(
    tmp_path: Path, picture: Path, workers: int
) -> None:
    factory = Factory(tmp_path)
    told = [each for each in answer_all(units(picture, 20), factory, workers) if each is not None]
    assert sorted(each.found.name for each in told) == sorted(f"{index}" for index in range(20))
    assert {each.source for each in told} == {picture}
    assert factory.made <= workers


def test_units_are_taken_as_threads_become_free(tmp_path: Path, picture: Path) -> None:
    taken: list[int] = []

    def counted() -> Iterator[Unit]:
        for index, unit in enumerate(units(picture, 50)):
            taken.append(index)
            yield unit

    answered = 0
    for told in answer_all(counted(), Factory(tmp_path), 2):
        answered += told is not None
        # What was taken and not told yet: under way, waiting, or told in the same batch.
        assert len(taken) - answered <= 2 * 2 * (1 + WAITING_MAX)
    assert answered == 50


def test_it_stops_when_asked(tmp_path: Path, picture: Path) -> None:
    told: list[str] = []
    for each in answer_all(units(picture, 1000), Factory(tmp_path), 1, lambda: len(told) >= 3):
        if each is not None:
            told.append(each.found.name)
    assert 3 <= len(told) < 20


def test_leaving_early_ends_the_threads(tmp_path: Path, picture: Path) -> None:
    for each in answer_all(units(picture, 1000), Factory(tmp_path), 2):
        if each is not None:
            break
    # The generator is closed here, which waits for its threads; a hang would be seen.


def test_an_error_of_ours_is_raised_in_the_thread_that_asks(tmp_path: Path, picture: Path) -> None:
    def fail() -> Answerer:
        raise RuntimeError("no graph")

    with pytest.raises(RuntimeError, match="no graph"):
        list(answer_all(units(picture, 3), fail, 1))
