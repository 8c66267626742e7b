"""BypassCalculator."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from calculators.core.bypass import BypassCalculator
from graphflow import GraphflowError
from graphflow.testing import CalculatorRunner
from graphflow.words.timestamp import DONE

INPUTS = ["APPEARANCES", "VIDEO", "FEATURE_CONFIG", "ENABLE"]
OUTPUTS = ["APPEARANCES", "FEDERATED_GAZE_OUTPUT"]
PASS = {"pass_input_stream": ["APPEARANCES"], "pass_output_stream": ["APPEARANCES"]}


def bypass(**options: Any) -> CalculatorRunner:
    return CalculatorRunner(BypassCalculator, options=options, inputs=INPUTS, outputs=OUTPUTS)


def test_the_chosen_stream_passes_and_the_others_are_settled() -> None:
    # behaviour 257
    with bypass(**PASS) as runner:
        for port in INPUTS:
            runner.add(port, port.lower(), 200)
        assert runner.outputs["APPEARANCES"].values == ["appearances"]
        assert runner.outputs["APPEARANCES"].timestamps == [200]
        assert runner.outputs["FEDERATED_GAZE_OUTPUT"].values == []
        assert runner.outputs["FEDERATED_GAZE_OUTPUT"].bound == 201


def test_without_options_nothing_passes() -> None:
    with bypass() as runner:
        for port in INPUTS:
            runner.add(port, port.lower(), 200)
        assert [runner.outputs[port].values for port in OUTPUTS] == [[], []]
        assert [runner.outputs[port].bound for port in OUTPUTS] == [201, 201]


def test_a_stream_may_pass_to_another_tag_and_index() -> None:
    options = {"pass_input_stream": [":1"], "pass_output_stream": ["OUT:1"]}
    runner = CalculatorRunner(
        BypassCalculator, options=options, inputs=["", ":1"], outputs=["OUT", "OUT:1"]
    )
    with runner:
        runner.add(":1", "a", 5)
        runner.advance("", 6)
        assert runner.outputs["OUT:1"].values == ["a"]
        assert runner.outputs["OUT"].bound == 6


def test_the_outputs_end_with_the_inputs() -> None:
    outputs = bypass(**PASS).run({})
    assert [outputs[port].bound for port in OUTPUTS] == [DONE, DONE]


@pytest.mark.parametrize(
    ("given", "taken", "words"),
    [
        (["APPEARANCES"], [], "found 1 pass_input_stream and 0 pass_output_stream"),
        (["AUDIO"], ["APPEARANCES"], 'pass_input_stream: found "AUDIO"; connected are: APPEAR'),
        (["VIDEO"], ["VIDEO:1"], 'pass_output_stream: found "VIDEO:1"; connected are: APPEAR'),
    ],
)
def test_streams_that_are_not_connected_are_refused(
    given: list[str], taken: list[str], words: str
) -> None:
    with pytest.raises(GraphflowError, match=words):
        bypass(pass_input_stream=given, pass_output_stream=taken).run({})


@pytest.mark.parametrize("stream", ["video", "VIDEO:01", "VIDEO:0:video"])
def test_what_names_no_port_is_refused(stream: str) -> None:
    with pytest.raises(ValidationError, match=f'found "{stream}"'):
        bypass(pass_input_stream=[stream])
