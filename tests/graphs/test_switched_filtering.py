"""MediaPipe's own way to switch smoothing off gives what our graph gives, bit for bit.

Its pose_landmark_filtering has a SwitchContainer around each filter. Our smoothing nodes have a
side packet for it, which spares each frame two hops a filter.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from calculators.types import ImageSize
from graphflow import Graph
from graphflow.graph import INLINE
from graphflow.loading import load_plan, plan_from_text
from graphflow.plan import Plan
from graphflow.words.bundle import bundled_folder

SMOOTHING = re.compile(
    r"""    calculator: (?P<calculator>\w+SmoothingCalculator)
    input_stream:(?P<inputs>(?: \[.*\]|(?:\n      - .*)+))
    input_side_packet: \["ENABLE:enable"\]
    output_stream:(?P<output>.*)
    options:
(?P<options>(?:      .*\n)+)"""
)


def switched() -> Plan:
    """Our graph with a SwitchContainer around each filter that can be switched off."""
    file = bundled_folder("graphs") / "pose_landmark_filtering.yaml"

    def container(found: re.Match[str]) -> str:
        options = "".join(f"      {line}\n" for line in found["options"].splitlines())
        return (
            f"    calculator: SwitchContainer\n"
            f"    input_stream:{found['inputs']}\n"
            f'    input_side_packet: ["ENABLE:enable"]\n'
            f"    output_stream:{found['output']}\n"
            f"    options:\n"
            f"      enable: true\n"
            f"      contained_node:\n"
            f"        - calculator: {found['calculator']}\n"
            f"          options: {{no_filter: {{}}}}\n"
            f"        - calculator: {found['calculator']}\n"
            f"          options:\n{options}"
        )

    text, count = SMOOTHING.subn(container, file.read_text(encoding="utf-8"))
    assert count == 4
    return plan_from_text(text)


def filtered(plan: Plan, side_packets: dict[str, Any]) -> list[tuple[str, int, bytes]]:
    graph = Graph(plan)
    seen: list[tuple[str, int, bytes]] = []
    for index in plan.outputs:
        name = plan.streams[index].name
        graph.observe(
            name,
            lambda packet, name=name: seen.append((name, packet.timestamp, packet.value.tobytes())),  # type: ignore[misc]
        )
    graph.start(side_packets, threads=INLINE)
    random = np.random.default_rng(7)
    for frame in range(8):
        time = frame * 33_333
        graph.add_packet("image_size", ImageSize(640, 480), time)
        for name, count in (("landmarks", 33), ("aux_landmarks", 2), ("world_landmarks", 33)):
            value = random.random((count, 5), np.float32)
            if frame != 4:  # A frame without a body.
                graph.add_packet(name, value, time)
    graph.close_inputs()
    graph.wait_until_done()
    return sorted(seen)


@pytest.mark.parametrize("side_packets", [{"enable": True}, {"enable": False}, {}])
def test_containers_give_what_the_side_packet_gives(side_packets: dict[str, Any]) -> None:
    ours = filtered(load_plan("pose_landmark_filtering"), side_packets)
    assert filtered(switched(), side_packets) == ours
    assert len(ours) == 7 * 3
