"""Recorder: sees every call of a graph's nodes, and hands packets and calls to the writer."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from graphflow.graph import Graph
from graphflow.nodes.calculator import AnyCalculator, Calculator
from graphflow.nodes.codecs import CodecError, codecs
from graphflow.nodes.context import UNDECLARED, Context, Output
from graphflow.nodes.contract import Contract
from graphflow.nodes.options import NoOptions
from graphflow.plan import NodePlan, Plan
from graphflow.recording.calls import Gave, Given, RecordedCall
from graphflow.recording.description import NodeDescription, describe_plan
from graphflow.recording.faults import RecordingError
from graphflow.recording.format import INPUT, NODE, SIDE, STREAM
from graphflow.recording.writing import RecordingWriter
from graphflow.words import timestamp as time_of
from graphflow.words.diagnostics import suggestion
from graphflow.words.errors import UsageError, describe
from graphflow.words.packet import Packet
from graphflow.words.short_names import full_name

RECENT_MAX: Final = 32
"""So many payloads are remembered, so that one that is sent on is written once."""

_SMALL: Final = (type(None), bool, int, float, str)


class Recorder:
    """Records one run of a graph into a file: packets, calls, side packets, and the graph itself.

    The run is not changed: nodes get the same calls with the same packets::

        with Recorder("run.mcap", graph):
            graph.run({"input_path": "clip.mp4"})

    Args:
        path: the file; one that exists is replaced.
        graph: not started yet.
        streams: whose packets to record; None for all, which a replay of every node needs.
        nodes: all streams of these are recorded too, by their names or ends of them that no other
            node has; None for no more.
        skips_unknown: leave out payloads of classes without codec, and count them, where otherwise
            the run fails.

    Attributes:
        skipped: how many packets were left out, by stream and class.

    Raises:
        UsageError: the graph has no such stream or node, or is running.
        RecordingError: the file can't be made, or packages are missing.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        graph: Graph,
        *,
        streams: Collection[str] | None = None,
        nodes: Collection[str] | None = None,
        skips_unknown: bool = False,
    ) -> None:
        chosen = _chosen(graph.plan, streams, nodes)
        self.skipped: Counter[tuple[str, str]] = Counter()
        self._skips_unknown = skips_unknown
        self._description = describe_plan(graph.plan, chosen)
        self._begun: set[str] = set()
        self._sides: set[str] = set()
        self._streams = set(chosen)
        self._graph = graph
        # The payloads are kept too: while they live, no other has the same identity.
        self._recent: OrderedDict[int, tuple[Any, str, int]] = OrderedDict()
        graph.wrap_calculators(self._wrap)
        for name in self._description.input_stream:
            if name in self._streams:
                graph.observe(name, partial(self.keep_packet, name))
                graph.observe(name, partial(self._keep_bound, name), sees_bounds=True)
        self._writer = RecordingWriter(Path(path), self._description)

    def close(self, error: BaseException | None = None) -> None:
        """End the recording, after the run.

        Args:
            error: what the run failed of.

        Raises:
            RecordingError: something could not be written.
        """
        has_failed = error is not None or self._graph.has_failed
        skipped = {
            f"skipped {stream}": f"{count} of {kind}"
            for (stream, kind), count in self.skipped.items()
        }
        status = "failed" if has_failed else "done"
        words = "" if error is None else str(error)
        self._writer.close({"status": status, "error": words, **skipped})

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close(error)

    # ---- what the run tells -----------------------------------------------------------------

    def keep_packet(self, stream: str, packet: Packet) -> None:
        """Record a packet, if its stream is chosen.

        Raises:
            RecordingError: its payload has no codec, and is not to be skipped.
        """
        if stream not in self._streams:
            return
        time, value = packet.timestamp, packet.value
        try:
            codecs.check(value)
        except CodecError as fault:
            self._skip(stream, packet, fault)
            return
        same = self._recent.setdefault(id(value), (value, stream, time))
        if same[1:] != (stream, time) and type(value) not in _SMALL:
            self._writer.put(STREAM + stream, time, lambda: [time, None, *same[1:]])
            return
        if len(self._recent) > RECENT_MAX:
            self._recent.popitem(last=False)
        self._writer.put(
            STREAM + stream, time, lambda: [time, codecs.encode(value, compresses=True)]
        )

    def keep_side_packet(self, name: str, value: Any) -> None:
        """Record a side packet, once; of one without codec only the class."""
        if name in self._sides:
            return
        self._sides.add(name)
        kind = type(value).__name__
        try:
            codecs.check(value)
        except CodecError:
            self._writer.put(SIDE + name, 0, lambda: [None, kind])
        else:
            self._writer.put(SIDE + name, 0, lambda: [codecs.encode(value, compresses=True)])

    def keep_call(self, call: RecordedCall) -> None:
        """Record a call."""
        self._writer.put(NODE + call.node, call.timestamp, call.as_plain)

    def _skip(self, stream: str, packet: Packet, fault: CodecError) -> None:
        time, kind = packet.timestamp, type(packet.value).__name__
        if not self._skips_unknown:
            raise RecordingError(
                f'stream "{stream}" at {time_of.text(time)} can\'t be recorded: {fault}'
            ) from fault
        self.skipped[stream, kind] += 1
        self._writer.put(STREAM + stream, time, lambda: [time, None, kind])

    def _keep_bound(self, name: str, packet: Packet) -> None:
        if packet.value is None:  # settled and empty; a payload that is None does no harm here
            bound = time_of.next_allowed(packet.timestamp)
            self._writer.put(INPUT + name, packet.timestamp, lambda: bound)

    def _wrap(self, node: NodePlan, calculator: AnyCalculator) -> AnyCalculator:
        if node.name in self._begun:
            raise UsageError("a recorder records one run; make another one for the next")
        self._begun.add(node.name)
        described = self._description.find(node.name)
        assert described is not None
        return RecordedCalculator(calculator, described, self)


