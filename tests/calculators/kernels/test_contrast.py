from __future__ import annotations

import numpy as np

from calculators.kernels.contrast import stretch_contrast
from calculators.types import RgbImage


def image_of(*levels: int) -> RgbImage:
    return RgbImage(np.repeat(np.array(levels, np.uint8), 3).reshape(1, -1, 3))


def test_the_darkest_level_becomes_0_and_the_brightest_255() -> None:
    found = stretch_contrast(image_of(10, 20, 30, 50), 0.0, 1.0)
    assert found[0, :, 0].tolist() == [0, 64, 128, 255]


def test_levels_between_stay_in_order_and_channels_keep_their_colour() -> None:
    image = RgbImage(np.random.default_rng(2).integers(40, 90, (8, 8, 3)).astype(np.uint8))
    found = stretch_contrast(image, 0.0, 1.0).astype(int)
    order = np.argsort(image.reshape(-1), kind="stable")
    assert np.all(np.diff(found.reshape(-1)[order]) >= 0)
    assert (found.min(), found.max()) == (0, 255)


def test_a_share_at_both_ends_may_be_lost() -> None:
    image = image_of(0, *[100] * 49, *[120] * 49, 255)
    found = stretch_contrast(image, 0.02, 0.98)
    assert set(found[0, :, 0].tolist()) == {0, 255}
    assert found[0, 1, 0] == 0
    assert found[0, 60, 0] == 255


def test_an_image_of_one_level_stays_as_it_is() -> None:
    image = image_of(7, 7, 7)
    found = stretch_contrast(image, 0.005, 0.995)
    np.testing.assert_array_equal(found, image)
    assert found is not image


def test_an_image_that_uses_all_levels_does_not_change() -> None:
    image = RgbImage(np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3))
    np.testing.assert_array_equal(stretch_contrast(image, 0.0, 1.0), image)
