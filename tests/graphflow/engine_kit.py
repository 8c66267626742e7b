"""Small calculators and a plan builder, for tests of the engine without any config."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from graphflow import ANY_TAG, Calculator, Context, Contract, Options, Packet, Port
from graphflow.graph import Graph
from graphflow.nodes.calculator import AnyCalculator
from graphflow.nodes.context import Input
from graphflow.nodes.input_policy import ImmediatePolicy, InputPolicy, SyncSetPolicy
from graphflow.nodes.options import NoOptions
from graphflow.plan import (
    ExecutorKind,
    ExecutorPlan,
    InputPlan,
    NodePlan,
    OutputPlan,
    Plan,
    SidePacketPlan,
    SidePlan,
    StreamPlan,
)
from graphflow.runtime.elements import Invocation
from graphflow.runtime.invariants import check
from graphflow.runtime.scheduler import Scheduler

ANY_PORTS: dict[str, Any] = {
    "inputs": (Port(ANY_TAG, optional=True),),
    "outputs": (Port("", optional=True, repeated=True),),
    "side_inputs": (Port(ANY_TAG, optional=True),),
    "side_outputs": (Port("", optional=True, repeated=True),),
}


@dataclass
class Node:
    """A node as tests write it: streams as "name" or "TAG:name"."""

    name: str
    calculator: type[AnyCalculator]
    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()
    side_inputs: Sequence[str] = ()
    side_outputs: Sequence[str] = ()
    options: dict[str, Any] = field(default_factory=dict)
    policy: InputPolicy | None = None
    sync_sets: tuple[tuple[int, ...], ...] = ()
    back: Sequence[str] = ()
    max_in_flight: int = 1
    executor: int = 0
    errors_to: str = ""
    changes: dict[str, Any] = field(default_factory=dict)


def ends(written: Sequence[str]) -> list[tuple[str, int, str]]:
    """Split streams into tag, index and name."""
    counts: dict[str, int] = {}
    found = []
    for each in written:
        tag, _, name = each.rpartition(":")
        found.append((tag, counts.get(tag, 0), name))
        counts[tag] = counts.get(tag, 0) + 1
    return found


def make_plan(
    *nodes: Node,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    limit: int = 100,
    executors: int = 1,
    report_deadlock: bool = False,
    side_packets: Sequence[str] = (),
) -> Plan:
    """Build a plan; nodes are given in topological order."""
    streams = [StreamPlan(name, None) for name in inputs]
    streams += [
        StreamPlan(name, index)
        for index, node in enumerate(nodes)
        for _, _, name in ends([*node.outputs, *([node.errors_to] if node.errors_to else [])])
    ]
    number = {stream.name: index for index, stream in enumerate(streams)}
    sides = {name: SidePacketPlan(name, is_required=True) for name in side_packets}
    plans = []
    for index, node in enumerate(nodes):
        contract = node.calculator.contract
        for _, _, name in ends(node.side_outputs):
            sides[name] = SidePacketPlan(name, index)
        changes = {
            "offset": contract.timestamp_offset if node.inputs else None,
            "process_timestamps": contract.process_timestamps,
            "reads_headers": contract.reads_headers,
            **node.changes,
        }
        if node.errors_to:
            changes |= {"skips_errors": True, "error_stream": number[node.errors_to]}
        plans.append(
            NodePlan(
                name=node.name,
                calculator=node.calculator,
                inputs=tuple(
                    InputPlan(tag, i, number[name], name in node.back, limit)
                    for tag, i, name in ends(node.inputs)
                ),
                outputs=tuple(OutputPlan(t, i, number[name]) for t, i, name in ends(node.outputs)),
                side_inputs=tuple(SidePlan(*each) for each in ends(node.side_inputs)),
                side_outputs=tuple(SidePlan(*each) for each in ends(node.side_outputs)),
                options=contract.options.model_validate(node.options),
                policy=node.policy or contract.input_policy,
                sync_sets=node.sync_sets,
                max_in_flight=node.max_in_flight,
                executor=node.executor,
                **changes,
            )
        )
    return Plan(
        nodes=tuple(plans),
        streams=tuple(streams),
        inputs=tuple(range(len(inputs))),
        outputs=tuple(number[name] for name in outputs),
        side_packets=sides,
        executors=tuple(
            ExecutorPlan(f"pool {i}" if i else "", 1, ExecutorKind.THREAD_POOL)
            for i in range(executors)
        ),
        report_deadlock=report_deadlock,
    )


def make_graph(*nodes: Node, **settings: Any) -> Graph:
    """Build a graph; arguments as for `make_plan`."""
    return Graph(make_plan(*nodes, **settings))


def packets(times: Sequence[int], scale: int = 1) -> list[Packet]:
    """Packets whose values are their times, scaled."""
    return [Packet(time * scale, time) for time in times]


def packet_of(given: Input) -> Packet:
    """The packet of an input that has one."""
    assert given.packet is not None
    return given.packet


class Pass(Calculator[NoOptions]):
    """Each input to the output at the same position."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        for given, output in zip(context.inputs, context.outputs, strict=True):
            if given.packet is not None:
                output.add(given.packet)


