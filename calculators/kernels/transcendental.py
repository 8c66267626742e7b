"""float32 exponential, sine, cosine and arc tangent with the bits of glibc's libm.

MediaPipe calls the C library's ``expf``, ``sinf``, ``cosf`` and ``atan2f``; numpy's own float32
functions differ from them in the last bit, and tracking amplifies that bit. ``expf`` is
evaluated on whole arrays; the other three are needed for single angles, so they call the C
library.
"""

from __future__ import annotations

import ctypes
import ctypes.util
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

# Of a float64, the bits that a float32 drops, the tie among them, and how near to it is too near:
# 1/256 of the last bit that a float32 keeps.
_DROPPED = np.uint32((1 << 29) - 1)
_TIE = np.uint32(1 << 28)
_NEAR = np.uint32(1 << 21)
_LOWER_HALF = 0 if sys.byteorder == "little" else 1
# Results for numbers nearer to 0 than the first are normal; beyond the second, 0 or infinite.
_ORDINARY = np.float32(87)
_EXTREME = np.float32(105)

# So few values are computed sooner by glibc's steps alone.
_FEW = 4096

# Values per pass, whose temporaries stay in the second-level cache.
_CHUNK = 8192


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
    with np.errstate(all="ignore"):
        if flat.size <= _FEW:
            _expf_into(flat, result)
        else:
            _expf_quickly(flat, result)
    return result.reshape(values.shape)


def _expf_quickly(x: FloatArray, result: FloatArray) -> None:
    """Round another exponential, and compute by glibc's steps what may round otherwise."""
    pieces = [slice(start, start + _CHUNK) for start in range(0, x.size, _CHUNK)]
    unsure = [_round_double(x[piece], result[piece]) + piece.start for piece in pieces]
    places = np.concatenate(unsure)
    exact = np.empty(places.shape, np.float32)
    _expf_into(x[places], exact)
    result[places] = exact


def _round_double(x: FloatArray, result: FloatArray) -> npt.NDArray[np.intp]:
    """Round numpy's float64 exponential; return where glibc's may be rounded otherwise.

    Before it rounds, glibc's value is off by less than 0.002 of the last bit of a float32, and
    numpy's by far less; so the two can only differ that close to a tie.
    """
    wide = x.astype(np.float64)
    np.exp(wide, out=wide)
    result[...] = wide
    distance = wide.view(np.uint32)[_LOWER_HALF::2] & _DROPPED
    distance -= _TIE - _NEAR
    is_sure = distance >= np.uint32(2 * _NEAR)
    # Between the two, results may be subnormal, which have fewer bits; NaN is on neither side.
    size = np.abs(x)
    is_sure &= (size < _ORDINARY) | (size > _EXTREME)
    return np.flatnonzero(~is_sure)


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


def _search(platform: str) -> str | None:
    return ctypes.util.find_library("m")


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


_LIBRARY = _c_library()
_SINF = _scalar_function(_LIBRARY, "sinf", 1, math.sin)
_COSF = _scalar_function(_LIBRARY, "cosf", 1, math.cos)
_ATAN2F = _scalar_function(_LIBRARY, "atan2f", 2, math.atan2)


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
