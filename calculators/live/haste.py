"""Haste: skip what came when decoding is slower than it comes, so that no stream falls behind.

Theory. Where a stream comes quicker than it can be decoded, packets pile up in sockets, and frames
grow older and older. That shows as reads that never wait. When none had to wait for `BUSY_US`,
packets are skipped until a read waits: then all that had piled up is gone. What follows can only
be decoded from a key frame on, so packets up to the next one are skipped too.
"""

from __future__ import annotations

from typing import Final

from calculators.media.frame_clock import MICROSECONDS

WAITED_US: Final = 2_000
"""A read that takes longer has waited for a packet."""

BUSY_US: Final = MICROSECONDS
"""For so long no read may have waited."""

SKIPPED_US: Final = MICROSECONDS
"""Skipping longer than this makes no sense: it comes as quickly as it is read, whatever we do."""

KEYLESS_US: Final = 10 * MICROSECONDS
"""A stream without a key frame for so long does not tell them."""


class Haste:
    """Judges packet after packet of one stream.

    Attributes:
        skipped: packets skipped since somebody set it to 0.
    """

    def __init__(self) -> None:
        self.skipped = 0
        self._waited_us: int | None = None
        self._skipping_since_us: int | None = None
        self._is_caught_up = False

    def must_skip(self, asked_us: int, arrival_us: int, *, is_keyframe: bool) -> bool:
        """Tell whether a packet is to be skipped.

        Args:
            asked_us: when it was asked for, by our clock.
            arrival_us: when it came.
            is_keyframe: whether it can be decoded without those before it.
        """
        has_waited = arrival_us - asked_us >= WAITED_US
        if has_waited or self._waited_us is None:
            self._waited_us = arrival_us
        if self._skipping_since_us is None:
            if arrival_us - self._waited_us <= BUSY_US:
                return False
            self._skipping_since_us = arrival_us
        skipping_us = arrival_us - self._skipping_since_us
        self._is_caught_up = self._is_caught_up or has_waited or skipping_us > SKIPPED_US
        if self._is_caught_up and (is_keyframe or skipping_us > KEYLESS_US):
            self._skipping_since_us, self._waited_us = None, arrival_us
            self._is_caught_up = False
            return False
        self.skipped += 1
        return True
