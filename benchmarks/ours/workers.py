"""Nodes that compute without the interpreter lock, on one worker and on two."""

from __future__ import annotations

import hashlib
from threading import Thread
from typing import Any, Final

from benchmarks.ours.stopwatch import Stopwatch
from graphflow import Calculator, Context, Contract, Graph, Port
from graphflow.loading import plan_from_config
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry

BRANCHES: Final = 4
BARE: Final = "bare"
_BYTES: Final = bytes(1 << 20)
"""Hashing this takes about a millisecond, without the lock."""


_nodes: Final = Registry()
"""Apart from those that graphs of the project may name."""


@_nodes.register
class BenchmarkHashCalculator(Calculator[NoOptions]):
    """Hash a megabyte for each packet, and pass the packet on."""

    contract = Contract(inputs=(Port("IN", int),), outputs=(Port("OUT", int),))

    def process(self, context: Context) -> None:
        """Hash, with the interpreter lock released."""
        hashlib.sha256(_BYTES)
        context.outputs["OUT"].emit(context.inputs["IN"].value)


def run(packets: int, threads: int, how: str) -> dict[str, Any]:
    """Time the hashes of so many packets in BRANCHES nodes side by side.

    Args:
        packets: how many.
        threads: workers of the graph, or bare threads.
        how: "graph", or BARE for threads without a graph: what the machine can do.
    """
    return _bare(packets, threads) if how == BARE else _graph(packets, threads)


def _graph(packets: int, threads: int) -> dict[str, Any]:
    names = [f"hashed_{number}" for number in range(BRANCHES)]
    nodes = [
        {
            "calculator": BenchmarkHashCalculator.__name__,
            "input_stream": ["IN:number"],
            "output_stream": [f"OUT:{name}"],
        }
        for name in names
    ]
    config = {"input_stream": ["number"], "node": nodes}
    graph = Graph(plan_from_config(config, registry=_nodes))
    graph.start(threads=threads)
    graph.wait_until_idle()
    watch = Stopwatch()
    for number in range(packets):
        graph.add_packet("number", number, number)
    graph.wait_until_idle()
    seconds = watch.seconds()
    graph.close_inputs()
    graph.wait_until_done()
    return dict(seconds)


def _bare(packets: int, threads: int) -> dict[str, Any]:
    def work() -> None:
        for _ in range(packets * BRANCHES // threads):
            hashlib.sha256(_BYTES)

    workers = [Thread(target=work) for _ in range(threads)]
    watch = Stopwatch()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return dict(watch.seconds())
