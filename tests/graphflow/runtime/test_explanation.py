"""What waits for what, in sentences."""

from __future__ import annotations

from graphflow.input_policy import ImmediatePolicy
from tests.graphflow.engine_kit import (
    Count,
    Join,
    Machine,
    Make,
    Node,
    OpenCloseOnly,
    Pass,
    make_plan,
)


def sentences(made: Machine) -> list[str]:
    return [each.removeprefix("graph: node ") for each in made.scheduler.explain()]


def test_a_node_from_its_opening_to_its_close() -> None:
    made = Machine(make_plan(Node("n", Pass, ["in"], ["out"]), inputs=["in"]))
    assert sentences(made) == ['"n" waits to be opened']
    opening = made.take()
    assert sentences(made) == ['"n" is running: open at UNSTARTED']
    made.finish(opening)
    assert sentences(made) == [
        '"n" waits for a packet or bound on input :0, '
        'stream "in" (bound PRESTREAM, fed by the application)'
    ]
    made.add("in", 5)
    assert sentences(made) == ['"n" is ready to run']
    made.finish(made.take())
    made.close_input(made.scheduler.inputs["in"])
    assert sentences(made) == ['"n" is ready to be closed']
    made.finish(made.take())
    assert sentences(made) == []


def test_a_join_says_what_it_has_and_what_it_lacks() -> None:
    made = Machine(
        make_plan(
            Node("make", Pass, ["in"], ["b"]),
            Node("join", Join, ["A:a", "B:b"], ["out"]),
            inputs=["a", "in"],
        )
    )
    made.open_all()
    made.add("a", 7)
    assert sentences(made)[1] == (
        '"join" waits for a packet or bound at or past 7 on input B, '
        'stream "b" (bound PRESTREAM, written by node "make")'
    )


def test_a_node_that_reads_each_input_by_itself_waits_for_any() -> None:
    made = Machine(
        make_plan(
            Node("any", Join, ["a", "b"], ["out"], policy=ImmediatePolicy()), inputs=["a", "b"]
        )
    )
    made.open_all()
    assert '(bound PRESTREAM, fed by the application) or input :1, stream "b"' in sentences(made)[0]


def test_parallel_calls_and_held_back_sources() -> None:
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
    made.add("in", 3)
    made.take()
    source = made.take()
    source.outputs[0].emit(0)
    made.finish(source)
    assert sentences(made)[:2] == [
        '"source" is a source and held back: a queue downstream of it is full',
        '"two" is running: process at 3',
    ]


def test_a_missing_side_packet_is_named() -> None:
    made = Machine(
        make_plan(
            Node("make", Make, side_outputs=["one"]),
            Node("wait", OpenCloseOnly, side_inputs=["one"]),
        )
    )
    assert sentences(made)[1] == '"wait" waits to be opened for the side packet "one"'
