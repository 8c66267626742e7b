"""Read the executors of a graph: whose threads run its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from graphflow.config.decoding import shown
from graphflow.config.graph_config import ExecutorConfig, Named
from graphflow.config.value_reader import ValueReader
from graphflow.config.yaml_source import MappingValue, Value
from graphflow.plan import ExecutorKind, is_reserved_executor
from graphflow.words.diagnostics import Location, Note

MAX_THREADS: Final = 1024
"""Threads of one executor: more are a slip of the pen, and would make the machine unusable."""

_TYPES: Final = {
    "ThreadPoolExecutor": ExecutorKind.THREAD_POOL,
    "ApplicationThreadExecutor": ExecutorKind.APPLICATION_THREAD,
}
_THREAD_POOL_KEYS: Final = (
    "num_threads",
    "stack_size",
    "nice_priority_level",
    "require_processor_performance",
    "thread_name_prefix",
)
_LEAST_STACK: Final = 32 * 1024  # bytes; what Python's threading asks for at least
_LARGEST_STACK: Final = 1 << 30


def read_executors(values: ValueReader, keys: Mapping[str, Value]) -> tuple[ExecutorConfig, ...]:
    """Read `executor`, and look whether `num_threads` of the same graph contradicts it."""
    read = [_executor(values, item) for item in values.items(keys.get("executor"))]
    executors = tuple(each for each in read if each is not None)
    seen: dict[str, Location] = {}
    for executor in executors:
        name = executor.name
        if name.text in seen:
            words = f'executor "{name.text}"' if name.text else "the default executor"
            note = Note("first at", seen[name.text])
            values.report(name.location, f"{words} is declared twice", note=note)
        seen.setdefault(name.text, name.location)
    if "num_threads" in keys and "" in seen:
        values.report(
            keys["num_threads"].location,
            "num_threads and a default executor exclude each other",
            note=Note("the default executor is at", seen[""]),
            hint="write num_threads into the executor's options",
        )
    return executors


def _executor(values: ValueReader, value: Value) -> ExecutorConfig | None:
    if not isinstance(value, MappingValue):
        values.report(value.location, "an executor", shown(value), "keys and values")
        return None
    keys = values.keys(value, "an executor", ("name", "type", "options"))
    name = values.name(keys, "name") or Named("", value.location)
    _check_name(values, name)
    kind = _kind(values, keys)
    options = values.options(keys)
    if kind is ExecutorKind.UNTYPED and options is not None and "type" not in keys:
        if name.text:
            values.report(
                options.location,
                f'executor "{name.text}" has options, but no type',
                expected="ThreadPoolExecutor",
                hint="an executor without a type is given by the application, with set_executor",
            )
        kind = ExecutorKind.THREAD_POOL
    if options is None or kind is ExecutorKind.UNTYPED:
        return ExecutorConfig(name, kind=kind)
    if kind is ExecutorKind.APPLICATION_THREAD:
        values.keys(options, "ApplicationThreadExecutor", ())
        return ExecutorConfig(name, kind=kind)
    return _thread_pool(values, name, options)


def _check_name(values: ValueReader, name: Named) -> None:
    if is_reserved_executor(name.text):
        hint = "leave the name out for the default executor" if name.text == "default" else ""
        values.report(name.location, f'executor name "{name.text}" is reserved', hint=hint)


def _kind(values: ValueReader, keys: Mapping[str, Value]) -> ExecutorKind:
    written = values.name(keys, "type")
    if written is None:
        return ExecutorKind.UNTYPED
    if written.text not in _TYPES:
        values.report(
            written.location,
            f'executor type "{written.text}" is not supported',
            expected=" or ".join(_TYPES),
            hint="without a type, the application gives the executor, with set_executor",
        )
    return _TYPES.get(written.text, ExecutorKind.UNTYPED)


def _thread_pool(values: ValueReader, name: Named, options: MappingValue) -> ExecutorConfig:
    keys = values.keys(options, "ThreadPoolExecutor", _THREAD_POOL_KEYS)
    performance = values.name(keys, "require_processor_performance")
    if performance is not None and performance.text != "NORMAL":
        values.report(
            performance.location,
            f'processor performance "{performance.text}" can\'t be asked for',
            expected="NORMAL",
            hint="Python can't tell fast cores from slow ones; nice_priority_level can be set, or "
            "the application gives an executor whose threads it has pinned",
        )
    prefix = values.name(keys, "thread_name_prefix")
    return ExecutorConfig(
        name,
        num_threads=values.number(keys, "num_threads", 1, 0, MAX_THREADS),
        kind=ExecutorKind.THREAD_POOL,
        stack_size=values.number(keys, "stack_size", _LEAST_STACK, 0, _LARGEST_STACK),
        nice_level=values.number(keys, "nice_priority_level", -20, 0, 19),
        thread_name_prefix=prefix.text if prefix else "",
    )
