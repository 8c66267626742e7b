"""Make the pictures of the documents again: `python docs/make_pictures.py`, from the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np

from calculators.types import RgbImage
from graphflow import Graph, Packet
from graphflow.drawing.layout import lay_out
from graphflow.drawing.svg import to_svg
from graphflow.drawing.view import look_at
from graphflow.loading import load_plan

REPOSITORY: Final = Path(__file__).resolve().parent.parent
POSE: Final = REPOSITORY / "docs" / "images" / "pose.webp"
GRAPH: Final = REPOSITORY / "docs" / "images" / "pose_tracking.svg"

TIMES_S: Final = (0.0, 0.7, 3.1, 4.8)
"""Moments of the sample clip that are shown: standing, squatting, arms raised, turned."""

HEIGHT_PX: Final = 384
GAP_PX: Final = 6
QUALITY: Final = 86
"""Of WebP, 1 to 100; the thin lines of the skeleton stay sharp from about 80 on."""


def main() -> None:
    """Make all pictures."""
    draw_graph()
    show_frames()


def draw_graph() -> None:
    """Draw the pose graph, its subgraphs closed."""
    plan = load_plan(REPOSITORY / "graphs" / "pose_tracking.yaml")
    GRAPH.write_text(to_svg(lay_out(look_at(plan))), encoding="utf-8")
    print(f"{GRAPH.relative_to(REPOSITORY)}: {GRAPH.stat().st_size} bytes")


def show_frames() -> None:
    """Run the pose graph on the sample clip and put some of its frames side by side."""
    frames: dict[int, RgbImage] = {}
    graph = Graph.load(REPOSITORY / "graphs" / "pose_tracking.yaml")
    graph.observe("image_with_pose", lambda packet: keep(packet, frames))
    clip = REPOSITORY / "samples" / "figure.mp4"
    graph.run({"input_path": str(clip), "output_path": "", "landmarks_path": ""})
    times = [min(frames, key=lambda time: abs(time - 1e6 * wanted)) for wanted in TIMES_S]
    POSE.parent.mkdir(exist_ok=True)
    picture = side_by_side([frames[time] for time in times])
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    if not cv2.imwrite(str(POSE), bgr, [cv2.IMWRITE_WEBP_QUALITY, QUALITY]):
        raise OSError(f"{POSE} can't be written")
    print(
        f"{POSE.relative_to(REPOSITORY)}: {POSE.stat().st_size} bytes, {picture.shape[1]} px wide"
    )


def keep(packet: Packet, frames: dict[int, RgbImage]) -> None:
    """Keep a frame by its time."""
    frames[packet.timestamp] = packet.value


def side_by_side(images: list[RgbImage]) -> RgbImage:
    """Return images at one height in a row, white between them."""
    row = []
    for image in images:
        height, width = image.shape[:2]
        size = (round(width * HEIGHT_PX / height), HEIGHT_PX)
        gap = np.full((HEIGHT_PX, GAP_PX, 3), 255, np.uint8)
        row += [gap, cv2.resize(image, size, interpolation=cv2.INTER_AREA)]
    return RgbImage(np.concatenate(row[1:], axis=1))


if __name__ == "__main__":
    main()
