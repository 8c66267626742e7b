from __future__ import annotations

from pathlib import Path

import pytest

from graphflow.evaluation.datasets.dataset import DatasetError
from graphflow.evaluation.datasets.opening import open_dataset
from graphflow.words.errors import UsageError


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.csv", "", "CSV"),
        ("a.jsonl", "", "JSON Lines"),
        ("a.ndjson", "", "JSON Lines"),
        ("a.txt", '{"timestamp": 0, "pose_landmarks": null}\n', "JSON Lines"),
        ("a.json", '\ufeff{"images": [', "COCO key points"),
    ],
)
def test_the_reader_is_chosen_by_name_or_content(
    tmp_path: Path, name: str, text: str, kind: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert open_dataset(path).kind == kind


def test_what_is_no_data_set_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("hello")
    with pytest.raises(DatasetError, match=r"a\.txt: is no data set; expected COCO key points"):
        open_dataset(path)
    with pytest.raises(DatasetError, match="is a folder"):
        open_dataset(tmp_path)


def test_a_misspelt_file_is_told_with_what_was_meant(tmp_path: Path) -> None:
    (tmp_path / "people.json").touch()
    with pytest.raises(UsageError, match=r'did you mean "people\.json"'):
        open_dataset(tmp_path / "peopel.json")
    with pytest.raises(UsageError, match="no such file"):
        open_dataset(tmp_path / "people.json", tmp_path / "nowhere")
