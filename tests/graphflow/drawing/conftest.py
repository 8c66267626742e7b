"""The graph that most of these tests draw."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphflow.loading import plan_from_text
from graphflow.plan import Plan
from tests.graphflow.drawing.two_graphs import INNER, OUTER


@pytest.fixture
def outer(tmp_path: Path) -> Plan:
    """`outer` contains `inner`; a loop leads from `copy` back into it."""
    (tmp_path / "inner.yaml").write_text(INNER, encoding="utf-8")
    return plan_from_text(OUTER, file="outer.yaml", search=[tmp_path])
