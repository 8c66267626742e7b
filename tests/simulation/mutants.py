"""Mutants: single faults in the engine, each of which the corpus must notice.

A mutant is a function of the engine with one piece of its text replaced. It is found by its name,
in whichever module it stands, and the piece must be there exactly once: so a mutant of code that
was rewritten says that it no longer applies, and does not survive unseen.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final

from tests.simulation.case import Case
from tests.simulation.corpus import CORPUS
from tests.simulation.proof import Wrong, compare, packets_of, run_simulated

SEEDS: Final = 12
"""Orders in which each case is run against a mutant, before it counts as having survived."""


@dataclass(frozen=True)
class Mutant:
    """A fault.

    Attributes:
        fault: what is wrong with the engine then.
        where: name of a function of the engine, or of a method with its class.
        old, new: the piece of its text, and what stands in its place.
    """

    fault: str
    where: str
    old: str
    new: str

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Let the engine have the fault for a while."""
        original, owner = _find(self.where)
        function: Any = original.fget if isinstance(original, property) else original
        mutated: Any = _rewritten(function, owner, self.old, self.new)
        if isinstance(original, property):
            mutated = property(mutated)
        places = _places_of(original, function.__name__, owner)
        for namespace, name in places:
            setattr(namespace, name, mutated)
        try:
            yield
        finally:
            for namespace, name in places:
                setattr(namespace, name, original)


def _find(where: str) -> tuple[Any, type | None]:
    """Find a function of the engine by its name, and the class it belongs to."""
    first, _, method = where.partition(".")
    for name, module in sorted(sys.modules.items()):
        found = getattr(module, first, None) if name.startswith("graphflow.runtime") else None
        if found is None or found.__module__ != name:
            continue
        if not method:
            return found, None
        if method in found.__dict__:
            return found.__dict__[method], found
    raise LookupError(f"no {where} in the engine any more: find a new place for this mutant")


def _rewritten(original: FunctionType, owner: type | None, old: str, new: str) -> FunctionType:
    source = textwrap.dedent(inspect.getsource(original)).removeprefix("@property\n")
    if source.count(old) != 1:
        raise LookupError(
            f"{original.__qualname__} has {source.count(old)} times {old!r}, expected once: "
            "write this mutant anew"
        )
    # The function around it is where a call of super() finds its class.
    text = "from __future__ import annotations\ndef around(__class__):\n"
    text += textwrap.indent(source.replace(old, new), "    ")
    text += f"    return {original.__name__}\n"
    namespace: dict[str, Any] = {}
    exec(compile(text, f"<mutant of {original.__qualname__}>", "exec"), namespace)
    made: FunctionType = namespace["around"](owner)
    return FunctionType(
        made.__code__, original.__globals__, made.__name__, original.__defaults__, made.__closure__
    )


def _places_of(original: object, name: str, owner: type | None) -> list[tuple[Any, str]]:
    """Return every place that has a function of the engine: its class, or whoever imported it."""
    if owner is not None:
        return [(owner, name)]
    return [
        (module, each)
        for key, module in sorted(sys.modules.items())
        if key.startswith("graphflow.")
        for each, value in tuple(vars(module).items())
        if value is original
    ]


