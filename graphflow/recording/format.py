"""The format: names and versions in the container; docs/recording.md describes it for others.

A recording is an MCAP file with profile "graphflow". Its messages are MessagePack. Nothing in it is
executable, and nothing in it names code to be imported.
"""

from __future__ import annotations

from typing import Any, Final

from graphflow.recording.faults import INSTALL_HINT, RecordingError

VERSION: Final = 1
"""Of what is in the container; recordings of a higher one are refused."""

PROFILE: Final = "graphflow"
ENCODING: Final = "msgpack"
GRAPH: Final = "graph.json"
"""Name of the attachment with the graph's description."""

VERSIONS: Final = "graphflow.versions"
"""Name of the metadata at the beginning: version of the format, of programs and of libraries."""

END: Final = "graphflow.end"
"""Name of the metadata at the end: `status`, `error`, and counts of what was skipped."""

STREAM: Final = "stream/"
"""Channels of packets: [time, payload]; [time, nil, stream, time] of a payload that is there
already; or [time, nil, class] of one without codec."""

NODE: Final = "node/"
"""Channels of calls: see `RecordedCall.as_plain`."""

INPUT: Final = "input/"
"""Channels of what was promised of a graph input: a bound."""

SIDE: Final = "side/"
"""Channels of side packets: [payload], or [nil, class] of one without codec."""


def pack(plain: Any) -> bytes:
    """Make bytes of plain values; equal values make equal bytes.

    Raises:
        RecordingError: the packages are missing, or it is larger than the format allows.
    """
    try:
        import msgpack
    except ImportError:
        raise RecordingError(INSTALL_HINT) from None
    try:
        packed: bytes = msgpack.packb(plain, use_bin_type=True, unicode_errors="surrogatepass")
    except (ValueError, TypeError, OverflowError) as fault:
        raise RecordingError(f"a value can't be packed: {fault}") from fault
    return packed


def unpack(packed: bytes) -> Any:
    """Make plain values of bytes.

    Raises:
        RecordingError: the packages are missing, or these are no packed values.
    """
    try:
        import msgpack
    except ImportError:
        raise RecordingError(INSTALL_HINT) from None
    try:
        return msgpack.unpackb(packed, raw=False, unicode_errors="surrogatepass")
    except (ValueError, TypeError, msgpack.UnpackException) as fault:
        raise RecordingError(f"found no MessagePack: {fault}") from fault
