"""The modules that a command line names with --import: installed ones, or of this folder."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from graphflow.words.errors import UsageError, describe


def import_modules(names: Sequence[str]) -> None:
    """Import modules, so that they register what they have.

    The working folder comes last in Python's search path, as a graph's folder does for what the
    graph imports: `python -m graphflow` has it there, the installed command does not.

    Raises:
        UsageError: one can't be imported.
    """
    folder = str(Path.cwd())
    if names and folder not in sys.path:
        sys.path.append(folder)
    for name in names:
        try:
            import_module(name)
        except Exception as error:
            raise UsageError(f'--import: module "{name}" fails: {describe(error)}') from error
