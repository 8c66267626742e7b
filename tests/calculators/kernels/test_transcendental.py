from __future__ import annotations

import ctypes
import math
import platform
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest

from calculators.kernels import transcendental
from calculators.kernels.transcendental import atan2f, cosf, expf, logistic, sigmoid, sinf


@pytest.fixture(scope="module")
def libm() -> ctypes.CDLL:
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("expf has glibc's bits; this C library is not glibc")
    library = ctypes.CDLL("libm.so.6")
    library.expf.restype = ctypes.c_float
    library.expf.argtypes = [ctypes.c_float]
    return library


def bits(values: npt.ArrayLike) -> npt.NDArray[np.uint32]:
    return np.asarray(values, np.float32).view(np.uint32)


def assert_equals_libm(values: npt.NDArray[np.float32], library: ctypes.CDLL) -> None:
    expected = np.array([library.expf(value) for value in values.tolist()], np.float32)
    actual = expf(values)
    differs = (bits(actual) != bits(expected)) & ~(np.isnan(actual) & np.isnan(expected))
    assert not differs.any(), values[differs][:5]


def test_expf_equals_libm_on_random_values_in_range(libm: ctypes.CDLL) -> None:
    values = np.random.default_rng(1).uniform(-105, 90, 50_000).astype(np.float32)
    assert_equals_libm(values, libm)


def test_expf_equals_libm_on_random_bit_patterns(libm: ctypes.CDLL) -> None:
    patterns = np.random.default_rng(2).integers(0, 2**32, 50_000, np.uint64).astype(np.uint32)
    assert_equals_libm(patterns.view(np.float32), libm)


def test_expf_of_few_values_equals_libm(libm: ctypes.CDLL) -> None:
    values = np.random.default_rng(4).uniform(-105, 90, (100, 100)).astype(np.float32)
    for few in values:
        assert_equals_libm(few, libm)


@pytest.mark.parametrize("count", [80, 5000])
def test_expf_without_a_library_that_agrees_has_the_same_bits(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.random.default_rng(5).uniform(-105, 90, count).astype(np.float32)
    expected = expf(values)
    monkeypatch.setattr(transcendental, "_EXPF", transcendental._single_expf(None))
    assert np.array_equal(bits(expf(values)), bits(expected))


def test_a_library_whose_expf_has_other_bits_is_not_asked() -> None:
    library = SimpleNamespace(expf=lambda value: np.nextafter(np.float32(math.exp(value)), 0))
    assert transcendental._single_expf(library) is transcendental._expf_by_steps  # type: ignore[arg-type]


def test_expf_equals_libm_at_its_limits(libm: ctypes.CDLL) -> None:
    limits = [88.722835, 88.72284, -103.97208, -103.97207, -103.27893, -87.33655, 89.0, -104.0]
    special = [0.0, -0.0, math.inf, -math.inf, math.nan, 1e-45, -1e-45, 3e38, -3e38, 1.0, -1.0]
    values = np.array(limits + special, np.float32)
    neighbours = [np.nextafter(values, np.float32(side)) for side in (math.inf, -math.inf)]
    assert_equals_libm(np.concatenate([values, *neighbours]), libm)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, 1.0), (1.0, 2.7182817), (-1.0, 0.36787945), (-103.5, 1.4012985e-45), (-104.5, 0.0)],
)
def test_expf_gives_known_values(value: float, expected: float) -> None:
    assert bits(expf(value)) == bits(expected)


def test_expf_is_within_one_rounding_of_the_double_exponential() -> None:
    values = np.linspace(-80, 80, 20_001, dtype=np.float32)
    exact = np.exp(values.astype(np.float64))
    assert np.max(np.abs(expf(values) - exact) / exact) < 0.51 * 2**-23


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 4), (8193,), (2, 0, 3)])
def test_expf_keeps_the_shape(shape: tuple[int, ...]) -> None:
    result = expf(np.ones(shape, np.float32))
    assert result.shape == shape
    assert result.dtype == np.float32
    assert np.all(result == np.float32(math.e))


