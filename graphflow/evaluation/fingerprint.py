"""Fingerprint: what an evaluation's answers depend on, as a short text.

In it are the graph's text and that of its subgraphs, its values, the models, the data set, and the
code of every package that has a calculator of the graph. Thresholds and reports are not: these can
be changed without asking the graph again.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from graphflow.evaluation.evaluable import EvaluableGraph
from graphflow.nodes.resources import sha256_of

_DIGITS: Final = 16


def fingerprint(
    graph: EvaluableGraph, values: Mapping[str, Any], files: Iterable[Path], setting: Iterable[str]
) -> str:
    """Return 16 hexadecimal digits.

    Args:
        graph: what is evaluated.
        values: of its side packets.
        files: models, and the data set.
        setting: whatever else the answers depend on, as texts.
    """
    sums = hashlib.sha256()
    parts = [
        *graph.texts,
        *(f"{node.name} {node.options!r}" for node in graph.plan.nodes),
        *(f"{name}={value!r}" for name, value in sorted(values.items())),
        *(sha256_of(path) for path in sorted(files)),
        *setting,
        _code_of({"graphflow", *(node.calculator.__module__ for node in graph.plan.nodes)}),
    ]
    for part in parts:
        sums.update(part.encode() + b"\0")
    return sums.hexdigest()[:_DIGITS]


def _code_of(modules: Iterable[str]) -> str:
    """Return a digest of the source files of the modules' packages."""
    sums = hashlib.sha256()
    for name in sorted({module.split(".")[0] for module in modules}):
        file = getattr(sys.modules.get(name), "__file__", None)
        if file is None:
            continue
        path = Path(file)
        sources = sorted(path.parent.rglob("*.py")) if path.name == "__init__.py" else [path]
        for source in sources:
            sums.update(source.read_bytes())
    return sums.hexdigest()
