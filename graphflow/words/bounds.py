"""Bounds: which packets a stream can still take, and what a call promises about later ones."""

from __future__ import annotations

from graphflow.words import timestamp as time_of
from graphflow.words.errors import TimestampError


def check_time(time: int, bound: int, who: str, hint: str = "", order_hint: str = "") -> None:
    """Refuse a packet whose time its stream can't take any more.

    Args:
        time: of the packet.
        bound: the lowest time that the stream may still carry.
        who: the stream, as the message names it.
        hint: added to the message about a time that no packet may carry.
        order_hint: added to the message about a time below the bound.

    Raises:
        TimestampError: the message names stream, time and bound.
    """
    if bound == time_of.DONE:
        raise TimestampError(f"{who} is closed; found a packet at {time_of.text(time)}")
    if not time_of.is_allowed_in_stream(time):
        raise TimestampError(
            f"{who}: a packet can't carry the timestamp {time_of.text(time)}{hint}"
        )
    if time == time_of.POSTSTREAM and bound > time_of.MIN:
        raise TimestampError(f"{who}: a packet at POSTSTREAM must be the only one")
    if time < bound:
        found, expected = time_of.text(time), time_of.text(bound)
        raise TimestampError(
            f"{who}: found a packet at {found}; expected {expected} or later{order_hint}"
        )


def bound_after(time: int, offset: int) -> int:
    """Return the output bound that a call at `time` promises by an offset.

    Source: MediaPipe, framework/output_stream_manager.cc, ComputeOutputTimestampBound.
    """
    if time == time_of.PRESTREAM:
        return time_of.MIN
    if time == time_of.MAX and offset >= 0:
        return time_of.POSTSTREAM
    if time >= time_of.POSTSTREAM:
        return time_of.ONE_OVER_POSTSTREAM
    return time_of.next_allowed(time_of.shifted(time, offset))
