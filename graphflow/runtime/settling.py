"""Settling (rule 2): nodes whose queues moved are looked at again, to a fixed point."""

from __future__ import annotations

from graphflow.runtime.delivery import hand_on
from graphflow.runtime.elements import Node
from graphflow.runtime.policies import READY, WAIT, Verdict
from graphflow.words.timestamp import DONE, MIN


def settle(work: list[Node]) -> None:
    """Look at every node of the work list, and at those that their bounds bring in.

    A run that has failed has no work: its queues are empty, and nobody watches them.
    """
    while work:
        node = work.pop()
        if node.free <= 0 or node.is_closing:
            continue
        if node.is_straight and not node.queue.packets:
            # The default rule on one queue, and `hand_on`, written out: so bounds travel far.
            bound = node.inflow.bound
            if MIN <= bound < DONE:
                node.queue.is_watched = True
                stream = node.outflow
                if bound > stream.bound:
                    node.outlet.bound = stream.bound = bound
                    for queue in stream.queues:
                        if queue.is_watched:
                            work.append(queue.node)
                continue
        if node.pool.ready & node.bit and not node.is_source:
            continue  # ready already, and every policy looks again when it is taken
        heed(node, node.policy.review(node), work)


def heed(node: Node, verdict: Verdict, work: list[Node]) -> None:
    """Do what comes of a policy's answer about a node."""
    if verdict is READY:
        node.pool.ready |= node.bit
    elif verdict is WAIT:
        node.pool.ready &= ~node.bit
        if not node.running:
            hand_on(node, work)
    elif not node.running:
        offer_close(node)


def offer_close(node: Node) -> None:
    """Make a node ready to be closed."""
    node.is_closing = True
    node.pool.ready |= node.bit
