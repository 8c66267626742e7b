from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from calculators.tensor import interpreter
from calculators.tensor.interpreter import RUNTIMES, Model, ModelError, load_runtime
from calculators.tensor.prune import PruneError
from graphflow.words.bundle import bundled_folder

POSE = bundled_folder("models") / "test_pose_2020.tflite"
TWO = bundled_folder("models") / "test_two_outputs.tflite"


def crop(row: int | None = None, column: int | None = None) -> Any:
    tensor = np.zeros((1, 256, 256, 3), np.float32)
    if row is not None and column is not None:
        tensor[0, row - 20 : row + 20, column - 20 : column + 20] = 1.0
    return tensor


def test_a_model_tells_its_tensors() -> None:
    model = Model(POSE)
    assert model.runtime in RUNTIMES
    (given,), (returned,) = model.input_details, model.output_details
    assert (given.name, given.shape) == ("image", (1, 256, 256, 3))
    assert given.dtype == np.float32
    assert (returned.name, returned.shape) == ("landmarks", (1, 99))


def test_the_figure_of_the_test_model_follows_the_light() -> None:
    model = Model(POSE)
    (left,) = model.invoke([crop(128, 40)])
    (right,) = model.invoke([crop(128, 216)])
    points_left, points_right = left.reshape(33, 3), right.reshape(33, 3)
    assert np.all(points_right[:, 0] - points_left[:, 0] > 40)
    assert np.allclose(points_right[:, 1], points_left[:, 1], atol=0.5)
    for points in (points_left, points_right):
        assert points[:, :2].min() > 0
        assert points[:, :2].max() < 255
    (bright,) = model.invoke([np.ones((1, 256, 256, 3), np.float32)])
    assert bright.reshape(33, 3)[:, 2].min() > 6
    assert points_left[:, 2].max() < 0


def test_outputs_belong_to_the_caller() -> None:
    model = Model(POSE)
    (first,) = model.invoke([crop(40, 40)])
    before = first.copy()
    (second,) = model.invoke([crop(200, 200)])
    assert np.array_equal(first, before)
    assert not np.array_equal(first, second)
    assert first.flags.owndata or first.base is None
    first[:] = 0
    assert np.array_equal(model.invoke([crop(40, 40)])[0], before)


def test_inputs_are_not_written() -> None:
    tensor = crop(40, 40)
    tensor.flags.writeable = False
    Model(POSE).invoke([tensor])


def test_a_view_of_the_input_saves_the_copy() -> None:
    model = Model(POSE)
    expected = model.invoke([crop(60, 60)])
    model.input_view(0)[...] = crop(60, 60)
    assert np.array_equal(model.invoke(None)[0], expected[0])


def test_a_view_that_is_still_alive_is_refused() -> None:
    model = Model(POSE)
    view = model.input_view(0)
    view[...] = 0
    with pytest.raises(ModelError, match="reference to internal data"):
        model.invoke(None)
    del view
    model.invoke(None)


def test_threads_do_not_change_the_answer() -> None:
    one, two = Model(POSE, threads=1), Model(POSE, threads=2)
    assert np.array_equal(one.invoke([crop(50, 90)])[0], two.invoke([crop(50, 90)])[0])


@pytest.mark.parametrize("outputs", [(0,), (1,), (0, 1), (1, 0)])
def test_outputs_come_in_the_order_asked_for(outputs: tuple[int, ...]) -> None:
    tensor = np.random.default_rng(1).random((1, 4, 4, 2), dtype=np.float32)
    whole = Model(TWO).invoke([tensor])
    model = Model(TWO, outputs=outputs)
    assert model.is_pruned
    assert [detail.name for detail in model.output_details] == [
        ("few", "many")[position] for position in outputs
    ]
    chosen = model.invoke([tensor])
    assert all(np.array_equal(a, whole[i]) for a, i in zip(chosen, outputs, strict=True))


def test_a_model_that_cannot_be_pruned_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tensor = np.random.default_rng(1).random((1, 4, 4, 2), dtype=np.float32)
    pruned = Model(TWO, outputs=(1,)).invoke([tensor])

    def refuse(model: bytes, keep: object) -> bytes:
        raise PruneError("several subgraphs")

    monkeypatch.setattr(interpreter, "prune_outputs", refuse)
    model = Model(TWO, outputs=(1,))
    assert not model.is_pruned
    assert np.array_equal(model.invoke([tensor])[0], pruned[0])
    with pytest.raises(ValueError, match="expected positions from 0 to 1"):
        Model(TWO, outputs=(2,))


