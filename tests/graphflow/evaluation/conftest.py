"""What tests of evaluations share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _tiny_nodes(tiny_nodes: None) -> None:
    """Every graph here may name them."""
