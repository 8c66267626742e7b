"""StretchContrastCalculator."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from calculators.media.stretch_contrast import StretchContrastCalculator, StretchContrastOptions
from graphflow import Packet
from graphflow.testing import CalculatorRunner, make_read_only


def test_a_dark_image_reaches_from_0_to_255() -> None:
    dark = make_read_only(np.arange(20, 44, dtype=np.uint8).reshape(2, 4, 3))
    outputs = CalculatorRunner(StretchContrastCalculator).run({"IMAGE": [Packet(dark, 3)]})
    assert outputs["IMAGE"].timestamps == [3]
    (found,) = outputs["IMAGE"].values
    assert (found.dtype, found.shape) == (np.uint8, dark.shape)
    assert (found.min(), found.max()) == (0, 255)


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(StretchContrastCalculator) as runner:
        runner.advance("IMAGE", 9)
        assert runner.outputs["IMAGE"].values == []
        assert runner.outputs["IMAGE"].bound == 9


def test_percents_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValidationError, match="expected low_percent < high_percent"):
        StretchContrastOptions(low_percent=99.0, high_percent=1.0)
