"""VisibilitySmoothingCalculator: what it filters, and what a gap does to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.landmark.visibility_smoothing import VisibilitySmoothingCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import ContractError

FRAME_US = 33_333
LOW_PASS = {"low_pass_filter": {"alpha": 0.1}}


def landmarks(x: float, visibility: float = 0.5) -> Any:
    values = np.full((2, 5), x, np.float32)
    values[1, :2] += np.float32(0.25)
    values[:, 3] = visibility
    values.setflags(write=False)
    return values


def frames(*values: Any) -> list[Packet]:
    """One packet for each value, a frame apart; None leaves the frame out."""
    return [
        Packet(value, index * FRAME_US + 1)
        for index, value in enumerate(values)
        if value is not None
    ]


def smooth_visibility(options: Any, *values: Any, **side_packets: Any) -> list[Any]:
    runner = CalculatorRunner(
        VisibilitySmoothingCalculator, options=options, outputs=["NORM_FILTERED_LANDMARKS"]
    )
    outputs = runner.run({"NORM_LANDMARKS": frames(*values)}, side_packets=side_packets)
    return outputs["NORM_FILTERED_LANDMARKS"].values


def test_only_visibility_is_smoothed() -> None:
    found = smooth_visibility(LOW_PASS, landmarks(0.4, 1.0), landmarks(0.5, 0.0))
    np.testing.assert_allclose(found[1][:, 3], 0.9, atol=1e-6)
    np.testing.assert_array_equal(found[1][:, [0, 1, 2, 4]], landmarks(0.5)[:, [0, 1, 2, 4]])


def test_visibility_goes_on_after_a_gap() -> None:
    given = landmarks(0.4, 1.0), landmarks(0.5, 0.0)
    with_gap = smooth_visibility(LOW_PASS, given[0], None, given[1])
    np.testing.assert_array_equal(with_gap[1], smooth_visibility(LOW_PASS, *given)[1])


@pytest.mark.parametrize(
    ("options", "side"), [({"no_filter": {}}, {}), (LOW_PASS, {"ENABLE": False})]
)
def test_visibility_passes_where_there_is_no_filter(options: Any, side: Any) -> None:
    found = smooth_visibility(options, landmarks(0.4, 1.0), landmarks(0.5, 0.0), **side)
    assert (found[1][:, 3] == 0.0).all()


def test_world_landmarks_have_visibility_too() -> None:
    runner = CalculatorRunner(
        VisibilitySmoothingCalculator, options=LOW_PASS, outputs=["FILTERED_LANDMARKS"]
    )
    outputs = runner.run({"LANDMARKS": frames(landmarks(0.4, 1.0), landmarks(0.4, 0.0))})
    np.testing.assert_allclose(outputs["FILTERED_LANDMARKS"].values[1][:, 3], 0.9, atol=1e-6)


@pytest.mark.parametrize("options", [{}, {"no_filter": {}, **LOW_PASS}])
def test_exactly_one_visibility_filter_is_chosen(options: Any) -> None:
    with pytest.raises(ValueError, match="expected exactly one of no_filter and low_pass_filter"):
        smooth_visibility(options, landmarks(0.4))


def test_ports_of_two_kinds_are_refused() -> None:
    runner = CalculatorRunner(
        VisibilitySmoothingCalculator, options=LOW_PASS, outputs=["FILTERED_LANDMARKS"]
    )
    with pytest.raises(ContractError, match="expected either NORM_LANDMARKS and"):
        runner.run({"NORM_LANDMARKS": []})


def test_the_weight_of_the_newest_value_is_an_option() -> None:
    options = {"low_pass_filter": {"alpha": 0.75}}
    found = smooth_visibility(options, landmarks(0.4, 1.0), landmarks(0.5, 0.0))
    np.testing.assert_allclose(found[1][:, 3], 0.25, atol=1e-6)


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(
        VisibilitySmoothingCalculator,
        options=LOW_PASS,
        inputs=["NORM_LANDMARKS"],
        outputs=["NORM_FILTERED_LANDMARKS"],
    ) as runner:
        runner.advance("NORM_LANDMARKS", 9)
        assert runner.outputs["NORM_FILTERED_LANDMARKS"].values == []
        assert runner.outputs["NORM_FILTERED_LANDMARKS"].bound == 9


@pytest.mark.parametrize("alpha", [-0.1, 1.1])
def test_a_weight_is_from_0_to_1(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        smooth_visibility({"low_pass_filter": {"alpha": alpha}}, landmarks(0.4))


def test_landmarks_of_both_kinds_at_once_are_refused() -> None:
    runner = CalculatorRunner(
        VisibilitySmoothingCalculator,
        options=LOW_PASS,
        inputs=["NORM_LANDMARKS", "LANDMARKS"],
        outputs=["NORM_FILTERED_LANDMARKS"],
    )
    with pytest.raises(ContractError, match="expected either NORM_LANDMARKS and"):
        runner.run({})
