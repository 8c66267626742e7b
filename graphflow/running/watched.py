"""Watched: a graph between its runs: who watches it, what it is lent, and what it keeps."""

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
from graphflow.running.run import Run, Wrap
from graphflow.running.service_objects import ServiceObjects
from graphflow.running.stalls import StallWatch
from graphflow.running.taps import Tap, observer_tap, outcomes_tap, poller_tap
from graphflow.words.diagnostics import suggestion
from graphflow.words.displays import Bundle, bundle_of
from graphflow.words.errors import UsageError
from graphflow.words.packet import Packet
from graphflow.words.waits import Wait


class Watched:
    """Observers, pollers, outcomes, services and executors of a graph; `Graph` runs it.

    Attributes:
        plan: the validated graph.
        services: the objects behind the services, of this graph alone unless it was given them.
    """

    def __init__(self, plan: Plan, services: ServiceObjects | None = None) -> None:
        self.plan = plan
        self._taps: list[Tap] = []
        self._mailboxes: list[Poller | Outcomes] = []
        self._wraps: list[Wrap] = []
        self._handover = Handover()
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
        self._taps.append(observer_tap(self.plan, self._stream(stream), callback, sees_bounds))

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
        index = self._stream(stream)
        poller = Poller(self._handover, f'the poller of "{stream}"', max_queue_size)
        self._taps.append(poller_tap(self.plan, index, poller, sees_bounds))
        self._mailboxes.append(poller)
        return poller

    def outcomes(self, *streams: str, max_queue_size: int = 100) -> Outcomes:
        """Return the outcomes of each frame: all outputs at one time, once final; before `start`.

        Args:
            *streams: by default the graph's declared outputs.
            max_queue_size: outcomes at which their queue is full, which holds the graph back; 0
                for no limit.

        Raises:
            UsageError: no such stream, none at all, or the graph is running.
        """
        names = streams or self._output_names
        if not names:
            raise UsageError(
                "the graph declares no outputs to tell the outcomes of; name streams, or add "
                "output_stream to the graph"
            )
        indexes = [self._stream(name) for name in dict.fromkeys(names)]
        outcomes = Outcomes(self._handover, tuple(dict.fromkeys(names)), max_queue_size)
        self._taps.append(outcomes_tap(self.plan, indexes, outcomes))
        self._mailboxes.append(outcomes)
        return outcomes

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

    @property
    def _output_names(self) -> tuple[str, ...]:
        return tuple(self.plan.streams[index].name for index in self.plan.outputs)

    def _stream(self, name: str) -> int:
        """Find a stream to watch."""
        if self.is_running:
            raise UsageError("observers are added before start")
        names = {each.name: index for index, each in enumerate(self.plan.streams)}
        if name not in names:
            hint = suggestion(name, names)
            raise UsageError(f'no stream "{name}" to observe' + (f"; {hint}" if hint else ""))
        return names[name]

    def _find_outcomes(self, streams: tuple[str, ...]) -> Outcomes | None:
        wanted = streams or self._output_names
        for each in self._mailboxes:
            if isinstance(each, Outcomes) and each.streams == wanted:
                return each
        return None

    def _outcomes_of(self, streams: tuple[str, ...]) -> Outcomes:
        found = self._find_outcomes(streams)
        if found is None:
            wanted = ", ".join(repr(name) for name in streams)
            raise UsageError(f"outcomes are not kept; call outcomes({wanted}) before start")
        return found
