"""Taps: sink nodes that a graph gets for those who watch it, so that watching is an invocation too.

Callbacks then run like calculators: in order, one at a time for each, outside any lock, and an
exception in one ends the run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from graphflow.nodes.calculator import Calculator
from graphflow.nodes.context import Context
from graphflow.nodes.contract import Contract, Port
from graphflow.nodes.options import NoOptions
from graphflow.plan import NO_LIMIT, ExecutorKind, ExecutorPlan, InputPlan, NodePlan, Plan
from graphflow.running.outcome import Outcomes
from graphflow.running.poller import Poller
from graphflow.runtime.recording import Watcher
from graphflow.words.packet import Packet
from graphflow.words.quick_dataclass import dataclass


@dataclass(frozen=True)
class Tap:
    """A sink to be added to a plan.

    Attributes:
        name: of the node.
        streams: indexes into the plan's streams.
        queue_limits: of the node's queues.
        call: takes the context of each call; the ports are in the order of `streams`.
        end: called when the node is closed.
        sees_bounds: also call it for times that are settled and empty.
        may_wait: its calls may wait for the program, so it gets a worker of its own.
        is_full: tells whether a call would wait now.
    """

    name: str
    streams: tuple[int, ...]
    queue_limits: tuple[int, ...]
    call: Callable[[Context], None]
    end: Callable[[], None]
    sees_bounds: bool = False
    may_wait: bool = False
    is_full: Callable[[], bool] = lambda: False


class TapCalculator(Calculator[NoOptions]):
    """Hands its calls on to a tap."""

    contract = Contract(inputs=(Port("", repeated=True),))

    def __init__(self, tap: Tap) -> None:
        super().__init__(NoOptions())
        self.tap = tap

    def process(self, context: Context) -> None:
        """Hand the call on."""
        self.tap.call(context)

    def close(self, context: Context) -> None:
        """Tell the tap that nothing more will come."""
        self.tap.end()


def observer_tap(
    plan: Plan, stream: int, callback: Callable[[Packet], None], sees_bounds: bool
) -> Tap:
    """Make the tap behind `Graph.observe`."""

    def call(context: Context) -> None:
        callback(context.inputs[0].packet or Packet(None, context.timestamp))

    name = f"observer of {plan.streams[stream].name}"
    return Tap(name, (stream,), (_usual_limit(plan),), call, _nothing, sees_bounds)


def poller_tap(plan: Plan, stream: int, poller: Poller, sees_bounds: bool) -> Tap:
    """Make the tap behind `Graph.poll`."""
    name, is_bounded = f"poller of {plan.streams[stream].name}", poller.limit != NO_LIMIT
    limit = min(poller.limit, _usual_limit(plan) or poller.limit)
    return Tap(
        name,
        (stream,),
        (limit if is_bounded else _usual_limit(plan),),
        poller.receive,
        poller.close,
        sees_bounds,
        may_wait=is_bounded,
        is_full=poller.is_full,
    )


def outcomes_tap(plan: Plan, streams: Sequence[int], outcomes: Outcomes) -> Tap:
    """Make the tap behind `Graph.outcomes`: outputs, then what tells of frames."""
    marks = [*plan.inputs]
    for node in plan.nodes:
        if node.is_source:
            marks += [each.stream for each in node.outputs]
    marks = [each for each in marks if each not in streams]
    # Packets that only mark their time wait as long as the outputs need, and hold nobody back.
    limits = [_usual_limit(plan)] * len(streams) + [NO_LIMIT] * len(marks)
    names = ", ".join(outcomes.streams)
    return Tap(
        f"outcomes of {names}",
        (*streams, *marks),
        tuple(limits),
        outcomes.receive,
        outcomes.close,
        sees_bounds=True,
        may_wait=outcomes.limit != NO_LIMIT,
        is_full=outcomes.is_full,
    )


def watcher_of(tap: Tap) -> Watcher:
    """Return what a story keeps of a tap."""
    return Watcher(tap.name, tap.streams, tap.queue_limits, tap.sees_bounds, tap.may_wait)


def silent_tap(watcher: Watcher) -> Tap:
    """Make a tap for the replay of a story, in which nobody watches."""
    return Tap(
        watcher.name,
        watcher.streams,
        watcher.queue_limits,
        _nothing,
        _nothing,
        watcher.sees_bounds,
        watcher.may_wait,
    )


def _usual_limit(plan: Plan) -> int:
    """The largest limit in the graph: without any, what is slow to read would pile up."""
    return max((each.queue_limit for node in plan.nodes for each in node.inputs), default=100)


def _nothing(context: Context | None = None) -> None:
    """What an observer does at the end, and one in a replay at all times."""


def with_taps(plan: Plan, taps: Sequence[Tap]) -> Plan:
    """Return the plan with a node for each tap after its own nodes."""
    nodes, executors = list(plan.nodes), list(plan.executors)
    for tap in taps:
        executor = 0
        if tap.may_wait:
            executor = len(executors)
            executors.append(ExecutorPlan(tap.name, 1, ExecutorKind.THREAD_POOL))
        nodes.append(
            NodePlan(
                name=tap.name,
                calculator=TapCalculator,
                inputs=tuple(
                    InputPlan("", position, stream, queue_limit=limit)
                    for position, (stream, limit) in enumerate(
                        zip(tap.streams, tap.queue_limits, strict=True)
                    )
                ),
                process_timestamps=tap.sees_bounds,
                executor=executor,
                releases_lock=tap.may_wait,
                location=plan.streams[tap.streams[0]].location,
            )
        )
    return replace(plan, nodes=tuple(nodes), executors=tuple(executors))
