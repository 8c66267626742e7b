"""TraceFile: a run as a Chrome trace, which Perfetto (https://ui.perfetto.dev) opens.

The format is the JSON object form of Google's "Trace Event Format": calls are complete events (`X`)
on the thread that ran them, packets are flows (`s` to `f`) from the call that emitted them to each
call that got them, queue lengths are counters (`C`), what was lost is an instant (`i`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import IO, Any, Final

from graphflow import timestamp as time_of
from graphflow.contract import port_name
from graphflow.plan import Plan
from graphflow.short_names import short_names
from graphflow.trace.events import (
    APPLICATION,
    Arrival,
    Event,
    Lengths,
    Lost,
    Moment,
    TracedCall,
)

PROCESS: Final = 1
"""Number of the process in the file: there is one, the graph."""

_END: Final = "\n]}\n"


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
        self._names = tuple(json.dumps(shortened[node.name]) for node in plan.nodes)
        self._streams = tuple(json.dumps(stream.name) for stream in plan.streams)
        self._is_source = tuple(node.is_source for node in plan.nodes)
        self._counters = tuple(
            (
                json.dumps(f"queues of {shortened[node.name]}"),
                tuple(json.dumps(port_name(each.tag, each.index)) for each in node.inputs),
            )
            for node in plan.nodes
        )
        if self._file is not None:
            self._file.close()
        self._file = self.path.open("wb")
        head = {"displayTimeUnit": "ms", "otherData": {"graph": plan.type, "file": plan.file}}
        first = _metadata("process_name", 0, name=f"graph {plan.type}".strip())
        self._file.write(f'{json.dumps(head)[:-1]}, "traceEvents": [\n{first}{_END}'.encode())
        self._file.flush()

    def write(self, events: Sequence[Event]) -> None:
        """Write a batch over the end of the file, and the end again."""
        lines = ",\n".join(line for event in events for line in self._lines(event))
        if lines:
            self._do(f",\n{lines}{_END}")

    def end(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._do("")
        if self._file is not None:
            self._file.close()
            self._file = None

    def _do(self, text: str) -> None:
        file = self._file
        if file is None:
            return
        try:
            if text:
                file.seek(-len(_END), os.SEEK_END)
                file.write(text.encode())
            file.flush()
        except OSError as error:
            self.error = error
            self._file = None
            _close(file)

    def _us(self, ns: int) -> str:
        return f"{(ns - self._start_ns) / 1000:.3f}"

    def _lines(self, event: Event) -> Iterator[str]:
        if isinstance(event, TracedCall):
            yield self._span(event)
            for arrival in event.inputs:
                if arrival.producer != APPLICATION:
                    yield from self._flow(arrival, event)
        elif isinstance(event, Lengths):
            name, ports = self._counters[event.node]
            lengths = ",".join(
                f"{port}:{length}" for port, length in zip(ports, event.lengths, strict=True)
            )
            yield (
                f'{{"ph":"C","name":{name},"pid":{PROCESS},"tid":0,'
                f'"ts":{self._us(event.at_ns)},"args":{{{lengths}}}}}'
            )
        elif isinstance(event, Lost):
            yield self._instant("lost", event.at_ns, **self._loss(event))
        elif isinstance(event, Moment):
            yield self._instant(event.text, event.at_ns)
        else:
            yield _metadata("thread_name", event.number, name=event.name)
            yield _metadata("thread_sort_index", event.number, sort_index=event.number)

    def _span(self, call: TracedCall) -> str:
        is_timed = call.step == "process" and not self._is_source[call.node]
        time = _number(call.timestamp) if is_timed else "null"
        streams = self._streams
        inputs = ",".join(f"{streams[each.stream]}:{_number(each.time)}" for each in call.inputs)
        outputs = ",".join(f"[{streams[index]},{_number(at)}]" for index, at in call.outputs)
        failed = ',"cname":"terrible"' if call.has_failed else ""
        return (
            f'{{"ph":"X","name":{self._names[call.node]},"cat":"{call.step}","pid":{PROCESS},'
            f'"tid":{call.thread},"ts":{self._us(call.began_ns)},"dur":{call.busy_ns / 1000:.3f},'
            f'"args":{{"step":"{call.step}","timestamp":{time},'
            f'"queued_us":{call.queued_ns / 1000:.3f},"waiting_us":{call.waiting_ns / 1000:.3f},'
            f'"inputs":{{{inputs}}},"outputs":[{outputs}],'
            f'"failed":{"true" if call.has_failed else "false"}}}{failed}}}'
        )

    def _flow(self, arrival: Arrival, call: TracedCall) -> Iterator[str]:
        """A packet, from inside the call that emitted it to the begin of one that got it."""
        self._flows += 1
        name = self._streams[arrival.stream]
        start = f'{{"ph":"s","name":{name},"cat":"packet","id":{self._flows},"pid":{PROCESS},"tid":'
        # At its very end the producer's span is over already, and a flow binds to what encloses it.
        yield f'{start}{arrival.thread},"ts":{self._us(arrival.sent_ns - 1)}}}'
        finish = start.replace('"s"', '"f","bp":"e"', 1)
        yield f'{finish}{call.thread},"ts":{self._us(call.began_ns)}}}'

    def _instant(self, name: str, at_ns: int, **arguments: Any) -> str:
        return json.dumps(
            {
                "ph": "i",
                "name": name,
                "s": "g",
                "pid": PROCESS,
                "tid": 0,
                "ts": (at_ns - self._start_ns) / 1000,
                "args": arguments,
            }
        )

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


def _metadata(what: str, thread: int, **arguments: object) -> str:
    return json.dumps({"ph": "M", "name": what, "pid": PROCESS, "tid": thread, "args": arguments})


def _number(time: int) -> str:
    """Return a time for JSON; the special ones by name, for readers may not have 64 bits."""
    return str(time) if time_of.MIN < time < time_of.MAX else f'"{time_of.text(time)}"'


def _close(file: IO[bytes]) -> None:
    try:
        file.close()
    except OSError:
        return  # It has been told already why the file can't be written.
