"""The graphs on which schedulers are compared: the same nodes for graphflow and for MediaPipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

NodeConfig = dict[str, Any]

FEED: Final = "s0"
DETECTION_NODES: Final = 10
LANDMARK_NODES: Final = 12
ROI_NODES: Final = 8


@dataclass(frozen=True, eq=False)
class Shape:
    """A graph that is fed by the stream `s0`.

    Attributes:
        nodes: configs, with the keys of a graph file.
        observed: the last stream.
        packets: how many are sent through it in one run.
    """

    name: str
    nodes: tuple[NodeConfig, ...]
    observed: str
    packets: int

    def as_config(self) -> dict[str, Any]:
        """Return a graph config for graphflow."""
        return {"input_stream": [FEED], "output_stream": [self.observed], "node": [*self.nodes]}

    def as_text(self) -> str:
        """Return a graph config for MediaPipe: protobuf text."""
        lines = [f'input_stream: "{FEED}"', f'output_stream: "{self.observed}"']
        return "\n".join([*lines, *map(_node_text, self.nodes)])


def chain(length: int, packets: int) -> Shape:
    """`length` nodes one after another."""
    nodes = tuple(_pass([f"s{at}"], [f"s{at + 1}"]) for at in range(length))
    return Shape(f"chain of {length:,}", nodes, f"s{length}", packets)


def diamond(packets: int) -> Shape:
    """Two branches that are joined."""
    nodes = (_pass([FEED], ["a"]), _pass([FEED], ["b"]), _pass(["a", "b"], ["c", "d"]))
    return Shape("diamond of 3", nodes, "d", packets)


def pose(packets: int) -> Shape:
    """The shape of pose tracking: loopback, gate, detection, merge, landmarks, and back.

    Models and arithmetic are left out: what carries packets there passes them here. Once the loop
    has its first packet the gate is shut, and the detection's nodes only hand bounds on.
    """
    nodes: list[NodeConfig] = [
        {
            "calculator": "PreviousLoopbackCalculator",
            "input_stream": [f"MAIN:{FEED}", "LOOP:next_roi"],
            "input_stream_info": [{"tag_index": "LOOP", "back_edge": True}],
            "output_stream": ["PREV_LOOP:previous_roi"],
        },
        {
            "calculator": "PacketPresenceCalculator",
            "input_stream": ["PACKET:previous_roi"],
            "output_stream": ["PRESENCE:is_tracking"],
        },
        {
            "calculator": "GateCalculator",
            "input_stream": [FEED, "DISALLOW:is_tracking"],
            "output_stream": ["d0"],
        },
        *(_pass([f"d{at}"], [f"d{at + 1}"]) for at in range(DETECTION_NODES)),
        {
            "calculator": "MergeCalculator",
            "input_stream": [f"d{DETECTION_NODES}", "previous_roi"],
            "output_stream": ["r0"],
        },
    ]
    image = FEED
    for at in range(LANDMARK_NODES):
        nodes.append(_pass([image, f"r{at}"], [f"i{at}", f"r{at + 1}"]))
        image = f"i{at}"
    last = LANDMARK_NODES + ROI_NODES - 1
    for at in range(LANDMARK_NODES, last + 1):
        nodes.append(_pass([f"r{at}"], ["next_roi" if at == last else f"r{at + 1}"]))
    return Shape(f"pose tracking of {len(nodes)}", tuple(nodes), "next_roi", packets)


def _pass(inputs: list[str], outputs: list[str]) -> NodeConfig:
    return {
        "calculator": "PassThroughCalculator",
        "input_stream": inputs,
        "output_stream": outputs,
    }


def _node_text(node: NodeConfig) -> str:
    fields = [f'calculator: "{node["calculator"]}"']
    for key in ("input_stream", "output_stream"):
        fields += [f'{key}: "{name}"' for name in node[key]]
    for edge in node.get("input_stream_info", ()):
        fields.append(f'input_stream_info {{ tag_index: "{edge["tag_index"]}" back_edge: true }}')
    return f"node {{ {' '.join(fields)} }}"
