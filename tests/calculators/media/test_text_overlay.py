"""TextOverlayCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.media.text_overlay import TextLine, TextOverlayCalculator, line_of_text
from graphflow import Packet
from graphflow.loading import plan_from_text
from graphflow.testing import CalculatorRunner, make_read_only
from graphflow.words.errors import ConfigError


def grey() -> Any:
    return make_read_only(np.full((80, 120, 3), 128, np.uint8))


def written(image: Any, values: dict[str, Any], **options: Any) -> Any:
    packets = {port: [Packet(value, 5)] for port, value in values.items()}
    outputs = CalculatorRunner(TextOverlayCalculator, options=options).run(
        {"IMAGE": [Packet(image, 5)], **packets}
    )
    assert outputs["IMAGE"].timestamps == [5]
    return outputs["IMAGE"].values[0]


def test_a_value_is_written_on_a_read_only_copy() -> None:
    source = grey()
    drawn = written(source, {"VALUE": 3})
    assert (drawn != source).any() and (source == 128).all()
    assert drawn.shape == source.shape and not drawn.flags.writeable
    assert (drawn > 230).any()  # Letters,
    assert (drawn[-20:] == 128).all()  # in the upper left corner only.


def test_each_value_has_a_line_of_its_own() -> None:
    one = written(grey(), {"VALUE": 3}, font_height_px=10)
    two = written(grey(), {"VALUE": 3, "VALUE:1": "up"}, font_height_px=10)
    assert (one[22:40] == 128).all() and (two[22:40] != 128).any()


def test_an_image_without_a_value_passes_as_it_is() -> None:
    source = grey()
    runner = CalculatorRunner(TextOverlayCalculator)
    outputs = runner.run({"IMAGE": [Packet(source, 5)], "VALUE": []})
    assert outputs["IMAGE"].values[0] is source


def test_a_value_without_an_image_is_not_written_anywhere() -> None:
    runner = CalculatorRunner(TextOverlayCalculator)
    assert runner.run({"IMAGE": [], "VALUE": [Packet(1, 5)]})["IMAGE"].values == []


def test_text_larger_than_the_image_is_cut_off() -> None:
    assert written(grey(), {"VALUE": "a long story"}, font_height_px=200).shape == (80, 120, 3)


@pytest.mark.parametrize(
    ("value", "style", "expected"),
    [
        (2, TextLine(label="squats"), "squats 2"),
        (104.6, TextLine(label="knee", unit="deg"), "knee 105 deg"),
        (np.float32(0.25), TextLine(decimals=2), "0.25"),
        (np.int64(7), TextLine(decimals=2), "7"),
        (True, TextLine(label="seen"), "seen True"),
        ("up", TextLine(), "up"),
    ],
)
def test_a_line_is_label_value_and_unit(value: Any, style: TextLine, expected: str) -> None:
    assert line_of_text(value, style) == expected


def test_lines_that_do_not_fit_the_values_are_refused_with_the_graph() -> None:
    with pytest.raises(ConfigError, match="found 2 lines for 1 values; expected one each"):
        plan_from_text(
            """
            input_stream: [image, count]
            output_stream: [text]
            node:
              - calculator: TextOverlayCalculator
                input_stream: ["IMAGE:image", "VALUE:count"]
                output_stream: ["IMAGE:text"]
                options: {line: [{label: a}, {label: b}]}
            """
        )
