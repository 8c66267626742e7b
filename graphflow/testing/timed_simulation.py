"""Timed simulation: run a graph on a virtual clock, where calls take as long as a test says.

What a flow limiter drops, or how late a result is, depends on how long the calls take. Here they
take the time that the test gives their nodes, and what they sleep on the graph's clock; nothing
really waits, everything runs in one thread, and each run is the same::

    run = simulate_timed(
        graph, [(0, "image", first), (10_000, "image", second)], durations={"detect": 22_000})
    assert run.seen_us["detections"] == [22_000, 44_000]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphflow.driver import Driver
from graphflow.graph import Graph
from graphflow.nodes.calculator import AnyCalculator
from graphflow.plan import ExecutorKind, ExecutorPlan, Plan
from graphflow.running.clock import CLOCK, VirtualClock
from graphflow.running.kept_side_packets import KeptSidePackets
from graphflow.running.run import Run
from graphflow.running.taps import Tap, observer_tap
from graphflow.runtime.ledger import Ledger
from graphflow.runtime.scheduler import Scheduler
from graphflow.testing.simulation import MAX_EVENTS, SimulationFault
from graphflow.testing.timed_driver import Duration, TimedCall, TimedDriver
from graphflow.words import timestamp as time_of
from graphflow.words.diagnostics import suggestion
from graphflow.words.errors import GraphflowError, UsageError
from graphflow.words.packet import Packet

TimedFeed = tuple[int, str, Packet | int]
"""What is fed when: virtual microseconds, a graph input, and a packet or a bound."""

Listener = Callable[[Packet, int], None]
"""Takes a packet and when it was there, in virtual microseconds."""


@dataclass(frozen=True)
class TimedRun:
    """What came of a timed run.

    Attributes:
        packets: what the observed streams carried.
        seen_us: when each of those packets was there, in virtual microseconds.
        error: what the run failed with; None if it did not.
        calls: in the order in which they began, without those of observers; the last ones alone,
            if no more were to be kept.
        call_counts: how often `process` was called, by node.
        end_us: when everything was closed.
        side_packets: given and made.
        ledger: what became of every packet.
    """

    packets: dict[str, list[Packet]]
    seen_us: dict[str, list[int]]
    error: GraphflowError | None
    calls: tuple[TimedCall, ...]
    end_us: int
    side_packets: Mapping[str, Any] = field(default_factory=dict)
    call_counts: Mapping[str, int] = field(default_factory=dict)
    ledger: Ledger = field(default=Ledger((), {}, {}))

    def values(self, stream: str) -> list[Any]:
        """Return the payloads that a stream carried."""
        return [packet.value for packet in self.packets[stream]]

    def timestamps(self, stream: str) -> list[int]:
        """Return the times of the packets that a stream carried."""
        return [packet.timestamp for packet in self.packets[stream]]

    def begins_us(self, *nodes: str) -> list[int]:
        """Return when `process` was called, of the nodes named, or of all, in order."""
        return [
            call.begin_us
            for call in self.calls
            if call.step == "process" and (not nodes or call.node in nodes)
        ]


def simulate_timed(
    graph: Graph,
    feeds: Iterable[TimedFeed] = (),
    *,
    durations: Mapping[str, Duration] | None = None,
    workers: int | None = None,
    side_packets: Mapping[str, Any] | None = None,
    observe: Sequence[str] | None = None,
    listeners: Mapping[str, Listener] | None = None,
    clock: VirtualClock | None = None,
    checks: bool = True,
    max_events: int = MAX_EVENTS,
    calls_kept: int | None = None,
) -> TimedRun:
    """Run a graph once, on a virtual clock, with calls that take as long as you say.

    Args:
        graph: the graph; it is not changed, and its own observers are not called.
        feeds: virtual microseconds, graph input, and packet (or bound); of the same time, in this
            order. Where queues are full, a feed waits, and those after it. All inputs are closed
            after the last one.
        durations: how long each call of `process` takes, by node, in microseconds, or as a
            function of its timestamp; 0 for nodes that are not named. What a calculator sleeps on
            the service `CLOCK` is added.
        workers: threads of the executors that don't say how many they have; by default as many
            as they can use.
        side_packets: values by name.
        observe: names of streams to observe; by default the graph's declared outputs.
        listeners: by stream, who is called with each packet and its virtual time, in place of
            keeping it: for runs whose packets don't fit into memory.
        clock: its time is the begin of the run; by default one that stands at 0.
        checks: whether the machine is checked after each event; without, a run of a large graph
            takes a third of the time.
        max_events: what does not end after so many is taken to run for ever.
        calls_kept: how many of the last calls are remembered; None for all.

    Raises:
        UsageError: side packets, feeds or the names of nodes don't fit the graph.
        TimestampError: a packet comes too late for its graph input.
        SimulationFault: the run does not end.
    """
    plan, clock = graph.plan, clock or VirtualClock()
    durations = durations or {}
    _check_nodes(plan, durations)
    names = [plan.streams[index].name for index in plan.outputs] if observe is None else observe
    packets: dict[str, list[Packet]] = {name: [] for name in names}
    seen_us: dict[str, list[int]] = {name: [] for name in names}
    drivers: list[TimedDriver] = []

    def make_driver(scheduler: Scheduler, calculators: Sequence[AnyCalculator]) -> Driver:
        threads = [_threads(each, workers) for each in scheduler.plan.executors]
        made = TimedDriver(
            scheduler,
            calculators,
            clock=clock,
            durations=durations,
            threads=threads,
            checks=checks,
            max_events=max_events,
            calls_kept=calls_kept,
        )
        drivers.append(made)
        return made

    taps = [_tap(plan, name, _keeper(packets[name], seen_us[name]), clock) for name in names]
    taps += [_tap(plan, name, listen, clock) for name, listen in (listeners or {}).items()]
    services = {**graph.services.for_run(plan), CLOCK: clock}
    run = Run(plan, taps, make_driver, side_packets or {}, services, KeptSidePackets())
    driver = drivers[0]
    run.start()
    last_us = clock.now_us
    for at_us, name, fed in feeds:
        driver.feed_at(at_us, run.input(name), fed)
        last_us = max(last_us, at_us)
    for stream in run.scheduler.inputs.values():
        driver.feed_at(last_us, stream, time_of.DONE)
    error = _outcome(driver)
    run.end_trace()
    return TimedRun(
        packets=packets,
        seen_us=seen_us,
        error=error,
        calls=tuple(driver.calls),
        end_us=clock.now_us,
        side_packets=dict(run.scheduler.side_packets),
        call_counts=dict(driver.call_counts),
        ledger=run.scheduler.ledger(),
    )


def _outcome(driver: TimedDriver) -> GraphflowError | None:
    try:
        driver.wait_until_done()
    except GraphflowError as error:
        if isinstance(error, SimulationFault) or not driver.scheduler.has_failed:
            raise
        return error
    return None


def _keeper(packets: list[Packet], seen_us: list[int]) -> Listener:
    def keep(packet: Packet, now_us: int) -> None:
        packets.append(packet)
        seen_us.append(now_us)

    return keep


def _tap(plan: Plan, name: str, listen: Listener, clock: VirtualClock) -> Tap:
    """Watch a stream with a worker of its own, so that it is seen at once."""
    indexes = {each.name: index for index, each in enumerate(plan.streams)}
    if name not in indexes:
        hint = suggestion(name, indexes)
        raise UsageError(f'no stream "{name}" to observe' + (f"; {hint}" if hint else ""))

    def see(packet: Packet) -> None:
        listen(packet, clock.now_us)

    return replace(observer_tap(plan, indexes[name], see, False), may_wait=True)


def _check_nodes(plan: Plan, durations: Mapping[str, Duration]) -> None:
    known = [node.name for node in plan.nodes]
    for name in durations:
        if name not in known:
            hint = suggestion(name, known)
            raise UsageError(f'no node "{name}" to take time' + (f"; {hint}" if hint else ""))


def _threads(executor: ExecutorPlan, workers: int | None) -> int:
    if executor.kind is ExecutorKind.APPLICATION_THREAD:
        return 1
    return executor.num_threads or workers or sys.maxsize
