"""Simulation: run a graph in one thread, in an order of events that a seed chooses.

With threads, which node runs when depends on the machine and its mood; a fault in a graph or a
calculator may show once in a thousand runs. Here a seeded generator decides what happens next: a
packet is fed, a call begins, a call ends. Every seed is another order that threads could have
produced, and the same seed is always the same order, so what went wrong can be run again::

    run = simulate(graph, [("image", Packet(first, 0)), ("image", Packet(second, 33_333))], seed=7)
    assert run.error is None
    assert run.values("landmarks") == [...]

Graphs whose nodes join by timestamp give the same result in every order. `explore` tries many
seeds, and says which one differs::

    explore(graph, {"image": packets}, seeds=range(200))

After each event the scheduler's invariants are checked.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphflow.driver import Driver, Late
from graphflow.driver.base import refusal
from graphflow.graph import Graph
from graphflow.nodes.calculator import AnyCalculator
from graphflow.running.run import LateChoice
from graphflow.runtime.elements import Invocation, Pool, Queue, Stream
from graphflow.runtime.invariants import check, check_call, check_ledger
from graphflow.runtime.ledger import Ledger
from graphflow.runtime.scheduler import Scheduler
from graphflow.words import timestamp as time_of
from graphflow.words.errors import GraphCancelled, GraphflowError, UsageError
from graphflow.words.packet import Packet

Feed = tuple[str, Packet | int]
"""What is fed next: a graph input, and a packet or a bound (DONE closes it)."""

Feeds = Sequence[Feed] | Mapping[str, Iterable[Packet | int]]

_PAUSE_RATIO = 0.1
_PATIENCES = (0.0, 0.5, 0.9, 0.99)
_LAST_EVENTS = 100

MAX_EVENTS = 1_000_000
"""Events after which a simulated run counts as one that never ends."""


class SimulationFault(GraphflowError):
    """A simulated run broke the engine's own rules, or differs from another seed's.

    Attributes:
        seed: with which it happens again.
        events: what happened until then.
    """

    def __init__(self, message: str, seed: int, events: Sequence[str]) -> None:
        self.seed = seed
        self.events = tuple(events)
        super().__init__("\n  ".join([f"seed {seed}: {message}", *self.events]))


@dataclass(frozen=True)
class Call:
    """A call of a calculator: "open", "process" or "close" of a node, at a time."""

    node: str
    step: str
    timestamp: int


@dataclass(frozen=True)
class SimulatedRun:
    """What came of a simulated run.

    Attributes:
        seed: of the order of events.
        packets: what the observed streams carried.
        error: what the run failed with; None if it did not.
        calls: in the order in which they began.
        events: everything that happened, a line each.
        longest_queues: per stream, the most packets that waited in one queue of its consumers.
        side_packets: given and made.
        ledger: what became of every packet.
    """

    seed: int
    packets: dict[str, list[Packet]]
    error: GraphflowError | None
    calls: tuple[Call, ...]
    events: tuple[str, ...]
    longest_queues: Mapping[str, int]
    side_packets: Mapping[str, Any] = field(default_factory=dict)
    ledger: Ledger = field(default=Ledger((), {}, {}))

    def values(self, stream: str) -> list[Any]:
        """Return the payloads that a stream carried."""
        return [packet.value for packet in self.packets[stream]]

    def timestamps(self, stream: str) -> list[int]:
        """Return the times of the packets that a stream carried."""
        return [packet.timestamp for packet in self.packets[stream]]

    def calls_of(self, step: str) -> list[str]:
        """Return the names of the nodes that were called for a step, in order."""
        return [call.node for call in self.calls if call.step == step]


class SimulationDriver(Driver):
    """Lets a seeded generator choose among what can happen.

    Args:
        scheduler: the machine.
        calculators: one for each node.
        seed: of the generator.
        workers: calls that may overlap.
        cancel_after: number of events after which the run is cancelled.
        max_events: after so many events the run counts as one that never ends.
        pauses: how often the run is paused, when the generator likes.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        calculators: Sequence[AnyCalculator],
        *,
        seed: int,
        workers: int,
        cancel_after: int | None = None,
        max_events: int = MAX_EVENTS,
        pauses: int = 0,
    ) -> None:
        super().__init__(scheduler, calculators)
        self.seed = seed
        self.events: list[str] = []
        self.taken: list[Call] = []
        self.longest_queues = dict.fromkeys((each.name for each in scheduler.streams), 0)
        self._consumed: Counter[Queue] = Counter()
        self._random = Random(seed)
        self._workers = workers
        self._cancel_after = cancel_after
        self._max_events = max_events
        self._pauses_left = pauses
        self._ends_pauses = pauses > 0  # those that it began itself
        # How far the graph usually gets before the next packet is fed: each seed has its pace.
        self._patience = self._random.choice(_PATIENCES)
        # Calls in flight. User code runs when the call is taken or just before it is reported.
        self._in_flight: list[tuple[Invocation, bool, BaseException | None]] = []
        self._is_inside = False

    def start(self) -> None:
        """Get ready; nodes are opened as the generator likes."""
        self._look("start")

    def add(self, stream: Stream, packet: Packet, *, waits: bool = True) -> None:
        """Let some things happen, and then add a packet to a graph input."""
        self._check_run()
        self._dally()
        admitted = self._admit(stream, packet, stream.bound)
        if admitted is None:
            return
        self.scheduler.await_space(stream)
        while stream.throttled and self._move():
            if not waits and stream.throttled:
                self.scheduler.forgo_space(stream)
                raise refusal(stream)
        self._check_run()
        self.scheduler.add(stream, admitted)
        self._look(f"add {stream.name} {time_of.text(admitted.timestamp)}")

    def end_sources(self) -> None:
        """End all sources; graph inputs stay open."""
        self.scheduler.end_sources()
        self._look("end sources")

    def advance(self, stream: Stream, bound: int) -> None:
        """Let some things happen, and then raise a graph input's bound."""
        self._dally()
        self.scheduler.advance(stream, bound)
        self._look(f"advance {stream.name} {time_of.text(bound)}")

    def cancel(self, error: GraphflowError) -> None:
        """End the run: what is in flight still returns, opened calculators are closed."""
        self.scheduler.cancel(error)
        self._look("cancel")

    def pause(self) -> None:
        """Let no call begin until `resume`; those under way return."""
        self.scheduler.pause()
        self._look("pause")

    def resume(self) -> None:
        """Go on after `pause`."""
        self.scheduler.resume()
        self._look("resume")

    def wait_until_idle(self) -> None:
        """Let things happen until nothing can."""
        while self._move():
            pass

    def wait_until_done(self) -> None:
        """Let things happen to the end, and raise what went wrong.

        Raises:
            UsageError: there is no end, since graph inputs are open.
            SimulationFault: they are closed, and still it neither ends nor is reported stuck.
            GraphflowError: the run failed.
        """
        self.wait_until_idle()
        if not self.scheduler.is_done:
            if any(each.bound < time_of.DONE for each in self.scheduler.inputs.values()):
                raise UsageError("the run can't end: close the graph inputs first")
            if self.scheduler.is_paused:
                raise UsageError("the run can't end: it is paused; resume it first")
            fault = "the run neither ends nor is reported stuck"
            raise SimulationFault(fault, self.seed, self.events)
        self.raise_outcome()

    def _dally(self) -> None:
        while self._random.random() < self._patience and self._move():
            pass

    def _move(self) -> bool:
        """Let one thing happen; False if nothing can, or user code asks."""
        if self._is_inside:
            return False
        if self._cancel_after is not None and len(self.events) > self._cancel_after:
            self._cancel_after = None
            self.cancel(GraphCancelled("the run was cancelled"))
            return True
        if self._pauses_left and self._random.random() < _PAUSE_RATIO:
            self._pauses_left -= 1
            self.pause()
        moves: list[Callable[[], bool]] = [self._report] if self._in_flight else []
        if len(self._in_flight) < self._workers:
            moves.append(self._take)
        if self._ends_pauses and self.scheduler.is_paused:
            moves.append(self._resume)
        self._random.shuffle(moves)
        return any(move() for move in moves)

    def _resume(self) -> bool:
        self.resume()
        return True

    def _take(self) -> bool:
        pools = list(self.scheduler.pools)
        self._random.shuffle(pools)
        for pool in pools:
            invocation = self.scheduler.take(pool)
            if invocation is not None:
                self._count(invocation)
                self._begin(invocation, pool)
                return True
        return False

    def _report(self) -> bool:
        position = self._random.randrange(len(self._in_flight))
        invocation, is_performed, error = self._in_flight.pop(position)
        if not is_performed:
            error = self._perform_once(invocation)
        what = f"{invocation.node.plan.name} {invocation.step.value}"
        if error is not None:
            self.scheduler.fail(invocation, error)
            self._look(f"fail {what}: {error!r}")
        elif self._random.random() < 0.5:
            self.scheduler.finish(invocation)
            self._look(f"finish {what}")
        else:
            pool = self._random.choice(self.scheduler.pools)
            following = self.scheduler.finish_and_take(invocation, pool)
            if following is not None:
                self._count(following)
            self._look(f"finish {what}, and take")
            if following is not None:
                self._begin(following, pool)
        return True

    def _count(self, invocation: Invocation) -> None:
        """Count the packets that a call was given."""
        for queue, port in zip(invocation.node.queues, invocation.ports, strict=True):
            self._consumed[queue] += port.packet is not None

    def _begin(self, invocation: Invocation, pool: Pool) -> None:
        node, step = invocation.node, invocation.step
        self.taken.append(Call(node.plan.name, step.value, invocation.timestamp))
        self._look(f"take {node.plan.name} {step.value} {time_of.text(invocation.timestamp)}")
        self._checked("invariant", lambda: check_call(self.scheduler, pool, node, step))
        is_performed = self._random.random() < 0.5
        error = self._perform_once(invocation) if is_performed else None
        self._in_flight.append((invocation, is_performed, error))

    def _perform_once(self, invocation: Invocation) -> BaseException | None:
        self._is_inside = True
        try:
            return self._perform(invocation)
        finally:
            self._is_inside = False

    def _look(self, event: str) -> None:
        """Note an event, and check what must hold after it."""
        self.events.append(event)
        if len(self.events) > self._max_events:
            raise SimulationFault(
                f"no end after {self._max_events} events", self.seed, self.events[-_LAST_EVENTS:]
            )
        if self._in_flight or not self._is_inside:
            self._checked("invariant", lambda: check(self.scheduler))
            self._checked("ledger", lambda: check_ledger(self.scheduler, self._consumed))
        for node in self.scheduler.nodes:
            for queue in node.queues:
                name = queue.stream.name
                self.longest_queues[name] = max(self.longest_queues[name], len(queue.packets))

    def _checked(self, what: str, checks: Callable[[], None]) -> None:
        try:
            checks()
        except AssertionError as error:
            raise SimulationFault(f"broken {what}: {error}", self.seed, self.events) from error


