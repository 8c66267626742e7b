"""What waits for what, in sentences: who is to move, and what helps."""

from __future__ import annotations

from graphflow.nodes.contract import Contract
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.running.snapshot import in_short
from graphflow.words.packet import Packet
from graphflow.words.waits import Reason, Wait
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    Count,
    Every,
    Join,
    Machine,
    Make,
    Node,
    OpenCloseOnly,
    Pass,
    make_plan,
)


class ReadsHeaders(Pass):
    contract = Contract(**ANY_PORTS, reads_headers=True)


def sentences(made: Machine) -> list[str]:
    return [str(each).removeprefix("graph: ") for each in made.scheduler.explain()]


def wait_of(made: Machine, name: str) -> Wait:
    (found,) = (each for each in made.scheduler.explain() if name in (each.node, each.stream))
    return found


def run_all(made: Machine) -> None:
    """Make every call there is; nobody emits anything."""
    while (call := made.scheduler.take(made.pool)) is not None:
        made.finish(call)


# ---- one node ----------------------------------------------------------------------------------


def test_a_node_from_its_opening_to_its_close() -> None:
    made = Machine(make_plan(Node("n", Pass, ["in"], ["out"]), inputs=["in"]))
    assert sentences(made) == ['node "n" is ready to be opened, and waits for a worker']
    opening = made.take()
    assert sentences(made) == [
        'node "n" is running: open\n'
        "  hint: its call has not returned; all that it would emit waits for that"
    ]
    made.finish(opening)
    assert sentences(made) == [
        'graph input "in" is open and waits to be fed (bound PRESTREAM, 0 packets so far)\n'
        "  note: 1 node waits for it\n"
        '  hint: add a packet to "in", advance its bound past that time, or close it',
        'node "n" waits for a packet or bound on input :0, '
        'stream "in" (bound PRESTREAM, fed by the application; 0 packets so far)\n'
        '  note: in the end it waits for graph input "in"',
    ]
    made.add("in", 5)
    assert sentences(made) == ['node "n" is ready to run, and waits for a worker']
    made.finish(made.take())
    made.close_input(made.scheduler.inputs["in"])
    assert sentences(made) == ['node "n" is ready to be closed, and waits for a worker']
    made.finish(made.take())
    assert sentences(made) == []


def test_a_ready_node_waits_for_what_its_worker_does() -> None:
    made = Machine(
        make_plan(
            Node("first", Pass, ["in"], ["a"]), Node("second", Pass, ["in"], ["b"]), inputs=["in"]
        )
    )
    made.open_all()
    made.add("in", 3)
    made.take()
    assert sentences(made) == [
        'node "second" is running: process at 3\n'
        "  note: 1 node waits for it\n"
        "  hint: its call has not returned; all that it would emit waits for that",
        'node "first" is ready to run, and waits for a worker\n'
        '  note: in the end it waits for node "second"',
    ]


def test_what_could_run_in_a_paused_run_waits_for_its_resumption() -> None:
    made = Machine(make_plan(Node("n", Pass, ["in"], ["out"]), inputs=["in"]))
    made.open_all()
    made.add("in", 3)
    made.pause()
    assert sentences(made) == [
        'node "n" is ready to run, but the run is paused\n  hint: resume the run'
    ]


def test_a_node_that_reads_each_input_by_itself_waits_for_any() -> None:
    made = Machine(
        make_plan(
            Node("any", Join, ["a", "b"], ["out"], policy=ImmediatePolicy()), inputs=["a", "b"]
        )
    )
    made.open_all()
    assert (
        "(bound PRESTREAM, fed by the application; 0 packets so far) or input :1, "
        'stream "b"' in sentences(made)[2]
    )


# ---- who wrote last, and when ------------------------------------------------------------------


def test_the_writer_of_a_stream_is_told_with_its_last_call() -> None:
    plan = make_plan(
        Node("make", Pass, ["in"], ["b"]),
        Node("join", Join, ["A:a", "B:b"], ["out"]),
        inputs=["a", "in"],
    )
    made = Machine(plan)
    made.open_all()
    made.add("a", 7)
    (awaited,) = wait_of(made, "join").inputs
    assert str(awaited) == (
        'input B, stream "b" (bound PRESTREAM, written by node "make", not called yet; '
        "0 packets so far)"
    )
    made.add("in", 4)
    call = made.take()
    assert ', written by node "make", running at 4; ' in str(wait_of(made, "join").inputs[0])
    call.outputs[0].emit(0)
    made.finish(call)
    made.finish(made.take())  # the join, at 4
    (awaited,) = wait_of(made, "join").inputs
    assert str(awaited) == (
        'input B, stream "b" (bound 5, written by node "make", last called at 4; 1 packet so far)'
    )
    assert (awaited.writer, awaited.written_at, awaited.carried) == ("make", 4, 1)


