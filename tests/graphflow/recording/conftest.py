"""What tests of recordings share: a small graph, and its recording."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Graph, Port
from graphflow.loading import plan_from_text
from graphflow.options import NoOptions, Options
from graphflow.recording import Recorder
from graphflow.registry import Registry

pytest.importorskip("mcap", reason="needs the extra `record`")
pytest.importorskip("msgpack", reason="needs the extra `record`")

TEXT = (Path(__file__).parent / "numbers.yaml").read_text(encoding="utf-8")


class FactorOptions(Options):
    factor: int = 1


class EvenCalculator(Calculator[NoOptions]):
    """Lets even numbers pass, and fails at -13."""

    contract = Contract(inputs=(Port("", int),), outputs=(Port("", int),))

    def process(self, context: Context) -> None:
        number = context.inputs[0].value
        if number == -13:
            raise ValueError("unlucky")
        if number % 2 == 0:
            context.outputs[0].emit(number)


class SumCalculator(Calculator[FactorOptions]):
    """Adds up, and tells the sum also where nothing came."""

    contract = Contract(
        inputs=(Port("IN", int), Port("TICK", int)),
        outputs=(Port("SUM", object),),
        side_inputs=(Port("START", int),),
        options=FactorOptions,
        process_timestamps=True,
    )

    def open(self, context: Context) -> None:
        self.sum = context.side_inputs["START"]

    def process(self, context: Context) -> None:
        self.sum += self.options.factor * context.inputs["IN"].get(0)
        context.outputs["SUM"].emit({"sum": self.sum})


@pytest.fixture
def registry() -> Registry:
    own = Registry()
    own.register(EvenCalculator)
    own.register(SumCalculator)
    return own


@pytest.fixture
def graph(registry: Registry) -> Graph:
    return Graph(plan_from_text(TEXT, registry=registry))


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that runs a graph on numbers 0, 1, 2 ... and records it."""

    def run(graph: Graph, *, count: int = 6, threads: int = 0, **choices: Any) -> Path:
        path = tmp_path / "run.mcap"
        with Recorder(path, graph, **choices):
            graph.start({"start": 100}, threads=threads)
            for number in range(count):
                graph.add_packet("number", number, number * 10)
            graph.advance("number", 1000)
            graph.close_inputs()
            graph.wait_until_done()
        return path

    return run
