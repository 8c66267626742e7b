"""What the tests of whole graphs share: the models, and frames of the sample clip."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from calculators.media.video_reader import VideoReader
from calculators.types import RgbImage
from graphflow import Graph, Packet
from graphflow.config.overrides import Override
from graphflow.nodes.resources import default_store
from graphflow.words.errors import GraphflowError

Packets = dict[str, list[Packet]]
RunGraph = Callable[..., Packets]


@pytest.fixture(scope="session")
def weights() -> None:
    """Skip where the pose models are not on this machine."""
    try:
        for name in ("pose_detection", "pose_landmark_full"):
            default_store().find(name)
    except GraphflowError as fault:
        pytest.skip(f"needs the pose models (graphflow models fetch): {fault}")


@pytest.fixture(scope="session")
def figure(repository: Path) -> Callable[[int], list[tuple[int, RgbImage]]]:
    """Return a function that decodes the first frames of the sample clip, with their times."""
    clip = repository / "samples" / "figure.mp4"
    decoded: list[tuple[int, RgbImage]] = []

    def first(count: int) -> list[tuple[int, RgbImage]]:
        if len(decoded) < count:
            reader = VideoReader(clip)
            try:
                decoded[:] = list(islice(reader, count))
            finally:
                reader.close()
        return decoded[:count]

    return first


@pytest.fixture(scope="session")
def run_graph() -> RunGraph:
    """Return a function that runs packets through a graph and gives what streams carried.

    `threads` 0 runs it in the calling thread.
    """

    def run(
        graph: Graph | str,
        feeds: Mapping[str, Sequence[tuple[int, Any]]],
        streams: Sequence[str],
        side_packets: Mapping[str, Any] | None = None,
        *,
        threads: int = 0,
        overrides: Sequence[Override] = (),
    ) -> Packets:
        loaded = Graph.load(graph, overrides=overrides) if isinstance(graph, str) else graph
        found: Packets = {stream: [] for stream in streams}
        for stream in streams:
            loaded.observe(stream, found[stream].append)
        loaded.start(side_packets, threads=threads)
        fed = [(time, name, value) for name, feed in feeds.items() for time, value in feed]
        for time, name, value in sorted(fed, key=lambda each: each[0]):
            loaded.add_packet(name, value, time)
        loaded.close_inputs()
        loaded.wait_until_done()
        return found

    return run
