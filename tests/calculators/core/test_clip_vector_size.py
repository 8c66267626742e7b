"""ClipVectorSizeCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.core.clip_vector_size import ClipVectorSizeCalculator
from graphflow import GraphflowError, Packet
from graphflow.testing import CalculatorRunner


def clipped(vector: Any, side_packets: dict[str, int] | None = None, **options: Any) -> Any:
    runner = CalculatorRunner(ClipVectorSizeCalculator, options=options)
    return runner.run({"": [Packet(vector, 0)]}, side_packets=side_packets)[""].values[0]


@pytest.mark.parametrize("vector", [(), ("a",), ("a", "b")])
def test_short_collections_stay_whole(vector: tuple[str, ...]) -> None:
    assert clipped(vector, max_vec_size=2) == vector


def test_long_collections_lose_their_end() -> None:
    assert clipped(["a", "b", "c"], max_vec_size=2) == ["a", "b"]
    assert clipped(np.eye(4), max_vec_size=3).shape == (3, 4)


def test_one_element_is_kept_by_default() -> None:
    assert clipped(("a", "b")) == ("a",)


def test_the_side_packet_goes_before_the_option() -> None:
    assert clipped("abc", {"": 2}, max_vec_size=1) == "ab"


def test_a_side_packet_below_one_is_refused() -> None:
    with pytest.raises(GraphflowError, match="found 0; expected 1 or more"):
        clipped("abc", {"": 0})
