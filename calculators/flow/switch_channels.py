"""Names of a switch's channels: the port TAG:1 of channel 0 is C0__TAG:1.

Source: MediaPipe, framework/tool/container_util.cc
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from graphflow.words.errors import ContractError

CHANNEL_TAG: Final = re.compile(r"C(?P<channel>0|[1-9][0-9]*)__(?P<tag>[A-Z_][A-Z0-9_]*)?")

Key = tuple[str, int]
"""Tag and index."""


def channel_tag(tag: str, channel: int) -> str:
    """Return the tag that a port has on a channel."""
    return f"C{channel}__{tag}"


def by_channel(keys: Iterable[Key]) -> dict[Key, dict[int, Key]]:
    """Sort the ports of channels by the port that they belong to, then by channel.

    Returns:
        For each port beside the switch: the ports of the channels, by channel.

    Raises:
        ContractError: a tag is not that of a channel.
    """
    found: dict[Key, dict[int, Key]] = {}
    for tag, index in keys:
        parts = CHANNEL_TAG.fullmatch(tag)
        if parts is None:
            words = f"tag {tag}" if tag else "a port without a tag"
            raise ContractError(f"found {words}; expected tags of channels, as C0__TAG")
        key = (parts["tag"] or "", index)
        found.setdefault(key, {})[int(parts["channel"])] = (tag, index)
    return found


def channel_count(ports: Iterable[dict[int, Key]]) -> int:
    """Return how many channels there are: the highest number and those below it."""
    return max((max(channels) + 1 for channels in ports), default=0)