def simulate(
    graph: Graph,
    feeds: Feeds = (),
    *,
    side_packets: Mapping[str, Any] | None = None,
    headers: Mapping[str, Any] | None = None,
    seed: int = 0,
    workers: int = 3,
    observe: Sequence[str] | None = None,
    cancel_after: int | None = None,
    late: LateChoice = Late.RAISE,
    max_events: int = MAX_EVENTS,
    pauses: int = 0,
) -> SimulatedRun:
    """Run a graph once, in the order of events that a seed chooses.

    Args:
        graph: the graph; it is not changed, and its own observers are not called.
        feeds: pairs of graph input and packet (or bound), fed in this order; or packets by graph
            input, whose interleaving then is chosen too. All inputs are closed at the end.
        side_packets: values by name.
        headers: of graph inputs, by name.
        seed: the same seed is the same order.
        workers: calls that may overlap, at least 1.
        observe: names of streams to observe; by default the graph's declared outputs.
        cancel_after: cancel the run after this many events.
        late: what becomes of packets that come too late, as for `Graph.start`.
        max_events: after so many events the run counts as one that never ends.
        pauses: how often the run is paused, and resumed some events later.

    Raises:
        SimulationFault: the engine broke its own rules, or the run never ends; the message has
            seed and events.
        UsageError: side packets or feeds don't fit the graph.
    """
    if observe is None:
        observe = [graph.plan.streams[index].name for index in graph.plan.outputs]
    observed = Graph(graph.plan, graph.services)
    packets: dict[str, list[Packet]] = {name: [] for name in observe}
    for name in observe:
        observed.observe(name, packets[name].append)
    drivers: list[SimulationDriver] = []

    def make_driver(scheduler: Scheduler, calculators: Sequence[AnyCalculator]) -> Driver:
        drivers.append(
            SimulationDriver(
                scheduler,
                calculators,
                seed=seed,
                workers=workers,
                cancel_after=cancel_after,
                max_events=max_events,
                pauses=pauses,
            )
        )
        return drivers[0]

    observed.start_with(make_driver, side_packets, late=late, headers=headers)
    error = _feed_and_wait(observed, _in_order(feeds, Random(seed)))
    driver = drivers[0]
    return SimulatedRun(
        seed=seed,
        packets=packets,
        error=error,
        calls=tuple(driver.taken),
        events=tuple(driver.events),
        longest_queues=driver.longest_queues,
        side_packets=dict(driver.scheduler.side_packets),
        ledger=driver.scheduler.ledger(),
    )


