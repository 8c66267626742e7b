"""float32 exponential, sine, cosine and arc tangent with the bits of glibc's libm.

MediaPipe calls the C library's ``expf``, ``sinf``, ``cosf`` and ``atan2f``; numpy's own float32
functions differ from them in the last bit, and tracking amplifies that bit. ``expf`` is
evaluated on whole arrays; the other three are needed for single angles, so they call the C
library.
"""

from __future__ import annotations

import ctypes
import math
import struct
import sys
from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np
import numpy.typing as npt

from calculators.types import FloatArray

# e**x = 2**(k/32) * 2**(r/32) with k the nearest integer to 32*x/ln 2 and |r| <= 1/2. The
# coefficients approximate 2**(r/32); they are those of the published single-precision
# algorithm (Arm optimized routines), which glibc uses since 2.27.
_STEPS = 32
_TABLE_BITS = 5
_STEPS_PER_LN2 = float.fromhex("0x1.71547652b82fep+0") * _STEPS
_CUBIC = float.fromhex("0x1.c6af84b912394p-5") / _STEPS**3
_SQUARE = float.fromhex("0x1.ebfce50fac4f3p-3") / _STEPS**2
_LINEAR = float.fromhex("0x1.62e42ff0c52d6p-1") / _STEPS

# Adding it to a double of magnitude below 2**51 rounds that to an integer, half to even, and
# leaves the integer in the low bits.
_ROUNDING_SHIFT = float.fromhex("0x1.8p52")

# Beyond these, float32 gives 0 and infinity; clipping keeps the exponent arithmetic in range.
_LOWEST = np.float32(-104.0)
_HIGHEST = np.float32(89.0)

# Of a float64, the bits that a float32 drops, and where those begin that are too near to a tie:
# 1/256 of the last bit that a float32 keeps.
_DROPPED = np.uint64((1 << 29) - 1)
_NEAR = 1 << 21
_UNSURE_BEGIN = np.uint64((1 << 28) - _NEAR)
_UNSURE_SPAN = np.uint64(2 * _NEAR)
# Results for numbers nearer to 0 than the first are normal; beyond the second, 0 or infinite.
_ORDINARY = np.float32(87)
_EXTREME = np.float32(105)

# The logistic function of the first is 0 in float32, and of the second 1 in double.
_IMPOSSIBLE = np.float32(-89.0)
_CERTAIN = np.float32(40.0)

# From 500 values on, numpy lets go of the interpreter's lock.
_LOCKED = 499

# So few values are computed sooner by the C library, one by one.
_FEW = 128

# Values per pass, whose temporaries stay in the second-level cache.
_CHUNK = 32768


def _exponent_free_powers() -> npt.NDArray[np.uint64]:
    """Return the bits of 2**(i/32), minus the i that ``k << 47`` will add to the exponent."""
    with localcontext() as context:
        context.prec = 50
        powers = [float(Decimal(2) ** (Decimal(i) / _STEPS)) for i in range(_STEPS)]
    bits = np.array(powers, np.float64).view(np.uint64)
    bits -= np.arange(_STEPS, dtype=np.uint64) << np.uint64(52 - _TABLE_BITS)
    return bits


def _split(value: float) -> tuple[float, float]:
    """Split a double into its leading 29 bits and the rest, exactly."""
    (bits,) = struct.unpack("<q", struct.pack("<d", value))
    (leading,) = struct.unpack("<d", struct.pack("<q", bits & ~((1 << 24) - 1)))
    return leading, value - leading


_POWERS = _exponent_free_powers()
_SCALE_LEADING, _SCALE_REST = _split(_STEPS_PER_LN2)


