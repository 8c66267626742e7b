"""How pictures and arrays go to browsers and other programs."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from calculators.web import jpeg_of, json_of


def decoded(jpeg: bytes | None) -> npt.NDArray[np.uint8]:
    assert jpeg is not None and jpeg.startswith(b"\xff\xd8")
    found = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return np.asarray(cv2.cvtColor(found, cv2.COLOR_BGR2RGB), np.uint8)


def test_a_picture_keeps_its_size_and_colours() -> None:
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, :] = (200, 80, 20)
    found = decoded(jpeg_of(image, 1280))
    assert found.shape == image.shape
    assert np.abs(found.astype(int) - image).max() <= 4


def test_a_wide_picture_is_made_narrower_and_keeps_its_proportions() -> None:
    assert decoded(jpeg_of(np.zeros((50, 300, 3), np.uint8), 90)).shape == (15, 90, 3)
    assert decoded(jpeg_of(np.zeros((1, 300, 3), np.uint8), 90)).shape == (1, 90, 3)


def test_a_mask_is_gray_and_what_is_no_number_is_black() -> None:
    mask = np.full((32, 32), 0.5, np.float32)
    mask[:16] = np.nan
    found = decoded(jpeg_of(mask, 1280))
    assert abs(int(found[28, 16, 0]) - 127) <= 2 and found[4, 16].max() <= 2


@pytest.mark.parametrize(
    "payload",
    [
        *(3, "text", None, np.zeros((33, 5), np.float32), np.zeros((0, 4, 3), np.uint8)),
        np.zeros((20, 20), np.int32),
    ],
)
def test_what_is_no_picture_is_left_to_others(payload: object) -> None:
    assert jpeg_of(payload, 1280) is None


def test_arrays_come_as_rows_in_the_machines_order() -> None:
    given = np.arange(6, dtype=">f4").reshape(2, 3)[:, ::-1]
    found = json_of(given)
    assert found.flags.c_contiguous and found.dtype == np.float32
    np.testing.assert_array_equal(found, given)
    assert json_of(np.float32(0.5)) == 0.5
    assert json_of(np.array(["a"])) is None and json_of("text") is None
