from __future__ import annotations

import gc
import importlib

import pytest

import graphflow
from graphflow.words.uncollected import uncollected


def test_no_cycles_are_searched_within_it() -> None:
    assert gc.isenabled()
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_search_goes_on_after_a_failure() -> None:
    with pytest.raises(ValueError, match="failed"), uncollected():
        raise ValueError("failed")
    assert gc.isenabled()


def test_what_is_made_within_it_counts_as_old() -> None:
    with uncollected():
        made = [[] for _ in range(3)]  # type: ignore[var-annotated]
    assert any(each is made for each in gc.get_objects(generation=2))
    assert not gc.get_freeze_count()


def test_what_is_frozen_stays_frozen() -> None:
    gc.freeze()
    try:
        with uncollected():
            pass
        assert gc.get_freeze_count()
    finally:
        gc.unfreeze()


def test_no_cycles_are_searched_while_the_package_imports_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []
    original = importlib.import_module

    def note(name: str) -> object:
        if not name.endswith("uncollected"):
            seen.append(gc.isenabled())
        return original(name)

    monkeypatch.setattr(graphflow, "import_module", note)
    monkeypatch.delitem(vars(graphflow), "Packet", raising=False)
    assert graphflow.Packet.__name__ == "Packet"
    assert seen == [False]
    assert gc.isenabled()
