"""Replay: tell a recorded story to a fresh machine, and demand the same answer to each question.

Placeholders stand for payloads and exceptions. So a fault in scheduling that somebody else's run
had happens again here, call for call, without their data, models or machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from graphflow.plan import Plan
from graphflow.runtime.elements import Invocation, Stream
from graphflow.runtime.recording import Call, Emitted, Entry, Story, call_of, numbered
from graphflow.runtime.scheduler import Scheduler
from graphflow.words.errors import GraphflowError, StoryError
from graphflow.words.packet import Packet

PLACEHOLDER: Final = "payload"


class Replayed(Exception):
    """Stands for an exception of user code; its message is the class of the real one."""


class ReplayedInterrupt(BaseException):
    """Stands for an exception of user code that is no Exception."""


class ReplayedError(GraphflowError):
    """Stands for the error that a run was cancelled with."""


def replay(plan: Plan, story: Story) -> Scheduler:
    """Tell a story to a fresh machine, entry by entry.

    Args:
        plan: of the machine that was recorded, nodes for those who watched it included.
        story: of any run of that plan.

    Returns:
        The machine as it was after the last entry, to be looked at.

    Raises:
        StoryError: the story is of another plan, or the machine answers differently; the message
            has the first entry where it does.
    """
    return _Replay(plan, story).run()


class _Replay:
    """One replay.

    Attributes:
        in_flight: calls that were taken and not reported yet.
    """

    def __init__(self, plan: Plan, story: Story) -> None:
        names = tuple(node.name for node in plan.nodes)
        if names != story.nodes:
            raise StoryError(
                f"the story is of another graph: found nodes {', '.join(names)}; "
                f"expected {', '.join(story.nodes)}",
                0,
            )
        self.story = story
        self.scheduler = Scheduler(plan, dict.fromkeys(story.side_packets, PLACEHOLDER))
        self.numbers = numbered(self.scheduler)
        self.in_flight: dict[Call, Invocation] = {}

    def run(self) -> Scheduler:
        for number, entry in enumerate(self.story.entries, start=1):
            try:
                raised = self._play(entry, number)
            except LookupError as error:
                raise StoryError(f"entry {number}, {entry.event}: no {error}", number) from None
            if raised != entry.raised:
                raise _difference(number, entry, raised or "no error", entry.raised or "no error")
        return self.scheduler

    def _play(self, entry: Entry, number: int) -> str:
        """Do what an entry says; return the class of what the machine raised."""
        action = self._action(entry)
        try:
            answer = action()
        except Exception as error:  # compared with what the story says
            return type(error).__name__
        gave = None
        if isinstance(answer, Invocation):
            gave = call_of(answer, self.numbers[answer])
            self.in_flight[gave] = answer
        if gave != entry.gave and not entry.raised:
            raise _difference(number, entry, _text(gave), _text(entry.gave))
        return ""

    def _action(self, entry: Entry) -> Callable[[], Any]:
        machine = self.scheduler
        if entry.event in ("wake", "end_sources", "pause", "resume"):
            return getattr(machine, entry.event)  # type: ignore[no-any-return]
        if entry.event == "take":
            return lambda: machine.take(machine.pools[entry.pool])
        if entry.event == "finish":
            done = self._returned(entry)
            return lambda: machine.finish(done)
        if entry.event == "finish_and_take":
            done = self._returned(entry)
            return lambda: machine.finish_and_take(done, machine.pools[entry.pool])
        if entry.event == "fail":
            failed = self._landed(entry)
            cause = (ReplayedInterrupt if entry.is_interrupt else Replayed)(entry.cause)
            return lambda: machine.fail(failed, cause)
        if entry.event == "cancel":
            return lambda: machine.cancel(ReplayedError(entry.cause))
        return self._fed(entry, machine.inputs[entry.stream])

    def _fed(self, entry: Entry, stream: Stream) -> Callable[[], Any]:
        machine = self.scheduler
        if entry.event == "add":
            packet = _packet(entry.time, entry.choice)
            return lambda: machine.add(stream, packet)
        if entry.event == "advance":
            return lambda: machine.advance(stream, entry.time)
        if entry.event in ("await_space", "forgo_space"):
            return lambda: getattr(machine, entry.event)(stream)
        raise KeyError(f"such event: {entry.event}")

    def _landed(self, entry: Entry) -> Invocation:
        if entry.call is None or entry.call not in self.in_flight:
            raise KeyError(f"such call in flight: {_text(entry.call)}")
        return self.in_flight.pop(entry.call)

    def _returned(self, entry: Entry) -> Invocation:
        """Return the invocation that is reported, with placeholders for what it emitted."""
        invocation = self._landed(entry)
        if len(entry.emitted) != len(invocation.shards):
            raise KeyError(f"{len(entry.emitted)} outputs in {_text(entry.call)}")
        for output, emitted in zip(invocation.shards, entry.emitted, strict=True):
            packets = _packets(emitted)
            output.packet = packets[0] if packets else None
            output.more[:] = packets[1:]
            output.bound = emitted.bound
        invocation.side_outputs.made.update(dict.fromkeys(entry.made, PLACEHOLDER))
        invocation.has_stopped = entry.has_stopped
        invocation.fault = Replayed(entry.cause) if entry.cause else None
        return invocation


def _packets(emitted: Emitted) -> list[Packet]:
    choices = emitted.choices or (None,) * len(emitted.times)
    return [_packet(*each) for each in zip(emitted.times, choices, strict=True)]


def _packet(time: int, choice: int | None) -> Packet:
    return Packet(PLACEHOLDER if choice is None else choice, time)


def _difference(number: int, entry: Entry, found: str, expected: str) -> StoryError:
    return StoryError(f"entry {number}, {entry.event}: found {found}; expected {expected}", number)


def _text(call: Call | None) -> str:
    if call is None:
        return "nothing"
    packets = ", ".join("none" if time is None else str(time) for time in call.packets)
    return f"{call.node} {call.step} {call.time} with packets ({packets})"