def explore(
    graph: Graph,
    feeds: Feeds = (),
    *,
    seeds: Iterable[int] = range(200),
    side_packets: Mapping[str, Any] | None = None,
    headers: Mapping[str, Any] | None = None,
    workers: int = 3,
    observe: Sequence[str] | None = None,
    pauses: int = 0,
    is_same: Callable[[Any, Any], bool] = operator.eq,
) -> SimulatedRun:
    """Run a graph under many seeds, and demand one result.

    Args:
        graph: as for `simulate`.
        feeds: as for `simulate`.
        seeds: at least one.
        side_packets: as for `simulate`.
        headers: as for `simulate`.
        workers: as for `simulate`.
        observe: as for `simulate`.
        pauses: as for `simulate`.
        is_same: compares payloads; for arrays, something like `numpy.array_equal`.

    Returns:
        The first run.

    Raises:
        SimulationFault: two seeds differ, or the engine broke its own rules.
    """
    first: SimulatedRun | None = None
    for seed in seeds:
        run = simulate(
            graph,
            feeds,
            side_packets=side_packets,
            headers=headers,
            seed=seed,
            workers=workers,
            observe=observe,
            pauses=pauses,
        )
        first = first or run
        difference = _difference(first, run, is_same)
        if difference:
            raise SimulationFault(f"differs from seed {first.seed}: {difference}", seed, run.events)
    if first is None:
        raise UsageError("explore needs at least one seed")
    return first


