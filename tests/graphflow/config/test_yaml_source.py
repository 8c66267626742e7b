from __future__ import annotations

import subprocess
import sys

import pytest
import yaml

from graphflow.config import yaml_source
from graphflow.config.yaml_source import (
    ListValue,
    MappingValue,
    PythonValue,
    ScalarValue,
    from_python,
    parse_yaml,
)
from graphflow.words.diagnostics import Location, render


def parsed(text: str) -> MappingValue:
    value, faults = parse_yaml(text, "f.yaml")
    assert not faults
    assert isinstance(value, MappingValue)
    return value


def faults_of(text: str) -> list[str]:
    return [render(fault) for fault in parse_yaml(text, "f.yaml")[1]]


def test_every_value_knows_its_line_and_column() -> None:
    value = parsed("a: 1\nb:\n  - x\n  - {c: 'd'}\n")
    second = value.get("b")
    assert second is not None and isinstance(second.value, ListValue)
    x, mapping = second.value.items
    assert (second.location.line, second.location.column) == (2, 1)
    assert (x.location.line, x.location.column) == (3, 5)
    assert isinstance(mapping, MappingValue)
    assert mapping.entries[0].value.location == Location("f.yaml", 4, 9)


def test_columns_count_characters_not_bytes() -> None:
    entry = parsed("é: ü\n").entries[0]
    assert entry.value.location.column == 4


@pytest.mark.parametrize("text", ["no", "12:30", "1e3", "2024-01-01", "0x10", "null", "true"])
def test_scalars_stay_text(text: str) -> None:
    assert parsed(f"a: {text}").entries[0].value == ScalarValue(text, Location("f.yaml", 1, 4))


def test_quotes_are_remembered() -> None:
    values = [entry.value for entry in parsed("a: 1\nb: '1'\nc: \"1\"\nd: |\n  1\n").entries]
    assert [value.is_plain for value in values if isinstance(value, ScalarValue)] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_nothing_is_only_what_stands_without_quotes(text: str) -> None:
    assert ScalarValue(text).is_nothing
    assert not ScalarValue(text, is_plain=False).is_nothing


def test_missing_key_is_none() -> None:
    assert parsed("a: 1").get("b") is None


@pytest.mark.parametrize("text", ["", "# only a comment\n"])
def test_empty_text_is_no_value_and_no_fault(text: str) -> None:
    assert parse_yaml(text, "f.yaml") == (None, ())


def test_first_of_duplicate_keys_is_kept_and_the_mapping_is_not_whole() -> None:
    value, faults = parse_yaml("outer:\n  a: 1\n  a: 2\n", "f.yaml")
    assert isinstance(value, MappingValue)
    inner = value.entries[0].value
    assert isinstance(inner, MappingValue)
    assert inner.entries[0].value == ScalarValue("1", Location("f.yaml", 2, 6))
    assert (value.is_whole, inner.is_whole) == (True, False)
    assert [render(fault) for fault in faults] == [
        'f.yaml:3:3: key "a" appears twice in outer\n  note: first at f.yaml:2:3'
    ]


def test_duplicate_key_of_the_outermost_mapping_names_no_place() -> None:
    assert faults_of("a: 1\na: 2")[0].startswith('f.yaml:2:1: key "a" appears twice\n')


def test_further_documents_are_told_once() -> None:
    assert faults_of("a: 1\n---\nb: 2\n---\nc: 3") == [
        "f.yaml:2:1: the file holds more than one YAML document"
    ]


def test_quoted_merge_sign_is_an_ordinary_key() -> None:
    assert parsed("'<<': 1").entries[0].key == "<<"


def test_faults_before_a_syntax_error_are_told_too() -> None:
    faults = faults_of("a: 1\na: 2\nb: [\n")
    assert len(faults) == 2
    assert "appears twice" in faults[0]
    assert "this is not YAML" in faults[1]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a:\n\t- b", "indent with spaces; YAML allows no tabs"),
        ("a: @b", "put text that begins with a special character in quotes"),
        (
            "a: b: c",
            'put text that holds ": " in quotes, and indent the keys of one mapping equally',
        ),
        ("a: |\n  x\n y", "indent the keys of one mapping equally, and close every quote"),
    ],
)
def test_syntax_errors_come_with_a_hint(text: str, hint: str) -> None:
    assert faults_of(text)[0].endswith(f"hint: {hint}")


def test_syntax_error_without_context_has_no_note() -> None:
    assert faults_of("%YAML 3.0\n---\na: 1") == [
        "f.yaml:1:1: this is not YAML: found incompatible YAML document"
    ]


@pytest.mark.parametrize("text", ["a: 1\nb: x\x01y", "a: 1\nb: x\ud800y"])
def test_forbidden_character_is_located(text: str) -> None:
    fault = faults_of(text)[0]
    assert fault.startswith("f.yaml:2:5: this is not YAML: the character U+")


def test_pure_python_parser_gives_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: [1, {b: 'c'}]\nd: |\n  e\nf:\n"
    with_libyaml = parse_yaml(text, "f.yaml")
    monkeypatch.setattr(yaml_source, "_LOADER", yaml.Loader)
    assert parse_yaml(text, "f.yaml") == with_libyaml


def test_pure_python_parser_locates_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_source, "_LOADER", yaml.Loader)
    assert faults_of("a: x\x01y")[0].startswith("f.yaml:1:5: ")
    assert faults_of("a:\n\t- b")[0].startswith("f.yaml:2:1: ")
    # Beyond the last line, as at an unexpected end, there is no character to look at.
    assert faults_of("a: '")[0].startswith("f.yaml:1:")


def test_python_values_become_values() -> None:
    here = Location("here")
    value = from_python({"a": [1, "x", None, {2: 3.5}], "b": (True,)}, here)
    inner = MappingValue((yaml_source.Entry("2", here, PythonValue(3.5, here)),), here)
    text = ScalarValue("x", here, is_plain=False)
    assert value == MappingValue(
        (
            yaml_source.Entry(
                "a",
                here,
                ListValue((PythonValue(1, here), text, PythonValue(None, here), inner), here),
            ),
            yaml_source.Entry("b", here, ListValue((PythonValue(True, here),), here)),
        ),
        here,
    )
    assert from_python(value, Location("elsewhere")) is value
    assert from_python(b"raw", here) == PythonValue(b"raw", here)


def test_networkx_is_not_imported_to_load_a_graph() -> None:
    program = "import graphflow.loading, sys; sys.exit('networkx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
