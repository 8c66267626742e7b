"""Calls in flight: since when each runs, and where its code stands.

Nothing is noted for this while the graph runs: the frames of the threads that perform calls are
looked at, as a debugger does. Only a frame's own locals are read, nothing is changed.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from time import perf_counter
from types import CodeType, FrameType

from graphflow.runtime.elements import Invocation
from graphflow.words.quick_dataclass import dataclass
from graphflow.words.timestamp import UNSET
from graphflow.words.uncollected import unsearched
from graphflow.words.waits import Call


@dataclass(frozen=True)
class RunningCall:
    """An invocation, and its call as it stands now."""

    invocation: Invocation
    call: Call


def running_calls(performers: Collection[CodeType]) -> list[RunningCall]:
    """Return the calls that run now in any thread, the longest first.

    Args:
        performers: the code of functions that perform calls; their locals are `invocation` and
            `start`, by `perf_counter`.
    """
    now = perf_counter()
    found = []
    # In Python 3.11 a search for cycles may begin while the object of another thread's frame is
    # being made. What is finalized then lets that thread go on, its frame is gone, and the
    # interpreter crashes.
    with unsearched():
        for innermost in sys._current_frames().values():
            inner: list[FrameType] = []
            for frame in _outwards(innermost):
                if frame.f_code in performers:
                    values = frame.f_locals
                    invocation, start = values.get("invocation"), values.get("start")
                    if isinstance(invocation, Invocation) and start is not None:
                        found.append((now - start, invocation, _place(inner)))
                inner.append(frame)
    found.sort(key=lambda each: -each[0])
    return [
        RunningCall(
            invocation,
            Call(
                invocation.step.value,
                UNSET if invocation.node.is_source else invocation.timestamp,
                max(seconds, 0.0),
                place,
            ),
        )
        for seconds, invocation, place in found
    ]


def _outwards(innermost: FrameType) -> Iterator[FrameType]:
    frame: FrameType | None = innermost
    while frame is not None:
        yield frame
        frame = frame.f_back


def _place(inner: list[FrameType]) -> str:
    """Say where user code stands: the calculator's line, and the innermost one it has called.

    Args:
        inner: frames within the performing one, the innermost first.
    """
    if not inner:
        return ""
    inwards = inner[::-1]
    is_engine = [_module(frame).split(".")[0] == "graphflow" for frame in inwards]
    # What an observer's or poller's node has called says more than that node's own code.
    first = next((frame for frame, own in zip(inwards, is_engine, strict=True) if not own), None)
    frame = first or inwards[0]
    place = f"{frame.f_code.co_filename}:{_where(frame)}"
    if frame is inner[0]:
        return place
    return f"{place}, inside {Path(inner[0].f_code.co_filename).name}:{_where(inner[0])}"


def _where(frame: FrameType) -> str:
    return f"{frame.f_lineno} in {frame.f_code.co_name}"


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))