def test_a_source_has_no_time_of_its_own_to_be_told() -> None:
    made = Machine(
        make_plan(
            Node("source", Count, [], ["n"]),
            Node("two", Pass, ["in"], ["m"]),
            Node("join", Join, ["n", "m"], ["out"]),
            inputs=["in"],
        )
    )
    made.open_all()
    source = made.take()
    made.finish(source)
    assert (
        'stream "n" (bound PRESTREAM, written by node "source"; 0 packets so far)'
        in wait_of(made, "join")._sentence()
    )


# ---- root causes and remedies -----------------------------------------------------------------


def test_a_chain_ends_at_the_input_that_nobody_feeds() -> None:
    made = Machine(
        make_plan(
            Node("first", Pass, ["in"], ["a"]),
            Node("second", Pass, ["a"], ["b"]),
            Node("join", Join, ["b", "other"], ["out"]),
            inputs=["in", "other"],
        )
    )
    made.open_all()
    made.add("other", 7)
    assert sentences(made)[0] == (
        'graph input "in" is open and waits to be fed (bound PRESTREAM, 0 packets so far)\n'
        "  note: 3 nodes wait for it\n"
        '  hint: add a packet at or past 7 to "in", advance its bound past that time, or close it'
    )
    assert [each.root for each in made.scheduler.explain()] == ["", *['graph input "in"'] * 3]
    assert wait_of(made, "first").goal == 7


def test_a_node_without_an_offset_that_emitted_nothing_is_blamed() -> None:
    made = Machine(
        make_plan(
            Node("quiet", Every, ["in"], ["a"], changes={"offset": None}),
            Node("pass", Pass, ["a"], ["b"]),
            Node("join", Join, ["b", "in"], ["out"]),
            inputs=["in"],
        )
    )
    made.open_all()
    made.add("in", 7)
    run_all(made)
    assert sentences(made)[0] == (
        'node "pass" waits for a packet or bound at or past 7 on input :0, stream "a" '
        '(bound PRESTREAM, written by node "quiet", last called at 7; 0 packets so far)\n'
        "  note: 1 node waits for it\n"
        '  hint: node "quiet" has passed 7 and emitted nothing there: declare timestamp_offset '
        "in its contract, or let it emit, or advance the bound of its output, at each time"
    )
    assert wait_of(made, "join").root == 'node "pass"'


def loop_plan() -> Machine:
    made = Machine(
        make_plan(
            Node("head", Join, ["in", "BACK:result"], ["state"], back=["result"]),
            Node("work", Pass, ["state"], ["result"], changes={"offset": None}),
            inputs=["in"],
        )
    )
    made.open_all()
    return made


def test_a_loop_that_nothing_starts_is_told_to_be_seeded() -> None:
    made = loop_plan()
    made.add("in", 1)
    assert sentences(made) == [
        'node "head" waits for a packet or bound at or past 1 on input BACK, stream "result" '
        '(bound PRESTREAM, written by node "work", not called yet; 0 packets so far)\n'
        "  note: 1 node waits for it\n"
        '  hint: the loop has no first packet: let node "work" emit one, or advance the bound of '
        '"result", in open; or take the stream back by a PreviousLoopbackCalculator '
        "with its own input policy",
        'node "work" waits for a packet or bound at or past 1 on input :0, stream "state" '
        '(bound PRESTREAM, written by node "head", not called yet; 0 packets so far)\n'
        '  note: in the end it waits for node "head"',
    ]


def test_a_loop_that_stands_still_is_told_apart_from_one_that_never_began() -> None:
    made = Machine(
        make_plan(
            Node("head", Join, ["in", "BACK:result"], ["state"], back=["result"]),
            Node("work", Pass, ["state"], ["result"], changes={"offset": None}),
            inputs=["in"],
        )
    )
    made.finish(made.take())
    opening = made.take()
    opening.outputs[0].add(Packet(None, 0))
    made.finish(opening)
    made.add("in", 0)
    made.finish(made.take())  # the head, at 0: emits nothing, but settles it
    made.add("in", 5)
    assert wait_of(made, "head").remedy == (
        'node "work" did not settle the time that the loop waits for: let every node of it emit, '
        "or advance the bound of its output, at each time, or declare timestamp_offset"
    )


def test_a_loop_that_nobody_ends_is_told_where_to() -> None:
    made = loop_plan()
    made.close_input(made.scheduler.inputs["in"])
    assert wait_of(made, "head").remedy == (
        'the loop is to end where it is closed: let node "head" close its outputs when its other '
        "inputs are done, as PreviousLoopbackCalculator does"
    )


def test_a_held_back_source_leads_to_whom_its_full_queue_waits_for() -> None:
    made = Machine(
        make_plan(
            Node("source", Count, [], ["n"]),
            Node("two", Pass, ["in"], ["m"], max_in_flight=2),
            Node("join", Join, ["n", "m"], ["out"]),
            inputs=["in"],
            limit=1,
        )
    )
    made.open_all()
    source = made.take()
    source.outputs[0].emit(0)
    made.finish(source)
    assert made.takes_nothing()
    assert str(wait_of(made, "source")) == (
        'graph: node "source" is a source and held back: '
        'input :0 of node "join" is full (1 packet of stream "n")\n'
        '  note: in the end it waits for graph input "in"'
    )
    made.add("in", 3)
    made.take()
    assert wait_of(made, "source").root == 'node "two"'
    assert str(wait_of(made, "two")).startswith('graph: node "two" is running: process at 3\n')


