from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from graphflow.evaluation.pictures import picture_of
from graphflow.evaluation.rules import Rules
from graphflow.evaluation.samples import Sample, Scored
from graphflow.evaluation.scoring import SampleScore, score
from tests.graphflow.evaluation.tiny_graphs import SIZE, write_clip, write_picture
from tests.graphflow.evaluation.tiny_graphs import picture_of as drawn


def row(source: Path, timestamp_us: int | None = None) -> SampleScore:
    sample = Sample(source.name, "truth:1", source, timestamp_us, None, SIZE)
    return score(Scored(sample, None), Rules())


def test_a_picture_is_read(tmp_path: Path) -> None:
    image = picture_of(row(write_picture(tmp_path / "a.png", 3, 4)))
    assert image is not None and (image == drawn(3, 4)).all()


def test_the_frame_of_a_clip_is_found_by_its_time(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "c.mkv", [(x, 2) for x in range(4)])
    image = picture_of(row(clip, 199_500))
    assert image is not None and (image == drawn(2, 2)).all()
    assert picture_of(row(clip, 7_000_000)) is None


def test_what_cannot_be_read_any_more_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    assert picture_of(row(path)) is None
    path.write_bytes(b"no picture")
    assert picture_of(row(path)) is None
    assert picture_of(replace(row(path), timestamp_us=0)) is None
