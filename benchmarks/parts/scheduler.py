"""(c) What a hop costs: one node handling one packet, beside MediaPipe's own scheduler."""

from __future__ import annotations

from typing import Any, Final

from benchmarks.figures import COST_RATIO, FASTER, Figure, Part, Target, at_least, at_most, cost
from benchmarks.mediapipe_environment import EnvironmentProblem
from benchmarks.ours.workers import BARE
from benchmarks.parts.setting import MS, US, Setting
from benchmarks.scheduler_shapes import Shape, chain, diamond, pose
from benchmarks.servers import Server, graphflow_server, mediapipe_server
from benchmarks.turns import CPU, WALL, Round, Sample, Side, ratios, take_turns
from graphflow.graph import INLINE

HOW: Final = (
    "A hop is one node handling one packet. Both sides run the same graphs of the same "
    "calculators, which compute nothing: chains of `PassThroughCalculator`, a diamond that is "
    "joined, and the shape of pose tracking without its models. Each packet is made and added in "
    "Python, the last stream is observed by a Python callback, and all that the engine does in "
    "every run is included (checks, ledger). From the first packet to the graph being idle; a hop "
    "is that time by packets and nodes. *Inline* is graphflow in the thread that feeds it, beside "
    "MediaPipe on one thread. The last figures are of nodes that hash a megabyte without the "
    "interpreter lock, and of bare threads doing the same: what the machine can do."
)
ONE: Final = "one worker"
TWO: Final = "two workers"
ALONE: Final = "inline"
WORKERS: Final = {ALONE: INLINE, ONE: 1, TWO: 2}
AGAINST: Final = {ALONE: 1, ONE: 1, TWO: 2}
"""How many threads MediaPipe has beside each way of running graphflow."""

GOALS: Final = {
    "chain of 1": at_most(0.4),
    "chain of 10": at_most(0.6),
    "chain of 100": at_most(1.1),
    "chain of 1,000": at_most(1.1),
    "diamond of 3": at_most(0.6),
}
TWO_WORKERS_GOAL: Final = at_most(1.1)
HASH: Final = "nodes that release the lock"


def shapes(setting: Setting) -> list[Shape]:
    """Return the graphs, with so many packets that a run takes a fraction of a second."""
    lengths = {1: 6000, 10: 3000, 100: 600, 1000: 60}
    made = [chain(length, packets) for length, packets in lengths.items()]
    made += [diamond(4000), pose(800)]
    scale = setting.fewer(5, 1) / 5
    return [Shape(each.name, each.nodes, each.observed, int(each.packets * scale)) for each in made]


def measure(setting: Setting) -> Part:
    """Run every shape in every way, in each round."""
    made = shapes(setting)
    sides: dict[str, Side] = {}
    with graphflow_server() as ours, mediapipe_server(setting.python) as theirs:
        for shape in made:
            for threads in (1, 2):
                sides[their_side(shape.name, threads)] = _hop(
                    theirs, shape, shape.as_text(), threads
                )
                for name, workers in WORKERS.items():
                    if AGAINST[name] == threads:
                        side = _hop(ours, shape, shape.as_config(), workers)
                        sides[our_side(shape.name, name)] = side
        sides.update(_hashing(ours, setting.fewer(100, 40)))
        rounds = take_turns(sides, setting.rounds)
    names = [shape.name for shape in made]
    figures = [*against_mediapipe(rounds, names), *against_one(rounds, names), *hashing(rounds)]
    return Part("c", "the scheduler", HOW, figures, rounds=setting.rounds)


def our_side(shape: str, way: str) -> str:
    """Return the name of a side of ours."""
    return f"{shape}, {way}"


def their_side(shape: str, threads: int) -> str:
    """Return the name of a side of MediaPipe's."""
    return f"{shape}, MediaPipe on {threads}"


def against_mediapipe(rounds: list[Round], shapes: list[str]) -> list[Figure]:
    """Return how a hop compares with MediaPipe's on as many threads; goals are for one worker."""
    return [
        _figure(
            rounds,
            our_side(shape, way),
            their_side(shape, AGAINST[way]),
            our_side(shape, way),
            GOALS.get(shape) if way == ONE else None,
        )
        for way in (ONE, ALONE, TWO)
        for shape in shapes
    ]


def against_one(rounds: list[Round], shapes: list[str]) -> list[Figure]:
    """Return how two workers compare with one, and the longest chain with a tenth of it."""
    chains = [shape for shape in shapes if shape.startswith("chain")]
    found = [
        _figure(
            rounds,
            our_side(shape, TWO),
            our_side(shape, ONE),
            f"{shape}, two workers against one",
            TWO_WORKERS_GOAL,
        )
        for shape in chains
    ]
    if {"chain of 100", "chain of 1,000"} <= set(chains):
        long, short = our_side("chain of 1,000", ONE), our_side("chain of 100", ONE)
        found.append(
            _figure(rounds, long, short, "a hop in a chain of 1,000 against one of 100", None)
        )
    return found


def hashing(rounds: list[Round]) -> list[Figure]:
    """Return how two workers, and two bare threads, compare with one where no lock is held."""
    return [
        Figure(
            f"{name}, two against one",
            ratios(rounds, f"{name}, 1", f"{name}, 2", WALL),
            FASTER,
            goal,
            cost(rounds, f"{name}, 2", "ms a packet", MS),
            cost(rounds, f"{name}, 1", "ms a packet", MS),
        )
        for name, goal in ((HASH, at_least(1.8)), (f"{BARE} threads", None))
    ]


def hop_of(shape: Shape, answer: dict[str, Any]) -> Sample:
    """Return a run's seconds by packets and nodes.

    Raises:
        EnvironmentProblem: not every packet came out.
    """
    if answer["seen"] != shape.packets:
        raise EnvironmentProblem(
            f"{shape.name}: {answer['seen']} of {shape.packets} packets came out"
        )
    hops = shape.packets * len(shape.nodes)
    return {WALL: answer[WALL] / hops, CPU: answer[CPU] / hops}


def _hop(server: Server, shape: Shape, graph: Any, threads: int) -> Side:
    def run() -> Sample:
        answer = server.ask(
            "scheduler",
            graph=graph,
            observed=shape.observed,
            packets=shape.packets,
            threads=threads,
        )
        return hop_of(shape, answer)

    return run


def _hashing(ours: Server, packets: int) -> dict[str, Side]:
    def side(threads: int, how: str) -> Side:
        def run() -> Sample:
            answer = ours.ask("workers", packets=packets, threads=threads, how=how)
            return {key: answer[key] / packets for key in (WALL, CPU)}

        return run

    return {
        f"{name}, {threads}": side(threads, how)
        for name, how in ((HASH, "graph"), (f"{BARE} threads", BARE))
        for threads in (1, 2)
    }


def _figure(rounds: list[Round], over: str, under: str, name: str, goal: Target | None) -> Figure:
    return Figure(
        name,
        ratios(rounds, over, under, WALL),
        COST_RATIO,
        goal,
        cost(rounds, over, "µs a hop", US),
        cost(rounds, under, "µs a hop", US),
        ratios(rounds, over, under, CPU),
    )
