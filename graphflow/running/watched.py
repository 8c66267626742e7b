"""Watched: a graph apart from running it: who watches it, what it is lent, and what it answers."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from graphflow.driver import TaskExecutor
from graphflow.nodes.context import Context
from graphflow.nodes.service import Service, ServiceT
from graphflow.plan import Plan
from graphflow.running.executors import Executors
from graphflow.running.handover import Handover
from graphflow.running.kept_side_packets import KeptSidePackets
from graphflow.running.outcome import Outcomes
from graphflow.running.poller import Poller
from graphflow.running.run import NodeTime, Run, Wrap
from graphflow.running.service_objects import ServiceObjects
from graphflow.running.snapshot import Snapshot, snapshot_of
from graphflow.running.stalls import StallWatch
from graphflow.running.taps import silent_tap, with_taps
from graphflow.running.watchers import Watchers
from graphflow.runtime.ledger import Ledger
from graphflow.runtime.recording import Story
from graphflow.runtime.replay import replay
from graphflow.words.displays import Bundle, bundle_of
from graphflow.words.errors import CalculatorError, UsageError
from graphflow.words.packet import Packet
from graphflow.words.waits import Wait


class Watched:
    """What can be arranged for a graph's runs, and asked of them; `Graph` runs it.

    Attributes:
        plan: the validated graph.
        services: the objects behind the services, of this graph alone unless it was given them.
    """

    def __init__(self, plan: Plan, services: ServiceObjects | None = None) -> None:
        self.plan = plan
        self._wraps: list[Wrap] = []
        self._handover = Handover()
        self._watchers = Watchers(plan, self._handover)
        self._run: Run | None = None
        self._ending: weakref.finalize[[], Watched] | None = None
        self._kept = KeptSidePackets()
        self.services = ServiceObjects() if services is None else services
        self._executors = Executors(plan)

    # ---- services ---------------------------------------------------------------------------

    def _repr_mimebundle_(self, **wanted: Any) -> Bundle:
        return bundle_of(self)

    def set_service(self, key: Service[ServiceT], service: ServiceT) -> None:
        """Give a service to the calculators that declare it; it replaces one given before.

        Takes effect at the next start. The object must be safe to use from several threads.
        """
        self.services.give(key, service)

    def inherit_services(self, context: Context) -> None:
        """Use the services of the graph whose calculator makes this one; takes effect at the start.

        This graph then makes no services by default: what its nodes need, the outer graph must
        have.

        Args:
            context: of a call of the calculator; the services stay valid after the call.
        """
        self.services.inherit(context.services)

    # ---- kept between runs ------------------------------------------------------------------

    def forget_kept(self) -> None:
        """Free what is kept between runs: services made by default, and side packets.

        The next run loads its models again, and opens every node.
        """
        self._kept.forget()
        self.services.forget_made()

    def _check_kept(self) -> None:
        """Don't trust side packets of a run that failed, or was cancelled while they were made."""
        if self._run is not None and self._run.leaves_doubt:
            self._kept.forget()

    # ---- executors --------------------------------------------------------------------------

    def set_executor(self, name: str, executor: TaskExecutor) -> None:
        """Lend an executor, in whose threads nodes then run; before `start`, for all runs.

        The graph submits tasks to it and never shuts it down; it must stay open until each run is
        over, or the run fails. A run with `threads=INLINE` uses no executor.

        Args:
            name: of an executor that the graph declares without a type; "" for the default one.
            executor: a `concurrent.futures.Executor` whose tasks share memory, or any object with
                `submit(task)`; it may run a task at once.

        Raises:
            UsageError: the name is not declared, has a type, or was given before; or this is no
                executor; or the graph is running.
        """
        if self.is_running:
            raise UsageError("executors are given before start")
        self._executors.give(name, executor)

    # ---- who watches -------------------------------------------------------------------------

    def observe(
        self, stream: str, callback: Callable[[Packet], None], *, sees_bounds: bool = False
    ) -> None:
        """Call `callback` with every packet of a stream, inner ones included; before `start`.

        Callbacks run like calculators: in order, one at a time for each observer, outside any
        lock; an exception in one ends the run.

        Args:
            stream: its name in the expanded graph.
            callback: takes the packet.
            sees_bounds: also call it, with a packet whose value is None, for times that are
                settled and empty; neighbouring ones may be merged into the last.

        Raises:
            UsageError: no such stream, or the graph is running.
        """
        self._refuse_running()
        self._watchers.observe(stream, callback, sees_bounds)

    def wrap_calculators(self, wrap: Wrap) -> None:
        """Put something around every calculator of later runs, to see its calls; before `start`.

        Args:
            wrap: takes a node and its calculator, returns the calculator that gets the calls, and
                hands them on. Called at each start, for each node.

        Raises:
            UsageError: the graph is running.
        """
        if self.is_running:
            raise UsageError("calculators are wrapped before start")
        self._wraps.append(wrap)

    def poll(self, stream: str, *, sees_bounds: bool = False, max_queue_size: int = 100) -> Poller:
        """Return a poller, from which the program takes the packets of a stream; before `start`.

        Args:
            stream: its name in the expanded graph.
            sees_bounds: also give a packet whose value is None for times that are settled and
                empty; neighbouring ones may be merged into the last.
            max_queue_size: packets at which the poller is full; 0 for no limit. While it is full,
                the graph's sources and inputs are held back; up to as many again, and one, wait
                in front of it.

        Raises:
            UsageError: no such stream, or the graph is running.
        """
        self._refuse_running()
        return self._watchers.poll(stream, sees_bounds, max_queue_size)

    def outcomes(self, *streams: str, max_queue_size: int = 100) -> Outcomes:
        """Return the outcomes of each frame: all outputs at one time, once final; before `start`.

        Args:
            *streams: by default the graph's declared outputs.
            max_queue_size: outcomes at which their queue is full, which holds the graph back; 0
                for no limit.

        Raises:
            UsageError: no such stream, none at all, or the graph is running.
        """
        self._refuse_running()
        return self._watchers.outcomes(streams, max_queue_size)

    def watch_stalls(self, seconds: float, callback: Callable[[list[Wait]], None]) -> StallWatch:
        """Tell of every stall of this graph's runs, from a thread of its own, until stopped.

        A run has stalled when no call began or ended for so long while it is not over: because
        user code does not return, an input is not fed, a poller is not read. Each stall is told
        once, and again when its explanation changes::

            with graph.watch_stalls(10, report):
                graph.run()

        Args:
            seconds: without progress, more than 0.
            callback: takes what `explain` returns.

        Raises:
            UsageError: no time is given.
        """
        return StallWatch(lambda: self._run, seconds, callback)

    @property
    def is_running(self) -> bool:
        """Whether the graph was started and its run is not over."""
        return self._run is not None and not self._run.is_over

    def _refuse_running(self) -> None:
        if self.is_running:
            raise UsageError("observers are added before start")

    # ---- the present or last run --------------------------------------------------------------

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
