from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from calculators.tensor.flatbuffer import Table
from calculators.tensor.interpreter import Model
from calculators.tensor.prune import PruneError, prune_outputs
from graphflow.nodes.resources import default_store
from graphflow.words.bundle import bundled_folder
from graphflow.words.errors import GraphflowError

MODELS = bundled_folder("models")
TWO = (MODELS / "test_two_outputs.tflite").read_bytes()
# Field numbers of schema.fbs.
SUBGRAPHS, METADATA, SIGNATURES, EXTERNAL_BUFFERS = 2, 6, 7, 9
OUTPUTS, OPERATORS = 2, 3


def operator_count(model: bytes) -> int:
    return len(Table.root(bytearray(model)).tables(SUBGRAPHS)[0].tables(OPERATORS))


def signature_outputs(model: bytes) -> list[str]:
    (signature,) = Table.root(bytearray(model)).tables(SIGNATURES)
    return [entry.text(0) for entry in signature.tables(1)]


def pruned_model(folder: Path, content: bytes) -> Model:
    path = folder / "pruned.tflite"
    path.write_bytes(content)
    return Model(path)


@pytest.mark.parametrize(("keep", "operators"), [((0,), 3), ((1,), 2), ((0, 1), 4), ((1, 0), 4)])
def test_operators_that_feed_only_dropped_outputs_go(
    tmp_path: Path, keep: tuple[int, ...], operators: int
) -> None:
    pruned = prune_outputs(TWO, keep)
    assert operator_count(pruned) == operators
    assert len(pruned) == len(TWO)
    assert signature_outputs(pruned) == [
        name for i, name in enumerate(("few", "many")) if i in keep
    ]
    tensor = np.random.default_rng(7).standard_normal((1, 4, 4, 2)).astype(np.float32)
    whole = Model(MODELS / "test_two_outputs.tflite").invoke([tensor])
    left = pruned_model(tmp_path, pruned).invoke([tensor])
    assert len(left) == len(keep)
    assert all(np.array_equal(a, whole[i]) for a, i in zip(left, keep, strict=True))


def test_the_given_bytes_stay_as_they_are() -> None:
    before = bytes(bytearray(TWO))
    prune_outputs(TWO, [0])
    assert before == TWO


def test_pruning_twice_is_pruning_once() -> None:
    once = prune_outputs(TWO, [1])
    assert prune_outputs(once, [0]) == once


@pytest.mark.parametrize("keep", [(), (2,), (-1,), (0, 0)])
def test_wrong_positions_are_refused(keep: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected different positions from 0 to 1"):
        prune_outputs(TWO, keep)


@pytest.mark.parametrize("model", [b"", b"abcdefgh" * 10, TWO[:8], TWO[: len(TWO) // 2]])
def test_what_is_no_whole_model_is_refused(model: bytes) -> None:
    with pytest.raises(PruneError, match="not a"):
        prune_outputs(model, [0])


def test_no_damage_escapes_as_another_error() -> None:
    seeded = np.random.default_rng(3)
    for _ in range(300):
        damaged = bytearray(TWO)
        for place in seeded.integers(8, len(TWO), 3):
            damaged[place] = seeded.integers(256)
        with suppress(PruneError):
            prune_outputs(bytes(damaged), [0])


def test_several_subgraphs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Table.tables

    def doubled(self: Table, field: int) -> list[Table]:
        found = tables(self, field)
        is_root = self.position == Table.root(self.data).position
        return found * 2 if is_root and field == SUBGRAPHS else found

    monkeypatch.setattr(Table, "tables", doubled)
    with pytest.raises(PruneError, match="found 2 subgraphs"):
        prune_outputs(TWO, [0])


def test_weights_in_another_file_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Table.tables

    def with_external(self: Table, field: int) -> list[Table]:
        return [self] if field == EXTERNAL_BUFFERS else tables(self, field)

    monkeypatch.setattr(Table, "tables", with_external)
    with pytest.raises(PruneError, match="weights in another file"):
        prune_outputs(TWO, [0])


def test_a_vector_shared_between_tables_is_noticed() -> None:
    """Let the operator that makes "many" share the graph's own list of outputs."""
    data = bytearray(TWO)
    graph = Table.root(data).tables(SUBGRAPHS)[0]
    shared, slot = graph.slot(OUTPUTS), graph.tables(OPERATORS)[1].slot(OUTPUTS)
    assert shared is not None
    assert slot is not None
    target = shared + int.from_bytes(data[shared : shared + 4], "little")
    data[slot : slot + 4] = (target - slot).to_bytes(4, "little")
    with pytest.raises(PruneError, match="shares vectors"):
        prune_outputs(bytes(data), [1])


@pytest.mark.parametrize(
    ("keep", "operators"), [((0, 1, 3, 4), 286), ((0, 1, 4), 253), ((0, 1), 249)]
)
def test_the_landmark_model_keeps_its_numbers(keep: tuple[int, ...], operators: int) -> None:
    try:
        path = default_store().find("pose_landmark_full")
    except GraphflowError as fault:
        pytest.skip(f"needs the landmark model (graphflow models fetch): {fault}")
    assert operator_count(prune_outputs(path.read_bytes(), keep)) == operators
    whole, pruned = Model(path), Model(path, outputs=keep)
    tensor = np.random.default_rng(5).random((1, 256, 256, 3), dtype=np.float32)
    expected, found = whole.invoke([tensor]), pruned.invoke([tensor])
    assert all(np.array_equal(a, expected[i]) for a, i in zip(found, keep, strict=True))


def test_operators_ordered_by_control_dependencies_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tables = Table.tables

    class Entry(Table):
        def text(self, field: int) -> str:
            return "model_control_dependencies"

    def with_dependencies(self: Table, field: int) -> list[Table]:
        is_root = self.position == Table.root(self.data).position
        if is_root and field == METADATA:
            return [Entry(self.data, self.position)]
        return tables(self, field)

    monkeypatch.setattr(Table, "tables", with_dependencies)
    with pytest.raises(PruneError, match="orders operators by control dependencies"):
        prune_outputs(TWO, [0])
