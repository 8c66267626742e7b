"""The driver without threads: everything runs in the thread that feeds the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Final

from graphflow.driver.base import PROCESS, Driver, T, refusal
from graphflow.nodes.calculator import AnyCalculator
from graphflow.runtime.elements import Stream
from graphflow.runtime.scheduler import Scheduler
from graphflow.words.errors import GraphflowError, UsageError
from graphflow.words.packet import Packet

LOOKS_MAX: Final = 100
"""How often somebody asks a machine that another thread is changing, before that is a fault."""

_PAUSED: Final = "the run is paused, and only the thread that waits could go on with it: resume it"


class InlineDriver(Driver):
    """Runs everything in the caller's thread: each call returns when the graph is idle again.

    User code may call in too (an observer that feeds an input): then the call only reports, and
    the run that is under way goes on with it.
    """

    def __init__(self, scheduler: Scheduler, calculators: Sequence[AnyCalculator]) -> None:
        super().__init__(scheduler, calculators)
        self._is_running = False

    def start(self) -> None:
        """Open the graph and run until it is idle."""
        self._run()

    def add(self, stream: Stream, packet: Packet, *, waits: bool = True) -> None:
        """Add a packet to a graph input, and run until the graph is idle."""
        admitted = self._admit(stream, packet, stream.bound)
        if admitted is None:
            return
        if stream.throttled:
            self.scheduler.await_space(stream)
            self._run()
            self._check_run()
            if stream.throttled and (not waits or self.scheduler.is_paused):
                self.scheduler.forgo_space(stream)
                raise refusal(stream)
        self._report(self.scheduler.add, stream, admitted)

    def look(self, question: Callable[[Scheduler], T]) -> T:
        """Ask the machine something; nothing may be changed.

        Nothing keeps another thread from asking while a report comes in: then it asks again.
        """
        for _ in range(LOOKS_MAX):
            try:
                return super().look(question)
            except (LookupError, RuntimeError, ValueError):
                if not self._is_running:
                    raise
        return super().look(question)

    def end_sources(self) -> None:
        """End all sources, and run until the graph is idle."""
        self._report(self.scheduler.end_sources)

    def advance(self, stream: Stream, bound: int) -> None:
        """Raise a graph input's bound, and run until the graph is idle."""
        self._report(self.scheduler.advance, stream, bound)

    def cancel(self, error: GraphflowError) -> None:
        """End the run: opened calculators are closed."""
        self._report(self.scheduler.cancel, error)

    def pause(self) -> None:
        """Let no call begin until `resume`: what is added meanwhile waits."""
        self.scheduler.pause()

    def resume(self) -> None:
        """Go on after `pause`, and run until the graph is idle."""
        self.scheduler.resume()
        self._run()

    def wait_until_idle(self) -> None:
        """Run until nothing can.

        Raises:
            UsageError: the run is paused, and something could run.
        """
        self._run()
        if self.scheduler.is_paused and not self.scheduler.is_idle and not self._is_running:
            raise UsageError(_PAUSED)

    def wait_until_done(self) -> None:
        """Run to the end and raise what went wrong.

        Raises:
            UsageError: there is no end, since graph inputs are open, or the run is paused.
            GraphflowError: the run failed.
        """
        self._run()
        if self.scheduler.is_paused and not self.scheduler.is_done:
            raise UsageError(_PAUSED)
        if not self.scheduler.is_done and self._crash is None:
            raise UsageError(
                "the run can't end: close the graph inputs first, and don't wait inside of it"
            )
        self.raise_outcome()

    def _report(self, report: Callable[..., None], *arguments: Any) -> None:
        """Tell the machine something, and run until the graph is idle."""
        if self._crash is not None:
            return
        try:
            report(*arguments)
        except BaseException as error:
            self._break(error)
            if not self._is_running:
                self._close_opened()
            raise
        self._run()

    def _run(self) -> None:
        """Run until nothing can, or leave that to the run that is under way.

        An interrupt (Ctrl-C) in user code ends the run, and is raised when everything is closed.
        One within the machine leaves that half done: calculators then are closed without it.
        """
        if self._is_running or self._crash is not None:
            return
        self._is_running = True
        try:
            interrupt = self._run_until_idle()
        except BaseException as error:
            if self._crash is None:
                self._break(error)
            self._close_opened()
            raise
        finally:
            self._is_running = False
        if interrupt is not None:
            raise interrupt

    def _run_until_idle(self) -> BaseException | None:
        scheduler, note_setup = self.scheduler, self._note_setup
        take, finish_and_take = scheduler.take, scheduler.finish_and_take
        pools = scheduler.pools
        interrupt = None
        goes_on = True
        while goes_on:
            goes_on = False
            for pool in pools:
                invocation = take(pool)
                while invocation is not None:
                    goes_on = len(pools) > 1  # what ran may have made another pool ready
                    # `_perform` written out: a call less at every hop.
                    start = perf_counter()
                    try:
                        invocation.call(invocation)
                    except BaseException as raised:
                        error = raised
                    else:
                        if invocation.step is PROCESS:
                            invocation.busy_seconds += perf_counter() - start
                            invocation.calls += 1
                        else:
                            note_setup(invocation, perf_counter() - start)
                        invocation = finish_and_take(invocation, pool)
                        continue
                    if self._crash is not None:  # user code reported, and the machine failed
                        raise self._crash
                    if not isinstance(error, Exception):
                        interrupt = error
                    scheduler.fail(invocation, error)
                    invocation = take(pool)
        return interrupt


InlineDriver.performers = (*Driver.performers, InlineDriver._run_until_idle.__code__)
