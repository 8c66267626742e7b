"""The pose graph recorded and replayed: the whole of it, and every node alone, bit for bit."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphflow import Graph

for library in ("mcap", "msgpack"):
    pytest.importorskip(library, reason="needs the extra `record`")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def recorded(weights: None, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from graphflow.recording import Recorder

    folder = tmp_path_factory.mktemp("recorded")
    graph = Graph.load("pose_tracking")
    with Recorder(folder / "run.mcap", graph):
        graph.run(
            {
                "input_path": str(repository / "samples" / "figure.mp4"),
                "output_path": str(folder / "out.mp4"),
                "landmarks_path": str(folder / "pose.jsonl"),
                "max_frames": 4,
                "enable_segmentation": True,
            }
        )
    return folder / "run.mcap"


def test_the_whole_graph_replays_bit_for_bit(recorded: Path) -> None:
    from graphflow.recording import replay_graph

    replay = replay_graph(recorded)
    assert str(replay).startswith(f"{replay.nodes} nodes")
    assert replay.is_same, str(replay)
    assert replay.nodes > 50
    assert replay.packets > 200


def test_every_node_replays_alone_bit_for_bit(recorded: Path) -> None:
    from graphflow.recording import Recording, replay_node

    with Recording(recorded) as recording:
        names = [
            node.name for node in recording.graph.node if not node.is_source and not node.is_sink
        ]
        assert [name for name in names if not replay_node(recording, name).is_same] == []
