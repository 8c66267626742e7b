"""Recording: a machine that keeps every report and every answer, so that a run can be replayed.

The machine gives the same answers to the same reports, so these are all of a run's scheduling:
what came in and when, what each call emitted and promised, what was taken. Payloads are not kept,
nor are messages of errors, which may quote them. One payload counts: that of a packet by which a
multiplexer chooses an input. Of it the number is kept.

`graphflow.runtime.replay` tells the story to a fresh machine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields
from operator import index
from os import PathLike
from pathlib import Path
from typing import Any, SupportsIndex, TypeVar

from graphflow.plan import Plan
from graphflow.runtime.elements import Invocation, Pool, Stream
from graphflow.runtime.scheduler import Scheduler
from graphflow.runtime.special_policies import MuxRule
from graphflow.words.errors import GraphflowError, StoryError
from graphflow.words.packet import Packet
from graphflow.words.quick_dataclass import dataclass

AnswerT = TypeVar("AnswerT")

FORMAT = 1
"""Number of the file format; a story of another one is refused."""


@dataclass(frozen=True)
class Call:
    """An invocation, as it was taken.

    Attributes:
        node: its name.
        number: which of the machine's invocations; a node has one for each call it may have in
            flight, and observers of one stream have one name.
        step: "open", "process" or "close".
        time: timestamp of the call.
        packets: the time of the packet at each input; None for an empty one.
    """

    node: str
    number: int
    step: str
    time: int
    packets: tuple[int | None, ...] = ()


@dataclass(frozen=True)
class Emitted:
    """What a call left in one output.

    Attributes:
        bound: promised at the end of the call.
        times: of the packets.
        choices: the numbers in them, where a multiplexer chooses by this stream.
    """

    bound: int
    times: tuple[int, ...] = ()
    choices: tuple[int, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One report to the machine, or one question and its answer.

    Attributes:
        event: name of the scheduler's method.
        stream: the graph input that it is about.
        time: of a packet, or a bound.
        choice: the number in the packet, where a multiplexer chooses by this stream.
        call: what returned or raised.
        emitted: by output of that call.
        made: side packets that it made.
        has_stopped: it asked for the end of its source, or of all sources.
        cause: class of the exception that it raised, that it stopped with, or of a cancel's error.
        is_interrupt: the exception was no ordinary one, such as KeyboardInterrupt.
        pool: number of the executor that asked.
        gave: the answer.
        raised: class of the exception with which the machine itself refused or failed.
    """

    event: str
    stream: str = ""
    time: int = 0
    choice: int | None = None
    call: Call | None = None
    emitted: tuple[Emitted, ...] = ()
    made: tuple[str, ...] = ()
    has_stopped: bool = False
    cause: str = ""
    is_interrupt: bool = False
    pool: int = 0
    gave: Call | None = None
    raised: str = ""


@dataclass(frozen=True)
class Watcher:
    """An observer, poller or outcomes of the recorded run, which is a node of its machine."""

    name: str
    streams: tuple[int, ...]
    queue_limits: tuple[int, ...]
    sees_bounds: bool
    may_wait: bool


@dataclass(frozen=True)
class Story:
    """All of a run's scheduling so far, without payloads.

    Attributes:
        nodes: names of the machine's nodes, in its order.
        side_packets: names of those that were given.
        watchers: which of the nodes are there for those who watched the run.
        entries: in the order in which they changed or asked the machine.
    """

    nodes: tuple[str, ...]
    side_packets: tuple[str, ...]
    watchers: tuple[Watcher, ...]
    entries: tuple[Entry, ...]

    def save(self, path: str | PathLike[str]) -> None:
        """Write the story as JSON lines: what it is of, then an entry a line."""
        head = {
            "graphflow_story": FORMAT,
            "nodes": self.nodes,
            "side_packets": self.side_packets,
            "watchers": [asdict(each) for each in self.watchers],
        }
        lines = (head, *(_written(entry) for entry in self.entries))
        with Path(path).open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Story:
        """Read a story that `save` has written.

        Raises:
            StoryError: the file is no story, or one of its lines is none of a story.
        """
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        head = _read(path, 0, lines[0] if lines else "", dict)
        if head.get("graphflow_story") != FORMAT:
            raise StoryError(f"{path}: found no story of format {FORMAT}", 0)
        return cls(
            tuple(head["nodes"]),
            tuple(head["side_packets"]),
            tuple(_made(Watcher, each) for each in head["watchers"]),
            tuple(_read(path, at, line, _entry) for at, line in enumerate(lines[1:], start=1)),
        )


