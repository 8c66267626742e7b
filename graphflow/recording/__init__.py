"""Recording and replay: what a run's nodes were given and gave, in one file.

Theory of operation
===================

A recording has the packets of the streams that were chosen, each once, and the calls of the nodes
all of whose streams were. In a stream no two packets have the same time; so a call is written as
times: which packet came in at each port, up to when the port was settled, which packets went out,
and the bounds of the outputs before and after. That is all a calculator can see of its streams.

So a node can be called again alone, as often as it was called in the run, with the same packets and
bounds in the same order, whatever its input policy, its graph and the threads were then. And the
whole graph can: calls are recorded as they end, so every packet comes before the calls that it was
given to.

Comparing is bit for bit. What a replay makes that is the same as what was recorded need not be
kept: later calls are given the recorded packet. What differs is given on as it is.

Modules: `format` (names and versions), `description` (the graph), `calls`, `recorder` and `writing`
(during a run), `scanning` and `reading` (afterwards), `nodes` (a node called again), `replaying`,
and `pinning` (a replay made a test). `graphflow.nodes.codecs` says how payloads are written.
"""

from __future__ import annotations

from graphflow.recording.calls import Gave, Given, RecordedCall
from graphflow.recording.faults import RecordingError, ReplayError
from graphflow.recording.pinning import Pinned, make_test
from graphflow.recording.reading import Recording, Unrecorded
from graphflow.recording.recorder import Recorder
from graphflow.recording.replaying import Replay, replay_graph, replay_node

__all__ = [
    "Gave",
    "Given",
    "Pinned",
    "RecordedCall",
    "Recorder",
    "Recording",
    "RecordingError",
    "Replay",
    "ReplayError",
    "Unrecorded",
    "make_test",
    "replay_graph",
    "replay_node",
]
