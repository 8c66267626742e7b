"""Modules named with --import: those of the working folder are found by the installed command."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from graphflow.commands.imported_modules import import_modules
from graphflow.words.errors import UsageError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each not in ("", ".")])
    return tmp_path


def test_a_module_of_the_working_folder_is_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "nodes_of_this_folder.py").write_text("", encoding="utf-8")
    import_modules(["nodes_of_this_folder"])
    assert Path(sys.modules["nodes_of_this_folder"].__file__ or "").parent == folder
    monkeypatch.delitem(sys.modules, "nodes_of_this_folder")


def test_the_folder_comes_last_so_that_no_file_takes_an_installed_modules_place(
    folder: Path,
) -> None:
    (folder / "wsgiref.py").write_text("raise SystemError", encoding="utf-8")
    import_modules(["wsgiref"])
    assert sys.path[-1] == str(folder)


def test_without_names_the_search_path_stays_as_it_is() -> None:
    before = list(sys.path)
    import_modules([])
    assert sys.path == before


def test_a_module_that_fails_is_named_with_its_error(folder: Path) -> None:
    (folder / "broken_nodes.py").write_text("1 / 0", encoding="utf-8")
    with pytest.raises(UsageError, match='module "broken_nodes" fails: ZeroDivisionError'):
        import_modules(["broken_nodes"])
