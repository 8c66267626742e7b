"""Messages: a frame as JSON, by its schema, with the graph's own numbers."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from graphflow.serving.frames import Frame
from graphflow.serving.messages import as_json, event_message, frame_message
from graphflow.serving.watch import Event
from tests.graphflow.serving.served import landmarks

jsonschema = pytest.importorskip("jsonschema", reason="the extra test brings jsonschema")

SCHEMA = json.loads(files("graphflow.serving").joinpath("landmarks.schema.json").read_text("utf-8"))


class Phase(enum.Enum):
    BEGIN = "begin"


@dataclass(frozen=True)
class Happening:
    kind: str
    phase: Phase
    value: float | None = None


class Size(NamedTuple):
    width: int
    height: int


def read(frame: Frame, origin_us: int | None = None) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(frame_message(frame, origin_us))
    jsonschema.validate(message, SCHEMA)
    return message


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_numbers_read_back_as_the_same() -> None:
    given = landmarks(1)
    message = read(Frame(3, 50, {"LANDMARKS": given, "WORLD_LANDMARKS": given[:, ::-1][:, ::-1]}))
    found = np.array(message["landmarks"], np.float32)
    np.testing.assert_array_equal(found, given)
    np.testing.assert_array_equal(np.array(message["world_landmarks"], np.float32), given)


def test_a_frame_with_nobody_has_null_and_its_time() -> None:
    message = read(Frame(4, 50), origin_us=1_000_000)
    assert message == {
        "version": 1,
        "number": 4,
        "timestamp": 50,
        "captured_us": 1_000_050,
        "landmarks": None,
        "world_landmarks": None,
    }


def test_events_are_written_field_by_field() -> None:
    written = json.loads(event_message(Event(7, 40, Happening("presence", Phase.BEGIN))))
    fields = {"kind": "presence", "phase": "begin", "value": None}
    assert written == {"version": 1, "number": 7, "timestamp": 40, "event": fields}
    written = json.loads(event_message(Event(8, 45, {"size": Size(4, 3)})))
    assert written["event"] == {"size": {"width": 4, "height": 3}}


def test_what_nobody_can_write_is_told_by_its_type_and_never_by_its_words() -> None:
    assert json.loads(as_json([Path("/secret/place"), object()])) == ["PosixPath", "object"]


def test_scalars_of_arrays_are_numbers() -> None:
    scalars = [np.float32(0.1), np.int64(3), np.arange(6, dtype=">i4").reshape(2, 3).T]
    assert json.loads(as_json(scalars)) == [0.1, 3, [[0, 3], [1, 4], [2, 5]]]
