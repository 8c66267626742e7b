"""The events of real pictures: who comes and goes, and which limit of the model is passed when."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calculators.media.open_media import open_media
from calculators.types import PoseEvent, RgbImage
from graphflow import Graph, Packet
from graphflow.loading import plan_from_text

Frames = Sequence[tuple[int, RgbImage]]
Found = list[tuple[int, PoseEvent]]

TEXT = """
input_stream: [image]
input_side_packet: [events_path]
output_stream: [pose_events]
node:
  - calculator: PoseLandmarkCpu
    input_stream: ["IMAGE:image"]
    output_stream: ["LANDMARKS:pose_landmarks"]
  - calculator: PoseEvents
    input_stream: ["IMAGE:image", "LANDMARKS:pose_landmarks"]
    input_side_packet: ["FILE_PATH:events_path"]
    output_stream: ["EVENTS:pose_events"]
"""

pytestmark = pytest.mark.usefixtures("weights")


def events_of(frames: Iterable[tuple[int, Any]], events_path: str = "") -> Found:
    """Track a pose through frames; return its events with the times at which they came."""
    graph = Graph(plan_from_text(TEXT))
    found: Found = []

    def take(packet: Packet) -> None:
        found.extend((packet.timestamp, each) for each in packet.value)

    graph.observe("pose_events", take)
    graph.start({"events_path": events_path}, threads=0)
    for time, image in frames:
        graph.add_packet("image", Packet(image, time))
    graph.close_inputs()
    graph.wait_until_done()
    return found


def warned(found: Found) -> set[str]:
    return {str(event.kind) for _, event in found} - {"presence"}


def slowly(pictures: Iterable[Any]) -> list[tuple[int, Any]]:
    """Give pictures five a second, so that few of them make seconds."""
    return [(200_000 * at, each) for at, each in enumerate(pictures)]


@pytest.fixture(scope="module")
def picture(figure: Callable[[int], Frames]) -> RgbImage:
    return figure(1)[0][1]


def test_the_sample_clip_has_a_body_from_its_begin_to_its_end_and_no_warning(
    figure: Callable[[int], Frames],
) -> None:
    found = events_of(figure(165)[::5])
    (_, begin), (_, end) = found
    assert (begin.phase, begin.since_us, end.phase, end.is_cut) == ("begin", 0, "end", True)


def test_a_figure_in_the_dark_is_in_poor_light(picture: RgbImage, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    dark = (picture * 0.15).astype(np.uint8)
    found = events_of(slowly([*[picture] * 6, *[dark] * 8, *[picture] * 8]), str(path))
    assert warned(found) == {"poor_light"}
    lights = [(time, event) for time, event in found if event.kind == "poor_light"]
    assert [(time, event.phase, event.since_us) for time, event in lights] == [
        (2_200_000, "begin", 1_200_000),
        (3_800_000, "end", 2_800_000),
    ]
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [(line["timestamp"], line["kind"], line["phase"]) for line in lines] == [
        (time, event.kind, event.phase) for time, event in found
    ]


def test_a_small_figure_in_a_large_picture_is_too_far(picture: RgbImage) -> None:
    height, width = picture.shape[:2]
    wide = np.full((3 * height, 3 * width, 3), picture[0, 0], np.uint8)
    wide[height : 2 * height, width : 2 * width] = picture
    found = events_of(slowly([wide] * 8))
    assert warned(found) == {"too_far"}
    (begin, _) = [event for _, event in found if event.kind == "too_far"]
    assert begin.value is not None
    assert 0.15 < begin.value < 0.3


def test_a_figure_that_rises_out_of_the_picture_loses_its_head(picture: RgbImage) -> None:
    def risen(by_px: int) -> RgbImage:
        moved = np.roll(picture, -by_px, axis=0)
        moved[len(moved) - by_px :] = picture[-1]
        return RgbImage(moved)

    shifts = [0, 0, 0, *range(0, 171, 10), *[170] * 8]
    found = events_of(slowly(risen(each) for each in shifts))
    assert "head_out_of_frame" in warned(found)
    first = next(event for _, event in found if event.kind == "head_out_of_frame")
    assert first.since_us > 800_000


def test_a_figure_that_walks_out_of_the_picture_is_gone(picture: RgbImage) -> None:
    width = picture.shape[1]

    def walked(by_px: int) -> RgbImage:
        margin = np.broadcast_to(picture[:, :1], (len(picture), by_px, 3))
        return RgbImage(np.concatenate((margin, picture[:, : width - by_px]), axis=1))

    shifts = [0, 0, 0, *range(0, width, 24), *[width] * 12]
    presences = [
        event
        for _, event in events_of(slowly(walked(each) for each in shifts))
        if event.kind == "presence"
    ]
    assert [each.phase for each in presences] == ["begin", "end"]
    assert not presences[-1].is_cut


def test_two_figures_are_several_people(picture: RgbImage) -> None:
    both = np.concatenate((picture, picture[:, ::-1]), axis=1)
    found = events_of(slowly([both] * 8))
    assert "several_people" in warned(found)


CLIPS: list[tuple[str, set[str]]] = [
    ("clips/squats_portrait_5fps.mp4", set()),
    ("clips/sports2d_two_people_flip.mp4", {"too_far"}),
    ("odd/vid_dark.mp4", {"poor_light"}),
    ("odd/vid_two_people_hstack.mp4", {"several_people"}),
]


@pytest.mark.parametrize(("clip", "expected"), CLIPS, ids=[clip for clip, _ in CLIPS])
def test_clips_warn_of_what_they_show(clip: str, expected: set[str], shared_media: Path) -> None:
    reader = open_media(str(shared_media / clip))
    try:
        frames = list(islice(reader, 75))
    finally:
        reader.close()
    stride = max(1, len(frames) // 24)
    found = events_of((each.timestamp_us, each.image) for each in frames[::stride])
    assert warned(found) == expected


def test_people_who_come_one_by_one_are_told_apart(shared_media: Path) -> None:
    """Nobody for 6 s, a woman, nobody from 20.1 s to 22.7 s, a man.

    Before the first one the tracker holds on to something small in the empty picture: the presence
    is false, and too_far says that it is no good.
    """
    reader = open_media(str(shared_media / "clips" / "one_by_one_10fps.mp4"))
    try:
        frames = list(islice(reader, 0, 260, 4))
    finally:
        reader.close()
    found = events_of((each.timestamp_us, each.image) for each in frames)
    (far_begin, far_end, *_) = [event for _, event in found if event.kind == "too_far"]
    assert far_begin.since_us < 2_000_000
    assert 6_000_000 <= far_end.since_us <= 8_000_000
    ends = [event for _, event in found if (event.kind, event.phase) == ("presence", "end")]
    assert any(19_000_000 <= each.since_us <= 21_500_000 for each in ends)


STILLS: list[tuple[str, set[str]]] = [
    ("odd/headcut_c000785.jpg", {"head_out_of_frame"}),
    ("images/coco_000000209829.jpg", {"too_far"}),
    ("odd/dark_c000785.jpg", {"poor_light"}),
    ("odd/lowcontrast_c000785.jpg", {"poor_light"}),
    ("images/coco_000000252219_multi.jpg", {"several_people"}),
    ("images/coco_000000000785.jpg", set()),
    ("images/coco_000000009483.jpg", set()),
    ("odd/legscut_c000785.jpg", set()),
]


@pytest.mark.parametrize(("still", "expected"), STILLS, ids=[still for still, _ in STILLS])
def test_stills_warn_of_what_they_show(still: str, expected: set[str], shared_media: Path) -> None:
    (image,) = [each.image for each in open_media(str(shared_media / still))]
    assert warned(events_of(slowly([image] * 7))) == expected
