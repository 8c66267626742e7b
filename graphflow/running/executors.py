"""Executors: whose threads do a graph's work, as the graph, the application and a start say."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from graphflow.driver import (
    Driver,
    InlineDriver,
    LentExecutor,
    OwnThreads,
    TaskExecutor,
    ThreadDriver,
    WaitingThreads,
)
from graphflow.nodes.calculator import AnyCalculator
from graphflow.plan import ExecutorKind, ExecutorPlan, Plan, is_reserved_executor
from graphflow.runtime.scheduler import Scheduler
from graphflow.words.diagnostics import listed, suggestion
from graphflow.words.errors import UsageError

INLINE: Final = 0
"""Number of threads that means: run in the thread that feeds the graph."""

MakeDriver = Callable[[Scheduler, Sequence[AnyCalculator]], Driver]


class Executors:
    """The executors that an application lends to a graph.

    Attributes:
        by_name: those given so far; "" is the default one.
    """

    def __init__(self, plan: Plan) -> None:
        self.by_name: dict[str, TaskExecutor] = {}
        self._declared = {each.name: each.kind for each in plan.executors}

    def give(self, name: str, executor: TaskExecutor) -> None:
        """Take an executor for a name that the graph declares without a type.

        Raises:
            UsageError: the name is reserved, not declared, has a type, or was given before; or this
                is no executor whose tasks can share the memory of the program.
        """
        label = f'executor "{name}"' if name else "the default executor"
        if is_reserved_executor(name):
            hint = 'the default executor is ""' if name == "default" else "declare another"
            raise UsageError(f"{label}: the name is reserved; {hint}")
        if name not in self._declared:
            known = [f'"{each}"' for each in self._declared if each] + ['"" for the default one']
            hint = suggestion(name, [each for each in self._declared if each])
            raise UsageError(
                f"{label} is not declared; the graph has {listed(known)}"
                + (f"; {hint}" if hint else "")
            )
        if self._declared[name] is not ExecutorKind.UNTYPED:
            raise UsageError(f"{label} has a type in the graph, so it can't be given as well")
        if name in self.by_name:
            raise UsageError(f"{label} was given already")
        _check_submits(executor, label)
        self.by_name[name] = executor


def _check_submits(executor: object, label: str) -> None:
    from concurrent.futures import ProcessPoolExecutor

    if not isinstance(executor, TaskExecutor):
        raise UsageError(
            f"{label}: found {type(executor).__name__}; expected a concurrent.futures.Executor, "
            "or an object with submit(task)"
        )
    if isinstance(executor, ProcessPoolExecutor):
        raise UsageError(f"{label}: calculators share memory, so other processes can't run them")


def driver_maker(
    threads: int | None, executors: Mapping[str, TaskExecutor] | None = None
) -> MakeDriver:
    """Return what makes the usual drivers.

    Args:
        threads: workers of the default executor; None for what the graph says, INLINE for none.
        executors: those that the application lends, by name; "" is the default one.
    """

    def make(scheduler: Scheduler, calculators: Sequence[AnyCalculator]) -> Driver:
        if threads == INLINE:
            return InlineDriver(scheduler, calculators)
        plan = scheduler.plan
        if threads is not None:
            _check_threads(threads, plan.executors[0], executors or {})
            default = replace(plan.executors[0], num_threads=threads)
            plan = replace(plan, executors=(default, *plan.executors[1:]))
        workers = [_workers(each, plan, executors or {}) for each in plan.executors]
        return ThreadDriver(scheduler, calculators, workers)

    return make


def _check_threads(
    threads: int, default: ExecutorPlan, executors: Mapping[str, TaskExecutor]
) -> None:
    if threads < 0:
        raise UsageError(f"threads={threads}: expected 0, to run in the calling thread, or more")
    if default.name in executors:
        raise UsageError(f"threads={threads}: the default executor was given with set_executor")
    if default.kind is ExecutorKind.APPLICATION_THREAD:
        raise UsageError(f"threads={threads}: the default executor runs in the threads that wait")


def _workers(
    executor: ExecutorPlan, plan: Plan, executors: Mapping[str, TaskExecutor]
) -> OwnThreads | LentExecutor | WaitingThreads:
    if executor.name in executors:
        return LentExecutor(executor.name, executors[executor.name])
    if executor.kind is ExecutorKind.APPLICATION_THREAD:
        return WaitingThreads()
    if executor.kind is ExecutorKind.UNTYPED and executor.name:
        raise UsageError(
            f'executor "{executor.name}" has no type, so the application gives it: call '
            f'set_executor("{executor.name}", ...) before start, or write '
            "type: ThreadPoolExecutor"
        )
    return OwnThreads(
        _thread_count(executor.num_threads, plan),
        executor.stack_size,
        executor.nice_level,
        executor.thread_name_prefix,
    )


def _thread_count(number: int, plan: Plan) -> int:
    return number if number > 0 else usual_threads(plan)


def usual_threads(plan: Plan) -> int:
    """Return the workers of an executor that does not say how many: one for each processor."""
    return max(1, min(os.cpu_count() or 1, len(plan.nodes)))
