from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from calculators.kernels import sampling, warp
from calculators.kernels.roi import RoiPx
from calculators.kernels.sampling import positions, sampling_maps
from calculators.types import ImageSize


def make_roi(*values: float) -> RoiPx:
    return RoiPx(*(np.float32(value) for value in values))


ROIS = [
    make_roi(48.5, 30.5, 97, 61, 0),
    make_roi(40, 30, 50, 50, 0.7),
    make_roi(0, 0, 200, 150, -2.5),
    make_roi(-300, 20, 40, 40, 1.0),
    make_roi(50, 30, 3, 2, 3.1),
    make_roi(50, 30, 100000, 90000, 0.3),
]


def plain_positions(
    matrix: npt.NDArray[np.float64], size: ImageSize
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """OpenCV's loop, pixel by pixel: block start first, then the column inside the block."""
    block = min(1024 // min(16, size.height), size.width)
    x = np.empty((size.height, size.width), np.int64)
    y = np.empty_like(x)
    for row in range(size.height):
        for column in range(size.width):
            start = float(column // block * block)
            inside = float(column) - start
            sums = [
                (float(m[0]) * start + float(m[1]) * row + float(m[2])) + float(m[0]) * inside
                for m in matrix
            ]
            scale = 32 / sums[2] if sums[2] else 0.0
            limits = -(2.0**31), 2.0**31 - 1
            x[row, column] = round(min(max(sums[0] * scale, limits[0]), limits[1]))
            y[row, column] = round(min(max(sums[1] * scale, limits[0]), limits[1]))
    return x, y


@pytest.mark.parametrize("roi", ROIS)
@pytest.mark.parametrize("size", [ImageSize(70, 40), ImageSize(33, 5), ImageSize(1, 1)])
def test_maps_hold_the_positions_of_the_scalar_loop(roi: RoiPx, size: ImageSize) -> None:
    matrix = warp._output_to_image(roi, size)
    x, y = plain_positions(matrix, size)
    cells, fractions = sampling_maps(matrix, size)
    assert np.array_equal(cells[..., 0], np.clip(x >> 5, -32768, 32767))
    assert np.array_equal(cells[..., 1], np.clip(y >> 5, -32768, 32767))
    assert np.array_equal(fractions, (y & 31) * 32 + (x & 31))


def test_a_divisor_of_zero_reads_position_zero() -> None:
    matrix = np.array([[1, 0, 5], [0, 1, 5], [0, 0, 0]], np.float64)
    cells, fractions = sampling_maps(matrix, ImageSize(3, 2))
    assert not cells.any()
    assert not fractions.any()


def test_an_affine_homography_has_the_same_positions() -> None:
    affine = np.array([[0.31, -0.7, 11.3], [0.7, 0.31, 2.9], [0, 0, 1]], np.float64)
    x, y = plain_positions(affine, ImageSize(100, 50))
    cells, fractions = sampling_maps(affine, ImageSize(100, 50))
    assert np.array_equal(cells, np.stack([x >> 5, y >> 5], axis=-1))
    assert np.array_equal(fractions, (y & 31) * 32 + (x & 31))


def random_homographies(count: int, size: ImageSize) -> list[npt.NDArray[np.float64]]:
    rng = np.random.default_rng(5)
    return [
        warp._output_to_image(
            make_roi(*rng.uniform(0, 640, 2), *rng.uniform(20, 900, 2), rng.uniform(-3, 3)), size
        )
        for _ in range(count)
    ]


def assert_defined(matrix: npt.NDArray[np.float64], size: ImageSize) -> None:
    """The maps hold the positions as they are defined."""
    x, y = positions(matrix, size)
    cells, fractions = sampling_maps(matrix, size)
    assert np.array_equal(cells, np.clip(np.stack([x >> 5, y >> 5], axis=-1), -32768, 32767))
    assert np.array_equal(fractions, (y & 31) * 32 + (x & 31))


def test_sums_decide_as_the_definition_does() -> None:
    size = ImageSize(256, 256)
    for matrix in random_homographies(40, size):
        assert sampling._addends(matrix, size) is not None
        assert_defined(matrix, size)


def test_nearly_all_bands_are_decided_by_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    exactly = []
    compute = sampling._compute_exactly

    def count(*arguments: object) -> None:
        exactly.append(arguments)
        compute(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(sampling, "_compute_exactly", count)
    size = ImageSize(256, 256)
    for matrix in random_homographies(40, size):
        sampling_maps(matrix, size)
    assert len(exactly) < 40 * 4 / 5


def test_ties_are_decided_by_the_definition() -> None:
    """Half of 1/32 px steps: every second position lies exactly between two."""
    ties = np.array([[1 / 64, 0, 1], [0, 3 / 64, 2], [0, 0, 1]], np.float64)
    assert_defined(ties, ImageSize(64, 64))


@pytest.mark.parametrize(
    "last_row", [(1e-3, 2e-3, 1.0), (1e-6, -1e-6, 1.0), (0.0, 0.0, 3.0), (-0.1, 0.0, 1.0)]
)
def test_a_perspective_is_computed_by_the_definition(last_row: tuple[float, ...]) -> None:
    matrix = np.array([[2.1, 0.3, -5], [-0.2, 1.7, 30], last_row], np.float64)
    size = ImageSize(96, 64)
    assert sampling._addends(matrix, size) is None
    assert_defined(matrix, size)


@pytest.mark.parametrize("distance_px", [0.0, 900.0, 1900.0, 7000.0, 15000.0])
def test_far_positions_have_fewer_bits_below_them(distance_px: float) -> None:
    matrix = np.array(
        [[1.7, -0.2, distance_px], [0.2, 1.7, -distance_px], [1e-11, -2e-11, 1]], np.float64
    )
    size = ImageSize(64, 48)
    assert sampling._addends(matrix, size) is not None
    assert_defined(matrix, size)


def test_a_homography_to_one_point_is_no_problem() -> None:
    matrix = np.array([[0, 0, 0], [0, 0, 0], [0, 0, 1]], np.float64)
    assert_defined(matrix, ImageSize(20, 32))


def test_a_height_that_is_no_multiple_of_a_band_is_no_problem() -> None:
    size = ImageSize(50, 77)
    for matrix in random_homographies(5, size):
        assert_defined(matrix, size)
