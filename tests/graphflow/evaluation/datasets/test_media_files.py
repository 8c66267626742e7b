"""Where pictures are sought."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graphflow.evaluation.datasets.media_files import MediaFiles


@pytest.mark.parametrize(
    ("inside", "dataset"),
    [(".", "labels/people.json"), ("labels", "people.json"), ("labels/deep", "../people.json")],
)
def test_the_folder_images_above_is_found_from_wherever_the_data_set_is_named(
    picture: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    inside: str,
    dataset: str,
) -> None:
    made = picture("images/a.png")
    (tmp_path / "labels" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / inside)
    assert MediaFiles(Path(dataset)).find("a.png").samefile(made)
