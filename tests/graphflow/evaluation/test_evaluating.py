from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graphflow.evaluation.answer_file import Keeping, note_end
from graphflow.evaluation.datasets.dataset import Dataset, survey
from graphflow.evaluation.datasets.opening import open_dataset
from graphflow.evaluation.evaluable import evaluable_graph
from graphflow.evaluation.evaluating import GraphAnswers, Setting
from graphflow.evaluation.samples import Scored
from graphflow.evaluation.scored import NotAnswered, scored
from graphflow.words.errors import UsageError
from tests.graphflow.evaluation.tiny_graphs import (
    region,
    truth_line,
    write_clip,
    write_graph,
    write_picture,
)

COUNT = 12
SETTING = Setting(workers=1)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    lines = []
    for index in range(COUNT):
        write_picture(tmp_path / f"{index}.png", index, 5)
        lines.append(truth_line(f"{index}.png", index, 5, light="dim" if index % 2 else "bright"))
    path = tmp_path / "truth.jsonl"
    path.write_text("".join(lines))
    return open_dataset(path)


@contextmanager
def asked(folder: Path, dataset: Dataset, setting: Setting = SETTING) -> Iterator[GraphAnswers]:
    graph = evaluable_graph(
        write_graph(folder) if not (folder / "graph.yaml").exists() else folder / "graph.yaml",
        is_given_regions=setting.regions is not None,
    )
    answers = GraphAnswers(graph, setting, dataset, survey(dataset), folder / "out")
    with answers.file:
        yield answers


def run_all(answers: GraphAnswers) -> int:
    done = max(answers.run(), default=answers.done)
    note_end(answers.file.path)
    return done


def run_some(answers: GraphAnswers, count: int) -> None:
    """Run until some samples are answered, as if the user had stopped it then."""
    before = answers.done
    for _ in answers.run(lambda: answers.done - before >= count):
        pass


def scores(dataset: Dataset, answers: GraphAnswers, missing: NotAnswered) -> list[Scored]:
    return list(scored(dataset.samples(), answers.file, missing))


def test_every_sample_is_scored_in_the_order_of_the_data_set(
    tmp_path: Path, dataset: Dataset
) -> None:
    missing = NotAnswered()
    with asked(tmp_path, dataset, Setting(workers=2)) as answers:
        assert run_all(answers) == COUNT
        found = scores(dataset, answers, missing)
    assert [each.sample.name for each in found] == [f"{index}.png" for index in range(COUNT)]
    assert (missing.failed, missing.missing) == (0, 0)
    for index, each in enumerate(found):
        assert each.answer is not None
        assert each.answer.xy_px[0].tolist() == [index, 5]
        assert each.answer.visibility.tolist() == [1.0] * 33
        assert each.answer.world_m is not None


def test_a_stopped_evaluation_goes_on_where_it_was(tmp_path: Path, dataset: Dataset) -> None:
    with asked(tmp_path, dataset) as answers:
        run_some(answers, 3)
        stopped_at = answers.done
    assert 3 <= stopped_at < COUNT
    with asked(tmp_path, dataset) as answers:
        assert (answers.kept, answers.total) == (stopped_at, COUNT)
        assert run_all(answers) == COUNT
        assert len(scores(dataset, answers, NotAnswered())) == COUNT
    # Nobody was asked twice.
    (path,) = (tmp_path / "out").iterdir()
    names = [json.loads(line).get("sample") for line in path.read_text().splitlines()]
    assert sorted(name for name in names if name) == sorted(f"{i}.png" for i in range(COUNT))


def test_a_line_that_a_killed_process_left_half_written_is_asked_again(
    tmp_path: Path, dataset: Dataset
) -> None:
    with asked(tmp_path, dataset) as answers:
        run_some(answers, 4)
        path, kept = answers.file.path, answers.done
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with asked(tmp_path, dataset) as answers:
        assert answers.kept == kept - 1
        assert run_all(answers) == COUNT
        assert len(scores(dataset, answers, NotAnswered())) == COUNT


@pytest.mark.parametrize(
    ("keeping", "kept"), [(Keeping.CONTINUE, 0), (Keeping.KEEP, COUNT), (Keeping.DROP, 0)]
)
def test_a_finished_evaluation_is_made_anew_unless_its_answers_are_to_be_kept(
    tmp_path: Path, dataset: Dataset, keeping: Keeping, kept: int
) -> None:
    with asked(tmp_path, dataset) as answers:
        run_all(answers)
    with asked(tmp_path, dataset, replace(SETTING, keeping=keeping)) as answers:
        assert answers.kept == kept
        assert run_all(answers) == COUNT


