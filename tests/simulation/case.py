"""A case of the corpus: one graph, and what is known of its runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any, Literal

from graphflow import Graph, Packet
from graphflow.driver import Late
from graphflow.loading import plan_from_text
from graphflow.testing.simulation import Feeds, SimulatedRun
from tests.graphflow.engine_kit import (
    Node,
    make_graph,
)

End = Literal["done", "stuck", "error", "cancelled"]


@dataclass(frozen=True)
class Case:
    """One graph, and what is known of its runs.

    Attributes:
        make: builds the graph.
        end: how every run ends; a cancelled one may also be done before the cancel.
        is_deterministic: every order of events gives the same packets; in runs that fail, a
            beginning of them.
        times: of the packets, by stream; of the whole stream also where the run fails.
        values: the packets' payloads, by stream.
        longest: the most packets that may wait in a queue, by stream.
        holds: what else must hold of every run.
    """

    name: str
    make: Callable[[], Graph]
    feeds: Feeds = ()
    end: End = "done"
    is_deterministic: bool = True
    times: Mapping[str, Sequence[int]] = field(default_factory=dict)
    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    longest: Mapping[str, int] = field(default_factory=dict)
    side_packets: Mapping[str, Any] = field(default_factory=dict)
    workers: int = 3
    late: Late = Late.RAISE
    holds: Callable[[SimulatedRun], bool] = lambda run: True


def graph_of(*nodes: Node, outputs: str = "out", **settings: Any) -> Callable[[], Graph]:
    return lambda: make_graph(*nodes, outputs=outputs.split(), **settings)


def text_graph(text: str) -> Callable[[], Graph]:
    search = [Path(__file__).parent / "graphs"]
    return lambda: Graph(plan_from_text(dedent(text), search=search))


def ordered(*feeds: tuple[str, int]) -> list[tuple[str, Packet]]:
    """Packets of several inputs, fed in this order; their values are their times."""
    return [(stream, Packet(time, time)) for stream, time in feeds]
