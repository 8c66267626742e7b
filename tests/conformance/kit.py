"""Graphs from text over small calculators: what the conformance tests share.

The calculators live in a registry of their own, so that nothing else sees them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import calculators.all_nodes  # noqa: F401  (offers the nodes)
from graphflow import ANY_TAG, Calculator, Context, Contract, Graph, Options, Packet, Port
from graphflow.graph import INLINE
from graphflow.loading import plan_from_text
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry, registry

LIBRARY: Final = ("calculators.core", "calculators.flow")

nodes: Final = Registry()
"""The calculators that graphs of these tests can name: the core ones, and the tests' own."""

for _each in (*registry, *registry.subgraphs()):
    if _each.__module__.startswith(LIBRARY):
        nodes.register(_each)

ANY_IN: Final = (Port(ANY_TAG, optional=True),)
ANY_OUT: Final = (Port("", optional=True, repeated=True),)

Seen = list[tuple[int, Any]]
"""Times and values of packets; None for a settled time without one."""


def load(text: str, *, search: Sequence[Path] = ()) -> Graph:
    """Load a graph over these calculators."""
    return Graph(plan_from_text(text, registry=nodes, search=search))


def watch(graph: Graph, stream: str = "out", *, sees_bounds: bool = False) -> Seen:
    """Return a list to which times and values of a stream are added."""
    seen: Seen = []
    graph.observe(
        stream,
        lambda packet: seen.append((packet.timestamp, packet.value)),
        sees_bounds=sees_bounds,
    )
    return seen


def started(graph: Graph, side_packets: dict[str, Any] | None = None) -> Graph:
    """Start a graph in the caller's thread: after each call it is idle."""
    graph.start(side_packets, threads=INLINE)
    return graph


def finish(graph: Graph) -> None:
    """Close the inputs and wait for the end."""
    graph.close_inputs()
    graph.wait_until_done()


def values(seen: Seen) -> list[Any]:
    """Return the values alone."""
    return [value for _, value in seen]


def times(seen: Seen) -> list[int]:
    """Return the times alone."""
    return [time for time, _ in seen]


@nodes.register
class Pass(Calculator[NoOptions]):
    """Each input to the output at the same position."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

    def process(self, context: Context) -> None:
        """Pass on what there is."""
        for given, output in zip(context.inputs, context.outputs, strict=True):
            if given.packet is not None:
                output.add(given.packet)


@nodes.register
class ImmediatePass(Pass):
    """The same, each input by itself."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, input_policy=ImmediatePolicy())


@nodes.register
class Join(Calculator[NoOptions]):
    """The values of all inputs at a time, as a tuple; None for an empty one."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

    def process(self, context: Context) -> None:
        """Emit what there is."""
        context.outputs[0].emit(tuple(each.get() for each in context.inputs))


@nodes.register
class Calls(Calculator[NoOptions]):
    """Emits what each call sees, at rising times: (time, values, settled times)."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None)

    def open(self, context: Context) -> None:
        """Begin to count."""
        self.count = 0

    def process(self, context: Context) -> None:
        """Emit what is seen."""
        seen = tuple(each.get() for each in context.inputs)
        settled = tuple(each.settled for each in context.inputs)
        context.outputs[0].add(Packet((context.timestamp, seen, settled), self.count))
        self.count += 1


@nodes.register
class SettledCalls(Calls):
    """The same, for times without packets too."""

    contract = Contract(
        inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None, process_timestamps=True
    )


@nodes.register
class Settled(Calculator[NoOptions]):
    """At each settled time, the packet's value or None."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, process_timestamps=True)

    def process(self, context: Context) -> None:
        """Emit it."""
        context.outputs[0].emit(context.inputs[0].get())


@nodes.register
class OffsetOnly(Calculator[NoOptions]):
    """Emits nothing; its offset settles its times."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

    def process(self, context: Context) -> None:
        """Emit nothing."""


@nodes.register
class Add(Calculator[NoOptions]):
    """The sum of the packets at a time."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

    def process(self, context: Context) -> None:
        """Add them."""
        context.outputs[0].emit(sum(each.get(0) for each in context.inputs))


class FailOptions(Options):
    """When to fail."""

    step: str = "process"
    at: int = 5
    words: str = "as asked for"


@nodes.register
class Fail(Calculator[FailOptions]):
    """Passes its input, and raises in open, at a time, or in close."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, options=FailOptions)

    def open(self, context: Context) -> None:
        """Raise if asked to."""
        self._fail_in("open")

    def process(self, context: Context) -> None:
        """Pass on, or raise if asked to."""
        if context.timestamp == self.options.at:
            self._fail_in("process")
        for given, output in zip(context.inputs, context.outputs, strict=True):
            if given.packet is not None:
                output.add(given.packet)

    def close(self, context: Context) -> None:
        """Raise if asked to."""
        self._fail_in("close")

    def _fail_in(self, step: str) -> None:
        if self.options.step == step:
            raise ValueError(self.options.words)


class CountOptions(Options):
    """What to count."""

    count: int = 10
    first: int = 0
    is_first_in_open: bool = False
    at_once: int = 1


@nodes.register
class Count(Calculator[CountOptions]):
    """A source: first, first + 1, ... at these times."""

    contract = Contract(outputs=ANY_OUT, options=CountOptions)

    def open(self, context: Context) -> None:
        """Begin to count."""
        self.time = self.options.first
        if self.options.is_first_in_open:
            self._emit(context)

    def process(self, context: Context) -> None:
        """Emit the next ones."""
        for _ in range(self.options.at_once):
            if self.time == self.options.first + self.options.count:
                context.stop()
                return
            self._emit(context)

    def _emit(self, context: Context) -> None:
        context.outputs[0].add(Packet(self.time, self.time))
        self.time += 1
