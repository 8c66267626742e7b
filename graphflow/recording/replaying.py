"""Replaying: the calls of a recorded run made again, of one node or of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from os import PathLike
from typing import Any, Final

from graphflow.nodes import registry as registries
from graphflow.nodes.registry import Registry
from graphflow.nodes.service import Service
from graphflow.recording.calls import RecordedCall
from graphflow.recording.comparing import Comparison, Difference
from graphflow.recording.description import NodeDescription
from graphflow.recording.faults import RecordingError, ReplayError
from graphflow.recording.nodes import Around, Made, NodeCaller
from graphflow.recording.reading import Recording, Unrecorded
from graphflow.words import timestamp as time_of
from graphflow.words.diagnostics import listed, suggestion
from graphflow.words.errors import UsageError
from graphflow.words.packet import Packet
from graphflow.words.short_names import full_name

DIFFERENCES_MAX: Final = 100
"""So many are kept; all are counted."""


@dataclass(frozen=True)
class Shown:
    """A call at the time asked for.

    Attributes:
        call: as it was recorded.
        inputs: what it was given, by port; None where that is empty.
        made: what it gave now.
    """

    call: RecordedCall
    inputs: tuple[Packet | None, ...]
    made: Made


@dataclass
class Replay:
    """What came of a replay.

    Attributes:
        nodes: how many were called.
        calls, packets: how many were made and compared.
        count: how many differences there are.
        differences: the first of them; the very first one is the cause of others, as a rule.
        left_out: sources, whose recorded packets are taken, and sinks, which would write again.
        broken: nodes that could not be called, or not to the end, with the reason.
        shown: the calls at the time asked for.
    """

    nodes: int = 0
    calls: int = 0
    packets: int = 0
    count: int = 0
    differences: list[Difference] = field(default_factory=list)
    left_out: tuple[str, ...] = ()
    broken: dict[str, str] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        """Whether everything was called, and gave what it gave in the run, bit for bit."""
        return not self.count and not self.broken

    def check(self) -> None:
        """Pass if everything is the same.

        Raises:
            ReplayError: it is not; the text says what differs.
        """
        if not self.is_same:
            raise ReplayError(str(self))

    def __str__(self) -> str:
        words = (_count(self.nodes, "node"), _count(self.calls, "call"))
        counted = ", ".join((*words, _count(self.packets, "packet")))
        lines = [f"{counted}: bit for bit the same"] if self.is_same else []
        if self.count:
            lines.append(f"{counted}: {_count(self.count, 'difference')}")
        lines += [f"  {each}" for each in self.differences[:10]]
        if self.count > 10:
            lines.append(f"  and {self.count - 10} more; the first one tells most")
        lines += [f'node "{node}" can\'t be called: {why}' for node, why in self.broken.items()]
        if self.left_out:
            lines.append(f"left out as sources or sinks: {', '.join(self.left_out)}")
        return "\n".join(lines)


def replay_node(
    recording: Recording | str | PathLike[str],
    node: str,
    *,
    until: int | None = None,
    around: Around | None = None,
    services: Mapping[Service[Any], Any] | None = None,
    registry: Registry = registries.registry,
) -> Replay:
    """Call one node as it was called in the run, on what it got, and compare what it gives.

    A source reads its file again, and a sink writes its file again.

    Args:
        recording: a recording, or its file.
        node: its name, or an end of it that no other node has.
        until: a time, microseconds: later calls are not made, and those at it are shown.
        around: makes the calls at that time, or without one the first of `process`: a debugger.
        services: objects by key; others are made by default.
        registry: where calculators are looked for.

    Raises:
        UsageError: no such node in the recording, or it has no call at that time.
        RecordingError: the recording can't be read, or the node can't be made again.
    """
    if not isinstance(recording, Recording):
        with Recording(recording) as opened:
            return replay_node(
                *(opened, node),
                until=until,
                around=around,
                services=services,
                registry=registry,
            )
    chosen = find_node(recording, node)
    replayer = Replayer(recording, [chosen], services or {}, registry)
    replayer.around = around
    replay = replayer.run(until)
    if until is not None and not replay.shown and not replay.broken:
        raise UsageError(_no_call(recording, chosen.name, until))
    if replay.broken:
        raise RecordingError(f'node "{node}" can\'t be called: {replay.broken[chosen.name]}')
    return replay


def replay_graph(
    recording: Recording | str | PathLike[str],
    *,
    until: int | None = None,
    services: Mapping[Service[Any], Any] | None = None,
    registry: Registry = registries.registry,
) -> Replay:
    """Make all calls of a run again, in their order, and compare what comes out.

    Graph inputs and sources give what they gave in the run. Sinks are left out: they would write
    their files again. The order of the calls is that of the run, so what was dropped then is
    dropped now, and a graph that is not reproducible replays too.

    Args:
        recording: a recording, or its file.
        until: a time, microseconds: later calls are not made.
        services: objects by key; others are made by default.
        registry: where calculators are looked for.

    Raises:
        RecordingError: the recording can't be read, or has no calls.
    """
    if not isinstance(recording, Recording):
        with Recording(recording) as opened:
            return replay_graph(opened, until=until, services=services, registry=registry)
    recorded = [node for node in recording.graph.node if node.is_recorded]
    chosen = [node for node in recorded if not node.is_source and not node.is_sink]
    if not chosen:
        raise RecordingError(
            f"{recording.path} has packets alone: no node has all its streams in it"
        )
    replayer = Replayer(recording, chosen, services or {}, registry)
    replay = replayer.run(until)
    replay.left_out = tuple(node.name for node in recorded if node not in chosen)
    return replay


class Replayer:
    """Makes the calls of some nodes again.

    Attributes:
        around: makes the calls at the time asked for.
    """

    def __init__(
        self,
        recording: Recording,
        nodes: Sequence[NodeDescription],
        services: Mapping[Service[Any], Any],
        registry: Registry,
    ) -> None:
        self.around: Around | None = None
        self._recording = recording
        self._nodes = {node.name: node for node in nodes}
        self._services = services
        self._registry = registry
        self._callers: dict[str, NodeCaller] = {}
        self._sides: dict[str, Any] = {}
        self._comparison = Comparison(recording)
        self._replay = Replay(nodes=len(nodes))

    def run(self, until: int | None) -> Replay:
        """Make the calls, up to a time or to the end."""
        replay = self._replay
        try:
            for call in self._recording.calls():
                node = self._nodes.get(call.node)
                if node is None or call.node in replay.broken or _is_later(call, until):
                    continue
                try:
                    self._replay_call(node, call, until)
                except (RecordingError, UsageError) as fault:
                    replay.broken[call.node] = str(fault)
        finally:
            for caller in self._callers.values():
                caller.close()
        replay.packets = self._comparison.packets
        return replay

    def _replay_call(self, node: NodeDescription, call: RecordedCall, until: int | None) -> None:
        caller = self._callers.get(node.name)
        if caller is None:
            caller = self._caller(node)
        is_shown = until is not None and call.is_at(until)
        is_first = until is None and call.step == "process"
        around = self.around if is_shown or is_first else None
        if is_first:
            self.around = None
        made = caller.call(call, self._comparison.find, around)
        if call.step == "close":
            self._callers.pop(node.name, None)
        for name, value in made.sides.items():
            self._sides.setdefault(name, value)
        self._replay.calls += 1
        if is_shown:
            ends = zip(call.inputs, node.input_stream, strict=True)
            inputs = tuple(
                None if given.time is None else self._comparison.find(stream, given.time)
                for given, (_, _, stream) in ends
            )
            self._replay.shown.append(Shown(call, inputs, made))
        for difference in self._comparison.of(node, call, made):
            self._replay.count += 1
            if len(self._replay.differences) < DIFFERENCES_MAX:
                self._replay.differences.append(difference)

    def _caller(self, node: NodeDescription) -> NodeCaller:
        """Make a node, with its side packets."""
        for _, _, name in node.input_side_packet:
            if name not in self._sides and name in self._recording.side_packets:
                value = self._recording.side_packet(name)
                self._sides[name] = self._made_again(name) if _is_opaque(value) else value
        caller = NodeCaller(node, self._registry, self._sides, self._services)
        self._callers[node.name] = caller
        return caller

    def _made_again(self, name: str) -> Any:
        """Have the node that made a side packet without codec make it again."""
        for node in self._recording.graph.node:
            if any(name == each for _, _, each in node.output_side_packet):
                for call in self._recording.calls(node.name):
                    if name in self._sides:
                        return self._sides[name]
                    caller = self._callers.get(node.name) or self._caller(node)
                    self._sides.update(caller.call(call, self._comparison.find).sides)
        with suppress(KeyError):
            return self._sides[name]
        kind = self._recording.side_packet(name).kind
        raise RecordingError(
            f'side packet "{name}": class {kind} has no codec, and no node made it'
        )


def find_node(recording: Recording, name: str) -> NodeDescription:
    """Return a node whose calls are recorded, by its name or an end of it that no other has.

    Raises:
        UsageError: there is none of that name.
    """
    names = [node.name for node in recording.graph.node if node.is_recorded]
    found = recording.graph.find(full_name(name, (each.name for each in recording.graph.node)))
    if found is None or not found.is_recorded:
        ending = [f'"{each}"' for each in names if each.endswith(f"__{name}")]
        hint = f"did you mean {listed(ending, 'or')}?" if ending else suggestion(name, names)
        fault = f'no node "{name}"' if found is None else f'the calls of node "{name}"'
        raise UsageError(
            f"{recording.path}: {fault} {'in it' if found is None else 'are not in it'}"
            + (f"\n  hint: {hint}" if hint and found is None else "")
        )
    return found


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _is_later(call: RecordedCall, until: int | None) -> bool:
    if until is None or call.step == "open":
        return False
    if call.inputs or not call.outputs:
        return call.timestamp > until
    # A source is called at no time; what it emits has one, or else what it may still emit.
    times = [time for gave in call.outputs for time in gave.times]
    return min(times or [gave.before for gave in call.outputs]) > until


def _is_opaque(value: Any) -> bool:
    return isinstance(value, Unrecorded)


def _no_call(recording: Recording, node: str, time: int) -> str:
    times = [each.timestamp for each in recording.calls(node) if each.step == "process"]
    if not times:
        return f'{recording.path}: node "{node}" was never called'
    near = min(times, key=lambda each: abs(each - time))
    first, last = time_of.text(times[0]), time_of.text(times[-1])
    return (
        f'{recording.path}: node "{node}" has no call at {time}; it has {len(times)}, from {first} '
        f"to {last}\n  hint: the nearest one is at {near}"
    )
