"""Web forms: modules are asked in turn, and imported when they are first needed."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from graphflow.words.web import WebForms


def module(monkeypatch: pytest.MonkeyPatch, name: str, answer: Any) -> str:
    made = ModuleType(name)
    made.jpeg_of = made.json_of = lambda *given: answer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, name, made)
    return name


def test_the_first_that_knows_a_payload_writes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    forms = WebForms()
    for name, answer in (("none", None), ("first", b"1"), ("second", b"2")):
        forms.offer(module(monkeypatch, name, answer))
    assert forms.jpeg_of(object(), 100) == b"1"
    assert forms.json_of(object()) == b"1"


def test_what_nobody_knows_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    forms = WebForms()
    assert forms.jpeg_of(object(), 100) is None
    forms.offer(module(monkeypatch, "none", None))
    assert forms.json_of(object()) is None


def test_a_module_is_asked_once_and_imported_late() -> None:
    forms = WebForms()
    forms.offer("no_such_module")
    forms.offer("no_such_module")
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        forms.json_of(1)