def _in_order(feeds: Feeds, random: Random) -> Iterable[Feed]:
    if not isinstance(feeds, Mapping):
        yield from feeds
        return
    waiting = {name: list(reversed(list(packets))) for name, packets in feeds.items()}
    while waiting := {name: packets for name, packets in waiting.items() if packets}:
        name = random.choice(list(waiting))
        yield name, waiting[name].pop()


def _feed_and_wait(graph: Graph, feeds: Iterable[Feed]) -> GraphflowError | None:
    try:
        for name, packet in feeds:
            if isinstance(packet, Packet):
                graph.add_packet(name, packet)
            else:
                graph.advance(name, packet)
    except GraphflowError as error:
        if isinstance(error, SimulationFault) or not graph.has_failed:
            raise
    graph.close_inputs()
    try:
        graph.wait_until_done()
    except SimulationFault:
        raise
    except GraphflowError as error:
        return error
    return None


def _difference(
    first: SimulatedRun, other: SimulatedRun, is_same: Callable[[Any, Any], bool]
) -> str:
    if str(first.error) != str(other.error):
        return f"found error {other.error}; expected {first.error}"
    for name, expected in first.packets.items():
        found = other.packets[name]
        if len(found) != len(expected) or not all(
            left.timestamp == right.timestamp and is_same(left.value, right.value)
            for left, right in zip(expected, found, strict=True)
        ):
            return f'stream "{name}": found {found}; expected {expected}'
    return ""
