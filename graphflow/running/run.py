"""Run: one run of a graph, from its start to its end, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graphflow.driver import Late
from graphflow.nodes.calculator import AnyCalculator
from graphflow.plan import NodePlan, Plan
from graphflow.running.executors import MakeDriver
from graphflow.running.kept_side_packets import (
    KeepingCalculator,
    KeptSidePackets,
    makes_side_packets_alone,
)
from graphflow.running.profile import PROFILE, ProfileSource
from graphflow.running.service_objects import Objects
from graphflow.running.side_packets import side_packet_values
from graphflow.running.taps import Tap, TapCalculator, watcher_of, with_taps
from graphflow.runtime.elements import Stream
from graphflow.runtime.ledger import Ledger
from graphflow.runtime.recording import RecordingScheduler
from graphflow.runtime.scheduler import Scheduler
from graphflow.words import timestamp as time_of
from graphflow.words.diagnostics import listed
from graphflow.words.errors import CalculatorError, GraphCancelled, UsageError
from graphflow.words.quick_dataclass import dataclass
from graphflow.words.waits import Reason, Wait

if TYPE_CHECKING:
    from graphflow.trace.scheduler import TracingScheduler
    from graphflow.trace.tracer import Tracer

LateChoice = Late | str | Mapping[str, Late | str]
"""What becomes of late packets: one word for all graph inputs, or words by input."""


Wrap = Callable[[NodePlan, AnyCalculator], AnyCalculator]
"""Puts something around the calculator of a node, which then gets the node's calls."""


@dataclass(frozen=True)
class NodeTime:
    """What a node did in a run.

    Attributes:
        calls: how often `process` was called.
        busy_seconds: how long those calls took in all.
        setup_seconds: how long `open` and `close` took: loading a model, finalising a file.
    """

    node: str
    calls: int
    busy_seconds: float
    setup_seconds: float = 0.0


