"""EventsSinkCalculator: what began and ended, into a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import orjson

from calculators.media.faults import check_output_folder, unknown_suffix
from calculators.media.line_file import LineFile
from calculators.media.written import Written
from calculators.types import PoseEvent, PoseEvents
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions
from graphflow.words.diagnostics import listed

EVENTS_SUFFIXES = (".jsonl", ".ndjson")


@register
class EventsSinkCalculator(Calculator[NoOptions]):
    """Write events as JSON Lines: a line for each.

    Timing: a line is on disk as soon as its event comes; a file is there from the first event on.

    Ports: EVENTS. Side input FILE_PATH (.jsonl or .ndjson); empty or absent: nothing is written.
    Side output WRITTEN. A line has `timestamp` (of the packet, microseconds) and the attributes of
    PoseEvent: `kind`, `phase`, `since_us`, `lasted_us`, `measure`, `value`, `threshold`, `is_cut`.

    Options: none.

    Example:
        ```yaml
        input_stream: [pose_events]
        input_side_packet: [events_path]
        node:
          - calculator: EventsSinkCalculator
            input_stream: ["EVENTS:pose_events"]
            input_side_packet: ["FILE_PATH:events_path"]
        ```

    Source: ours
    """

    contract = Contract(
        inputs=(Port("EVENTS", PoseEvents, doc="what came to light at a time"),),
        side_inputs=(
            Port("FILE_PATH", str, optional=True, doc="where lines go; nowhere if empty"),
        ),
        side_outputs=(
            Port("WRITTEN", Written, optional=True, doc="path and number of events, at the end"),
        ),
    )

    def open(self, context: Context) -> None:
        """Check that the file can be written."""
        path: str | None = context.side_inputs.get("FILE_PATH")
        self._lines = _file_of(path) if path else None

    def process(self, context: Context) -> None:
        """Write the events of one time."""
        events = context.inputs["EVENTS"]
        if self._lines is None or events.is_empty:
            return
        for event in events.value:
            self._lines.write(encoded_event(int(context.timestamp), event))

    def close(self, context: Context) -> None:
        """Finish the file, also after a failure, and tell what was written."""
        written = Written(None, 0) if self._lines is None else self._lines.close()
        if "WRITTEN" in context.side_outputs:
            context.side_outputs["WRITTEN"] = written


def encoded_event(timestamp: int, event: PoseEvent) -> bytes:
    """Return an event as one line of JSON; what is not a finite number is null."""
    fields = {"timestamp": timestamp, **asdict(event)}
    return orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)


def _file_of(path: str) -> LineFile:
    target = Path(path).expanduser()
    if target.suffix.lower() not in EVENTS_SUFFIXES:
        raise unknown_suffix(target, "events to ", listed(EVENTS_SUFFIXES, "or"))
    check_output_folder(target)
    return LineFile(target)
