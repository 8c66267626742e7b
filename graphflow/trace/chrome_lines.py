"""Lines: calls and queue lengths as text of a Chrome trace.

Some 45 calls a frame of pose tracking are written beside the frame's own work, so that whatever is
known before the run is made into text before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import orjson

from graphflow.nodes.contract import port_name
from graphflow.plan import NodePlan, Plan
from graphflow.trace.events import APPLICATION, Event, Lengths, Lost, Moment, ThreadSeen, TracedCall
from graphflow.words import timestamp as time_of
from graphflow.words.short_names import short_names

_MIN, _MAX = time_of.MIN, time_of.MAX

_PART: Final = tuple(f".{part:03d}" for part in range(1000))
"""Nanoseconds as the decimals of microseconds: half the price of formatting them."""


class Lines:
    """Makes lines of the calls and queue lengths of one run.

    Args:
        plan: what runs.
        start_ns: time 0 of the file.
    """

    def __init__(self, plan: Plan, start_ns: int) -> None:
        self._start_ns = start_ns
        self._flow = 0
        shortened = short_names([node.name for node in plan.nodes])
        names = [_text(shortened[node.name]) for node in plan.nodes]
        streams = [_text(stream.name) for stream in plan.streams]
        self._calls = tuple(
            {
                step: f'{{"ph":"X","name":{name},"cat":"{step}","pid":1,'
                for step in ("open", "process", "close")
            }
            for name in names
        )
        self._has_no_time = tuple(node.is_source for node in plan.nodes)
        self._reads_twice = tuple(
            len({each.stream for each in node.inputs}) < len(node.inputs) for node in plan.nodes
        )
        packets = [f'"name":{name},"cat":"packet","pid":1,"id":' for name in streams]
        self._sent = tuple(f'{{"ph":"s",{packet}' for packet in packets)
        self._got = tuple(f'{{"ph":"f",{packet}' for packet in packets)
        self._inputs = tuple(f",{name}:" for name in streams)
        self._outputs = tuple(f",[{name}," for name in streams)
        self._counters = tuple(_counter_head(shortened[node.name]) for node in plan.nodes)
        self._lengths_forms = tuple(_lengths_form(node) for node in plan.nodes)
        self._lengths: tuple[dict[tuple[int, ...], str], ...] = tuple({} for _ in plan.nodes)

    def text_of(
        self, events: Iterable[Event]
    ) -> tuple[list[str], list[Lost | Moment | ThreadSeen]]:
        """Return lines, and the events that are none of calls and queue lengths.

        A call is a span, behind each packet it got: a flow from inside the call that emitted it.
        """
        lines: list[str] = []
        rest: list[Lost | Moment | ThreadSeen] = []
        add, start_ns, flow, part = lines.append, self._start_ns, self._flow, _PART
        sent, got, inputs_of = self._sent, self._got, self._inputs
        counters, lengths_of = self._counters, self._lengths
        for event in events:
            kind = type(event)
            if kind is Lengths:
                at_ns, node, lengths = event  # type: ignore[misc]
                at_ns -= start_ns
                text = lengths_of[node].get(lengths) or self._learn_lengths(node, lengths)
                add(f"{counters[node]}{at_ns // 1000}{part[at_ns % 1000]}{text}")
                continue
            if kind is not TracedCall:
                rest.append(event)  # type: ignore[arg-type]
                continue
            _, _, _, _, thread, first_ns, began_ns, _, inputs, _, _ = event  # type: ignore[misc]
            began_ns -= start_ns
            began = f'"tid":{thread},"ts":{began_ns // 1000}{part[began_ns % 1000]}'
            given = ""
            for stream, time, arrived_ns, producer, sender, sent_ns in inputs:
                given += f"{inputs_of[stream]}{time if _MIN < time < _MAX else number(time)}"
                if arrived_ns < first_ns:
                    first_ns = arrived_ns
                if producer != APPLICATION:
                    flow += 1
                    # At its very end the span is over already; a flow binds to what encloses it.
                    sent_ns -= start_ns + 1
                    add(
                        f'{sent[stream]}{flow},"tid":{sender},'
                        f'"ts":{sent_ns // 1000}{part[sent_ns % 1000]}}},\n'
                        f'{got[stream]}{flow},{began},"bp":"e"}}'
                    )
            add(self._span(event, began, first_ns, given))  # type: ignore[arg-type]
        self._flow = flow
        return lines, rest

    def _span(self, call: TracedCall, began: str, first_ns: int, given: str) -> str:
        _, node, step, timestamp, _, ready_ns, began_ns, ended_ns, _, outputs, has_failed = call
        part, outputs_of, emitted = _PART, self._outputs, ""
        for stream, time in outputs:
            emitted += f"{outputs_of[stream]}{time if _MIN < time < _MAX else number(time)}]"
        busy_ns, waiting_ns = ended_ns - began_ns, ready_ns - first_ns
        queued_ns = began_ns - ready_ns if began_ns > ready_ns else 0
        is_timed = step == "process" and not self._has_no_time[node]
        if self._reads_twice[node]:
            given = self._given_once(call)
        return (
            f"{self._calls[node][step]}{began},"
            f'"dur":{busy_ns // 1000}{part[busy_ns % 1000]},"args":{{'
            f'"timestamp":{number(timestamp) if is_timed else "null"},'
            f'"queued_us":{queued_ns // 1000}{part[queued_ns % 1000]},'
            f'"waiting_us":{waiting_ns // 1000}{part[waiting_ns % 1000]},'
            f'"inputs":{{{given[1:]}}},"outputs":[{emitted[1:]}],'
            f"{_FAILED if has_failed else _RETURNED}"
        )

    def _learn_lengths(self, node: int, lengths: tuple[int, ...]) -> str:
        """Return what comes behind the time of a counter; it will be needed again."""
        text = self._lengths[node][lengths] = self._lengths_forms[node] % lengths
        return text

    def _given_once(self, call: TracedCall) -> str:
        """Return a call's inputs by name, each once: JSON has no key twice."""
        given = {
            each.stream: f"{self._inputs[each.stream]}{number(each.time)}" for each in call.inputs
        }
        return "".join(given.values())


_FAILED: Final = '"failed":true},"cname":"terrible"}'
_RETURNED: Final = '"failed":false}}'


def number(time: int) -> int | str:
    """Return a time as JSON; the special ones by name, for readers may not have 64 bits."""
    return time if _MIN < time < _MAX else f'"{time_of.text(time)}"'


def _counter_head(name: str) -> str:
    return f'{{"ph":"C","name":{_text(f"queues of {name}")},"pid":1,"tid":0,"ts":'


def _lengths_form(node: NodePlan) -> str:
    ports = ",".join(f"{_text(port_name(each.tag, each.index))}:%d" for each in node.inputs)
    return f',"args":{{{ports}}}}}'


def _text(text: str) -> str:
    return orjson.dumps(text).decode()
