"""The same clip gives the same packets: in every run, with any number of threads, in any order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calculators.tensor import model_pool
from calculators.types import RgbImage
from graphflow import Graph, Packet
from graphflow.testing.simulation import explore

STREAMS = (
    "pose_landmarks",
    "pose_world_landmarks",
    "segmentation_mask",
    "pose_rect_from_landmarks",
    "pose_rect",
)
ORDERS = 100
"""Orders of events that each of the two short clips is run in."""

FRAME_US = 33_333


def contents(packets: dict[str, list[Packet]]) -> dict[str, list[tuple[int, bytes]]]:
    """Return times and bytes, which compare exactly, NaN and the sign of zero included."""
    return {
        stream: [(packet.timestamp, np.asarray(packet.value).tobytes()) for packet in each]
        for stream, each in packets.items()
    }


def test_two_runs_write_the_same_bytes(repository: Path, tmp_path: Path, weights: None) -> None:
    clip = repository / "samples" / "figure.mp4"
    written = []
    graph = Graph.load("pose_landmarks")
    # The second run has the models of the first one, the third is of a graph of its own.
    for name, each in (("a", graph), ("b", graph), ("c", Graph.load("pose_landmarks"))):
        path = tmp_path / f"{name}.jsonl"
        each.run({"input_path": str(clip), "landmarks_path": str(path), "max_frames": 20})
        written.append(path.read_bytes())
    assert len(written[0].splitlines()) == 20
    assert written[0] == written[1] == written[2]


def test_any_number_of_threads_gives_the_same_packets(
    figure: Callable[[int], list[tuple[int, RgbImage]]], run_graph: Any, weights: None
) -> None:
    frames = figure(12)
    lost = [*frames[:5], (frames[5][0], np.zeros_like(frames[5][1])), *frames[6:]]
    results = [
        contents(
            run_graph(
                "pose_landmark_cpu",
                {"image": lost},
                STREAMS,
                {"enable_segmentation": True},
                threads=threads,
            )
        )
        for threads in (0, 1, 2, 4)
    ]
    assert [len(each) for each in results[0].values()] == [11, 11, 11, 11, 12]
    assert all(each == results[0] for each in results[1:])


class FormulaModel:
    """In the place of a model: its outputs are formulas of its input, and cost nothing.

    A bright input holds a body, and where it is brighter the body lies further right.
    """

    def __init__(self, path: Path, threads: int, outputs: Sequence[int] | None) -> None:
        self.is_sound = True
        self._is_detector = path.stem == "pose_detection"
        self._outputs = outputs

    def reset_variables(self) -> None:
        """It has none."""

    def invoke(self, tensors: Sequence[Any]) -> tuple[Any, ...]:
        mean = np.float32(tensors[0][:, ::8, ::8].mean())
        made = self._detect(mean) if self._is_detector else self._find(mean)
        return made if self._outputs is None else tuple(made[index] for index in self._outputs)

    @staticmethod
    def _detect(mean: np.float32) -> tuple[Any, ...]:
        boxes = np.zeros((1, 2254, 12), np.float32)
        scores = np.full((1, 2254, 1), -50.0, np.float32)
        middle = (14 * 28 + 14) * 2
        boxes[0, middle, 2:8] = (20, 20, 10 * mean, 0, 10 * mean, -56)
        scores[0, middle] = 3.0 if mean > -0.6 else -50.0
        return boxes, scores

    @staticmethod
    def _find(mean: np.float32) -> tuple[Any, ...]:
        landmarks = np.full((39, 5), 5.0, np.float32)
        landmarks[:, 0] = np.linspace(90, 130, 39, dtype=np.float32) + 30 * mean
        landmarks[:, 1] = np.linspace(60, 196, 39, dtype=np.float32)
        landmarks[33, :2] = 124 + 10 * mean, 130
        landmarks[34, :2] = 126 + 10 * mean, 130 - 256 / 2.5
        return (
            landmarks.reshape(1, 195),
            np.full((1, 1), 0.9 if mean > 0.2 else 0.1, np.float32),
            np.full((1, 256, 256, 1), 4 * mean, np.float32),
            np.full((1, 64, 64, 39), -30.0, np.float32),
            np.full((1, 117), mean, np.float32),
        )


class NameStore:
    """In the place of the resource store: every name is a file of that name."""

    @staticmethod
    def find(name: str) -> Path:
        return Path(name)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shades", "poses"),
    [((200, 150), [0, 1]), ((200, 5, 180), [0, 2])],
    ids=["tracked", "lost and found"],
)
def test_every_order_of_events_gives_the_same_packets(
    shades: Sequence[int], poses: Sequence[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_pool, "Model", FormulaModel)
    monkeypatch.setattr(model_pool, "default_store", NameStore)
    ramp = np.linspace(0, 50, 32, dtype=np.uint8)[None, :, None]
    images = [
        Packet(ramp + np.full((24, 32, 3), shade, np.uint8), index * FRAME_US)
        for index, shade in enumerate(shades)
    ]
    run = explore(
        Graph.load("pose_landmark_cpu"),
        {"image": images},
        seeds=range(ORDERS),
        observe=STREAMS[:2] + STREAMS[3:],
        is_same=np.array_equal,
    )
    assert run.error is None
    assert run.timestamps("pose_landmarks") == [index * FRAME_US for index in poses]
    first, second = run.values("pose_landmarks")
    assert not np.array_equal(first, second)
