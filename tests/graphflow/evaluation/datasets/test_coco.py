from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calculators.pose_landmark import PoseLandmark
from graphflow.evaluation.datasets.dataset import BadRow, DatasetError, survey
from graphflow.evaluation.datasets.opening import open_dataset
from graphflow.evaluation.samples import COCO_ROWS, Sample, Truth

Picture = Callable[..., Path]


def person(number: int, image: int, **more: Any) -> dict[str, Any]:
    points = [value for index in range(17) for value in (index, 10 + index, 2)]
    return {"id": number, "image_id": image, "category_id": 1, "keypoints": points, **more}


def image(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "file_name": name, "width": 8, "height": 4, **more}


def write(folder: Path, images: list[Any], people: list[Any], **more: Any) -> Path:
    """Write a file with one record a line, so that lines are known: images begin on line 3."""
    lines = ["{", '"images": [', *_lines(images), "],", '"annotations": [', *_lines(people), "]"]
    for key, value in more.items():
        lines += [",", f'"{key}": {json.dumps(value)}']
    path = folder / "people.json"
    path.write_text("\n".join([*lines, "}"]))
    return path


def _lines(records: list[Any]) -> list[str]:
    texts = [json.dumps(each) for each in records]
    return [text + "," for text in texts[:-1]] + texts[-1:]


def samples(path: Path) -> list[Sample]:
    return list(open_dataset(path).samples())


def bad(path: Path) -> list[BadRow]:
    return [row for row in open_dataset(path).rows() if isinstance(row, BadRow)]


def truth(sample: Sample) -> Truth:
    assert sample.truth is not None
    return sample.truth


def test_the_17_key_points_become_rows_of_the_33(tmp_path: Path, picture: Picture) -> None:
    picture("a.png")
    (sample,) = samples(write(tmp_path, [image(1, "a.png")], [person(7, 1, area=12.5)]))
    found = truth(sample)
    assert list(np.flatnonzero(found.is_labelled)) == list(COCO_ROWS)
    assert found.xy_px[PoseLandmark.LEFT_WRIST].tolist() == [9, 19]
    assert found.area_px2 == 12.5
    assert sample.name == "a.png" and sample.size_px == (8, 4)
    assert sample.place == f"{tmp_path / 'people.json'}:3"


def test_v_tells_what_is_not_labelled_hidden_and_seen(tmp_path: Path, picture: Picture) -> None:
    picture("a.png")
    points = [0, 0, 0, 3, 3, 1, 4, 4, 2] + [0, 0, 0] * 14
    path = write(tmp_path, [image(1, "a.png")], [{**person(7, 1), "keypoints": points}])
    found = truth(samples(path)[0])
    assert list(np.flatnonzero(found.is_labelled)) == [
        PoseLandmark.LEFT_EYE,
        PoseLandmark.RIGHT_EYE,
    ]
    assert list(np.flatnonzero(found.is_visible)) == [PoseLandmark.RIGHT_EYE]
    assert np.isnan(found.xy_px[PoseLandmark.NOSE]).all()


def test_the_main_annotation_is_scored(tmp_path: Path, picture: Picture) -> None:
    picture("a.png")
    people = [person(7, 1, area=90.0), person(8, 1, area=10.0)]
    path = write(tmp_path, [image(1, "a.png", main_annotation_id=8)], people)
    assert truth(samples(path)[0]).area_px2 == 10.0


def test_without_a_main_annotation_the_largest_labelled_person_is_scored(
    tmp_path: Path, picture: Picture
) -> None:
    picture("a.png")
    unlabelled = {**person(9, 1, area=99.0), "keypoints": [0] * 51}
    crowd = person(6, 1, area=500.0, iscrowd=1)
    people = [person(7, 1, area=10.0), person(8, 1, area=90.0), unlabelled, crowd]
    path = write(tmp_path, [image(1, "a.png")], people)
    assert truth(samples(path)[0]).area_px2 == 90.0


def test_a_picture_without_annotations_shows_nobody(tmp_path: Path, picture: Picture) -> None:
    picture("a.png")
    assert samples(write(tmp_path, [image(1, "a.png")], []))[0].truth is None


