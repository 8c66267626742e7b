"""TraceFile: a run as a Chrome trace, which Perfetto (https://ui.perfetto.dev) opens.

The format is the JSON object form of Google's "Trace Event Format": calls are complete events (`X`)
on the thread that ran them, packets are flows (`s` to `f`) from the call that emitted them to each
call that got them, queue lengths are counters (`C`), what was lost is an instant (`i`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import IO, Any, Final

import orjson

from graphflow.nodes.contract import port_name
from graphflow.plan import Plan
from graphflow.trace.events import (
    APPLICATION,
    Event,
    Lengths,
    Lost,
    Moment,
    ThreadSeen,
    TracedCall,
)
from graphflow.words import timestamp as time_of
from graphflow.words.short_names import short_names

PROCESS: Final = 1
"""Number of the process in the file: there is one, the graph."""

_END: Final = b"\n]}\n"

_AT_ONCE: Final = 40
"""Events made into records at a time: with many more alive, the garbage collector would run."""

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
        self._file: IO[bytes] | None = None
        self._start_ns = 0
        self._flows = 0
        self._is_source: tuple[bool, ...] = ()
        self._streams: tuple[str, ...] = ()
        self._names: tuple[str, ...] = ()
        self._counters: tuple[tuple[str, tuple[str, ...]], ...] = ()
        self._plan = Plan((), ())

    def begin(self, plan: Plan, start_ns: int) -> None:
        """Open the file, and write what the numbers in it mean.

        Raises:
            OSError: it can't be written.
        """
        self.error = None
        self._plan, self._start_ns, self._flows = plan, start_ns, 0
        shortened = short_names([node.name for node in plan.nodes])
        self._names = tuple(shortened[node.name] for node in plan.nodes)
        self._streams = tuple(stream.name for stream in plan.streams)
        self._is_source = tuple(node.is_source for node in plan.nodes)
        self._counters = tuple(
            (
                f"queues of {shortened[node.name]}",
                tuple(port_name(each.tag, each.index) for each in node.inputs),
            )
            for node in plan.nodes
        )
        if self._file is not None:
            self._file.close()
        self._file = self.path.open("wb")
        head = {"displayTimeUnit": "ms", "otherData": {"graph": plan.type, "file": plan.file}}
        first = _metadata("process_name", 0, {"name": f"graph {plan.type}".strip()})
        opened = orjson.dumps(head)[:-1] + b',"traceEvents":[\n'
        self._file.write(opened + orjson.dumps(first) + _END)
        self._file.flush()

    def write(self, events: Sequence[Event]) -> None:
        """Write a batch over the end of the file, and the end again."""
        lines = [
            self._encoded(events[start : start + _AT_ONCE])
            for start in range(0, len(events), _AT_ONCE)
        ]
        text = b",\n".join(each for each in lines if each)
        if text:
            self._do(b",\n" + text + _END)

    def _encoded(self, events: Sequence[Event]) -> bytes:
        """Return events as JSON, a record a line for those who look with a text editor."""
        records: list[Record] = []
        for event in events:
            if isinstance(event, TracedCall):
                self._add_call(records, event)
            elif isinstance(event, Lengths):
                self._add_lengths(records, event)
            else:
                records += self._rare(event)
        return orjson.dumps(records)[1:-1].replace(b'},{"ph"', b'},\n{"ph"')

    def end(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._do(b"")
        if self._file is not None:
            self._file.close()
            self._file = None

    def _do(self, text: bytes) -> None:
        file = self._file
        if file is None:
            return
        try:
            if text:
                file.seek(-len(_END), os.SEEK_END)
                file.write(text)
            file.flush()
        except OSError as error:
            self.error = error
            self._file = None
            _close(file)

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

    def _add_lengths(self, records: list[Record], event: Lengths) -> None:
        name, ports = self._counters[event.node]
        records.append(
            {
                "ph": "C",
                "name": name,
                "pid": PROCESS,
                "tid": 0,
                "ts": (event.at_ns - self._start_ns) / 1000,
                "args": dict(zip(ports, event.lengths)),  # noqa: B905 (hot; equal lengths)
            }
        )

    def _add_call(self, records: list[Record], call: TracedCall) -> None:
        """Add a span, and each packet as a flow from inside the call that emitted it."""
        streams, start_ns = self._streams, self._start_ns
        is_timed = call.step == "process" and not self._is_source[call.node]
        began_us = (call.began_ns - start_ns) / 1000
        span = {
            "ph": "X",
            "name": self._names[call.node],
            "cat": call.step,
            "pid": PROCESS,
            "tid": call.thread,
            "ts": began_us,
            "dur": call.busy_ns / 1000,
            "args": {
                "timestamp": _number(call.timestamp) if is_timed else None,
                "queued_us": call.queued_ns / 1000,
                "waiting_us": call.waiting_ns / 1000,
                "inputs": {streams[each.stream]: _number(each.time) for each in call.inputs},
                "outputs": [(streams[stream], _number(time)) for stream, time in call.outputs],
                "failed": call.has_failed,
            },
        }
        if call.has_failed:
            span["cname"] = "terrible"
        records.append(span)
        for stream, _, _, producer, thread, sent_ns in call.inputs:
            if producer == APPLICATION:
                continue
            self._flows += 1
            flow = {
                "ph": "s",
                "name": streams[stream],
                "cat": "packet",
                "id": self._flows,
                "pid": PROCESS,
                "tid": thread,
                # At its very end the span is over already, and a flow binds to what encloses it.
                "ts": (sent_ns - 1 - start_ns) / 1000,
            }
            records.append(flow)
            records.append({**flow, "ph": "f", "bp": "e", "tid": call.thread, "ts": began_us})

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


def _number(time: int) -> int | str:
    """Return a time for JSON; the special ones by name, for readers may not have 64 bits."""
    return time if time_of.MIN < time < time_of.MAX else time_of.text(time)


def _close(file: IO[bytes]) -> None:
    try:
        file.close()
    except OSError:
        return  # It has been told already why the file can't be written.