MUTANTS: Final = (
    Mutant(
        "a join runs although an input is settled only up to that time",
        "DefaultRule.review",
        "if first < lowest:",
        "if first <= lowest:",
    ),
    Mutant(
        "a join runs as soon as an input has a packet",
        "DefaultRule.review",
        "if bound < lowest:",
        "if first == DONE and bound < lowest:",
    ),
    Mutant(
        "a waiting join watches no queue",
        "DefaultRule.review",
        "obstacle.is_watched = True",
        "obstacle.is_watched = False",
    ),
    Mutant(
        "after a call, a join watches any empty input",
        "_look_again",
        "queue.stream.bound == settled",
        "queue.stream.bound >= settled",
    ),
    Mutant(
        "a gate takes its inputs whatever their times",
        "rule_for",
        "if isinstance(policy, MuxPolicy):",
        "if plan.name == 'gate':\n        return BarrierRule()\n"
        "    if isinstance(policy, MuxPolicy):",
    ),
    Mutant(
        "results leave in the order in which calls end", "_in_order", "if not running:", "if True:"
    ),
    Mutant(
        "a bound is lost after a call that emits nothing",
        "release_process",
        "elif bound > stream.bound:",
        "elif bound > stream.bound + 1:",
    ),
    Mutant(
        "a call's bound leaves the offset out",
        "release_process",
        "else bound_after(time, offset)",
        "else settled",
    ),
    Mutant(
        "a waiting node's bound is handed on too high by 1",
        "hand_on",
        "if bound <= MAX and offset:",
        "bound += bound < MAX\n    if bound <= MAX and offset:",
    ),
    Mutant("a waiting node hands no bound on", "hand_on", "if bound > stream.bound:", "if False:"),
    Mutant(
        "a packet is delivered twice",
        "put",
        "queue.packets.append(packet)",
        "queue.packets.extend((packet,) * (1 + (packet.timestamp == 5)))",
    ),
    Mutant(
        "a packet is lost without a word",
        "put",
        "queue.packets.append(packet)",
        "queue.packets.extend((packet,) * (packet.timestamp != 5))",
    ),
    Mutant(
        "a node is closed twice",
        "leave",
        "if invocation.step is Step.CLOSE:",
        "if invocation.step is Step.CLOSE and node.skipped == 0:\n"
        "        node.skipped, node.state = -1, State.OPEN\n"
        "        offer_close(node)\n"
        "    elif invocation.step is Step.CLOSE:",
    ),
    Mutant(
        "the node that failed is not closed",
        "fail_call",
        "offer_close_after_failure(node)",
        "pass",
    ),
    Mutant(
        "after a failure, results that come late are released",
        "finish_generally",
        "        leave_failed_run(run, invocation)",
        "        _release(run, invocation)\n        leave_failed_run(run, invocation)",
    ),
    Mutant(
        "after a failure, nodes that were never opened are opened",
        "end_run",
        "close_node(run, node)",
        "node.pool.ready |= node.open_bit",
    ),
    Mutant(
        "after a failure, calls in flight leave by the short way",
        "end_run",
        "if node.free < 0:",
        "if False:",
    ),
    Mutant(
        "a failed call that is passed over keeps what it emitted",
        "pass_over",
        "invocation.discard()",
        "pass",
    ),
    Mutant(
        "sources come first",
        "_rank",
        "[*reversed(sources), *others]",
        "[*others, *reversed(sources)]",
    ),
    Mutant(
        "nodes near the inputs come first",
        "_rank",
        "[*reversed(sources), *others]",
        "[*reversed(sources), *reversed(others)]",
    ),
    Mutant(
        "a full queue that was emptied still holds its feeders back",
        "mark_drained",
        "root.throttled -= 1",
        "root.throttled -= 0",
    ),
    Mutant(
        "a source that was held back is forgotten",
        "mark_drained",
        "work.append(root.source)",
        "pass",
    ),
    Mutant(
        "queues take one packet more than their limit",
        "Queue.__init__",
        "self.limit = limit",
        "self.limit = limit + 1",
    ),
    Mutant("a full queue never grows", "grow", "queue.limit = len(queue.packets) + 1", "pass"),
    Mutant(
        "deadlocks are not reported where they should be",
        "Scheduler.wake",
        "if full and self.plan.report_deadlock:",
        "if False:",
    ),
    Mutant(
        "a stuck graph is not noticed",
        "Scheduler.wake",
        "elif not self._open_inputs:",
        "elif False:",
    ),
    Mutant(
        "a stuck graph counts as done",
        "Scheduler.is_done",
        "not self._run.open_nodes\n",
        "(not self._run.open_nodes or not self._open_inputs)\n",
    ),
    Mutant(
        "a pause lets a worker that has just finished go on",
        "Scheduler._take_next",
        "if ready and self._run.phase is not PAUSED:",
        "if ready:",
    ),
    Mutant(
        "a pause lets a packet go straight on",
        "Scheduler.finish_and_take",
        "and self._run.phase is not PAUSED",
        "and True",
    ),
    Mutant(
        "a packet goes straight on past a more urgent node",
        "Scheduler.finish_and_take",
        "following.bit > pool.ready",
        "True",
    ),
    Mutant(
        "a packet goes straight on to a node of another executor",
        "Scheduler.finish_and_take",
        "and following.pool is pool",
        "and True",
    ),
    Mutant(
        "a packet goes straight on before what its node left unsettled",
        "Scheduler.finish_and_take",
        "elif node.queue.packets:\n        node.pool.ready |= node.bit\n    else:\n"
        "        return self._finish_and_take(invocation, pool)",
        "elif node.queue.packets:\n        node.pool.ready |= node.bit",
    ),
    Mutant(
        "on the straight path, a node forgets that a packet waits",
        "Scheduler.finish_and_take",
        "node.pool.ready |= node.bit",
        "pass",
    ),
    Mutant(
        "on the straight path, a bound is lost after a call that emits nothing",
        "Scheduler.finish_and_take",
        "raise_bound(stream, bound, self._work)",
        "pass",
    ),
    Mutant(
        "a bound that travels straight stops at the first node",
        "settle",
        "work.append(queue.node)",
        "pass",
    ),
    Mutant(
        "a pause lets a join go on",
        "Scheduler._take_waiting_join",
        "or self._run.phase is PAUSED",
        "",
    ),
    Mutant(
        "a join that waited is taken before a more urgent node",
        "Scheduler._take_waiting_join",
        "or node.bit <= pool.ready",
        "",
    ),
    Mutant(
        "a join that waited is taken by another executor",
        "Scheduler._take_waiting_join",
        "node.pool is not pool or",
        "",
    ),
    Mutant(
        "a join that waited is taken before what else is to be looked at",
        "Scheduler._take_waiting_join",
        " or len(work) > 1",
        "",
    ),
    Mutant(
        "a join that waits on is not heeded",
        "Scheduler._take_waiting_join",
        "heed(node, verdict, work)",
        "pass",
    ),
    Mutant(
        "a layer of sources begins with the one below it",
        "lay",
        "node.plan.source_layer > lowest",
        "False",
    ),
    Mutant(
        "a node opens without its side packets",
        "_offer_open",
        "not node.missing_sides and not node.missing_headers",
        "not node.missing_headers",
    ),
    Mutant(
        "a node opens before the headers that it reads are there",
        "_offer_open",
        "not node.missing_sides and not node.missing_headers",
        "not node.missing_sides",
    ),
    Mutant(
        "a header reaches nobody",
        "publish_headers",
        "hand_header_out(stream)",
        "pass",
    ),
    Mutant(
        "a side packet that was made wakes nobody",
        "publish_side_packets",
        "_offer_open(node)",
        "pass",
    ),
    Mutant(
        "a source that is stopped goes on",
        "exhaust",
        "each.is_exhausted = True",
        "each.is_exhausted = False",
    ),
    Mutant(
        "stop from a node that is no source is ignored",
        "_stop_sources",
        "(node,) if node.is_source else run.nodes",
        "(node,)",
    ),
    Mutant(
        "a waiting batch promises times that it still holds",
        "BatchRule.review",
        "node.waiting_bound = node.ready_time",
        "node.waiting_bound = min(queue.stream.bound for queue in node.queues)",
    ),
    Mutant(
        "a batch runs as soon as it can",
        "BatchRule.review",
        "not self.left and",
        "self.left and",
    ),
    Mutant(
        "early close waits for all inputs",
        "EarlyCloseRule.review",
        "if any(is_over(queue)",
        "if all(is_over(queue)",
    ),
    Mutant(
        "a barrier takes only packets of one time",
        "BarrierRule.fill",
        "head(queue), drained",
        "node.ready_time, drained",
    ),
    Mutant(
        "aligned clocks are shifted the wrong way", "_between", "base - time if", "time - base if"
    ),
    Mutant(
        "a mux does not wait for the input that is chosen",
        "MuxRule._judge",
        "return READY if queue.packets or",
        "return READY if True or",
    ),
    Mutant(
        "packets that a fixed-size queue drops are not counted",
        "FixedSizeRule._cut",
        "queue.dropped += 1",
        "queue.dropped += 0",
    ),
    Mutant(
        "packets left over at the end are not counted",
        "Queue.discard",
        "self.discarded += len(self.packets)",
        "pass",
    ),
    Mutant(
        "a time that is settled is processed again and again",
        "SettledRule.review",
        "if lowest > self.last:",
        "if lowest >= self.last:",
    ),
    Mutant(
        "an immediate node forgets which end it has seen",
        "ImmediateRule.fill",
        "queue.seen = time",
        "queue.seen = min(time, queue.seen)",
    ),
    Mutant(
        "sync sets share one newest time",
        "SyncSetRule.fill",
        "self.last[self.chosen] =",
        "self.last[0] =",
    ),
    Mutant(
        "a closed node's outputs stay open",
        "_release",
        "bound = DONE if invocation.step is Step.CLOSE else output.bound",
        "bound = output.bound",
    ),
    Mutant(
        "who finishes and takes is still counted as in flight",
        "Scheduler._take_next",
        "self.in_flight -= 1",
        "pass",
    ),
)


@dataclass(frozen=True)
class Catch:
    """How a mutant was noticed.

    Attributes:
        how: "invariant", "ledger", "result", "never ends" and so on, as `proof.Wrong` has it.
        runs: how many runs it took.
    """

    mutant: Mutant
    case: str
    how: str
    runs: int


Results = Mapping[str, Mapping[str, list[tuple[int, Any]]]]


def sound_results() -> Results:
    """Return the packets of every case, as the engine without faults gives them."""
    return {case.name: packets_of(run_simulated(case, 0)) for case in CORPUS}


def hunt(mutant: Mutant, expected: Results) -> Catch | None:
    """Run the corpus against a mutant until something is wrong; None if nothing ever is."""
    runs = 0
    with mutant.alive():
        for seed in range(SEEDS):
            for case in CORPUS:
                runs += 1
                try:
                    _run(case, seed, expected)
                except Wrong as wrong:
                    return Catch(mutant, case.name, wrong.how, runs)
    return None


def _run(case: Case, seed: int, expected: Results) -> None:
    run = run_simulated(case, seed)
    compare(case, expected[case.name], packets_of(run), f"seed {seed}")