class RecordingScheduler(Scheduler):
    """A scheduler that keeps its story. It needs some memory for each call; others need none."""

    def __init__(self, plan: Plan, side_packets: dict[str, Any]) -> None:
        super().__init__(plan, side_packets)
        self.watchers: tuple[Watcher, ...] = ()
        self._given = tuple(side_packets)
        self._entries: list[Entry] = []
        self._is_inside = False
        self._numbers = numbered(self)
        self._choosing = frozenset(
            node.queues[node.policy.control].stream
            for node in self.nodes
            if isinstance(node.policy, MuxRule)
        )

    def recorded(self) -> Story:
        """Return the story so far."""
        names = tuple(node.plan.name for node in self.nodes)
        return Story(names, self._given, self.watchers, tuple(self._entries))

    # ---- the scheduler's methods, each with its entry ----------------------------------------

    def add(self, stream: Stream, packet: Packet) -> None:
        """Add a packet, and keep its time."""
        choice = choice_in(packet) if stream in self._choosing else None
        entry = {"event": "add", "stream": stream.name, "time": packet.timestamp, "choice": choice}
        self._keep(entry, super().add, stream, packet)

    def advance(self, stream: Stream, bound: int) -> None:
        """Raise a bound, and keep it."""
        entry = {"event": "advance", "stream": stream.name, "time": bound}
        self._keep(entry, super().advance, stream, bound)

    def await_space(self, stream: Stream) -> None:
        """Keep that a packet is held back."""
        entry = {"event": "await_space", "stream": stream.name}
        self._keep(entry, super().await_space, stream)

    def forgo_space(self, stream: Stream) -> None:
        """Keep that a packet is held back no more."""
        entry = {"event": "forgo_space", "stream": stream.name}
        self._keep(entry, super().forgo_space, stream)

    def end_sources(self) -> None:
        """End all sources, and keep that."""
        self._keep({"event": "end_sources"}, super().end_sources)

    def finish(self, invocation: Invocation) -> None:
        """Release a call, and keep what it emitted."""
        entry = {"event": "finish", **self._result(invocation)}
        self._keep(entry, super().finish, invocation)

    def fail(self, invocation: Invocation, cause: BaseException) -> None:
        """Drop a call, and keep the class of what it raised."""
        entry = {
            "event": "fail",
            "call": self._call(invocation),
            "cause": type(cause).__name__,
            "is_interrupt": not isinstance(cause, Exception),
        }
        self._keep(entry, super().fail, invocation, cause)

    def cancel(self, error: GraphflowError) -> None:
        """End the run, and keep why."""
        entry = {"event": "cancel", "cause": type(error).__name__}
        self._keep(entry, super().cancel, error)

    def pause(self) -> None:
        """Offer nothing for a while, and keep that."""
        self._keep({"event": "pause"}, super().pause)

    def resume(self) -> None:
        """Go on, and keep that."""
        self._keep({"event": "resume"}, super().resume)

    def take(self, pool: Pool) -> Invocation | None:
        """Take an invocation, and keep which."""
        entry = {"event": "take", "pool": pool.index}
        return self._keep(entry, super().take, pool)

    def finish_and_take(self, invocation: Invocation, pool: Pool) -> Invocation | None:
        """Release a call and take one; keep both."""
        entry = {"event": "finish_and_take", "pool": pool.index, **self._result(invocation)}
        return self._keep(entry, super().finish_and_take, invocation, pool)

    def wake(self) -> None:
        """Look whether something can be made to run; keep that it was looked, if it matters."""
        is_over = self.has_failed or self.is_done
        if self.is_idle and not is_over and not self.is_paused:
            self._keep({"event": "wake"}, super().wake)

    # ---- details ------------------------------------------------------------------------------

    def _keep(
        self, entry: Mapping[str, Any], action: Callable[..., AnswerT], *arguments: Any
    ) -> AnswerT:
        """Do what is asked, and keep it with its answer; not what the machine asks of itself."""
        if self._is_inside:
            return action(*arguments)
        self._is_inside = True
        try:
            answer = action(*arguments)
        except Exception as error:  # kept, and raised: a machine that failed is replayed too
            self._entries.append(Entry(**entry, raised=type(error).__name__))
            raise
        finally:
            self._is_inside = False
        gave = self._call(answer) if isinstance(answer, Invocation) else None
        self._entries.append(Entry(**entry, gave=gave))
        return answer

    def _call(self, invocation: Invocation) -> Call:
        return call_of(invocation, self._numbers[invocation])

    def _result(self, invocation: Invocation) -> dict[str, Any]:
        fault = invocation.fault
        return {
            "call": self._call(invocation),
            "emitted": tuple(self._emitted(invocation)),
            "made": tuple(invocation.side_outputs.made),
            "has_stopped": invocation.has_stopped,
            "cause": "" if fault is None else type(fault).__name__,
        }

    def _emitted(self, invocation: Invocation) -> Iterator[Emitted]:
        for output, stream in zip(invocation.shards, invocation.node.outputs, strict=True):
            packets = () if output.packet is None else (output.packet, *output.more)
            is_choosing = stream in self._choosing
            yield Emitted(
                output.bound,
                tuple(packet.timestamp for packet in packets),
                tuple(choice_in(packet) for packet in packets) if is_choosing else (),
            )