def test_the_category_names_the_key_points(tmp_path: Path, picture: Picture) -> None:
    picture("a.png")
    category = {"id": 1, "keypoints": ["left_heel", "tail", "nose"]}
    dog = {**person(7, 1), "keypoints": [1, 2, 2, 3, 4, 2, 5, 6, 1]}
    path = write(tmp_path, [image(1, "a.png")], [dog], categories=[category])
    found = truth(samples(path)[0])
    assert found.xy_px[PoseLandmark.LEFT_HEEL].tolist() == [1, 2]
    assert found.xy_px[PoseLandmark.NOSE].tolist() == [5, 6]
    assert found.is_labelled.sum() == 2


def test_plain_values_of_both_records_are_columns(tmp_path: Path, picture: Picture) -> None:
    picture("a.png")
    path = write(
        tmp_path,
        [image(1, "a.png", region="Asia", indoors=True, nested={"a": 1})],
        [person(7, 1, light="dim", bbox=[1, 2])],
    )
    assert samples(path)[0].groups == {"region": "Asia", "indoors": "true", "light": "dim"}
    assert survey(open_dataset(path)).columns == ("indoors", "light", "region")


def test_bad_rows_are_told_with_their_lines_and_counts_add_up(
    tmp_path: Path, picture: Picture
) -> None:
    picture("a.png")
    images = [image(1, "a.png"), image(2, "b.png"), image(3, "a.png"), {"id": 4}, 5]
    short = {**person(8, 3), "keypoints": [1, 2, 2]}
    path = write(tmp_path, images, [person(7, 1), short, person(9, 77)])
    rows = bad(path)
    assert {(int(each.place.split(":")[-1]), each.reason.split("\n")[0]) for each in rows} == {
        (7, 'found 5 in "images"; expected objects'),
        (4, f'there is no file "b.png" in {tmp_path} and {tmp_path.parent / "images"}'),
        (11, '"keypoints": found 3 numbers; expected 51 (x, y, v of 17 key points)'),
        (6, '"file_name": found None; expected the name of a picture'),
        (12, "no image has the id 77"),
    }
    found = survey(open_dataset(path))
    assert (found.read, found.samples, found.bad) == (6, 1, 5)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([1, 2, 3] * 17, "found v = 3; expected 0, 1 or 2"),
        (["1", 2, 2] * 17, "found '1'; expected a number"),
    ],
)
def test_bad_key_points_are_refused(
    tmp_path: Path, picture: Picture, points: list[Any], words: str
) -> None:
    picture("a.png")
    path = write(tmp_path, [image(1, "a.png")], [{**person(7, 1), "keypoints": points}])
    assert words in bad(path)[0].reason


def test_a_picture_named_twice_is_a_bad_row(tmp_path: Path, picture: Picture) -> None:
    picture("a.png")
    path = write(tmp_path, [image(1, "a.png"), image(2, "a.png")], [])
    assert [row.reason for row in bad(path)] == [f'"a.png" is there twice; first {path}:3']


def test_a_main_annotation_that_is_not_there_is_a_bad_row(tmp_path: Path, picture: Picture) -> None:
    picture("a.png")
    path = write(tmp_path, [image(1, "a.png", main_annotation_id=9)], [person(7, 1)])
    assert "no annotation of this picture has the id 9" in bad(path)[0].reason


def test_pictures_are_also_sought_in_the_folder_images_beside(
    tmp_path: Path, picture: Picture
) -> None:
    source = picture("images/a.png")
    (tmp_path / "annotations").mkdir()
    (sample,) = samples(write(tmp_path / "annotations", [image(1, "a.png")], []))
    assert sample.source.resolve() == source


def test_with_a_folder_given_pictures_are_sought_there_alone(
    tmp_path: Path, picture: Picture
) -> None:
    picture("a.png")
    source = picture("elsewhere/a.png")
    path = write(tmp_path, [image(1, "a.png")], [])
    (sample,) = open_dataset(path, tmp_path / "elsewhere").samples()
    assert sample.source == source


def test_a_file_without_annotations_is_no_data_set(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"images": []}')
    with pytest.raises(DatasetError, match=r'a\.json: has no "annotations"; a COCO file has lists'):
        samples(path)


def test_json_that_breaks_off_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"images": [\n{"id": 1},\n{"id": }\n]}')
    with pytest.raises(DatasetError, match=r"a\.json:3:8: the JSON can't be read: Expecting value"):
        samples(path)