def expf(x: npt.ArrayLike) -> FloatArray:
    """Return e**x in float32, bit for bit as glibc's ``expf`` on a processor with FMA.

    Compared with libm (glibc 2.36, FMA variant) on every float32 of magnitude 2**-27 to 104.5:
    no difference in 564,658,176 values. (The variant without FMA differs from it in two.)

    Args:
        x: Any shape; converted to float32. NaN gives NaN.

    Returns:
        float32 of the same shape; a new array.
    """
    values = np.asarray(x, np.float32)
    flat = values.reshape(-1)
    result = np.empty(flat.shape, np.float32)
    for start in range(0, flat.size, _CHUNK):
        _expf_of_chunk(flat[start : start + _CHUNK], result[start : start + _CHUNK])
    return result.reshape(values.shape)


def _expf_of_chunk(x: FloatArray, result: FloatArray) -> None:
    """Round another exponential, and compute by glibc's steps what may round otherwise."""
    size = np.abs(x)
    if np.maximum.reduce(size) < _ORDINARY:
        is_unsure = _round_double(x, result)
    else:
        with np.errstate(all="ignore"):
            is_unsure = _round_double(x, result)
        # Between the two, results may be subnormal, which have fewer bits; NaN is on neither side.
        is_unsure |= ~((size < _ORDINARY) | (size > _EXTREME))
    (places,) = is_unsure.nonzero()
    if places.size <= _FEW:
        for place in places.tolist():
            result[place] = _EXPF(x[place])
    else:
        exact = np.empty(places.shape, np.float32)
        _expf_into(x[places], exact)
        result[places] = exact


def _round_double(x: FloatArray, result: FloatArray) -> npt.NDArray[np.bool_]:
    """Round numpy's float64 exponential; return where glibc's may be rounded otherwise.

    Before it rounds, glibc's value is off by less than 0.002 of the last bit of a float32, and
    numpy's by far less; so the two can only differ that close to a tie.
    """
    wide: npt.NDArray[np.float64] = np.exp(x, dtype=np.float64)
    result[...] = wide
    distance = wide.view(np.uint64) - _UNSURE_BEGIN
    distance &= _DROPPED
    is_unsure: npt.NDArray[np.bool_] = distance < _UNSURE_SPAN
    return is_unsure


@np.errstate(all="ignore")
def _expf_into(x: FloatArray, result: FloatArray) -> None:
    wide = np.minimum(np.maximum(x, _LOWEST), _HIGHEST).astype(np.float64)
    shifted = wide * _STEPS_PER_LN2
    shifted += _ROUNDING_SHIFT
    whole_bits = shifted.view(np.uint64)
    rounded = shifted - _ROUNDING_SHIFT
    # glibc computes this difference with one fused multiply-subtract. The product with the
    # leading 29 bits is exact, and so is its difference from the integer beside it; one
    # rounding remains, as in the fused operation.
    remainder = wide * _SCALE_LEADING
    remainder -= rounded
    wide *= _SCALE_REST
    remainder += wide
    scale_bits = np.take(_POWERS, (whole_bits & np.uint64(_STEPS - 1)).view(np.int64))
    scale_bits += whole_bits << np.uint64(52 - _TABLE_BITS)
    power = remainder * _CUBIC
    power += _SQUARE
    power *= remainder * remainder
    remainder *= _LINEAR
    remainder += 1.0
    power += remainder
    power *= scale_bits.view(np.float64)
    result[...] = power


def sigmoid(x: npt.ArrayLike) -> FloatArray:
    """Return 1 / (1 + e**-x) in float32, each step rounded, as MediaPipe writes it.

    Args:
        x: Any shape; converted to float32.

    Returns:
        float32 in [0, 1], same shape; a new array.
    """
    result = expf(np.negative(np.asarray(x, np.float32)))
    result += np.float32(1)
    np.divide(np.float32(1), result, out=result)
    return result


