"""Landmarks of the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from graphflow.testing import make_read_only


@pytest.fixture(scope="session")
def points() -> Callable[..., Any]:
    """Return a function that makes read-only (N, 5) landmarks; what a row lacks is 0."""

    def make(*rows: tuple[float, ...]) -> Any:
        landmarks = np.zeros((len(rows), 5), np.float32)
        for index, row in enumerate(rows):
            landmarks[index, : len(row)] = row
        return make_read_only(landmarks)

    return make