def numbered(scheduler: Scheduler) -> dict[Invocation, int]:
    """Number a fresh machine's invocations, in the order of its nodes."""
    every = (invocation for node in scheduler.nodes for invocation in node.idle)
    return {invocation: number for number, invocation in enumerate(every)}


def call_of(invocation: Invocation, number: int) -> Call:
    """Return an invocation as a story has it."""
    return Call(
        invocation.node.plan.name,
        number,
        invocation.step.value,
        invocation.timestamp,
        tuple(None if port.packet is None else port.packet.timestamp for port in invocation.ports),
    )


def choice_in(packet: Packet) -> int:
    """Return the number by which a packet chooses an input; -1 if it has none."""
    return index(packet.value) if isinstance(packet.value, SupportsIndex) else -1


# ---- as JSON ------------------------------------------------------------------------------------


def _written(entry: Entry) -> dict[str, Any]:
    """Return an entry as JSON has it: without what is as usual."""
    usual = {each.name: each.default for each in fields(Entry)}
    return {name: value for name, value in asdict(entry).items() if value != usual[name]}


def _entry(written: Mapping[str, Any]) -> Entry:
    read = dict(written)
    for name in ("call", "gave"):
        if name in read:
            read[name] = _made(Call, read[name])
    read["emitted"] = tuple(_made(Emitted, each) for each in read.get("emitted", ()))
    return _made(Entry, read)


def _made(kind: Callable[..., AnswerT], written: Mapping[str, Any]) -> AnswerT:
    """Make a record of what JSON gave, whose lists are tuples here."""
    return kind(**{name: _frozen(value) for name, value in written.items()})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _read(
    path: str | PathLike[str], number: int, line: str, make: Callable[[Any], AnswerT]
) -> AnswerT:
    try:
        return make(json.loads(line))
    except (ValueError, TypeError, AttributeError) as error:
        raise StoryError(
            f"{path}:{number + 1}: found no line of a story: {error}", number
        ) from None
