"""What tests of recordings share: a small graph, and its recording."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphflow import Graph
from graphflow.loading import plan_from_text
from graphflow.nodes.registry import Registry
from graphflow.recording import Recorder
from tests.graphflow.recording.kit import kit_registry

pytest.importorskip("mcap", reason="needs the extra `record`")
pytest.importorskip("msgpack", reason="needs the extra `record`")

TEXT = (Path(__file__).parent / "numbers.yaml").read_text(encoding="utf-8")


@pytest.fixture
def registry() -> Registry:
    return kit_registry()


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
