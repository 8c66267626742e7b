"""Runs cases of the corpus, and finds what is wrong with a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphflow import Graph, Packet
from graphflow.runtime.ledger import Entry
from graphflow.testing.simulation import SimulatedRun, SimulationFault, simulate
from graphflow.words.errors import GraphCancelled, GraphflowError, GraphStuck
from tests.simulation.case import Case

MAX_EVENTS = 5_000
"""Events after which a run of the corpus never ends; the longest takes fewer than half."""

CANCEL_WITHIN = 70
"""A case that is cancelled is so after fewer events than this, as the seed says."""


class Wrong(AssertionError):
    """A run that is not as it must be.

    Attributes:
        how: in a few words, for the table of mutants.
    """

    def __init__(self, how: str, case: Case, details: object) -> None:
        self.how = how
        super().__init__(f"{case.name}: {how}: {details}")


@dataclass
class Tally:
    """What was run.

    Attributes:
        orders: one number for each distinct order of events.
    """

    runs: int = 0
    events: int = 0
    graphs: int = 0
    orders: set[int] = field(default_factory=set)

    def count(self, name: str, run: SimulatedRun) -> None:
        """Count a run of a graph."""
        self.runs += 1
        self.events += len(run.events)
        self.orders.add(hash((name, run.events)))


def run_simulated(case: Case, seed: int, graph: Graph | None = None) -> SimulatedRun:
    """Run a case in the order of a seed, and check all that one run can tell.

    Raises:
        Wrong: something is not as it must be.
    """
    try:
        run = simulate(
            graph or case.make(),
            case.feeds,
            side_packets=case.side_packets,
            seed=seed,
            workers=case.workers,
            late=case.late,
            cancel_after=seed % CANCEL_WITHIN if case.end == "cancelled" else None,
            pauses=seed % 3,
            max_events=MAX_EVENTS,
        )
    except SimulationFault as fault:
        raise Wrong(_how_of(fault), case, fault) from fault
    except Exception as error:
        raise Wrong("crash", case, f"seed {seed}: {error!r}") from error
    for how, details in _faults_of(case, run):
        story = "\n  ".join(run.events)
        raise Wrong(how, case, f"{details}; seed {seed}\n  {story}")
    return run


def _how_of(fault: SimulationFault) -> str:
    message = str(fault).partition("\n")[0]
    for how in ("invariant", "ledger"):
        if f"broken {how}" in message:
            return how
    return "never ends"


def _faults_of(case: Case, run: SimulatedRun) -> Iterator[tuple[str, object]]:
    ended = end_of(run.error)
    is_cancelled = ended == "done" and case.end == "cancelled"
    if ended != case.end and not is_cancelled:
        yield f"ends {ended}", run.error
    opened, closed = run.calls_of("open"), sorted(run.calls_of("close"))
    refused = [each.node for each in errors_of(run.error) if getattr(each, "step", "") == "open"]
    if sorted(name for name in opened if name not in refused) != closed:
        yield "open and close differ", f"opened {opened}, closed {closed}"
    for entry in run.ledger.entries:
        if not is_settled(entry):
            yield "ledger", entry
    for stream, limit in case.longest.items():
        if run.longest_queues[stream] > limit:
            yield "queue limit", f"{run.longest_queues[stream]} packets waited in {stream}"
    yield from _packet_faults(case, run.packets, is_whole=ended == "done" and not is_cancelled)
    if not case.holds(run):
        yield "result", f"{run.packets}; {run.ledger}"


def _packet_faults(
    case: Case, found: Mapping[str, Sequence[Packet]], *, is_whole: bool
) -> Iterator[tuple[str, object]]:
    for attribute in ("timestamp", "value"):
        known = case.times if attribute == "timestamp" else case.values
        for stream, expected in known.items():
            values = [getattr(packet, attribute) for packet in found[stream]]
            wanted = list(expected) if is_whole else list(expected)[: len(values)]
            if values != wanted:
                yield "result", f"{stream}: found {values}; expected {wanted}"


def is_settled(entry: Entry) -> bool:
    """Tell whether the ledger knows what became of every packet of an input, and none waits."""
    left = entry.dropped + entry.discarded + entry.abandoned
    return not entry.queued and entry.consumed >= 0 and entry.delivered == entry.consumed + left


def errors_of(error: GraphflowError | None) -> Sequence[Any]:
    """Return the errors of a run, one by one."""
    return getattr(error, "errors", () if error is None else (error,))


def end_of(error: GraphflowError | None) -> str:
    """Say how a run ended, in the words of `Case.end`."""
    first = next(iter(errors_of(error)), None)
    if first is None:
        return "done"
    if isinstance(first, GraphCancelled):
        return "cancelled"
    return "stuck" if isinstance(first, GraphStuck) else "error"


def packets_of(run: SimulatedRun) -> dict[str, list[tuple[int, Any]]]:
    """Return what observed streams carried, as plain values."""
    return plain(run.packets)


def plain(packets: Mapping[str, Sequence[Packet]]) -> dict[str, list[tuple[int, Any]]]:
    """Return packets as pairs of time and payload."""
    return {
        stream: [(packet.timestamp, packet.value) for packet in each]
        for stream, each in packets.items()
    }


def compare(
    case: Case,
    expected: Mapping[str, list[tuple[int, Any]]],
    found: Mapping[str, list[tuple[int, Any]]],
    who: str,
) -> None:
    """Demand equal packets; in runs that do not end well, that one is the beginning of the other.

    Raises:
        Wrong: they differ.
    """
    if not case.is_deterministic:
        return
    for stream, first in expected.items():
        other = found[stream]
        shared = None if case.end == "done" else min(len(first), len(other))
        if first[:shared] != other[:shared]:
            raise Wrong("result", case, f"{who}: {stream}: found {other}; expected {first}")


def prove(case: Case, seeds: Iterable[int], tally: Tally) -> dict[str, list[tuple[int, Any]]]:
    """Run a case in many orders, and demand one result; return it.

    Raises:
        Wrong: something is not as it must be.
    """
    graph = case.make()
    first: dict[str, list[tuple[int, Any]]] | None = None
    for seed in seeds:
        run = run_simulated(case, seed, graph)
        tally.count(case.name, run)
        found = packets_of(run)
        first = first or found
        compare(case, first, found, f"seed {seed}")
    assert first is not None, "a proof needs a seed"
    return first


def run_driven(case: Case, threads: int, **settings: Any) -> tuple[Graph, dict[str, list[Packet]]]:
    """Run a case by a real driver, check it, and return the graph and its packets.

    Every observed stream is watched twice, with bounds and without.

    Raises:
        Wrong: something is not as it must be.
    """
    graph, found, seen = case.make(), dict[str, list[Packet]](), dict[str, list[Packet]]()
    for index in graph.plan.outputs:
        name = graph.plan.streams[index].name
        found[name], seen[name] = [], []
        graph.observe(name, found[name].append)
        graph.observe(name, seen[name].append, sees_bounds=True)
    graph.start(case.side_packets, threads=threads, late=case.late, **settings)
    error = _feed(case, graph)
    ended = end_of(error)
    is_whole = case.end == "done"
    if ended != case.end and case.end != "cancelled":
        raise Wrong(f"ends {ended}", case, error)
    for how, details in _packet_faults(case, found, is_whole=is_whole):
        raise Wrong(how, case, f"{threads} threads: {details}")
    for name, packets in found.items():
        with_bounds = [packet for packet in seen[name] if packet.value is not None]
        shared = None if is_whole else min(len(packets), len(with_bounds))
        valued = [packet for packet in packets if packet.value is not None]
        if with_bounds[:shared] != valued[:shared]:
            raise Wrong("observer with bounds", case, f"found {with_bounds}; expected {valued}")
    for entry in graph.ledger().entries:
        if not is_settled(entry):
            raise Wrong("ledger", case, entry)
    return graph, found


def _feed(case: Case, graph: Graph) -> GraphflowError | None:
    try:
        for name, packet in _one_after_another(case):
            if isinstance(packet, Packet):
                graph.add_packet(name, packet)
            else:
                graph.advance(name, packet)
        if case.end == "cancelled":
            graph.cancel()
    except GraphflowError:
        if not graph.has_failed:
            raise
    graph.close_inputs()
    try:
        graph.wait_until_done()
    except GraphflowError as error:
        return error
    return None


def _one_after_another(case: Case) -> Iterator[tuple[str, Packet | int]]:
    if not isinstance(case.feeds, Mapping):
        yield from case.feeds
        return
    waiting = {name: list(packets) for name, packets in case.feeds.items()}
    while any(waiting.values()):
        for name, packets in waiting.items():
            if packets:
                yield name, packets.pop(0)
