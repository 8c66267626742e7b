"""What all drivers share: calculators behind nodes, and the outcome of a run."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter
from types import CodeType
from typing import ClassVar, TypeVar

from graphflow.driver.calls import running_calls
from graphflow.driver.type_checks import checked_calls
from graphflow.nodes.calculator import AnyCalculator
from graphflow.nodes.contract import type_name
from graphflow.nodes.payload_types import found_type, is_checkable, is_payload
from graphflow.runtime.elements import Invocation, Node, Step, Stream
from graphflow.runtime.scheduler import Scheduler
from graphflow.words import timestamp as time_of
from graphflow.words.bounds import check_time
from graphflow.words.errors import (
    GraphCancelled,
    GraphflowError,
    GraphFull,
    InternalError,
    PayloadError,
    SeveralErrors,
)
from graphflow.words.packet import Packet
from graphflow.words.waits import Call, Reason, Wait

PROCESS = Step.PROCESS
T = TypeVar("T")


class Late(str, enum.Enum):
    """What becomes of a packet that is added to a graph input below the input's bound."""

    RAISE = "raise"
    DROP = "drop"
    BUMP = "bump"


class Driver(ABC):
    """Runs one scheduler with one calculator behind each node.

    Attributes:
        has_threads: calculators are called in other threads than that of the application.
        performers: the code of all functions that perform calls, as `running_calls` takes it.
    """

    has_threads: ClassVar[bool] = False
    performers: ClassVar[tuple[CodeType, ...]] = ()

    def __init__(self, scheduler: Scheduler, calculators: Sequence[AnyCalculator]) -> None:
        self.scheduler = scheduler
        self.calculators = calculators
        self._invocations = [tuple(node.idle) for node in scheduler.nodes]
        self._crash: GraphflowError | None = None
        self._opened: dict[Node, None] = {}
        self._late: dict[Stream, Late] = {}
        for node, calculator in zip(scheduler.nodes, calculators, strict=True):
            for invocation in node.idle:
                invocation.bind(*checked_calls(scheduler.plan, node.plan, calculator))
        self._input_types = {
            each: each.plan.type
            for each in scheduler.streams
            if each.is_input and is_checkable(each.plan.type)
        }

    @abstractmethod
    def start(self) -> None:
        """Open the graph and begin to run it."""

    def set_late(self, stream: Stream, late: Late) -> None:
        """Say what becomes of packets that come too late to a graph input; before the start.

        `Late.DROP` passes them over, `Late.BUMP` moves them to the lowest time still possible;
        `Stream.late` and `Stream.bumped` count them. By default the caller gets a TimestampError.
        """
        self._late[stream] = late

    @abstractmethod
    def end_sources(self) -> None:
        """End all sources as if each had stopped; graph inputs stay open."""

    @abstractmethod
    def add(self, stream: Stream, packet: Packet, *, waits: bool = True) -> None:
        """Add a packet to a graph input; waits while a queue downstream of it is full.

        Args:
            stream: the graph input.
            packet: the packet.
            waits: False to be refused instead of waiting.

        Raises:
            TimestampError: its time lies below the input's bound, or the input is closed.
            PayloadError: its payload is of another class than the readers of the input take.
            GraphFull: a queue downstream is full, and the caller does not wait.
            GraphflowError: the run has failed.
        """

    @abstractmethod
    def advance(self, stream: Stream, bound: int) -> None:
        """Raise a graph input's bound; DONE closes it."""

    @abstractmethod
    def cancel(self, error: GraphflowError) -> None:
        """End the run: running calls return, opened calculators are closed."""

    @abstractmethod
    def pause(self) -> None:
        """Let no call begin until `resume`; those under way return. Ignored after the end."""

    @abstractmethod
    def resume(self) -> None:
        """Go on after `pause`."""

    @abstractmethod
    def wait_until_idle(self) -> None:
        """Wait until nothing runs and nothing is ready, or the run is over."""

    @abstractmethod
    def wait_until_done(self) -> None:
        """Wait for the end of the run and raise what went wrong.

        Raises:
            GraphflowError: the run failed.
        """

    def look(self, question: Callable[[Scheduler], T]) -> T:
        """Ask the machine something between two reports; nothing may be changed."""
        return question(self.scheduler)

    def explain(self) -> list[Wait]:
        """Say of every node that is not closed what it waits for, the root causes first.

        May be asked by any thread at any time. Of calls in flight it tells where they stand.
        """
        waits = self.look(Scheduler.explain)
        calls: dict[str, Call] = {}
        for each in running_calls(self.performers):
            if self.scheduler.nodes[each.invocation.node.index] is each.invocation.node:
                calls.setdefault(each.invocation.node.plan.name, each.call)
        return [
            replace(wait, call=calls.get(wait.node, wait.call))
            if wait.reason is Reason.RUNNING
            else wait
            for wait in waits
        ]

    def progress(self) -> tuple[object, ...]:
        """Return something that differs whenever a call began or ended in between.

        Judged without any lock, from what is noted anyway.
        """
        return tuple(
            (node.state, node.free, node.skipped, call.step, call.timestamp, call.calls)
            for node, calls in zip(self.scheduler.nodes, self._invocations, strict=True)
            for call in calls
        )

    def times_of(self, node: int) -> tuple[int, float, float]:
        """Return what a node did so far, by its index; calls that raised are left out.

        Returns:
            How often `process` was called, how many seconds that took in all, and how many seconds
            `open` and `close` took.
        """
        invocations = self._invocations[node]
        return (
            sum(each.calls for each in invocations),
            sum(each.busy_seconds for each in invocations),
            sum(each.setup_seconds for each in invocations),
        )

    def _perform(self, invocation: Invocation) -> BaseException | None:
        """Run a step of user code; return what it raised, interrupts and exits included."""
        start = perf_counter()
        try:
            invocation.call(invocation)
        except BaseException as error:
            return error
        if invocation.step is PROCESS:
            invocation.busy_seconds += perf_counter() - start
            invocation.calls += 1
        else:
            self._note_setup(invocation, perf_counter() - start)
        return None

    def _note_setup(self, invocation: Invocation, seconds: float) -> None:
        """Note that a calculator was opened or closed, and how long that took."""
        invocation.setup_seconds += seconds
        if invocation.step is Step.OPEN:
            self._opened[invocation.node] = None
        else:
            self._opened.pop(invocation.node, None)

    def _close_opened(self) -> None:
        """After a break, close what is open: the machine will not offer that any more."""
        while self._opened:
            node, _ = self._opened.popitem()
            node.slot.timestamp = time_of.DONE
            for port in node.slot.ports:
                port.packet = None
            node.slot.set_step(Step.CLOSE)
            self._perform(node.slot)  # what it raises adds nothing to what is told already

    def _break(self, cause: BaseException) -> None:
        """The machine itself failed, or was interrupted: it must not be asked any more."""
        story = [f"{what} {who} {time_of.text(time)}" for what, who, time in self.scheduler.story]
        if isinstance(cause, Exception):
            self._crash = InternalError(f"the scheduler failed: {cause!r}", story)
        else:
            self._crash = GraphCancelled(f"the run was interrupted: {cause!r}")
        self._crash.__cause__ = cause

    @property
    def is_broken(self) -> bool:
        """Whether the machine itself failed, so that it must not be asked any more."""
        return self._crash is not None

    def raise_outcome(self) -> None:
        """Raise what went wrong in the run so far, if anything did.

        Raises:
            GraphflowError: the run failed.
        """
        errors = self.scheduler.errors
        if self._crash is not None:
            raise self._crash
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise SeveralErrors(errors) from errors[0]

    def _admit(self, stream: Stream, packet: Packet, bound: int) -> Packet | None:
        """Return a packet that may be added, maybe at another time; None if it is dropped.

        Raises:
            PayloadError: it is of another class than the stream.
            TimestampError: the packet comes too late for its stream.
            GraphflowError: it comes too late for the run.
        """
        if self._crash is not None or self.scheduler.errors:
            self._check_run()
        expected = self._input_types.get(stream)
        if expected is not None and not is_payload(packet.value, expected):
            raise PayloadError(
                f"{stream.label}: found {found_type(packet.value)}; expected {type_name(expected)}"
            )
        time = packet.timestamp
        if bound <= time < time_of.MAX and time >= time_of.MIN:
            return packet
        late = self._late.get(stream, Late.RAISE)
        if late is Late.RAISE or not time_of.MIN <= time < bound <= time_of.MAX:
            check_time(time, bound, stream.label)
            return packet
        if late is Late.DROP:
            stream.late += 1
            return None
        stream.bumped += 1
        return packet.at(bound)

    def _check_run(self) -> None:
        """Refuse everything that comes too late for the run."""
        scheduler = self.scheduler
        if self._crash is not None or (
            scheduler.errors and (scheduler.has_failed or scheduler.is_done)
        ):
            self.raise_outcome()


Driver.performers = (Driver._perform.__code__,)


def refusal(stream: Stream) -> GraphFull:
    """Return the error for a packet whose graph input is held back."""
    return GraphFull(f"{stream.label}: a queue downstream of this graph input is full")
