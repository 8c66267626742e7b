"""Running a graph opens no socket and asks for no name: models and media are local."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# An audit hook sees every socket that Python code makes, and can't be taken away again.
PREAMBLE = """
import sys

def refuse(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.client.", "ftplib.", "smtplib.")):
        print("NETWORK", event, file=sys.stderr)
        raise PermissionError(f"the network was used: {event}")

sys.addaudithook(refuse)
"""


def run_without_network(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PREAMBLE + code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_hook_refuses_the_network() -> None:
    for code in (
        "import socket; socket.socket()",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import urllib.request; urllib.request.urlopen('http://localhost')",
    ):
        run = run_without_network(code)
        assert run.returncode != 0
        assert "NETWORK" in run.stderr


def test_tracking_a_clip_uses_no_network(repository: Path, tmp_path: Path, weights: None) -> None:
    code = """
from graphflow import Graph
clip, landmarks, drawn = sys.argv[1:]
Graph.load("pose_tracking").run(
    {"input_path": clip, "landmarks_path": landmarks, "output_path": drawn, "max_frames": 3}
)
"""
    landmarks = tmp_path / "landmarks.jsonl"
    clip = repository / "samples" / "figure.mp4"
    run = run_without_network(code, str(clip), str(landmarks), str(tmp_path / "drawn.mp4"))
    assert run.returncode == 0, run.stderr
    assert "NETWORK" not in run.stderr
    assert len(landmarks.read_text("utf-8").splitlines()) == 3


def test_a_graph_without_models_uses_no_network() -> None:
    code = """
import calculators.all_nodes
from graphflow import Graph
graph = Graph.from_text('''
input_stream: [a]
output_stream: [b]
node:
  - {calculator: PassThroughCalculator, input_stream: [a], output_stream: [b]}
''')
seen = []
graph.observe("b", lambda packet: seen.append(packet.value))
graph.start()
graph.add_packet("a", 7, 0)
graph.close_inputs()
graph.wait_until_done()
assert seen == [7]
"""
    run = run_without_network(code)
    assert run.returncode == 0, run.stderr
