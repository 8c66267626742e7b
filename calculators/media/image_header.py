"""Read the kind and size of a picture from its first bytes, so that bombs are never decoded."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

SIGNATURE_BYTES: Final = 32
KINDS: Final = ("JPEG", "PNG", "BMP", "TIFF", "WebP", "JPEG 2000", "GIF")

_JPEG_SIZE_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE_MARKERS: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_TIFF_WIDTH: Final = 256
_TIFF_HEIGHT: Final = 257


class PictureSize(NamedTuple):
    """Width and height in pixels, as stored (before EXIF orientation)."""

    width: int
    height: int


def picture_kind(start: bytes) -> str | None:
    """Return the kind of picture (one of KINDS) that begins with `start`, or None.

    Args:
        start: the first SIGNATURE_BYTES of a file, or more.
    """
    if start[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if start[:8] == b"\x89PNG\r\n\x1a\n":
        return "PNG"
    if start[:2] == b"BM" and len(start) >= 26:
        return "BMP"
    if start[:4] in (b"II*\0", b"MM\0*"):
        return "TIFF"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WebP"
    if start[4:12] == b"jP  \r\n\x87\n" or start[:4] == b"\xff\x4f\xff\x51":
        return "JPEG 2000"
    if start[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    return None


def picture_size(start: bytes) -> PictureSize | None:
    """Return the size of the picture that begins with `start`, or None if it can't be told.

    Args:
        start: the beginning of a file, or all of it. EXIF data and colour profiles may stand before
            a JPEG's size, so a megabyte may be needed.
    """
    read = {
        "JPEG": _jpeg_size,
        "PNG": _png_size,
        "BMP": _bmp_size,
        "TIFF": _tiff_size,
        "WebP": _webp_size,
        "JPEG 2000": _jpeg2000_size,
        "GIF": _gif_size,
    }.get(picture_kind(start) or "")
    try:
        return None if read is None else read(start)
    except (struct.error, IndexError):
        return None


def _png_size(start: bytes) -> PictureSize:
    return PictureSize(*struct.unpack_from(">II", start, 16))


def _gif_size(start: bytes) -> PictureSize:
    return PictureSize(*struct.unpack_from("<HH", start, 6))


def _bmp_size(start: bytes) -> PictureSize:
    (header_bytes,) = struct.unpack_from("<I", start, 14)
    if header_bytes == 12:
        return PictureSize(*struct.unpack_from("<HH", start, 18))
    width, height = struct.unpack_from("<ii", start, 18)
    return PictureSize(abs(width), abs(height))


def _webp_size(start: bytes) -> PictureSize | None:
    chunk = start[12:16]
    if chunk == b"VP8X":
        return PictureSize(
            1 + int.from_bytes(start[24:27], "little"), 1 + int.from_bytes(start[27:30], "little")
        )
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", start, 21)
        return PictureSize(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", start, 26)
        return PictureSize(width & 0x3FFF, height & 0x3FFF)
    return None


def _jpeg_size(start: bytes) -> PictureSize | None:
    position = 2
    while position + 4 <= len(start):
        if start[position] != 0xFF:
            position += 1
            continue
        marker = start[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _JPEG_BARE_MARKERS:
            position += 2
        elif marker in _JPEG_SIZE_MARKERS:
            height, width = struct.unpack_from(">HH", start, position + 5)
            return PictureSize(width, height)
        else:
            position += 2 + int.from_bytes(start[position + 2 : position + 4], "big")
    return None


def _jpeg2000_size(start: bytes) -> PictureSize | None:
    box = start.find(b"ihdr", 0, 4096)
    if box >= 0:
        height, width = struct.unpack_from(">II", start, box + 4)
        return PictureSize(width, height)
    # A bare codestream: SIZ gives the reference grid and the picture's offset in it.
    right, bottom, left, top = struct.unpack_from(">IIII", start, 8)
    return PictureSize(right - left, bottom - top)


def _tiff_size(start: bytes) -> PictureSize | None:
    order = "<" if start[:2] == b"II" else ">"
    (directory,) = struct.unpack_from(order + "I", start, 4)
    (count,) = struct.unpack_from(order + "H", start, directory)
    found = {}
    for index in range(count):
        entry = directory + 2 + 12 * index
        tag, kind = struct.unpack_from(order + "HH", start, entry)
        (found[tag],) = struct.unpack_from(order + ("H" if kind == 3 else "I"), start, entry + 8)
    if _TIFF_WIDTH in found and _TIFF_HEIGHT in found:
        return PictureSize(found[_TIFF_WIDTH], found[_TIFF_HEIGHT])
    return None
