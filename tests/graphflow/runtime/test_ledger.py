"""The ledger: every packet that was delivered is accounted for."""

from __future__ import annotations

import pytest

from graphflow.nodes.input_policy import BarrierPolicy, FixedSizePolicy, MuxPolicy
from graphflow.nodes.options import NoOptions
from graphflow.runtime.invariants import check_ledger
from graphflow.runtime.ledger import Entry
from graphflow.words.errors import GraphCancelled
from tests.graphflow.engine_kit import Burst, Join, Machine, Node, Pass, make_plan


def test_consumed_queued_and_dropped_packets_balance() -> None:
    policy = FixedSizePolicy(trigger_queue_size=3, target_queue_size=2)
    made = Machine(make_plan(Node("n", Join, ["a", "X:b"], ["out"], policy=policy), inputs="ab"))
    made.open_all()
    for time in range(4):
        made.add("a", time)
    made.add("b", 2)
    made.take()
    ledger = made.ledger()
    assert ledger.entries == (
        Entry("n", ":0", "a", delivered=4, consumed=1, dropped=2, discarded=0, queued=1),
        Entry("n", "X", "b", delivered=1, consumed=1, dropped=0, discarded=0, queued=0),
    )
    assert (ledger.dropped, ledger.late, ledger.skipped) == (2, {}, {})


def test_bursts_are_counted_packet_by_packet() -> None:
    burst = Node("burst", Burst, ["in"], ["three"])
    made = Machine(make_plan(burst, Node("n", Pass, ["three"], ["out"]), inputs=["in"]))
    made.open_all()
    made.add("in", 0, value=0)
    call = made.take()
    Burst(NoOptions()).process(call)
    made.finish(call)
    assert [entry.delivered for entry in made.ledger().entries] == [1, 3]


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_what_is_left_at_the_end_is_discarded(is_cancelled: bool) -> None:
    node = Node("n", Join, ["a", "b"], ["out"], policy=MuxPolicy())
    made = Machine(make_plan(node, inputs=["a", "b"]))
    made.open_all()
    made.advance("b", 0)
    made.add("a", 5)
    if is_cancelled:
        made.cancel(GraphCancelled("enough"))
    else:
        made.close_input(made.scheduler.inputs["b"])
    made.finish(made.take())
    made.add("a", 6)
    entry = made.ledger().entries[0]
    assert (entry.dropped, entry.abandoned) == ((0, 1) if is_cancelled else (1, 0))
    assert (entry.delivered, entry.consumed, entry.queued) == (1, 0, 0)


def test_what_a_closing_node_leaves_is_discarded_and_lost() -> None:
    node = Node("n", Join, ["a", "b"], ["out"], policy=BarrierPolicy())
    made = Machine(make_plan(node, inputs=["a", "b"]))
    made.open_all()
    made.add("a", 5)
    made.add("a", 6)
    made.close_input(made.scheduler.inputs["b"])
    made.finish(made.take())
    ledger = made.ledger()
    assert (ledger.entries[0].delivered, ledger.entries[0].discarded) == (2, 2)
    assert [str(loss) for loss in ledger.losses] == [
        '2 packets of stream "a" at input :0 of node "n": still waiting when the node was closed'
    ]


def test_a_node_may_tell_what_it_drops_and_what_it_leaves_out() -> None:
    made = Machine(make_plan(Node("n", Pass, ["a"], ["out"], max_in_flight=2), inputs=["a"]))
    made.open_all()
    for time in range(3):
        made.add("a", time)
    calls = [made.take(), made.take()]
    for call in calls:
        call.inputs[0].drop("too slow")
    calls[0].inputs[0].drop("too old", count=3)
    calls[1].inputs[0].leave_out("not wanted")
    entry = made.ledger().entries[0]
    assert entry.lost == (("too old", 3), ("too slow", 2))
    assert entry.left_out == (("not wanted", 1),)
    assert (entry.delivered, entry.consumed, entry.queued) == (3, 2, 1)
    assert [(loss.reason, loss.count) for loss in made.ledger().losses] == [
        ("too old", 3),
        ("too slow", 2),
    ]


def test_what_a_failure_leaves_behind_is_no_loss() -> None:
    made = Machine(make_plan(Node("n", Pass, ["a"], ["out"]), inputs=["a"]))
    made.open_all()
    made.add("a", 1)
    made.add("a", 2)
    made.fail(made.take(), ValueError())
    made.fail(made.take(), ValueError())  # its close fails too
    assert made.ledger().entries[0].abandoned == 1
    assert made.ledger().losses == ()


def test_packets_left_at_a_node_whose_opening_failed_are_abandoned() -> None:
    made = Machine(make_plan(Node("n", Pass, ["a"], ["out"]), inputs=["a"]))
    made.add("a", 1)
    made.fail(made.take(), ValueError())
    entry = made.ledger().entries[0]
    assert (entry.delivered, entry.abandoned, entry.discarded) == (1, 1, 0)


def test_late_packets_and_skipped_calls_are_in_the_ledger() -> None:
    node = Node("n", Pass, ["a"], ["out"], changes={"skips_errors": True})
    made = Machine(make_plan(node, inputs=["a"]))
    made.open_all()
    made.add("a", 1)
    made.fail(made.take(), ValueError())
    made.scheduler.inputs["a"].late += 1
    assert (made.ledger().late, made.ledger().skipped) == ({"a": 1}, {"n": 1})
    assert made.ledger().entries[0].consumed == 1
    assert [str(loss) for loss in made.ledger().losses] == [
        '1 packet of stream "a" at the graph input: too late',
        'node "n", once: in calls that failed and were passed over',
    ]


def test_a_packet_that_nobody_counted_is_found() -> None:
    made = Machine(make_plan(Node("n", Pass, ["a"], ["out"]), inputs=["a"]))
    made.open_all()
    made.add("a", 1)
    made.take()
    with pytest.raises(AssertionError, match="consumed 1, not 0"):
        check_ledger(made.scheduler, {})


def test_a_source_may_tell_what_it_did_not_emit_and_what_it_bumped() -> None:
    made = Machine(make_plan(Node("source", Burst, [], ["a"]), Node("n", Pass, ["a"], ["out"])))
    made.open_all()
    output = made.take().outputs[0]
    output.drop("a newer frame came first", 2)
    output.drop("damaged")
    output.bumped += 1
    ledger = made.ledger()
    assert [str(loss) for loss in ledger.losses] == [
        '2 packets of stream "a" at output :0 of node "source": a newer frame came first',
        '1 packet of stream "a" at output :0 of node "source": damaged',
    ]
    assert ledger.bumped == {"a": 1}
