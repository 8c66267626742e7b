"""COCO's key-point files: 17 joints of the people in pictures, in pixels.

One row is one record of `images`. Who is scored in it: the annotation that `main_annotation_id` of
the record names; without such a name, of the people with labelled key points the one with the
largest `area`. A picture of which no annotation speaks shows nobody. Annotations of crowds are left
out. Key points are matched by the names that the category lists, in lower case the names of the 33
joints; a file without such names has COCO's 17. Names that are none of the 33 are not scored.

Source: COCO, data format of person_keypoints; v is 0 not labelled, 1 labelled but hidden, 2 seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from graphflow.evaluation.datasets.dataset import BadRow, Dataset, DatasetError
from graphflow.evaluation.datasets.json_records import Record, located_records
from graphflow.evaluation.datasets.media_files import MediaFiles, RowFault
from graphflow.evaluation.datasets.sample_making import (
    area_of,
    brief,
    groups_of,
    no_joints,
    number,
    size_of,
    still,
    truth_of,
)
from graphflow.evaluation.samples import COCO_ROWS, JOINTS, Sample, Truth

_ROW_OF: Final = {name.lower(): row for row, name in enumerate(JOINTS)}

_TAKEN_OF_IMAGES: Final = frozenset({"id", "file_name", "width", "height", "main_annotation_id"})
_TAKEN_OF_PEOPLE: Final = frozenset(
    {"id", "image_id", "category_id", "iscrowd", "num_keypoints", "area"}
)
_KEPT: Final = frozenset({"keypoints", *_TAKEN_OF_PEOPLE})

_HIDDEN, _SEEN = 1, 2


def coco_dataset(path: Path, files: MediaFiles) -> Dataset:
    """Return the data set of a COCO key-point file."""
    return Dataset(path, "COCO key points", partial(_read, path, files))


@dataclass
class _Person:
    """An annotation, and its line."""

    fields: dict[str, Any]
    line: int


@dataclass
class _Content:
    """The records of a file, before it is known what belongs to what."""

    images: list[tuple[dict[str, Any], int]] = field(default_factory=list)
    people: dict[Any, list[_Person]] = field(default_factory=dict)
    joint_rows: dict[Any, list[int | None]] = field(default_factory=dict)
    bad: list[BadRow] = field(default_factory=list)


def _read(path: Path, files: MediaFiles) -> Iterator[Sample | BadRow]:
    content = _content(path)
    yield from content.bad
    known = set()
    for fields, line in content.images:
        place = f"{path}:{line}"
        known.add(_key(fields.get("id")))
        try:
            yield _sample(fields, content, files, path, line)
        except _FaultOfPerson as fault:
            yield BadRow(f"{path}:{fault.line}", str(fault))
        except RowFault as fault:
            yield BadRow(place, str(fault))
    for image_id, people in content.people.items():
        if image_id not in known:
            for person in people:
                yield BadRow(f"{path}:{person.line}", f"no image has the id {brief(image_id)}")


class _FaultOfPerson(RowFault):
    """A fault in an annotation."""

    def __init__(self, text: str, line: int) -> None:
        super().__init__(text)
        self.line = line


def _content(path: Path) -> _Content:
    content = _Content()
    keys = set()
    for record in located_records(path):
        keys.add(record.key)
        if record.key not in ("images", "annotations", "categories") or record.value == []:
            continue
        if not record.is_element or not isinstance(record.value, dict):
            form = "a list of objects" if not record.is_element else "objects"
            found = brief(record.value)
            fault = f'found {found} in "{record.key}"; expected {form}'
            content.bad.append(BadRow(f"{path}:{record.line}", fault))
            continue
        _keep(content, record)
    missing = {"images", "annotations"} - keys
    if missing:
        raise DatasetError(
            f'{path}: has no "{min(missing)}"; a COCO file has lists "images" and "annotations"'
        )
    return content


def _keep(content: _Content, record: Record) -> None:
    fields: dict[str, Any] = record.value
    if record.key == "images":
        content.images.append((fields, record.line))
    elif record.key == "categories":
        names = fields.get("keypoints")
        if isinstance(names, list):
            rows = [_ROW_OF.get(str(name).lower()) for name in names]
            content.joint_rows[_key(fields.get("id"))] = rows
    elif not fields.get("iscrowd"):
        # Outlines of bodies are most of such a file, and are of no use here.
        kept = {
            name: value
            for name, value in fields.items()
            if name in _KEPT or isinstance(value, str | int | float | bool)
        }
        content.people.setdefault(_key(fields.get("image_id")), []).append(
            _Person(kept, record.line)
        )


def _key(identifier: Any) -> Any:
    """Return an id as a key; what can't be one becomes text."""
    return identifier if isinstance(identifier, str | int | float) else str(identifier)


def _sample(
    image: Mapping[str, Any], content: _Content, files: MediaFiles, path: Path, line: int
) -> Sample:
    name = image.get("file_name")
    if not isinstance(name, str):
        raise RowFault(f'"file_name": found {brief(name)}; expected the name of a picture')
    if image.get("id") is None:
        raise RowFault('lacks "id"')
    people = content.people.get(_key(image["id"]), [])
    person = _person_to_score(image, people)
    truth = None if person is None else _truth(person, content)
    groups = {} if person is None else groups_of(person.fields, _TAKEN_OF_PEOPLE)
    groups |= groups_of(image, _TAKEN_OF_IMAGES)
    return still(files, f"{path}:{line}", name, size_of(image), truth, groups)


def _person_to_score(image: Mapping[str, Any], people: list[_Person]) -> _Person | None:
    main = image.get("main_annotation_id")
    if main is not None:
        for person in people:
            if person.fields.get("id") == main:
                return person
        raise RowFault(f'"main_annotation_id": no annotation of this picture has the id {main}')
    if not people:
        return None
    # People without a labelled joint come last: then nobody can be scored, but somebody is there.
    return max(people, key=lambda each: (_is_labelled(each), _area(each)))


def _is_labelled(person: _Person) -> bool:
    points = person.fields.get("keypoints")
    return isinstance(points, list) and any(value in (_HIDDEN, _SEEN) for value in points[2::3])


def _area(person: _Person) -> float:
    area = person.fields.get("area")
    return float(area) if isinstance(area, int | float) else 0.0


def _truth(person: _Person, content: _Content) -> Truth:
    try:
        rows = content.joint_rows.get(_key(person.fields.get("category_id")), list(COCO_ROWS))
        points = person.fields.get("keypoints")
        if not isinstance(points, list) or len(points) != 3 * len(rows):
            found = f"{len(points)} numbers" if isinstance(points, list) else brief(points)
            expected = f"{3 * len(rows)} (x, y, v of {len(rows)} key points)"
            raise RowFault(f'"keypoints": found {found}; expected {expected}')
        return _joints(points, rows, area_of(person.fields, "area"))
    except RowFault as fault:
        raise _FaultOfPerson(str(fault), person.line) from fault


def _joints(points: list[Any], rows: list[int | None], area_px2: float | None) -> Truth:
    xy_px = no_joints(2)
    is_visible = np.zeros(len(JOINTS), np.bool_)
    for index, row in enumerate(rows):
        x, y, flag = (number(each, '"keypoints"') for each in points[3 * index : 3 * index + 3])
        if flag not in (0, _HIDDEN, _SEEN):
            raise RowFault(f'"keypoints": found v = {flag:g}; expected 0, 1 or 2')
        if flag and row is not None:
            xy_px[row] = x, y
            is_visible[row] = flag == _SEEN
    return truth_of(xy_px, is_visible, area_px2)
