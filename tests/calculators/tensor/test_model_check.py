from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest

from calculators.tensor.flatbuffer import FlatbufferError, Table
from calculators.tensor.model_check import check_model
from graphflow.words.bundle import bundled_folder

MODELS = bundled_folder("models")
TWO = (MODELS / "test_two_outputs.tflite").read_bytes()


def test_whole_models_pass_the_check() -> None:
    for path in MODELS.glob("*.tflite"):
        check_model(path.read_bytes())


@pytest.mark.parametrize("model", [b"", b"abcdefgh" * 10, TWO[:8], TWO[: len(TWO) // 2]])
def test_what_is_no_whole_model_is_refused(model: bytes) -> None:
    with pytest.raises(FlatbufferError):
        check_model(model)


def test_another_schema_version_is_refused() -> None:
    data = bytearray(TWO)
    slot = Table.root(data).slot(0)
    assert slot is not None
    data[slot] = 4
    with pytest.raises(FlatbufferError, match="found schema version 4; expected 3"):
        check_model(bytes(data))


def test_a_tensor_that_is_not_there_is_noticed() -> None:
    data = bytearray(TWO)
    graph = Table.root(data).tables(2)[0]
    graph.keep_integers(2, [99])
    with pytest.raises(FlatbufferError, match="tensor 99 is used; there are 12"):
        check_model(bytes(data))


def test_no_damage_escapes_as_another_error() -> None:
    seeded = np.random.default_rng(3)
    for _ in range(300):
        damaged = bytearray(TWO)
        for place in seeded.integers(8, len(TWO), 3):
            damaged[place] = seeded.integers(256)
        with suppress(FlatbufferError):
            check_model(bytes(damaged))


def test_an_operator_may_leave_an_input_out() -> None:
    data = bytearray(TWO)
    operator = Table.root(data).tables(2)[0].tables(3)[0]
    inputs = operator.integers(1)
    operator.keep_integers(1, [*inputs[:-1], -1])
    check_model(bytes(data))
