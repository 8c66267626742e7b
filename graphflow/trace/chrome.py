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
from graphflow.plan import NodePlan, Plan
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

Record = dict[str, Any]

_MIN, _MAX = time_of.MIN, time_of.MAX


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
        # Of each node: a counter's record up to its time; what comes behind it, as a form, and
        # filled in for the lengths that there were.
        self._counters: tuple[tuple[str, tuple[str, dict[tuple[int, ...], str]]], ...] = ()
        self._plan = Plan((), ())

    def begin(self, plan: Plan, start_ns: int) -> None:
        """Open the file, and write what the numbers in it mean.

        Raises:
            OSError: it can't be written.
        """
        self.error = None
        self._plan, self._start_ns, self._flows = plan, start_ns, 0
        shortened = short_names([node.name for node in plan.nodes])
        self._names = tuple(_text(shortened[node.name]) for node in plan.nodes)
        self._streams = tuple(_text(stream.name) for stream in plan.streams)
        self._is_source = tuple(node.is_source for node in plan.nodes)
        self._counters = tuple(
            (_counter_head(shortened[node.name]), (_lengths_form(node), {})) for node in plan.nodes
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
        """Write a batch over the end of the file, and the end again; a record a line."""
        lines: list[str] = []
        for event in events:
            if isinstance(event, TracedCall):
                self._add_call(lines, event)
            elif isinstance(event, Lengths):
                head, ports = self._counters[event.node]
                at, lengths = event.at_ns - self._start_ns, event.lengths
                values = ports[1].get(lengths)
                if values is None:
                    values = ports[1][lengths] = ports[0] % lengths
                lines.append(f"{head}{at // 1000}.{at % 1000:03d}{values}")
            else:
                lines += [orjson.dumps(each).decode() for each in self._rare(event)]
        if lines:
            self._do(b",\n" + ",\n".join(lines).encode() + _END)

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

    def _add_call(self, lines: list[str], call: TracedCall) -> None:
        """Add a span, and each packet as a flow from inside the call that emitted it."""
        _, node, step, timestamp, thread, ready_ns, began_ns, ended_ns, inputs, outputs, _ = call
        streams, start_ns = self._streams, self._start_ns
        since = began_ns - start_ns
        began = f'"tid":{thread},"ts":{since // 1000}.{since % 1000:03d}'
        first_ns, given = ready_ns, {}  # By name: a node may read a stream twice.
        for stream, time, arrived_ns, producer, sender, sent_ns in inputs:
            name = streams[stream]
            given[name] = f"{name}:{time if _MIN < time < _MAX else _number(time)}"
            if arrived_ns < first_ns:
                first_ns = arrived_ns
            if producer != APPLICATION:
                self._flows = flow = self._flows + 1
                # At its very end the span is over already, and a flow binds to what encloses it.
                sent = sent_ns - 1 - start_ns
                packet = f'"name":{name},"cat":"packet","pid":1,"id":{flow},'
                lines.append(
                    f'{{"ph":"s",{packet}"tid":{sender},"ts":{sent // 1000}.{sent % 1000:03d}}},\n'
                    f'{{"ph":"f",{packet}{began},"bp":"e"}}'
                )
        is_timed = step == "process" and not self._is_source[node]
        busy, waiting = ended_ns - began_ns, ready_ns - first_ns
        queued = began_ns - ready_ns if began_ns > ready_ns else 0
        emitted = ",".join(
            [
                f"[{streams[stream]},{time if _MIN < time < _MAX else _number(time)}]"
                for stream, time in outputs
            ]
        )
        lines.append(
            f'{{"ph":"X","name":{self._names[node]},"cat":"{step}","pid":1,{began},'
            f'"dur":{busy // 1000}.{busy % 1000:03d},"args":{{'
            f'"timestamp":{_number(timestamp) if is_timed else "null"},'
            f'"queued_us":{queued // 1000}.{queued % 1000:03d},'
            f'"waiting_us":{waiting // 1000}.{waiting % 1000:03d},'
            f'"inputs":{{{",".join(given.values())}}},"outputs":[{emitted}],'
            + ('"failed":true},"cname":"terrible"}' if call.has_failed else '"failed":false}}')
        )

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
    """Return a time as JSON; the special ones by name, for readers may not have 64 bits."""
    return time if _MIN < time < _MAX else f'"{time_of.text(time)}"'


def _counter_head(name: str) -> str:
    return f'{{"ph":"C","name":{_text(f"queues of {name}")},"pid":1,"tid":0,"ts":'


def _lengths_form(node: NodePlan) -> str:
    ports = ",".join(f"{_text(port_name(each.tag, each.index))}:%d" for each in node.inputs)
    return f',"args":{{{ports}}}}}'


def _text(text: str) -> str:
    return orjson.dumps(text).decode()


def _close(file: IO[bytes]) -> None:
    try:
        file.close()
    except OSError:
        return  # It has been told already why the file can't be written.
