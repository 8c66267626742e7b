"""TraceFile: a run as a Chrome trace, which Perfetto (https://ui.perfetto.dev) opens.

The format is the JSON object form of Google's "Trace Event Format": calls are complete events (`X`)
on the thread that ran them, packets are flows (`s` to `f`) from the call that emitted them to each
call that got them, queue lengths are counters (`C`), what was lost is an instant (`i`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import FileIO
from os import PathLike
from pathlib import Path
from typing import Any, Final

import orjson

from graphflow.nodes.contract import port_name
from graphflow.plan import Plan
from graphflow.trace.chrome_lines import Lines
from graphflow.trace.events import (
    Event,
    Lost,
    Moment,
    ThreadSeen,
)

PROCESS: Final = 1
"""Number of the process in the file: there is one, the graph."""

_END: Final = b"\n]}\n"

Record = dict[str, Any]


class TraceFile:
    """Writes a Chrome trace while the run goes on: a sink of `Tracer`.

    After each batch the file is whole JSON, also if the program is killed then.

    Args:
        path: is replaced at the start of each run.

    Attributes:
        error: what kept the rest of the trace from being written, a full disk say; None if nothing.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = Path(path)
        self.error: OSError | None = None
        self._file: FileIO | None = None
        self._text: list[bytes] = []
        self._start_ns = 0
        self._lines = Lines(Plan((), ()), 0)
        self._plan = Plan((), ())

    def begin(self, plan: Plan, start_ns: int) -> None:
        """Open the file, and write what the numbers in it mean.

        Raises:
            OSError: it can't be written.
        """
        self._plan, self._start_ns = plan, start_ns
        self._lines = Lines(plan, start_ns)
        self._text.clear()
        self._close()
        self.error = None
        self._file = self.path.open("wb", buffering=0)
        head = {"displayTimeUnit": "ms", "otherData": {"graph": plan.type, "file": plan.file}}
        first = _metadata("process_name", 0, {"name": f"graph {plan.type}".strip()})
        opened = orjson.dumps(head)[:-1] + b',"traceEvents":[\n'
        self._file.write(opened + orjson.dumps(first) + _END)

    def write(self, events: Sequence[Event]) -> None:
        """Make lines of events, a record each; `flush` writes them."""
        lines, rest = self._lines.text_of(events)
        lines += [orjson.dumps(each).decode() for event in rest for each in self._rare(event)]
        if lines:
            self._text += [b",\n", ",\n".join(lines).encode()]

    def flush(self) -> None:
        """Write over the end of the file, and the end again.

        In one piece, for whoever writes may have to wait for the interpreter's lock afterwards.
        """
        if self._file is None or not self._text:
            return
        text = b"".join((*self._text, _END))
        self._text.clear()
        try:
            self._file.seek(-len(_END), os.SEEK_END)
            while text:
                text = text[self._file.write(text) :]
        except OSError as error:
            self.error = error
            self._close()

    def end(self) -> None:
        """Close the file."""
        self.flush()
        self._close()

    def _close(self) -> None:
        """Close the file; whatever that says, an error of before says more."""
        file, self._file = self._file, None
        if file is None:
            return
        try:
            file.close()
        except OSError as error:
            self.error = self.error or error

    def _us(self, ns: int) -> float:
        return (ns - self._start_ns) / 1000

    def _rare(self, event: Lost | Moment | ThreadSeen) -> list[Record]:
        if isinstance(event, Lost):
            return [self._instant("lost", event.at_ns, self._loss(event))]
        if isinstance(event, Moment):
            return [self._instant(event.text, event.at_ns, {})]
        return [
            _metadata("thread_name", event.number, {"name": event.name}),
            _metadata("thread_sort_index", event.number, {"sort_index": event.number}),
        ]

    def _instant(self, name: str, at_ns: int, arguments: Record) -> Record:
        return {
            "ph": "i",
            "name": name,
            "s": "g",
            "pid": PROCESS,
            "tid": 0,
            "ts": self._us(at_ns),
            "args": arguments,
        }

    def _loss(self, lost: Lost) -> dict[str, Any]:
        node = None if lost.node < 0 else self._plan.nodes[lost.node]
        port = None
        if node is not None and lost.port >= 0:
            port = port_name(node.inputs[lost.port].tag, node.inputs[lost.port].index)
        return {
            "node": None if node is None else node.name,
            "input": port,
            "stream": None if lost.stream < 0 else self._plan.streams[lost.stream].name,
            "reason": lost.reason,
            "count": lost.amount,
        }


def _metadata(what: str, thread: int, arguments: Record) -> Record:
    return {"ph": "M", "name": what, "pid": PROCESS, "tid": thread, "args": arguments}