class ImmediatePass(Pass):
    contract = Contract(**ANY_PORTS, input_policy=ImmediatePolicy())


class Join(Calculator[NoOptions]):
    """The values of all inputs at a time, as a tuple; None for an empty one."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        context.outputs[0].emit(tuple(each.get() for each in context.inputs))


class Calls(Calculator[NoOptions]):
    """Emits what each call sees, at rising times of its own: (time, values, settled times)."""

    contract = Contract(**ANY_PORTS, timestamp_offset=None)

    def open(self, context: Context) -> None:
        self.count = 0

    def process(self, context: Context) -> None:
        seen = (context.timestamp, tuple(each.get() for each in context.inputs))
        settled = tuple(each.settled for each in context.inputs)
        context.outputs[0].add(Packet((*seen, settled), self.count))
        self.count += 1


class EveryOptions(Options):
    nth: int = 3


class Every(Calculator[EveryOptions]):
    """Passes values divisible by nth; the others only settle their time."""

    contract = Contract(**ANY_PORTS, options=EveryOptions)

    def process(self, context: Context) -> None:
        if context.inputs[0].value % self.options.nth == 0:
            context.outputs[0].emit(context.inputs[0].value * 10)


class Burst(Calculator[NoOptions]):
    """One packet in, three out."""

    contract = Contract(**ANY_PORTS, timestamp_offset=None)

    def process(self, context: Context) -> None:
        packet = packet_of(context.inputs[0])
        for step in range(3):
            context.outputs[0].add(Packet(packet.value * 3 + step, packet.timestamp * 3 + step))


class CountOptions(Options):
    count: int = 20
    nth: int = 1


class Count(Calculator[CountOptions]):
    """A source: 0, 1, 2, ...; on a second output every tenth of them."""

    contract = Contract(**ANY_PORTS, options=CountOptions)

    def open(self, context: Context) -> None:
        self.time = 0

    def process(self, context: Context) -> None:
        context.outputs[0].add(Packet(self.time, self.time))
        if len(context.outputs) > 1 and self.time % 10 == 9:
            context.outputs[1].add(Packet(self.time, self.time))
        self.time += 1
        if self.time == self.options.count:
            context.stop()


class FailOptions(Options):
    step: str = "process"
    at: int = 7


class Fail(Calculator[FailOptions]):
    """Passes its input, and raises at a time, in open or in close."""

    contract = Contract(**ANY_PORTS, options=FailOptions)

    def open(self, context: Context) -> None:
        if self.options.step == "open":
            raise ValueError("no opening")

    def process(self, context: Context) -> None:
        if self.options.step == "process" and context.timestamp == self.options.at:
            raise ValueError("no processing")
        context.outputs[0].add(packet_of(context.inputs[0]))

    def close(self, context: Context) -> None:
        if self.options.step == "close":
            raise ValueError("no closing")


class Make(Calculator[NoOptions]):
    """Makes a side packet in open: one more than the one it is given, or 1."""

    contract = Contract(**ANY_PORTS)

    def open(self, context: Context) -> None:
        context.side_outputs[""] = 1 + sum(
            context.side_inputs["", index] for index in context.side_inputs.indexes("")
        )

    def process(self, context: Context) -> None:
        pass


class AddSide(Calculator[NoOptions]):
    """Adds the side packet to each value."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        context.outputs[0].emit(context.inputs[0].value + context.side_inputs[""])


class StopAt(Calculator[FailOptions]):
    """Passes its input, and stops all sources at a time."""

    contract = Contract(**ANY_PORTS, options=FailOptions)

    def process(self, context: Context) -> None:
        context.outputs[0].add(packet_of(context.inputs[0]))
        if context.timestamp == self.options.at:
            context.stop()


class Header(Calculator[NoOptions]):
    """A source of one packet before the stream."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        from graphflow.words.timestamp import PRESTREAM

        context.outputs[0].add(Packet("header", PRESTREAM))
        context.stop()


class Settled(Calculator[NoOptions]):
    """At each settled time, whether there is a packet: (time, value or None)."""

    contract = Contract(**ANY_PORTS, process_timestamps=True)

    def process(self, context: Context) -> None:
        context.outputs[0].emit(context.inputs[0].get())


class OpenCloseOnly(Calculator[NoOptions]):
    """Does nothing in between."""

    contract = Contract(**ANY_PORTS)


def chain(length: int, calculator: type[AnyCalculator] = Pass, **settings: Any) -> Graph:
    """in -> s1 -> ... -> out."""
    names = ["in", *(f"s{i}" for i in range(1, length)), "out"]
    nodes = [Node(f"n{i}", calculator, [names[i]], [names[i + 1]]) for i in range(length)]
    return make_graph(*nodes, inputs=["in"], outputs=["out"], **settings)


def diamond(**settings: Any) -> Graph:
    """A branch that drops two of three, joined with one that keeps all."""
    return make_graph(
        Node("drop", Every, ["in"], ["dropped"]),
        Node("keep", Pass, ["in"], ["kept"]),
        Node("join", Join, ["kept", "dropped"], ["out"]),
        **{"inputs": ["in"], "outputs": ["out"], **settings},
    )


def diamond_result(times: Sequence[int]) -> list[tuple[int, int | None]]:
    """What `diamond` makes of packets whose values are their times."""
    return [(time, time * 10 if time % 3 == 0 else None) for time in times]


class Track(Calculator[NoOptions]):
    """The heart of a pose-like loop: a result from frame and ROI, and the next ROI now and then."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        frame, roi = context.inputs["FRAME"], context.inputs["ROI"]
        if frame.is_empty or roi.is_empty:
            return
        context.outputs[0].emit((frame.value, roi.value))
        if frame.value % 7:
            context.outputs[1].emit(("tracked", frame.value))