@pytest.mark.parametrize(
    ("tensors", "fault"),
    [
        ([], "found 0 tensors; expected 1"),
        ([np.zeros((1, 2, 2, 2), np.float32)], r"input 0: found \(1, 2, 2, 2\) float32; expected"),
        ([np.zeros((1, 4, 4, 2), np.float64)], r'float64; expected "image" \(1, 4, 4, 2\) float32'),
    ],
)
def test_wrong_tensors_are_refused(tensors: list[Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Model(TWO).invoke(tensors)


def test_wrong_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="threads: found 0; expected at least 1"):
        Model(TWO, threads=0)
    with pytest.raises(ValueError, match="expected different positions from 0 to 1"):
        Model(TWO, outputs=(0, 0))


@pytest.mark.parametrize(
    ("content", "fault"),
    [(b"", "the file is empty"), (b"<html>" * 50, "cannot be loaded by"), (None, "cannot read")],
)
def test_a_file_that_is_no_model_is_told(tmp_path: Path, content: bytes | None, fault: str) -> None:
    path = tmp_path / "bad.tflite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=fault) as caught:
        Model(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_cut_off_model_is_told(tmp_path: Path, share: float) -> None:
    whole = POSE.read_bytes()
    path = tmp_path / "cut.tflite"
    path.write_bytes(whole[: int(len(whole) * share)])
    for outputs in (None, (0,)):
        with pytest.raises(ModelError, match=r"hint: it should be a whole \.tflite file"):
            Model(path, outputs=outputs)


@pytest.mark.parametrize("name", RUNTIMES)
def test_each_installed_runtime_can_be_chosen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(f"{name}.interpreter", reason=f"{name} is not installed")
    monkeypatch.setenv("GRAPHFLOW_RUNTIME", name)
    model = Model(POSE)
    assert model.runtime == name
    assert model.invoke([crop(100, 100)])[0].shape == (1, 99)


def test_an_unknown_runtime_is_refused() -> None:
    with pytest.raises(ModelError, match=r'unknown runtime "onnx"\n  expected one of'):
        load_runtime({"GRAPHFLOW_RUNTIME": "onnx"})


def imports(monkeypatch: pytest.MonkeyPatch, installed: dict[str, Any]) -> None:
    def pretend(name: str) -> Any:
        if name not in installed:
            raise ImportError(f"No module named '{name}'")
        return installed[name]

    monkeypatch.setattr(interpreter, "import_module", pretend)


def test_the_older_runtime_is_used_when_the_newer_is_absent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = SimpleNamespace(Interpreter=object)
    imports(monkeypatch, {"tflite_runtime.interpreter": fake})
    assert load_runtime({}).name == "tflite_runtime"
    imports(monkeypatch, {f"{name}.interpreter": fake for name in RUNTIMES})
    assert load_runtime({}).name == "ai_edge_litert"


def test_no_runtime_at_all_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    imports(monkeypatch, {})
    with pytest.raises(ModelError) as caught:
        load_runtime({})
    text = str(caught.value)
    assert all(name in text for name in RUNTIMES)
    assert text.endswith("hint: pip install ai-edge-litert")


def test_two_models_run_in_two_threads() -> None:
    expected = Model(POSE).invoke([crop(70, 70)])[0]
    answers: list[Any] = []

    def work() -> None:
        model = Model(POSE)
        answers.extend(model.invoke([crop(70, 70)])[0] for _ in range(5))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(answers) == 10
    assert all(np.array_equal(answer, expected) for answer in answers)


def test_a_runtime_that_would_crash_gets_no_damaged_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Crash:
        def __init__(self, **options: Any) -> None:
            raise AssertionError("the process would have ended here")

    imports(monkeypatch, {"tflite_runtime.interpreter": SimpleNamespace(Interpreter=Crash)})
    path = tmp_path / "cut.tflite"
    path.write_bytes(TWO.read_bytes()[:600])
    with pytest.raises(ModelError, match=r"cannot be loaded by tflite_runtime"):
        Model(path)
