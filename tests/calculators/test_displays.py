from __future__ import annotations

import re
from base64 import b64decode

import numpy as np
import pytest

from calculators.displays import SKELETON_PX, THUMBNAIL_PX, display
from calculators.types import Detection, Detections, PoseEvent, PoseQuality
from graphflow.nodes import registry as registries
from graphflow.words.packet import Packet


def shown(payload: object) -> str:
    html = display(payload)
    assert html is not None
    return html


def png_size(html: str) -> tuple[int, int]:
    found = re.search(r"data:image/png;base64,([^\"]+)", html)
    assert found is not None
    png = b64decode(found[1])
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def pose() -> np.ndarray:
    rows = np.linspace(0.1, 0.9, 33 * 5, dtype=np.float32).reshape(33, 5)
    rows[:, 3] = 1.0
    return rows


def test_large_image_becomes_a_thumbnail_that_tells_its_size() -> None:
    html = shown(np.zeros((480, 640, 3), np.uint8))
    assert png_size(html) == (THUMBNAIL_PX, 240)
    assert "RGB image, 640 × 480 pixels" in html


def test_small_image_keeps_its_size() -> None:
    assert png_size(shown(np.zeros((2, 3, 3), np.uint8))) == (3, 2)


def test_colours_stay_in_their_places() -> None:
    import cv2

    red = np.zeros((4, 4, 3), np.uint8)
    red[:, :, 0] = 255
    found = re.search(r"base64,([^\"]+)", shown(red))
    assert found is not None
    bgr = cv2.imdecode(np.frombuffer(b64decode(found[1]), np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None
    assert bgr[0, 0].tolist() == [0, 0, 255]


def test_mask_is_a_gray_picture() -> None:
    assert "mask, 40 × 30 pixels" in shown(np.full((30, 40), 0.5, np.float32))


def test_pose_is_a_skeleton_and_a_table_of_all_landmarks() -> None:
    html = shown(pose())
    assert html.count("<line ") == 35
    assert html.count("<circle ") == 33
    assert html.count("<tr>") == 1 + 33
    assert "<td>left_wrist</td>" in html


def test_skeleton_stays_within_its_picture() -> None:
    circles = re.findall(r'<circle cx="([-\d.]+)" cy="([-\d.]+)"', shown(pose()))
    assert all(0 <= float(each) <= SKELETON_PX for pair in circles for each in pair)


def test_hardly_visible_landmarks_are_pale() -> None:
    rows = pose()
    rows[0, 3] = 0.1
    assert shown(rows).count('fill-opacity="0.25"') == 1


def test_landmarks_without_visibility_are_drawn_in_full() -> None:
    rows = pose()
    rows[:, 3:] = np.nan
    assert 'opacity="0.25"' not in shown(rows)


def test_landmarks_that_are_no_pose_are_points() -> None:
    html = shown(pose()[:4])
    assert html.count("<line ") == 0
    assert html.count("<circle ") == 4


def test_landmarks_that_are_nowhere_are_left_out() -> None:
    assert "<circle" not in shown(np.full((33, 5), np.nan, np.float32))


def test_detections_are_a_table() -> None:
    box, keypoints = np.zeros(4, np.float32), np.zeros((4, 2), np.float32)
    assert "<td>0.500</td>" in shown(Detection(0.5, box, keypoints))
    many = Detections(
        np.ones(50, np.float32), np.zeros((50, 4), np.float32), np.zeros((50, 0, 2), np.float32)
    )
    assert "and 10 more" in shown(many)


@pytest.mark.parametrize("payload", [7, "x", np.zeros(3), np.zeros((3, 3), np.float32), None])
def test_other_payloads_are_left_to_others(payload: object) -> None:
    assert display(payload) is None


def test_packets_show_the_payloads_of_this_library() -> None:
    registries.load_plugins()
    html = Packet(np.zeros((4, 4, 3), np.uint8), 0)._repr_mimebundle_()["text/html"]
    assert "RGB image, 4 × 4 pixels" in html


def test_events_and_quality_are_tables_without_what_is_none() -> None:
    far = PoseEvent("too_far", "begin", 5, measure="body_size", value=0.25, threshold=0.3)
    html = shown((PoseEvent("presence", "begin", 0), far))
    assert html.count("<tr>") == 3
    assert "<td>too_far</td>" in html
    assert "<td>0.250</td>" in html
    assert "None" not in html
    assert "<th>luma</th>" in shown(PoseQuality(100.0, 50.0))


def test_an_empty_tuple_is_no_event() -> None:
    assert display(()) is None