def test_expf_of_strided_and_read_only_values_equals_that_of_a_copy() -> None:
    values = np.random.default_rng(3).normal(0, 10, (30, 40)).astype(np.float32)
    values.flags.writeable = False
    assert np.array_equal(expf(values[::2, ::-3]), expf(values[::2, ::-3].copy()))


def test_sigmoid_rounds_every_step_to_float32() -> None:
    values = np.random.default_rng(4).normal(0, 10, 500).astype(np.float32)
    one = np.float32(1)
    expected = [one / (one + expf(-value)) for value in values]
    assert np.array_equal(bits(sigmoid(values)), bits(expected))


def test_sigmoid_saturates_without_warning() -> None:
    assert sigmoid(np.array([-200.0, 0.0, 200.0])).tolist() == [0.0, 0.5, 1.0]


def test_logistic_divides_in_double_and_rounds_once() -> None:
    patterns = np.random.default_rng(6).integers(0, 2**32, 50_000, np.uint64).astype(np.uint32)
    special = np.array(
        [0.0, -0.0, math.inf, -math.inf, math.nan, 88.8, -88.8, 104, -106], np.float32
    )
    ordinary = np.random.default_rng(7).uniform(-110, 110, 50_000).astype(np.float32)
    values = np.concatenate([patterns.view(np.float32), special, ordinary])
    expected = (1.0 / (expf(-values).astype(np.float64) + 1.0)).astype(np.float32)
    differs = (bits(logistic(values)) != bits(expected)) & ~np.isnan(expected)
    assert not differs.any(), values[differs][:5]
    assert np.array_equal(np.isnan(logistic(values)), np.isnan(expected))


def test_logistic_leaves_its_input_alone_and_keeps_the_shape() -> None:
    values = np.random.default_rng(8).normal(0, 10, (3, 3000, 2)).astype(np.float32)
    values.flags.writeable = False
    assert np.array_equal(logistic(values[..., ::-1]), logistic(values[..., ::-1].copy()))
    assert logistic(values).shape == values.shape


def test_scalar_functions_round_the_double_ones_to_within_one_bit() -> None:
    for value in np.random.default_rng(5).uniform(-4, 4, 200).astype(np.float32):
        assert abs(float(sinf(value)) - math.sin(float(value))) <= 2**-24
        assert abs(float(cosf(value)) - math.cos(float(value))) <= 2**-24
        assert abs(float(atan2f(value, 0.5)) - math.atan2(float(value), 0.5)) <= 2**-23


def test_scalar_functions_return_float32() -> None:
    assert {type(sinf(0.1)), type(cosf(0.1)), type(atan2f(0.1, 1.0))} == {np.float32}


def no_library(name: str) -> ctypes.CDLL:
    raise OSError(name)


def test_where_no_library_can_be_loaded_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcendental, "_search", lambda platform: "libm.so")
    monkeypatch.setattr("ctypes.CDLL", no_library)
    assert transcendental._c_library() is None


def test_where_no_library_is_known_it_is_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    # `list.append` finds nothing, as a search for an unknown library does.
    monkeypatch.setattr("sys.platform", "plan9")
    monkeypatch.setattr(transcendental, "_search", asked.append)
    assert transcendental._c_library() is None
    assert asked == ["plan9"]


def test_a_library_without_the_functions_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcendental, "_search", lambda platform: "libm.so")
    monkeypatch.setattr("ctypes.CDLL", lambda name: SimpleNamespace(sinf=None))
    assert transcendental._c_library() is None


def test_without_a_library_the_double_functions_serve() -> None:
    assert transcendental._scalar_function(None, "sinf", 1, math.sin) is math.sin


def test_a_library_is_searched_for_by_its_usual_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.util.find_library", lambda name: f"lib{name}.so.9")
    assert transcendental._search("plan9") == "libm.so.9"
