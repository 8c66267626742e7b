"""InferenceCalculator."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calculators.tensor.inference import InferenceCalculator
from calculators.tensor.interpreter import Model
from graphflow import Packet
from graphflow.testing import CalculatorRunner, Outputs
from graphflow.words.bundle import bundled_folder
from graphflow.words.errors import CalculatorError, ContractError, GraphflowError

TWO = bundled_folder("models") / "test_two_outputs.tflite"


def given() -> tuple[Any, ...]:
    return tuple(
        np.linspace(0.0, 1.0, int(np.prod(detail.shape)), dtype=np.float32).reshape(detail.shape)
        for detail in Model(TWO).input_details
    )


def run(
    outputs: Sequence[str],
    tensors: Any = None,
    options: dict[str, Any] | None = None,
    **side_packets: Any,
) -> Outputs:
    runner = CalculatorRunner(
        InferenceCalculator,
        options={"model_path": str(TWO)} if options is None else options,
        outputs=outputs,
    )
    packet = Packet(given() if tensors is None else tensors, 5)
    named = {tag.replace("ENABLE_", "ENABLE:"): value for tag, value in side_packets.items()}
    return runner.run({"TENSORS": [packet]}, side_packets=named)


def test_all_outputs_come_together_in_the_models_order() -> None:
    outputs = run(["TENSORS"])
    assert outputs["TENSORS"].timestamps == [5]
    expected = Model(TWO).invoke(given())
    for found, wanted in zip(outputs["TENSORS"].values[0], expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_each_output_comes_alone() -> None:
    outputs = run(["TENSOR:0", "TENSOR:1"])
    for index, wanted in enumerate(Model(TWO).invoke(given())):
        ((found,),) = outputs[f"TENSOR:{index}"].values
        np.testing.assert_array_equal(found, wanted)


def test_an_output_that_is_not_connected_is_cut_out(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[Any] = []

    class Spy(Model):
        def __init__(self, path: Path, threads: int, outputs: Sequence[int] | None) -> None:
            wanted.append((outputs, threads))
            super().__init__(path, threads, outputs)

    monkeypatch.setattr("calculators.tensor.model_pool.Model", Spy)
    outputs = run(["TENSOR:1"], NUM_THREADS=2)
    assert wanted == [([1], 2)]
    np.testing.assert_array_equal(outputs["TENSOR:1"].values[0][0], Model(TWO).invoke(given())[1])


def test_an_output_that_is_switched_off_stays_empty() -> None:
    outputs = run(["TENSOR:0", "TENSOR:1"], ENABLE_0=False)
    assert outputs["TENSOR:0"].values == []
    assert len(outputs["TENSOR:1"].values) == 1


def test_with_everything_switched_off_no_model_is_loaded() -> None:
    outputs = run(["TENSOR:0"], tensors=(), ENABLE_0=False)
    assert outputs["TENSOR:0"].values == []


def test_a_side_packet_names_another_model() -> None:
    outputs = run(["TENSORS"], options={"model_path": "no_such_model"}, MODEL_PATH=str(TWO))
    assert len(outputs["TENSORS"].values) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [({}, "set the option model_path"), ({"model_path": "no_such_model"}, "no_such_model")],
)
def test_a_missing_model_is_told(options: dict[str, Any], words: str) -> None:
    with pytest.raises(GraphflowError, match=words):
        run(["TENSORS"], options=options)


def test_an_output_that_the_model_lacks_is_told() -> None:
    with pytest.raises(CalculatorError, match="expected different positions from 0 to 1"):
        run(["TENSOR:0", "TENSOR:7"])


def test_both_forms_of_outputs_at_once_are_refused() -> None:
    with pytest.raises(ContractError, match="expected either output TENSORS"):
        run(["TENSORS", "TENSOR:0"])


def test_a_wrong_shape_is_told_with_what_was_expected() -> None:
    with pytest.raises(CalculatorError, match=r"found \(3,\) float32"):
        run(["TENSORS"], tensors=(np.zeros(3, np.float32),))


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(
        InferenceCalculator, options={"model_path": str(TWO)}, outputs=["TENSORS"]
    ) as runner:
        runner.advance("TENSORS", 9)
        assert runner.outputs["TENSORS"].values == []
        assert runner.outputs["TENSORS"].bound == 9


def test_a_switched_off_output_is_settled_with_the_others() -> None:
    with CalculatorRunner(
        InferenceCalculator,
        options={"model_path": str(TWO)},
        outputs=["TENSOR:0", "TENSOR:1"],
        side_inputs=["ENABLE:1"],
        side_packets={"ENABLE:1": False},
    ) as runner:
        runner.add("TENSORS", given(), 5)
        assert [runner.outputs[port].bound for port in ("TENSOR:0", "TENSOR:1")] == [6, 6]
        assert len(runner.outputs["TENSOR:0"].values) == 1


@pytest.mark.parametrize("threads", [0, -1])
def test_a_model_needs_a_thread(threads: int) -> None:
    with pytest.raises(ValueError, match="num_threads"):
        run(["TENSORS"], options={"model_path": str(TWO), "num_threads": threads})
    with pytest.raises(CalculatorError, match=f"threads: found {threads}; expected at least 1"):
        run(["TENSORS"], NUM_THREADS=threads)


def test_the_number_of_threads_is_an_option() -> None:
    outputs = run(["TENSORS"], options={"model_path": str(TWO), "num_threads": 2})
    for found, wanted in zip(outputs["TENSORS"].values[0], Model(TWO).invoke(given()), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_no_output_at_all_is_told() -> None:
    with pytest.raises(ContractError, match="expected either output TENSORS or outputs TENSOR:0"):
        run([])


def test_the_models_memory_is_released_with_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    models: list[weakref.ref[Model]] = []

    class Watched(Model):
        def __init__(self, path: Path, threads: int, outputs: Sequence[int] | None) -> None:
            super().__init__(path, threads, outputs)
            models.append(weakref.ref(self))

    monkeypatch.setattr("calculators.tensor.model_pool.Model", Watched)
    runner = CalculatorRunner(
        InferenceCalculator, options={"model_path": str(TWO)}, outputs=["TENSORS"]
    )
    runner.run({"TENSORS": [Packet(given(), 5)]})
    assert [model() for model in models] != [None]
    del runner
    gc.collect()
    assert [model() for model in models] == [None]
