"""Messages: what other programs get of frames and events, as JSON; version 1.

`landmarks.schema.json` tells the same of frames as a JSON Schema. Keys are added within a version;
one that goes or changes its meaning makes another version.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from graphflow.serving.frames import Frame
from graphflow.serving.watch import Event
from graphflow.words.web import web_forms

VERSION: Final = 1

_OPTIONS: Final = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def frame_message(frame: Frame, origin_us: int | None) -> bytes:
    """Return a frame as one JSON object.

    Keys: version, number (of the frame, from 1: where one is left out, the program was slower than
    the graph), timestamp (microseconds, of the packet), captured_us (microseconds since 1970, UTC,
    or null where the graph does not know), landmarks and world_landmarks (rows of x, y, z,
    visibility, presence; null where nobody was found).

    Args:
        frame: what the graph said.
        origin_us: when the time 0 was captured.
    """
    return as_json(
        {
            "version": VERSION,
            "number": frame.number,
            "timestamp": frame.timestamp,
            "captured_us": None if origin_us is None else origin_us + frame.timestamp,
            "landmarks": frame.values.get("LANDMARKS"),
            "world_landmarks": frame.values.get("WORLD_LANDMARKS"),
        }
    )


def event_message(event: Event) -> bytes:
    """Return an event as one JSON object.

    Keys: version, number (of the event, from 1: where one is left out, the program was much slower
    than the graph), timestamp (microseconds, of the packet), event (the payload, a key for each of
    its fields).
    """
    return as_json(
        {
            "version": VERSION,
            "number": event.number,
            "timestamp": event.timestamp,
            "event": event.payload,
        }
    )


def as_json(value: Any) -> bytes:
    """Return plain values, records, enumerations and the payloads of libraries as JSON."""
    return orjson.dumps(value, default=_json_of, option=_OPTIONS)


def _json_of(payload: Any) -> Any:
    """Return what JSON has for a payload; its type's name if nothing: texts might tell paths."""
    if isinstance(payload, tuple):
        fields = getattr(payload, "_asdict", None)
        return list(payload) if fields is None else fields()
    found = web_forms.json_of(payload)
    return type(payload).__name__ if found is None else found
