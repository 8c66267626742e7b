from __future__ import annotations

from pathlib import Path

import pytest

from graphflow.words.bundle import bundled_folder, checkout_root


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "graphflow"
    folder.mkdir()
    return folder


def test_an_installed_package_finds_its_own_folder(package: Path) -> None:
    (package / "bundled" / "graphs").mkdir(parents=True)
    assert bundled_folder("graphs", package) == package / "bundled" / "graphs"


def test_a_checkout_finds_the_folder_at_its_root(package: Path) -> None:
    (package.parent / "pyproject.toml").touch()
    (package.parent / "graphs").mkdir()
    assert bundled_folder("graphs", package) == package.parent / "graphs"
    assert checkout_root(package) == package.parent


def test_a_folder_beside_an_installed_package_is_not_taken_for_ours(package: Path) -> None:
    (package.parent / "graphs").mkdir()
    assert checkout_root(package) is None
    with pytest.raises(FileNotFoundError, match="incomplete") as caught:
        bundled_folder("graphs", package)
    assert str(package / "bundled" / "graphs") in str(caught.value)


def test_this_installation_has_its_models_folder() -> None:
    assert (bundled_folder("models") / "manifest.yaml").is_file()
