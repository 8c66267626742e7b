"""Releasing (rules 5 and 7): the general way, for all but a plain call of `process`.

By this way leave opens and closes, calls of nodes that may have several in flight, those that make
side packets or stop sources, and failed ones that are passed over. The short way is
`graphflow.runtime.delivery.release_process`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphflow.runtime.delivery import deliver, raise_bound
from graphflow.runtime.elements import Invocation, Node, Step, Stream
from graphflow.runtime.ending import (
    end_run,
    error_of,
    leave,
    leave_failed_run,
)
from graphflow.runtime.opening import publish_headers, publish_side_packets
from graphflow.runtime.run_state import RunState
from graphflow.runtime.settling import settle
from graphflow.words import timestamp as time_of
from graphflow.words.bounds import bound_after, check_time
from graphflow.words.errors import CalculatorError, ContractError, TimestampError
from graphflow.words.packet import Packet

DONE = time_of.DONE


def finish_generally(run: RunState, invocation: Invocation) -> None:
    """Release what an invocation emitted, in dispatch order, and take it out of flight."""
    if invocation.has_stopped:
        _stop_sources(run, invocation)
    if run.has_failed:
        leave_failed_run(run, invocation)
        return
    for each in _in_order(invocation):
        try:
            _release(run, each)
        except (TimestampError, ContractError) as error:  # it broke a promise
            end_run(run, error_of(each, error))
            leave_failed_run(run, each)
            return
        leave(run, each)
    run.work.append(invocation.node)
    settle(run.work)


def pass_over(run: RunState, invocation: Invocation, error: CalculatorError) -> None:
    """Make a failed call one that emitted nothing; it still is to be finished."""
    node = invocation.node
    node.skipped += 1
    run.skipped_errors.append(error)
    invocation.discard()
    invocation.error = error
    for output, stream in zip(invocation.shards, node.outputs, strict=True):
        output.bound = stream.bound


def exhaust(nodes: Iterable[Node], work: list[Node]) -> None:
    """End the sources among the nodes; each is closed once its call has returned."""
    for each in nodes:
        if each.is_source:
            each.is_exhausted = True
            work.append(each)


def _in_order(invocation: Invocation) -> Iterator[Invocation]:
    """Yield what can be released now: nothing if an older invocation is still out."""
    running = invocation.node.running
    if not running:
        yield invocation
        return
    invocation.is_finished = True
    while running and running[0].is_finished:
        yield running[0]


def _release(run: RunState, invocation: Invocation) -> None:
    """Deliver what a call emitted, and what it promised.

    Raises:
        TimestampError: a packet comes too late for its stream.
        ContractError: a side packet was made a second time.
    """
    node, work = invocation.node, run.work
    for output, stream in zip(invocation.shards, node.outputs, strict=True):
        if invocation.step is Step.PROCESS and node.call_offset is not None:
            output.advance(bound_after(invocation.timestamp, node.call_offset))
        for packet in () if output.packet is None else (output.packet, *output.more):
            check_time(packet.timestamp, stream.bound, stream.label, order_hint=output.order_hint)
            deliver(stream, packet, work)
        bound = DONE if invocation.step is Step.CLOSE else output.bound
        raise_bound(stream, bound, work)
        output.bound = stream.bound
    if node.error_stream is not None:
        _release_error(invocation, node.error_stream, work)
    publish_side_packets(run, invocation)
    if invocation.step is Step.OPEN:
        publish_headers(invocation)
    invocation.discard()


def _release_error(invocation: Invocation, stream: Stream, work: list[Node]) -> None:
    """Deliver the error of a call that failed; others only settle their time.

    A stream of errors has no room for more than one at PRESTREAM or POSTSTREAM: an error there is
    moved to the next ordinary time. Two that come to the same one by that are one: the first.
    """
    if invocation.step is Step.CLOSE:
        raise_bound(stream, DONE, work)
    if invocation.step is not Step.PROCESS:
        return
    time = min(max(invocation.timestamp, time_of.MIN), time_of.MAX)
    if invocation.error is not None and time >= stream.bound:
        deliver(stream, Packet(invocation.error, time), work)
    raise_bound(stream, bound_after(invocation.timestamp, 0), work)


def _stop_sources(run: RunState, invocation: Invocation) -> None:
    """End a source that stopped; a node that is no source ends all of them."""
    node, fault = invocation.node, invocation.fault
    if fault is not None:  # told at the end: what was emitted so far is processed first
        run.errors.append(error_of(invocation, fault))
    if not run.has_failed:
        exhaust((node,) if node.is_source else run.nodes, run.work)
