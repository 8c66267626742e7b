"""The proof in numbers: `python -m tests.simulation`, or `make simulate`.

Runs the corpus and random graphs in many orders of events, with real threads and without, replays
the stories of real runs, and sets every mutant loose. Exits with 1 where something is wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from time import perf_counter

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as some

from graphflow.graph import INLINE
from graphflow.nodes.registry import load_plugins
from tests.simulation.corpus import CORPUS
from tests.simulation.mutants import MUTANTS, hunt, sound_results
from tests.simulation.proof import (
    Tally,
    Wrong,
    compare,
    packets_of,
    plain,
    run_driven,
    run_simulated,
)
from tests.simulation.random_graphs import RandomGraph, check_end, check_one_result, graphs

ORDERS = 10_000
"""Different orders of events in which the corpus is run; random graphs get a tenth more."""

THREADS = (INLINE, 1, 2, 4)


def main() -> int:
    """Run everything, and print what it came to; 0 if all is well."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=ORDERS, help="orders of events to run")
    arguments.add_argument("--seed", type=int, default=0, help="of the first order")
    asked = arguments.parse_args()
    load_plugins()
    start = perf_counter()
    try:
        run_corpus(asked.orders, asked.seed)
        run_random_graphs(asked.orders // 10, asked.seed)
        run_drivers()
    except Wrong as wrong:
        print(f"WRONG  {wrong}")
        return 1
    survivors = run_mutants()
    print(f"time          {perf_counter() - start:.0f} s")
    return 1 if survivors else 0


def run_corpus(orders: int, first_seed: int) -> None:
    """Run the corpus, each case once for each seed, until so many orders were different."""
    tally, expected, number = Tally(graphs=len(CORPUS)), sound_results(), first_seed
    made = [(case, case.make()) for case in CORPUS]
    while len(tally.orders) < orders:
        for case, graph in made:
            run = run_simulated(case, number, graph)
            tally.count(case.name, run)
            compare(case, expected[case.name], packets_of(run), f"seed {number}")
        number += 1
    tell("corpus", tally, f"{number - first_seed} seeds each")


def run_random_graphs(orders: int, first_seed: int) -> None:
    """Run random graphs, steady ones in three orders, unruly ones in one each."""
    steady, unruly = Tally(), Tally()
    suited = settings(
        deadline=None,
        database=None,
        max_examples=max(1, orders // 5),
        suppress_health_check=list(HealthCheck),
    )
    seeds = some.integers(0, 1 << 30)

    @seed(first_seed)
    @settings(suited)
    @given(graph=graphs(), number=seeds)
    def run_steady(graph: RandomGraph, number: int) -> None:
        steady.graphs += 1
        check_one_result(graph, range(number, number + 3), steady)

    @seed(first_seed)
    @settings(suited, max_examples=max(1, orders * 2 // 5))
    @given(
        graph=graphs(is_unruly=True),
        number=seeds,
        cancel_after=some.none() | some.integers(0, 150),
    )
    def run_unruly(graph: RandomGraph, number: int, cancel_after: int | None) -> None:
        unruly.graphs += 1
        check_end(graph, number, cancel_after, unruly)

    run_steady()
    run_unruly()
    tell("steady", steady, "random graphs; one result each, two drivers too")
    tell("unruly", unruly, "random graphs; each ended or was reported stuck")


def tell(name: str, tally: Tally, more: str) -> None:
    """Print what was run."""
    print(
        f"{name:13} {tally.graphs:,} graphs, {tally.runs:,} runs, {len(tally.orders):,} different "
        f"orders, {tally.events:,} events ({more})",
        flush=True,
    )


def run_drivers() -> None:
    """Run the corpus with real drivers, compare with the simulation, and replay the stories."""
    expected, stories, entries = sound_results(), 0, 0
    for case in CORPUS:
        for threads in THREADS:
            graph, found = run_driven(case, threads, records=True)
            compare(case, expected[case.name], plain(found), f"{threads} threads")
            case.make().replay(graph.story)
            stories += 1
            entries += len(graph.story.entries)
    print(f"drivers       {stories} runs inline and on 1, 2 and 4 threads gave the same packets")
    print(f"stories       {stories} replayed, {entries:,} entries", flush=True)


def run_mutants() -> int:
    """Set every mutant loose, and print who caught it; return how many survived."""
    expected = sound_results()
    caught: Counter[str] = Counter()
    for mutant in MUTANTS:
        catch = hunt(mutant, expected)
        how = "SURVIVED" if catch is None else f"{catch.how}: {catch.case}, run {catch.runs}"
        caught["SURVIVED" if catch is None else catch.how] += 1
        print(f"mutant        {mutant.fault}: {how}", flush=True)
    by = ", ".join(f"{count} {how}" for how, count in caught.most_common())
    print(f"mutants       {len(MUTANTS)}: {by}")
    return caught["SURVIVED"]


if __name__ == "__main__":
    sys.exit(main())
