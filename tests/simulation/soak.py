"""A long run: many packets through ten nodes with a loop and a limiter, and what it leaves behind.

`python -m tests.simulation.soak` prints the figures of a million packets; `PACKETS` is another
number of them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from calculators.core.packet_cloner import PacketClonerCalculator
from calculators.flow.flow_limiter import FlowLimiterCalculator
from calculators.flow.previous_loopback import PreviousLoopbackCalculator
from graphflow import Calculator, Context, Contract, Graph, Packet
from graphflow.graph import INLINE
from graphflow.nodes.input_policy import FixedSizePolicy
from graphflow.nodes.options import NoOptions
from graphflow.runtime.ledger import Ledger
from tests.graphflow.engine_kit import ANY_PORTS, Every, Merge, Node, Pass, make_graph
from tests.simulation.proof import is_settled

PACKETS = 1_000_000
LIMIT = 16
"""Packets at which a queue is full."""

LOOKS = 100
"""How often memory is looked at, and every queue a hundred times as often."""


class Fold(Calculator[NoOptions]):
    """A number of constant size out of all inputs: what came, and what came before."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        context.outputs[0].emit(sum(each.get(0) for each in context.inputs) % 1009)


def soak_graph() -> Graph:
    """Return the graph: ten nodes, the loops of PreviousLoopback and FlowLimiter among them."""
    return make_graph(
        Node(
            *("limiter", FlowLimiterCalculator, ["frame", "FINISHED:result"]),
            ["limited", "ALLOW:allow"],
            options={"max_in_flight": 4, "max_in_queue": 4},
            back=["result"],
        ),
        Node(
            *("loopback", PreviousLoopbackCalculator, ["MAIN:limited", "LOOP:folded"]),
            ["PREV_LOOP:previous"],
            back=["folded"],
        ),
        Node("fold", Fold, ["limited", "previous"], ["folded"]),
        Node("some", Every, ["folded"], ["third"]),
        Node("fast", Pass, ["folded"], ["again"], max_in_flight=2),
        Node("merge", Merge, ["third", "again"], ["merged"]),
        Node("thin", Pass, ["merged"], ["thinned"], policy=FixedSizePolicy()),
        Node("newest", PacketClonerCalculator, ["third", "TICK:merged"], ["cloned"]),
        Node("join", Fold, ["merged", "cloned", "thinned"], ["joined"]),
        Node("last", Pass, ["joined"], ["result"]),
        inputs=["frame"],
        outputs=["result"],
        limit=LIMIT,
    )


@dataclass(frozen=True)
class Soaked:
    """What a long run came to.

    Attributes:
        results: packets that came out; the limiter drops the others.
        calls: of all nodes.
        longest_queue: packets, as far as looks in between saw.
        memory: as the looks measured it.
    """

    packets: int
    results: int
    calls: int
    seconds: float
    longest_queue: int
    memory: tuple[int, ...]
    ledger: Ledger

    def total(self, what: str) -> int:
        """Return the sum of one column of the ledger."""
        return sum(getattr(entry, what) for entry in self.ledger.entries)

    @property
    def grown(self) -> int:
        """How much memory has grown after the first tenth of the run."""
        looks = self.memory[len(self.memory) // 10 :]
        return looks[-1] - looks[0]

    @property
    def is_balanced(self) -> bool:
        """Whether every packet that was delivered was given to a call, or is accounted for."""
        return all(is_settled(each) for each in self.ledger.entries)


def soak(count: int, threads: int, memory: Callable[[], int]) -> Soaked:
    """Feed so many packets, and look at queues and memory in between."""
    graph, results = soak_graph(), 0
    longest, looks = 0, []

    def count_result(packet: Packet) -> None:
        nonlocal results
        results += 1

    graph.observe("result", count_result)
    graph.start(threads=threads)
    queues = [queue for node in graph.current_run.scheduler.nodes for queue in node.queues]
    seldom, often = max(1, count // LOOKS), max(1, count // LOOKS // 100)
    start = perf_counter()
    for time in range(count):
        graph.add_packet("frame", time, time)
        if time % often == 0:
            longest = max(longest, *(len(queue.packets) for queue in queues))
        if time % seldom == 0:
            looks.append(memory())
    graph.close_inputs()
    graph.wait_until_done()
    seconds = perf_counter() - start
    looks.append(memory())
    calls = sum(each.calls for each in graph.node_times())
    return Soaked(count, results, calls, seconds, longest, tuple(looks), graph.ledger())


def resident() -> int:
    """Return the bytes of memory that the process has; Linux only, else 0."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return 0
    return int(statm.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    """Print the figures of a long run; 1 if something is wrong with them."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("packets", type=int, nargs="?", default=PACKETS)
    arguments.add_argument("--threads", type=int, default=2, help=f"{INLINE} for none")
    given = arguments.parse_args()
    run = soak(given.packets, given.threads, resident)
    middle = run.memory[len(run.memory) // 2]
    mega = 1 << 20
    print(f"packets fed          {run.packets:>12,}")
    print(f"results              {run.results:>12,}")
    print(f"calls                {run.calls:>12,}")
    print(f"seconds              {run.seconds:>12.1f}")
    print(f"calls a second       {run.calls / run.seconds:>12,.0f}")
    print(f"longest queue        {run.longest_queue:>12,} of {LIMIT}")
    for name, size in (("start", run.memory[0]), ("middle", middle), ("end", run.memory[-1])):
        print(f"resident MiB, {name:6} {size / mega:>12.1f}")
    for name in ("delivered", "consumed", "dropped", "discarded", "abandoned", "queued"):
        print(f"ledger, {name:12} {run.total(name):>12,}")
    is_good = run.is_balanced and run.longest_queue <= LIMIT
    print("ledger balanced, queues within their limit" if is_good else "SOMETHING IS WRONG")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
