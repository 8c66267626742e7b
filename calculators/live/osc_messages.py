"""OSC datagrams of a body's landmarks: laid out once, filled for each frame.

python-osc makes the messages; of a frame only the floats are new, so only these are put in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

DATAGRAM_MAX: Final = 1400
"""Bytes. Ethernet carries so many undivided, and what Processing's library receives is longer."""

_COLUMNS: Final = 5
_ROW_BYTES: Final = 4 * _COLUMNS

_HEAD: Final = OscBundleBuilder(IMMEDIATELY).build().dgram
"""Of a bundle: its name, and that its messages count at once."""


class LandmarkMessages:
    """Makes a message of each landmark.

    Args:
        prefix: of the addresses.
        names: of the landmarks, in their order.
    """

    def __init__(self, prefix: str, names: Sequence[str]) -> None:
        self._heads = tuple(_row_head(f"{prefix}/{name}") for name in names)

    def of(self, landmarks: npt.NDArray[np.float32]) -> list[bytes]:
        """Return messages, as they stand in a bundle.

        Args:
            landmarks: (N, 5) as x, y, z, visibility, presence; of those beyond the names nothing
                is said.
        """
        floats = np.ascontiguousarray(landmarks[:, :_COLUMNS], dtype=">f4").tobytes()
        return [
            head + floats[at * _ROW_BYTES : (at + 1) * _ROW_BYTES]
            for at, head in enumerate(self._heads[: len(landmarks)])
        ]


def bundles(first: bytes, messages: Iterable[bytes]) -> Iterator[bytes]:
    """Yield as many bundles as are needed, none longer than `DATAGRAM_MAX`.

    Args:
        first: the message that each begins with.
        messages: the others, in their order.
    """
    head = text = _HEAD + first
    for each in messages:
        if len(text) + len(each) > DATAGRAM_MAX:
            yield text
            text = head
        text += each
    yield text


def message(address: str, value: int) -> bytes:
    """Return a message of one whole number, as it stands in a bundle: with its length before it."""
    builder = OscMessageBuilder(address)
    builder.add_arg(value, OscMessageBuilder.ARG_TYPE_INT)
    return _with_length(builder.build().dgram)


def _row_head(address: str) -> bytes:
    """Return what a landmark's message has before its floats."""
    builder = OscMessageBuilder(address)
    for _ in range(_COLUMNS):
        builder.add_arg(0.0, OscMessageBuilder.ARG_TYPE_FLOAT)
    return _with_length(builder.build().dgram)[:-_ROW_BYTES]


def _with_length(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text
