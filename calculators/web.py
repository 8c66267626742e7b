"""How pictures and arrays go to browsers and other programs.

Payload types are names of arrays, so a payload is told by its shape and its kind of number.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

JPEG_QUALITY: Final = 80
MASK_SIDE_MIN: Final = 16
"""Smaller arrays of two dimensions are numbers rather than masks."""


def jpeg_of(payload: Any, width_max_px: int) -> bytes | None:
    """Return an RGB image or a mask as JPEG, made smaller if it is wider; None for anything else.

    Args:
        payload: (H, W, 3) uint8, or (H, W) float32 in [0, 1].
        width_max_px: of the picture, at least 1.
    """
    picture = _picture(payload)
    if picture is None:
        return None
    image: npt.NDArray[Any] = picture
    height, width = image.shape[:2]
    if width > width_max_px:
        size = (width_max_px, max(1, round(height * width_max_px / width)))
        # Means of areas would look a little better, and take five times as long as all the rest.
        image = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return jpeg.tobytes() if done else None


def json_of(payload: Any) -> Any:
    """Return an array of numbers as rows that lie in memory as a JSON library needs them.

    Numbers are written as the shortest decimals that read back as the same; what is not a finite
    number as null.
    """
    if isinstance(payload, np.ndarray) and payload.dtype.kind in "biuf":
        return np.ascontiguousarray(payload, payload.dtype.newbyteorder("="))
    return payload.item() if isinstance(payload, np.generic) else None


def _picture(payload: Any) -> npt.NDArray[np.uint8] | None:
    if not isinstance(payload, np.ndarray) or not payload.size:
        return None
    if payload.dtype == np.uint8 and payload.ndim == 3 and payload.shape[2] == 3:
        return payload
    is_mask = payload.dtype == np.float32 and payload.ndim == 2
    if is_mask and min(payload.shape) >= MASK_SIDE_MIN:
        gray: npt.NDArray[np.uint8] = np.clip(np.nan_to_num(payload) * 255, 0, 255).astype(np.uint8)
        return gray
    return None