class Run:
    """One run: a machine, fresh calculators, and the driver that joins them.

    Args:
        plan: the graph.
        taps: of those who watch it.
        make_driver: makes the driver of machine and calculators.
        side_packets: given values by name.
        services: the objects that its nodes may use.
        kept: side packets of earlier runs of this graph.
        records: whether the machine keeps its story.
        wraps: what is put around each calculator, from the inside out.
        tracer: whom the machine tells who ran when; None for nobody.

    Raises:
        UsageError: side packets are missing, unknown or of the wrong type; or a node reads the
            run's profile, which needs a trace, and the machine is to keep its story.
        CalculatorError: a calculator could not be made.
    """

    def __init__(
        self,
        plan: Plan,
        taps: Sequence[Tap],
        make_driver: MakeDriver,
        side_packets: Mapping[str, Any],
        services: Objects,
        kept: KeptSidePackets,
        *,
        records: bool = False,
        wraps: Sequence[Wrap] = (),
        tracer: Tracer | None = None,
    ) -> None:
        values = side_packet_values(plan, side_packets)
        calculators = [_make(node, kept) for node in plan.nodes]
        self._keeping = [each for each in calculators if isinstance(each, KeepingCalculator)]
        for wrap in wraps:
            calculators = list(map(wrap, plan.nodes, calculators))
        calculators += [TapCalculator(tap) for tap in taps]
        self.plan = plan
        self._taps = {tap.name: tap for tap in taps}
        watched = with_taps(plan, taps)
        self.recorder = RecordingScheduler(watched, values) if records else None
        self._traced = None
        profiled = _profiled_node(plan, services)
        if profiled is not None and records:
            raise UsageError(
                f'node "{profiled.name}" reads the profile of the run, which is traced for it; a '
                "run keeps its story or is traced, not both"
            )
        if profiled is not None:
            self._traced, source = _profiled(watched, values, tracer, len(plan.nodes))
            services = {**services, PROFILE: source}
        elif tracer is not None:
            self._traced = _traced(watched, values, tracer)
        self.scheduler = self.recorder or self._traced or Scheduler(watched, values)
        if self.recorder is not None:
            self.recorder.watchers = tuple(watcher_of(tap) for tap in taps)
        for node in self.scheduler.nodes:
            for invocation in node.idle:
                invocation.services = services
        self.driver = make_driver(self.scheduler, calculators)

    def prepare(self, late: LateChoice, headers: Mapping[str, Any]) -> None:
        """Before the start, say what becomes of late packets, and what headers inputs have.

        Raises:
            UsageError: no such graph input, or no such choice.
        """
        chosen = late if isinstance(late, Mapping) else dict.fromkeys(self.scheduler.inputs, late)
        for name, word in chosen.items():
            self.driver.set_late(self.input(name), _late(word))
        for name, header in headers.items():
            self.scheduler.set_header(self.input(name), header)

    def start(self) -> None:
        """Open the graph.

        Raises:
            OSError: a file of the trace can't be written.
        """
        if self._traced is not None:
            self._traced.begin()
            if self.driver.has_threads:
                self._traced.use_courier()
        self.driver.start()

    def end_trace(self) -> None:
        """End the trace, if there is one, of a run that is over: also where the machine broke."""
        if self._traced is not None and self.is_over:
            self._traced.end_trace()

    def let_go(self) -> None:
        """Keep no payload alive while nothing happens: contexts hold that of their last call."""
        self.driver.look(_let_go)

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.scheduler.is_done or self.driver.is_broken

    @property
    def is_paused(self) -> bool:
        """Whether it stands still because that was asked for."""
        return self.scheduler.is_paused

    @property
    def has_failed(self) -> bool:
        """Whether it has failed or was cancelled."""
        return self.scheduler.has_failed

    @property
    def leaves_doubt(self) -> bool:
        """Whether the side packets that it made may not be trusted: it failed, or was cut short.

        A run that was cancelled when all of them were there leaves none.
        """
        errors = self.scheduler.errors
        if self.driver.is_broken or not all(isinstance(each, GraphCancelled) for each in errors):
            return True
        made = self.scheduler.side_packets
        return bool(errors) and any(each.is_cut_short(made) for each in self._keeping)

    def input(self, name: str) -> Stream:
        """Return a graph input.

        Raises:
            UsageError: there is none of that name.
        """
        inputs = self.scheduler.inputs
        found = inputs.get(name)
        if found is None:
            known = ", ".join(f'"{each}"' for each in inputs) or "none"
            raise UsageError(f'no graph input "{name}"; the graph has: {known}')
        return found

    def bound(self, name: str) -> int:
        """Return a stream's bound.

        Raises:
            UsageError: there is none of that name.
        """
        return self._stream(name).bound

    def header(self, name: str) -> Any:
        """Return a stream's header, or None if nobody has set one.

        Raises:
            UsageError: there is no stream of that name.
        """
        return self._stream(name).header

    def _stream(self, name: str) -> Stream:
        for each in self.scheduler.streams:
            if each.name == name:
                return each
        raise UsageError(f'no stream "{name}"')

    def side_packet(self, name: str) -> Any:
        """Return a side packet, given or made.

        Raises:
            UsageError: there is none of that name, or it was not made yet.
        """
        values = self.scheduler.side_packets
        if name not in values:
            known = ", ".join(sorted(values)) or "none"
            raise UsageError(f'side packet "{name}" is not there (yet); there are: {known}')
        return values[name]

    def ledger(self) -> Ledger:
        """Say what became of every packet so far."""
        return self.driver.look(Scheduler.ledger)

    def progress(self) -> tuple[object, ...]:
        """Return something that differs whenever a call began or ended in between."""
        return self.driver.progress()

    def explain(self) -> list[Wait]:
        """Say why everything that is not closed does not go on, the root causes first."""
        return [self._with_reader(wait) for wait in self.driver.explain()]

    def _with_reader(self, wait: Wait) -> Wait:
        """Say of a node behind a full poller who must move: only we know what it is."""
        tap = self._taps.get(wait.node)
        if tap is None or wait.reason is not Reason.RUNNING or not tap.is_full():
            return wait
        return replace(
            wait,
            remedy=(
                f"it is full, and nobody reads: read the {tap.name} to the end, in a thread of its "
                "own, or set max_queue_size=0"
            ),
        )

    def node_times(self) -> list[NodeTime]:
        """Return what each node did so far, in the plan's order."""
        return [
            NodeTime(node.name, *self.driver.times_of(index))
            for index, node in enumerate(self.plan.nodes)
        ]


def _let_go(scheduler: Scheduler) -> None:
    if scheduler.is_idle:
        for node in scheduler.nodes:
            for invocation in node.idle:
                for port in invocation.ports:
                    port.packet = None


def _profiled_node(plan: Plan, services: Objects) -> NodePlan | None:
    """Return a node that wants the run's profile, if nobody gave it one."""
    if PROFILE in services:
        return None
    wanting = (each for each in plan.nodes if PROFILE in (*each.services, *each.optional_services))
    return next(wanting, None)


def _profiled(
    plan: Plan, side_packets: dict[str, Any], tracer: Tracer | None, node_count: int
) -> tuple[TracingScheduler, ProfileSource]:
    from graphflow.trace.live_profile import LiveProfile
    from graphflow.trace.scheduler import TracingScheduler
    from graphflow.trace.tracer import Tracer

    tracer = tracer or Tracer()
    profile = LiveProfile(tracer, node_count)
    return TracingScheduler(plan, side_packets, tracer, [profile]), profile


def _traced(plan: Plan, side_packets: dict[str, Any], tracer: Tracer) -> TracingScheduler:
    from graphflow.trace.scheduler import TracingScheduler  # few runs are traced

    return TracingScheduler(plan, side_packets, tracer)


def _make(node: NodePlan, kept: KeptSidePackets) -> AnyCalculator:
    try:
        calculator = node.calculator(node.options)
    except Exception as error:
        raise CalculatorError(
            node.name, "construction", time_of.UNSET, error, node.location
        ) from error
    if makes_side_packets_alone(node):
        return KeepingCalculator(calculator, node, kept)
    return calculator


def _late(word: Late | str) -> Late:
    try:
        return Late(word)
    except ValueError:
        known = listed([f'"{each.value}"' for each in Late], "or")
        raise UsageError(f'found late "{word}"; expected {known}') from None