class NeedsDetection(Calculator[NoOptions]):
    """Passes the frame where there is no previous ROI."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        if context.inputs["PREV"].is_empty and not context.inputs["FRAME"].is_empty:
            context.outputs[0].add(packet_of(context.inputs["FRAME"]))


class Detect(Calculator[NoOptions]):
    """Finds something in two of three frames."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        value = context.inputs[0].value
        if value % 3:
            context.outputs[0].emit(("detected", value))


class Merge(Calculator[NoOptions]):
    """The first input that has a packet."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        for given in context.inputs:
            if given.packet is not None:
                context.outputs[0].add(given.packet)
                return


def pose_loop(*, policy: InputPolicy | None = None, executors: int = 1, **settings: Any) -> Graph:
    """A loop like pose tracking's: detect where nothing was tracked, track the rest."""
    from calculators.flow.previous_loopback import PreviousLoopbackCalculator

    nodes = [
        Node(
            "loopback",
            PreviousLoopbackCalculator,
            ["MAIN:frame", "LOOP:next_roi"],
            ["PREV_LOOP:previous_roi"],
            policy=policy,
            back=["next_roi"],
            changes={"process_timestamps": False} if policy else {},
        ),
        Node("gate", NeedsDetection, ["FRAME:frame", "PREV:previous_roi"], ["to_detect"]),
        Node("detect", Detect, ["to_detect"], ["detected"]),
        Node("merge", Merge, ["detected", "previous_roi"], ["roi"]),
        Node("track", Track, ["FRAME:frame", "ROI:roi"], ["landmarks", "next_roi"]),
    ]
    for index, node in enumerate(nodes):
        node.executor = index % executors
    return make_graph(
        *nodes,
        **{"inputs": ["frame"], "outputs": ["landmarks"], "executors": executors, **settings},
    )


def pose_result(count: int) -> list[tuple[int, tuple[str, int]]]:
    """What `pose_loop` makes of frames 0, 1, 2, ...: the same by a plain loop."""
    found = []
    roi = None
    for frame in range(count):
        if roi is None and frame % 3:
            roi = ("detected", frame)
        if roi is not None:
            found.append((frame, roi))
            roi = ("tracked", frame) if frame % 7 else None
    return found


def sync_sets_of(policy: SyncSetPolicy, count: int) -> tuple[tuple[int, ...], ...]:
    """Input positions by set, for inputs without tags."""
    named = [tuple(int(each.lstrip(":") or 0) for each in one.tag_index) for one in policy.sync_set]
    rest = tuple(i for i in range(count) if not any(i in one for one in named))
    return (*named, rest) if rest else tuple(named)


class Machine:
    """A scheduler whose invariants are checked after every report and take."""

    def __init__(self, plan: Plan, side_packets: dict[str, Any] | None = None) -> None:
        self.scheduler = Scheduler(plan, side_packets or {})
        self.pool = self.scheduler.pools[0]
        check(self.scheduler)

    def __getattr__(self, name: str) -> Any:
        def checked(*arguments: Any) -> Any:
            result = getattr(self.scheduler, name)(*arguments)
            check(self.scheduler)
            return result

        return checked

    def take(self) -> Invocation:
        invocation = self.scheduler.take(self.pool)
        check(self.scheduler)
        assert invocation is not None
        return invocation

    def takes_nothing(self) -> bool:
        invocation = self.scheduler.take(self.pool)
        check(self.scheduler)
        return invocation is None

    def open_all(self) -> None:
        for _ in self.scheduler.nodes:
            self.finish(self.take())

    def add(self, stream: str, time: int, value: Any = None) -> None:
        self.scheduler.add(self.scheduler.inputs[stream], Packet(value, time))
        check(self.scheduler)

    def advance(self, stream: str, bound: int) -> None:
        self.scheduler.advance(self.scheduler.inputs[stream], bound)
        check(self.scheduler)

    def bounds(self) -> dict[str, int]:
        return {each.name: each.bound for each in self.scheduler.streams}
