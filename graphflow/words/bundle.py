"""Find the data folders that belong to graphflow: graphs, models, samples.

An installed wheel carries them inside the package, in ``graphflow/bundled/<name>/``. A checkout
(also an editable install of it) has them at the repository root, in ``<name>/``.
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def checkout_root(package: Path = PACKAGE) -> Path | None:
    """Return the repository root when graphflow runs from a checkout, else None.

    Args:
        package: folder of the graphflow package.
    """
    root = package.parent
    return root if (root / "pyproject.toml").is_file() else None


def bundled_folder(name: str, package: Path = PACKAGE) -> Path:
    """Return the folder of bundled data called `name` ("graphs", "models", "samples").

    Args:
        name: one folder name, without separators.
        package: folder of the graphflow package.

    Raises:
        FileNotFoundError: neither the package nor a checkout around it has that folder; the
            message names both places.
    """
    installed = package / "bundled" / name
    beside = package.parent / name
    if installed.is_dir():
        return installed
    if checkout_root(package) is not None and beside.is_dir():
        return beside
    raise FileNotFoundError(
        f'graphflow\'s folder "{name}" is missing; looked for {installed} and {beside}\n'
        "  hint: this installation is incomplete; install graphflow-perception again"
    )
