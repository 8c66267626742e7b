"""Watchers: who watches a graph's streams, in all its runs: observers, pollers, outcomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from graphflow.plan import Plan
from graphflow.running.handover import Handover
from graphflow.running.outcome import Outcomes
from graphflow.running.poller import Poller
from graphflow.running.taps import Tap, observer_tap, outcomes_tap, poller_tap
from graphflow.words.diagnostics import suggestion
from graphflow.words.errors import UsageError
from graphflow.words.packet import Packet


class Watchers:
    """The taps of a graph, and the mailboxes that its program reads.

    Args:
        plan: the graph.
        handover: between the graph's threads and the program's.

    Attributes:
        taps: in the order in which they were asked for.
        mailboxes: the pollers and outcomes among them.
    """

    def __init__(self, plan: Plan, handover: Handover) -> None:
        self.taps: list[Tap] = []
        self.mailboxes: list[Poller | Outcomes] = []
        self._plan = plan
        self._handover = handover

    def begin(self) -> None:
        """Empty all mailboxes: a run begins, or was forgotten."""
        for mailbox in self.mailboxes:
            mailbox.begin()

    def observe(self, stream: str, callback: Callable[[Packet], None], sees_bounds: bool) -> None:
        """Add an observer.

        Raises:
            UsageError: no such stream.
        """
        self.taps.append(observer_tap(self._plan, self._stream(stream), callback, sees_bounds))

    def poll(self, stream: str, sees_bounds: bool, max_queue_size: int) -> Poller:
        """Add a poller.

        Raises:
            UsageError: no such stream.
        """
        index = self._stream(stream)
        poller = Poller(self._handover, f'the poller of "{stream}"', max_queue_size)
        self.taps.append(poller_tap(self._plan, index, poller, sees_bounds))
        self.mailboxes.append(poller)
        return poller

    def outcomes(self, streams: Sequence[str], max_queue_size: int) -> Outcomes:
        """Add the outcomes of some streams, or of the graph's outputs.

        Raises:
            UsageError: no such stream, or none at all.
        """
        names = tuple(dict.fromkeys(streams or self._output_names))
        if not names:
            raise UsageError(
                "the graph declares no outputs to tell the outcomes of; name streams, or add "
                "output_stream to the graph"
            )
        indexes = [self._stream(name) for name in names]
        outcomes = Outcomes(self._handover, names, max_queue_size)
        self.taps.append(outcomes_tap(self._plan, indexes, outcomes))
        self.mailboxes.append(outcomes)
        return outcomes

    def find_outcomes(self, streams: tuple[str, ...]) -> Outcomes | None:
        """Return the outcomes of these streams, or of the graph's outputs; None if not kept."""
        wanted = streams or self._output_names
        for each in self.mailboxes:
            if isinstance(each, Outcomes) and each.streams == wanted:
                return each
        return None

    def outcomes_of(self, streams: tuple[str, ...]) -> Outcomes:
        """Return the outcomes of these streams, or of the graph's outputs.

        Raises:
            UsageError: they are not kept.
        """
        found = self.find_outcomes(streams)
        if found is None:
            wanted = ", ".join(repr(name) for name in streams)
            raise UsageError(f"outcomes are not kept; call outcomes({wanted}) before start")
        return found

    @property
    def _output_names(self) -> tuple[str, ...]:
        return tuple(self._plan.streams[index].name for index in self._plan.outputs)

    def _stream(self, name: str) -> int:
        names = {each.name: index for index, each in enumerate(self._plan.streams)}
        if name not in names:
            hint = suggestion(name, names)
            raise UsageError(f'no stream "{name}" to observe' + (f"; {hint}" if hint else ""))
        return names[name]
