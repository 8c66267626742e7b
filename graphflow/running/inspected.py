"""Inspected: the part of a graph that answers about its present or last run."""

from __future__ import annotations

from typing import Any

from graphflow.running.run import NodeTime, Run
from graphflow.running.snapshot import Snapshot, snapshot_of
from graphflow.running.taps import silent_tap, with_taps
from graphflow.running.watched import Watched
from graphflow.runtime.ledger import Ledger
from graphflow.runtime.recording import Story
from graphflow.runtime.replay import replay
from graphflow.words.errors import CalculatorError, UsageError
from graphflow.words.waits import Wait


class Inspected(Watched):
    """What can be asked of a graph while it runs and afterwards; `Graph` runs it.

    Attributes:
        plan: the validated graph.
        services: the objects behind the services, of this graph alone unless it was given them.
    """

    @property
    def has_failed(self) -> bool:
        """Whether the run has failed or was cancelled."""
        return self._run is not None and self._run.has_failed

    @property
    def is_paused(self) -> bool:
        """Whether the run is paused."""
        return self._run is not None and self._run.scheduler.is_paused

    @property
    def has_run(self) -> bool:
        """Whether a run has ended, well or not."""
        return self._run is not None and self._run.is_over

    def explain(self) -> list[Wait]:
        """Say of every node that is not closed why it does not go on; at any time.

        Returns:
            The root causes first, those that most nodes wait for in front, open graph inputs among
            them; then the other nodes. Each has the data, and as `str` a sentence with what helps.
        """
        return [] if self._run is None else self._run.explain()

    def snapshot(self) -> Snapshot | None:
        """Say what every node of the present or last run is at; None before the first start.

        May be asked by any thread at any time: calls, busy time, queues, bounds, and what each
        waits for. The graph stands still for the moment that this takes.
        """
        if self._run is None:
            return None
        return snapshot_of(self._run.driver, self._run.explain())

    def queue_lengths(self) -> tuple[tuple[int, ...], ...]:
        """Return how many packets wait at each input of each node; observers are the last.

        Nothing stands still for it, so that they are of slightly different moments. Empty before
        the first start.
        """
        if self._run is None:
            return ()
        return tuple(
            tuple([len(queue.packets) for queue in node.queues])
            for node in self._run.scheduler.nodes
        )

    def side_packet(self, name: str) -> Any:
        """Return a side packet of the present or last run, given or made.

        Raises:
            UsageError: there is none of that name, or it was not made yet.
        """
        return self.current_run.side_packet(name)

    def bound(self, stream: str) -> int:
        """Return a stream's bound in the present or last run.

        Raises:
            UsageError: no such stream, or the graph was not started.
        """
        return self.current_run.bound(stream)

    def header(self, stream: str) -> Any:
        """Return a stream's header in the present or last run; None if nobody has set one.

        Raises:
            UsageError: no such stream, or the graph was not started.
        """
        return self.current_run.header(stream)

    @property
    def story(self) -> Story:
        """All scheduling of the present or last run, if it was started with `records=True`.

        Raises:
            UsageError: it was not, or there was no run.
        """
        recorder = None if self._run is None else self._run.recorder
        if recorder is None:
            raise UsageError("there is no story; start the graph with records=True")
        return recorder.recorded()

    def replay(self, story: Story) -> list[Wait]:
        """Tell a recorded story to a fresh scheduler of this graph; no calculator is called.

        Args:
            story: of any run of this graph, on any machine; observers need not be there again.

        Returns:
            What `explain` would have said after the last entry.

        Raises:
            StoryError: the story is of another graph, or the scheduler answers differently.
        """
        taps = [silent_tap(watcher) for watcher in story.watchers]
        return replay(with_taps(self.plan, taps), story).explain()

    @property
    def skipped_errors(self) -> tuple[CalculatorError, ...]:
        """The newest failures of nodes that skip a time at which they fail (`on_error: skip`)."""
        return () if self._run is None else tuple(self._run.scheduler.skipped_errors)

    def ledger(self) -> Ledger:
        """Say what became of every packet of the present or last run; at any time.

        The sums balance: of each input, what was delivered was consumed, dropped, discarded or
        abandoned, or still waits. `Ledger.losses` is what was lost: where, why and how many.

        Raises:
            UsageError: the graph was not started.
        """
        return self.current_run.ledger()

    def node_times(self) -> list[NodeTime]:
        """Return what each node did in the present or last run, in the plan's order."""
        return [] if self._run is None else self._run.node_times()

    @property
    def current_run(self) -> Run:
        """The present or last run.

        Raises:
            UsageError: the graph was not started.
        """
        if self._run is None:
            raise UsageError("the graph was not started")
        return self._run
