"""Codecs of the payloads of these calculators, for recordings: arrays, images, records."""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from calculators import types
from graphflow.nodes.codecs import Codec, CodecError, codecs
from graphflow.running.profile import GraphProfile, NodeProfile

Array = npt.NDArray[Any]

_DTYPE: Final = re.compile(r"[<>|=][?bBiufcSUMm][0-9]+(\[[0-9a-zA-Z]+\])?")
"""Names of dtypes that hold numbers, text or times, and no objects."""

_IMAGE_BYTES_MIN: Final = 4096
"""Smaller images are not worth the call."""


def _encode_array(array: Array) -> list[Any]:
    """Make [dtype, shape, order, bytes]; the order is kept, since sums depend on it."""
    if not _DTYPE.fullmatch(array.dtype.str):
        raise CodecError(f"an array of dtype {array.dtype} can't be recorded")
    is_fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    content = array.tobytes(order="F") if is_fortran else array.tobytes()
    return [array.dtype.str, list(array.shape), "F" if is_fortran else "C", content]


def _decode_array(fields: list[Any]) -> Array:
    dtype, shape, order, content = fields
    if not _DTYPE.fullmatch(dtype):
        raise ValueError(f"found dtype {dtype!r}")
    flat = np.frombuffer(content, np.dtype(dtype)) if content else np.empty(0, np.dtype(dtype))
    array: Array = flat.reshape(shape, order="F" if order == "F" else "C")
    array.setflags(write=False)
    return array


def _compress_array(array: Array) -> tuple[str, Any] | None:
    """Take each row of an image off the next one, modulo 2**bits: that compresses better.

    The recording compresses the differences. Measured on frames of four clips: 6 to 19 % smaller
    than PNG, 3 to 5 times as fast.
    """
    has_channels = array.ndim == 3 and array.shape[2] in (1, 3, 4)
    if (
        array.dtype.str not in ("|u1", "<u2")
        or not (array.ndim == 2 or has_channels)
        or array.nbytes < _IMAGE_BYTES_MIN
        or not array.flags.c_contiguous
    ):
        return None
    rows = array.copy()
    rows[1:] -= array[:-1]
    return "image", _encode_array(rows)


def _decode_image(fields: list[Any]) -> Array:
    rows = _decode_array(fields)
    image: Array = np.add.accumulate(rows, axis=0, dtype=rows.dtype)
    image.setflags(write=False)
    return image


def _compare_arrays(found: Array, expected: Array) -> str:
    if found.dtype != expected.dtype or found.shape != expected.shape:
        return (
            f"found {found.dtype} of shape {found.shape}; "
            f"expected {expected.dtype} of shape {expected.shape}"
        )
    pairs = (np.ascontiguousarray(each).reshape(-1) for each in (found, expected))
    left, right = (each.view(np.uint8).reshape(each.size, -1) for each in pairs)
    count = int(np.any(left != right, axis=1).sum())
    words = f"{count} of {found.size} elements differ"
    if count and found.dtype.kind in "iuf":
        gap = np.abs(found.astype(np.float64) - expected.astype(np.float64))
        words += f", the largest by {np.nanmax(gap):.6g}" if not np.isnan(gap).all() else ""
    return words if count else "the order in memory differs"


def _register_scalar(kind: type[np.generic]) -> None:
    dtype = np.dtype(kind)

    def decode(content: bytes) -> Any:
        return np.frombuffer(content, dtype)[0]

    codecs.register(Codec(f"numpy.{dtype.name}", kind, lambda value: value.tobytes(), decode))


codecs.register(
    Codec("array", np.ndarray, _encode_array, _decode_array, _compress_array, _compare_arrays)
)
codecs.register_decoder(Codec("image", np.ndarray, _encode_array, _decode_image))
for _name in (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
):
    _register_scalar(np.dtype(_name).type)
for _record in (
    *(types.ImageSize, types.VideoHeader, types.Detection, types.Detections),
    *(types.PoseEvent, types.PoseQuality),
    *(GraphProfile, NodeProfile),
):
    codecs.register_record(_record)