def test_answers_to_a_changed_picture_do_not_count(tmp_path: Path, dataset: Dataset) -> None:
    with asked(tmp_path, dataset) as answers:
        run_all(answers)
    write_picture(tmp_path / "3.png", 9, 1)
    os.utime(tmp_path / "3.png", ns=(1, 1))
    with asked(tmp_path, dataset, replace(SETTING, keeping=Keeping.KEEP)) as answers:
        assert answers.kept == COUNT - 1
        assert run_all(answers) == COUNT
        answer = scores(dataset, answers, NotAnswered())[3].answer
    assert answer is not None and answer.xy_px[0].tolist() == [9, 1]


def test_another_graph_setting_or_data_set_has_a_file_of_its_own(
    tmp_path: Path, dataset: Dataset
) -> None:
    files = set()
    with asked(tmp_path, dataset) as answers:
        files.add(answers.file.path)
    with asked(tmp_path, dataset, Setting(is_tracking=False)) as answers:
        files.add(answers.file.path)
    with asked(tmp_path, dataset, Setting(side_packets={"a": 1})) as answers:
        files.add(answers.file.path)
    (tmp_path / "graph.yaml").write_text((tmp_path / "graph.yaml").read_text() + "# changed\n")
    with asked(tmp_path, dataset) as answers:
        files.add(answers.file.path)
    dataset.path.write_text(dataset.path.read_text() + "\n")
    with asked(tmp_path, dataset) as answers:
        files.add(answers.file.path)
    assert len(files) == 5


def test_pictures_that_fail_are_counted_told_and_tried_again(
    tmp_path: Path, dataset: Dataset
) -> None:
    (tmp_path / "2.png").write_bytes(b"no picture")
    missing = NotAnswered()
    with asked(tmp_path, dataset) as answers:
        assert run_all(answers) == COUNT
        assert len(scores(dataset, answers, missing)) == COUNT - 1
    assert (missing.failed, missing.missing) == (1, 0)
    assert missing.faults[0].startswith(f"{dataset.path}:3: 2.png: ")
    write_picture(tmp_path / "2.png", 2, 5)
    with asked(tmp_path, dataset, replace(SETTING, keeping=Keeping.KEEP)) as answers:
        assert answers.kept == COUNT - 1
        assert run_all(answers) == COUNT
        assert len(scores(dataset, answers, NotAnswered())) == COUNT


def test_stills_are_looked_at_in_the_regions_given_and_without_one_left_out(
    tmp_path: Path, dataset: Dataset
) -> None:
    setting = Setting(
        regions=lambda sample: None if sample.name == "3.png" else region(8, 6),
        regions_text="always there",
    )
    missing = NotAnswered()
    with asked(tmp_path, dataset, setting) as answers:
        run_all(answers)
        found = scores(dataset, answers, missing)
    assert (len(found), missing.missing) == (COUNT - 1, 1)
    assert {tuple(each.answer.xy_px[0]) for each in found if each.answer} == {(8.0, 6.0)}


def test_a_stopped_clip_is_tracked_again_from_its_beginning(tmp_path: Path) -> None:
    write_clip(tmp_path / "c.mkv", [(x, 2) for x in range(8)])
    lines = [
        truth_line("", 0, 2, image=None, clip="c.mkv", timestamp=100_000 * index)
        for index in range(8)
    ]
    path = tmp_path / "truth.jsonl"
    path.write_text("".join(lines))
    dataset = open_dataset(path)
    with asked(tmp_path, dataset) as answers:
        run_some(answers, 2)
        kept = answers.done
    with asked(tmp_path, dataset) as answers:
        assert answers.kept == kept
        assert run_all(answers) == 8
        found = [answers.file.find(sample) for sample in dataset.samples()]
    counts = [each.landmarks[0, 2] for each in found if each and each.landmarks is not None]
    assert np.array(counts).tolist() == list(range(1, 9))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, dataset: Dataset) -> None:
    (tmp_path / "out").write_text("a file stands there")
    with pytest.raises(UsageError, match="can't write"), asked(tmp_path, dataset):
        pass
