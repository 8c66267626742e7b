"""The pool of loaded models: lent to one at a time, loaded once, dropped in doubt."""

from __future__ import annotations

import gc
import os
import threading
import weakref
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calculators.tensor import interpreter, model_pool
from calculators.tensor.interpreter import Model, ModelError, Runtime, load_runtime
from calculators.tensor.model_pool import KEPT_MAX, MODELS, ModelPool
from graphflow import Graph
from graphflow.words.bundle import bundled_folder
from graphflow.words.errors import GraphflowError

TWO = bundled_folder("models") / "test_two_outputs.tflite"
TENSOR = np.random.default_rng(1).random((1, 4, 4, 2), dtype=np.float32)

TEXT = f"""
input_stream: [tensors]
output_stream: [first, all]
node:
  - calculator: InferenceCalculator
    input_stream: ["TENSORS:tensors"]
    output_stream: ["TENSOR:0:first"]
    options: {{model_path: {TWO}}}
  - calculator: InferenceCalculator
    name: whole
    input_stream: ["TENSORS:tensors"]
    output_stream: ["TENSORS:all"]
    options: {{model_path: {TWO}}}
"""


class Loads:
    """What was read and built."""

    def __init__(self) -> None:
        self.files: list[Path] = []
        self.interpreters = 0


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Loads:
    """Count the files that are opened and the interpreters that are built."""
    counted, runtime, open_file = Loads(), load_runtime(), Path.open

    def build(**settings: Any) -> Any:
        counted.interpreters += 1
        return runtime.interpreter(**settings)

    def open_counted(path: Path, *arguments: Any, **settings: Any) -> Any:
        counted.files.append(path)
        return open_file(path, *arguments, **settings)

    monkeypatch.setattr(interpreter, "load_runtime", lambda: Runtime(runtime.name, build))
    monkeypatch.setattr(Path, "open", open_counted)
    return counted


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    path = tmp_path / "copy.tflite"
    path.write_bytes(TWO.read_bytes())
    return path


def clip(graph: Graph, threads: int = 0) -> list[Any]:
    """Run two frames; what came out, by frame and stream."""
    graph.outcomes(max_queue_size=0)
    graph.start(threads=threads)
    frames = [graph.process(timestamp=time, tensors=(TENSOR + time,)) for time in range(2)]
    graph.reset()
    return [[np.asarray(each) for each in (*frame["first"], *frame["all"])] for frame in frames]


def is_same(one: list[Any], other: list[Any]) -> bool:
    pairs = zip(chain(*one), chain(*other), strict=True)
    return all(np.array_equal(left, right) for left, right in pairs)


@pytest.mark.parametrize("threads", [0, 2])
def test_the_second_run_opens_no_file_and_builds_no_interpreter(loads: Loads, threads: int) -> None:
    graph = Graph.from_text(TEXT)
    loads.files.clear()
    first = clip(graph, threads)
    assert (loads.files.count(TWO), loads.interpreters) == (2, 2)
    loads.files.clear()
    results = [clip(graph, threads) for _ in range(3)]
    assert (loads.files, loads.interpreters) == ([], 2)
    fresh = clip(Graph.from_text(TEXT), threads)
    assert all(is_same(result, first) for result in (*results, fresh))


def test_two_graphs_share_no_model(loads: Loads) -> None:
    clip(Graph.from_text(TEXT))
    clip(Graph.from_text(TEXT))
    assert loads.interpreters == 4


def test_what_is_forgotten_is_loaded_again(loads: Loads) -> None:
    graph = Graph.from_text(TEXT)
    clip(graph)
    graph.forget_kept()
    clip(graph)
    assert loads.interpreters == 4