class RecordedCalculator(Calculator[NoOptions]):
    """Hands the calls of a node on, and records them."""

    contract = Contract()

    def __init__(self, inner: AnyCalculator, node: NodeDescription, recorder: Recorder) -> None:
        super().__init__(NoOptions())
        self._inner = inner
        self._node = node
        self._recorder = recorder

    def open(self, context: Context) -> None:
        """Hand the call on."""
        for tag, index, name in self._node.input_side_packet:
            value = context.side_inputs.get(tag, index, UNDECLARED)
            if value is not UNDECLARED:
                self._recorder.keep_side_packet(name, value)
        self._record("open", context)

    def process(self, context: Context) -> None:
        """Hand the call on."""
        self._record("process", context)

    def close(self, context: Context) -> None:
        """Hand the call on."""
        self._record("close", context)

    def _record(self, step: str, context: Context) -> None:
        inputs = tuple(
            Given(None if port.packet is None else port.packet.timestamp, port.settled)
            for port in context.inputs
        )
        bounds = [output.bound for output in context.outputs]
        timestamp, headers = context.timestamp, self._headers(step, context)
        call = RecordedCall(self._node.name, step, timestamp, inputs, headers=headers)
        try:
            getattr(self._inner, step)(context)
        except BaseException as fault:
            outputs = tuple(Gave(bound, bound) for bound in bounds)
            self._keep(replace(call, outputs=outputs, error=describe(fault)))
            raise
        outputs = tuple(map(_gave, context.outputs, bounds))
        self._keep_emitted(context)
        self._keep(
            replace(
                call,
                outputs=outputs,
                said=_said(context.outputs) if step == "open" else {},
                made=tuple(context.side_outputs.made),
                has_stopped=context.has_stopped,
            )
        )

    def _keep(self, call: RecordedCall) -> None:
        if self._node.is_recorded:
            self._recorder.keep_call(call)

    def _keep_emitted(self, context: Context) -> None:
        for output in context.outputs:
            for packet in emitted(output):
                self._recorder.keep_packet(output.stream, packet)
        for name, value in context.side_outputs.made.items():
            self._recorder.keep_side_packet(name, value)

    def _headers(self, step: str, context: Context) -> tuple[Any, ...]:
        if step != "open" or not self._node.reads_headers:
            return ()
        return tuple(encode_header(port.header) for port in context.inputs)


def emitted(output: Output) -> Sequence[Packet]:
    """Return what a call has left in an output."""
    return () if output.packet is None else (output.packet, *output.more)


def _gave(output: Output, before: int) -> Gave:
    return Gave(before, output.bound, tuple(packet.timestamp for packet in emitted(output)))


def _said(outputs: Any) -> dict[int, Any]:
    """Return the headers that a call has set, as plain values, by the output's position."""
    return {
        at: encode_header(output.header)
        for at, output in enumerate(outputs)
        if output.header is not None
    }


def encode_header(header: Any) -> Any:
    """Make a plain value of a header; what has no codec is left out."""
    try:
        return codecs.encode(header)
    except CodecError:
        return None


def _chosen(
    plan: Plan, streams: Collection[str] | None, nodes: Collection[str] | None
) -> tuple[str, ...]:
    names = [each.name for each in plan.streams]
    if streams is None and nodes is None:
        return tuple(names)
    chosen = set(streams or ())
    known = [each.name for each in plan.nodes]
    wanted = {full_name(name, known) for name in nodes or ()}
    _check_known("stream", chosen, names)
    _check_known("node", wanted, known)
    for node in plan.nodes:
        if node.name in wanted:
            chosen.update(names[each.stream] for each in node.inputs)
            chosen.update(names[each.stream] for each in node.outputs)
    return tuple(name for name in names if name in chosen)


def _check_known(kind: str, wanted: Collection[str], known: Collection[str]) -> None:
    for name in wanted:
        if name not in known:
            hint = suggestion(name, known)
            words = f'the graph has no {kind} "{name}" to record'
            raise UsageError(words + (f"\n  hint: {hint}" if hint else ""))
