"""Stories of real runs replay, call for call; one that was tampered with is refused."""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from graphflow.graph import INLINE
from graphflow.runtime.recording import Story
from graphflow.words.errors import StoryError
from tests.simulation.case import Case
from tests.simulation.corpus import CORPUS
from tests.simulation.proof import run_driven


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_the_story_of_a_real_run_replays(case: Case, tmp_path: Path) -> None:
    for threads in (INLINE, 1, 2, 4):
        graph, _ = run_driven(case, threads, records=True)
        story = graph.story
        story.save(tmp_path / "story.jsonl")
        assert Story.load(tmp_path / "story.jsonl") == story
        assert case.make().replay(story) == []


@pytest.mark.parametrize("case", CORPUS[::5], ids=lambda case: case.name)
def test_a_story_is_refused_where_it_was_tampered_with(case: Case) -> None:
    graph, _ = run_driven(case, 2, records=True)
    story = graph.story
    for number, entry in enumerate(story.entries, start=1):
        if entry.gave is None:
            continue
        wrong = replace(entry, gave=replace(entry.gave, time=entry.gave.time + 1))
        entries = (*story.entries[: number - 1], wrong, *story.entries[number:])
        with pytest.raises(StoryError, match=f"entry {number}, .*: found .* expected ") as caught:
            graph.replay(replace(story, entries=entries))
        assert caught.value.entry == number