@pytest.mark.parametrize("end", ["forget", "delete"])
def test_models_are_freed_with_what_keeps_them(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    alive: list[weakref.ref[Model]] = []

    class Watched(Model):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            alive.append(weakref.ref(self))

    monkeypatch.setattr(model_pool, "Model", Watched)
    graph = Graph.from_text(TEXT)
    clip(graph)
    assert [each() is None for each in alive] == [False, False]
    if end == "forget":
        graph.forget_kept()
    else:
        del graph
    gc.collect()
    assert [each() is None for each in alive] == [True, True]


def test_a_model_is_lent_to_one_at_a_time() -> None:
    pool = ModelPool()
    one, two = (pool.borrow(TWO, 1, None) for _ in range(2))
    assert one.model is not two.model
    pool.give_back(one)
    assert pool.borrow(TWO, 1, None) is one
    assert pool.borrow(TWO, 1, None).model not in (one.model, two.model)


@pytest.mark.parametrize(("threads", "outputs"), [(2, None), (1, [0]), (1, [1, 0])])
def test_other_settings_are_another_model(threads: int, outputs: list[int] | None) -> None:
    pool = ModelPool()
    loan = pool.borrow(TWO, 1, None)
    pool.give_back(loan)
    assert pool.borrow(TWO, threads, outputs) is not loan
    assert pool.borrow(TWO, 1, None) is loan


def test_a_file_that_has_changed_is_loaded_anew(copy: Path) -> None:
    pool = ModelPool()
    loan = pool.borrow(copy, 1, None)
    pool.give_back(loan)
    os.utime(copy, ns=(1, 1))
    assert pool.borrow(copy, 1, None) is not loan
    assert pool._kept == []


def test_a_file_that_is_gone_is_told_though_its_model_is_kept(copy: Path) -> None:
    pool = ModelPool()
    pool.give_back(pool.borrow(copy, 1, None))
    copy.unlink()
    with pytest.raises(ModelError, match="cannot read the model"):
        pool.borrow(copy, 1, None)


def test_a_model_that_failed_is_not_lent_again() -> None:
    pool = ModelPool()
    loan = pool.borrow(TWO, 1, None)
    view = loan.model.input_view(0)  # while it is alive, the model refuses to run
    with pytest.raises(ModelError):
        loan.model.invoke(None)
    del view
    pool.give_back(loan)
    assert pool.borrow(TWO, 1, None) is not loan


def test_tensors_that_are_refused_leave_no_doubt() -> None:
    pool = ModelPool()
    loan = pool.borrow(TWO, 1, None)
    with pytest.raises(ValueError, match="found 0 tensors"):
        loan.model.invoke([])
    pool.give_back(loan)
    assert pool.borrow(TWO, 1, None) is loan


def test_variables_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = ModelPool()
    loan = pool.borrow(TWO, 1, None)
    resets: list[None] = []
    monkeypatch.setattr(loan.model, "reset_variables", lambda: resets.append(None))
    pool.give_back(loan)
    assert len(resets) == 1


def test_only_so_many_are_kept() -> None:
    pool = ModelPool()
    loans = [pool.borrow(TWO, 1, None) for _ in range(KEPT_MAX + 2)]
    for loan in loans:
        pool.give_back(loan)
    assert pool._kept == loans[2:]


def test_many_threads_never_have_the_same_model(monkeypatch: pytest.MonkeyPatch) -> None:
    class Cheap:
        is_sound = True

        def __init__(self, *arguments: Any) -> None:
            self.users = 0

        def reset_variables(self) -> None:
            pass

    monkeypatch.setattr(model_pool, "Model", Cheap)
    pool, start = ModelPool(), threading.Barrier(4)
    shared: list[Any] = []

    def use() -> None:
        start.wait(60)
        for _ in range(500):
            loan = pool.borrow(TWO, 1, None)
            model: Any = loan.model
            model.users += 1
            if model.users != 1:
                shared.append(loan)
            model.users -= 1
            pool.give_back(loan)

    _run_together(use, 4)
    assert shared == []
    assert 1 <= len(pool._kept) <= 4


def _run_together(work: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_faulty_run_of_a_graph_leaves_no_doubtful_model(loads: Loads) -> None:
    graph = Graph.from_text(TEXT)
    graph.outcomes(max_queue_size=0)
    graph.start(threads=0)
    with pytest.raises(GraphflowError, match="expected"):
        graph.process(timestamp=0, tensors=(np.zeros(3, np.float32),))
    graph.reset()
    assert is_same(clip(graph), clip(Graph.from_text(TEXT)))


def test_the_pool_is_a_default_service() -> None:
    assert isinstance((MODELS.default or list)(), ModelPool)


def test_a_graph_inside_another_without_models_has_its_own(loads: Loads) -> None:
    graph = Graph.from_text(TEXT)
    graph.services.inherit({})
    clip(graph)
    assert loads.interpreters == 2
