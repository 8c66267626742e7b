from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphflow.evaluation.datasets.dataset import DatasetError
from graphflow.evaluation.datasets.json_records import Record, located_records


def read(folder: Path, text: str) -> list[Record]:
    path = folder / "a.json"
    path.write_text(text, encoding="utf-8")
    return list(located_records(path))


def test_each_element_has_the_line_on_which_it_begins(tmp_path: Path) -> None:
    text = '\n{ "a" : [ 1,\n 2\n ,\n{"b":\n[3]} ], "c": "x\\n]",\n"d": [] , "e"\n:\nnull}'
    assert read(tmp_path, text) == [
        Record("a", 1, 2, True),
        Record("a", 2, 3, True),
        Record("a", {"b": [3]}, 5, True),
        Record("c", "x\n]", 6, False),
        Record("d", [], 7, False),
        Record("e", None, 9, False),
    ]


@pytest.mark.parametrize("indent", [None, 2])
def test_the_values_are_those_of_the_json_module(tmp_path: Path, indent: int | None) -> None:
    value = {"a": [{"b": [1.5, 'é"']}, []], "c": {"d": None}, "e": [True]}
    found: dict[str, object] = {"a": [], "e": []}
    for record in read(tmp_path, json.dumps(value, indent=indent)):
        if record.is_element:
            elements = found[record.key]
            assert isinstance(elements, list)
            elements.append(record.value)
        else:
            found[record.key] = record.value
    assert found == value


@pytest.mark.parametrize(
    ("text", "place"),
    [("", "1:1"), ("[1]", "1:1"), ('{"a" 1}', "1:6"), ('{"a": [1 2]}', "1:10"), ("{1: 2}", "1:3")],
)
def test_what_is_no_object_of_records_is_refused_with_its_place(
    tmp_path: Path, text: str, place: str
) -> None:
    with pytest.raises(DatasetError, match=rf"a\.json:{place}: the JSON can't be read"):
        read(tmp_path, text)


@pytest.mark.parametrize("text", ['{"a": [' + "9" * 5000 + "]}", '{"a": ' + "[" * 100_000])
def test_numbers_and_nesting_without_end_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DatasetError, match="the JSON can't be read"):
        read(tmp_path, text)