def logistic(x: npt.ArrayLike) -> FloatArray:
    """Return 1 / (1 + e**-x): `expf`, then added and divided in double, and rounded once.

    Args:
        x: Any shape; converted to float32. NaN gives NaN.

    Returns:
        float32 in [0, 1], same shape; a new array.
    """
    # What is cut off gives the same 0 and 1; extreme exponents are dear. In few calls: after each
    # of them the interpreter's lock is waited for, if another worker has it.
    values = np.asarray(x, np.float32)
    exponents = np.negative(np.clip(values, _IMPOSSIBLE, _CERTAIN)).reshape(-1)
    odds = np.empty(exponents.shape, np.float32)
    with np.errstate(all="ignore"):
        (places,) = _round_double(exponents, odds).nonzero()
    for start in range(0, places.size, _LOCKED):
        some = places[start : start + _LOCKED]
        exact = np.empty(some.shape, np.float32)
        _expf_into(exponents[some], exact)
        odds[some] = exact
    wide = np.add(odds, 1.0, dtype=np.float64)
    np.divide(1.0, wide, out=odds, casting="same_kind")
    return odds.reshape(values.shape)


def _search(platform: str) -> str | None:
    # It imports what starts processes, and is hardly ever needed.
    from ctypes.util import find_library

    return find_library("m")


def _c_library() -> ctypes.CDLL | None:
    """Load the C mathematics library, or return ``None`` where none is found."""
    by_platform = {"linux": "libm.so.6", "darwin": "libSystem.dylib", "win32": "ucrtbase"}
    # The well-known name first: searching starts a compiler or linker on Linux.
    for find in (by_platform.get, _search):
        name = find(sys.platform)
        if name is None:
            continue
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        if all(hasattr(library, function) for function in ("sinf", "cosf", "atan2f")):
            return library
    return None


def _scalar_function(
    library: ctypes.CDLL | None, name: str, arity: int, wide: Callable[..., float]
) -> Callable[..., float]:
    """Return the C function ``name``, or the float64 one, whose result is rounded later."""
    if library is None:
        return wide
    function = getattr(library, name)
    function.restype = ctypes.c_float
    function.argtypes = [ctypes.c_float] * arity
    return function  # type: ignore[no-any-return]


def _expf_by_steps(x: float) -> float:
    """Return e**x by glibc's steps."""
    result = np.empty(1, np.float32)
    _expf_into(np.array([x], np.float32), result)
    return float(result[0])


def _single_expf(library: ctypes.CDLL | None) -> Callable[[float], float]:
    """Return the C function ``expf`` if it has the bits of glibc's, as far as samples tell."""
    if library is None or not hasattr(library, "expf"):
        return _expf_by_steps
    function = _scalar_function(library, "expf", 1, math.exp)
    samples = np.linspace(-88, 88, 64, dtype=np.float32)
    expected = np.empty_like(samples)
    _expf_into(samples, expected)
    is_equal = [function(sample) for sample in samples.tolist()] == expected.tolist()
    return function if is_equal else _expf_by_steps


_LIBRARY = _c_library()
_SINF = _scalar_function(_LIBRARY, "sinf", 1, math.sin)
_COSF = _scalar_function(_LIBRARY, "cosf", 1, math.cos)
_ATAN2F = _scalar_function(_LIBRARY, "atan2f", 2, math.atan2)
_EXPF = _single_expf(_LIBRARY)


def sinf(angle_rad: float | np.float32) -> np.float32:
    """Return the sine of a float32 angle, by the C library (else float64, rounded once)."""
    sine: np.float32 = np.float32(_SINF(float(np.float32(angle_rad))))
    return sine


def cosf(angle_rad: float | np.float32) -> np.float32:
    """Return the cosine of a float32 angle, by the C library (else float64, rounded once)."""
    cosine: np.float32 = np.float32(_COSF(float(np.float32(angle_rad))))
    return cosine


def atan2f(y: float | np.float32, x: float | np.float32) -> np.float32:
    """Return the angle of (x, y) in [-pi, pi], by the C library (else float64, rounded once)."""
    angle: np.float32 = np.float32(_ATAN2F(float(np.float32(y)), float(np.float32(x))))
    return angle