def test_a_held_back_input_leads_to_the_join_that_starves() -> None:
    made = Machine(
        make_plan(
            Node("quiet", Every, ["in"], ["a"]),
            Node("join", Join, ["in", "a"], ["out"]),
            inputs=["in"],
            limit=2,
        )
    )
    made.finish(made.take())
    made.finish(made.take())
    stream = made.scheduler.inputs["in"]
    made.scheduler.nodes[0].call_offset = made.scheduler.nodes[0].idle_offset = None
    for time in (0, 1):
        made.add("in", time)
        made.finish(made.take())
    made.await_space(stream)
    wait = wait_of(made, "in")
    assert str(wait) == (
        'graph: graph input "in" is held back: input :0 of node "join" is full '
        '(2 packets of stream "in")\n'
        '  note: in the end it waits for node "join"'
    )
    assert 'node "quiet" has passed 0 and emitted nothing there' in wait_of(made, "join").remedy


def test_a_source_that_its_own_join_starves_names_the_limit() -> None:
    made = Machine(
        make_plan(
            Node("source", Count, [], ["n", "tens"], changes={"offset": None}),
            Node("join", Join, ["n", "tens"], ["out"]),
            Node("idle", Pass, ["in"], ["unused"]),
            inputs=["in"],
            limit=2,
        )
    )
    made.open_all()
    for time in (0, 1):
        call = made.take()
        call.outputs[0].add(Packet(None, time))
        made.finish(call)
    source = made.scheduler.explain()[0]
    assert (source.node, source.reason, source.waiting) == ("source", Reason.HELD_BACK, 1)
    assert source.remedy == (
        'input :0 of node "join" needs more room than 2 packets before the other inputs come: '
        "raise max_queue_size; report_deadlock makes such a run fail at once"
    )


def test_a_missing_side_packet_leads_to_the_node_that_makes_it() -> None:
    made = Machine(
        make_plan(
            Node("make", Make, side_outputs=["one"]),
            Node("wait", OpenCloseOnly, side_inputs=["one"]),
        )
    )
    assert str(wait_of(made, "wait")) == (
        'graph: node "wait" waits to be opened for the side packet "one"\n'
        '  note: in the end it waits for node "make"'
    )


def test_who_reads_headers_waits_for_those_that_feed_it_to_be_opened() -> None:
    made = Machine(
        make_plan(
            Node("make", Make, side_outputs=["one"]),
            Node("feed", Pass, ["in"], ["x"], side_inputs=["one"]),
            Node("read", ReadsHeaders, ["x"], ["y"]),
            inputs=["in"],
        )
    )
    assert str(wait_of(made, "read")) == (
        'graph: node "read" reads headers, and waits to be opened after node "feed"\n'
        '  note: in the end it waits for node "make"'
    )
    assert in_short(wait_of(made, "read")) == "waits for the headers of feed"


def test_a_side_packet_that_nobody_made_is_told() -> None:
    made = Machine(
        make_plan(
            Node("make", Make, side_outputs=["one"]),
            Node("wait", OpenCloseOnly, side_inputs=["one"]),
        )
    )
    made.finish(made.take())
    made.finish(made.take())
    assert sentences(made) == [
        'node "wait" waits to be opened for the side packet "one"\n'
        "  hint: the node that makes it is closed: it must set its side output in open or process"
    ]


def test_the_cause_that_most_nodes_wait_for_comes_first() -> None:
    made = Machine(
        make_plan(
            Node("alone", Pass, ["few"], ["x"]),
            Node("one", Pass, ["many"], ["y"]),
            Node("two", Pass, ["y"], ["z"]),
            inputs=["few", "many"],
        )
    )
    made.open_all()
    found = made.scheduler.explain()
    assert [(each.stream or each.node, each.waiting) for each in found] == [
        *[("many", 2), ("few", 1)],
        *[("alone", 0), ("one", 0), ("two", 0)],
    ]


def test_explaining_changes_nothing_and_needs_no_recursion() -> None:
    names = [f"s{index}" for index in range(1201)]
    made = Machine(
        make_plan(
            *[Node(f"n{i}", Pass, [names[i]], [names[i + 1]]) for i in range(1200)], inputs=["s0"]
        )
    )
    while (call := made.scheduler.take(made.pool)) is not None:
        made.scheduler.finish(call)
    before = (made.scheduler.in_flight, made.pool.ready)
    assert made.scheduler.explain()[0].waiting == 1200
    assert (made.scheduler.in_flight, made.pool.ready) == before
