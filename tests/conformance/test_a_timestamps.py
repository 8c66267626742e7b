"""A. Timestamps, packets and the grammar of connections."""

from __future__ import annotations

import pytest

from graphflow import Calculator, Context, Contract, Port
from graphflow.nodes.options import NoOptions
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import ConfigError, ContractError, TimestampError
from graphflow.words.timestamp import DONE, MAX, MIN, ONE_OVER_POSTSTREAM, POSTSTREAM, PRESTREAM
from tests.conformance.kit import (
    ANY_IN,
    ANY_OUT,
    OffsetOnly,
    Pass,
    SettledCalls,
    load,
    nodes,
    started,
    times,
    watch,
)


@nodes.register
class Ends(Calculator[NoOptions]):
    """Closes its output when it is called."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

    def process(self, context: Context) -> None:
        context.outputs[0].close()


@nodes.register
class Ahead(Calculator[NoOptions]):
    """Settles its output up to 100."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

    def process(self, context: Context) -> None:
        context.outputs[0].advance(100)


def passing(entry: str) -> str:
    """A graph whose node has this input."""
    return f"""
        input_stream: [in]
        node:
          - {{calculator: OffsetOnly, input_stream: ["{entry}"]}}
        """


@pytest.mark.parametrize("tag", ["MALE_ACTOR", "_1", "A", "A9"])
def test_019_tags_in_capitals_are_accepted(tag: str) -> None:
    assert Port(tag).tag == tag
    Contract(inputs=(Port(tag),))
    assert load(passing(f"{tag}:in")).plan.nodes[0].inputs[0].tag == tag


@pytest.mark.parametrize("tag", ["MixedCase", "lower", "7_ELEVEN"])
def test_019_other_tags_are_refused(tag: str) -> None:
    with pytest.raises(ContractError, match="is not written in capitals"):
        Contract(inputs=(Port(tag),))
    with pytest.raises(ConfigError):
        load(passing(f"{tag}:in"))


@pytest.mark.parametrize(
    "entry",
    [
        "A:", ":in", "A::in", "A:1:", "a:in", "1:in", "A:-1:in", "A:01:in", "A:00:in",
        "A:10001:in", "A:1:in:in", "A:1:In",
    ],
)  # fmt: skip
def test_021_connections_outside_the_grammar_are_refused(entry: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(passing(entry))
    assert f'"{entry}"' in str(caught.value)


@pytest.mark.parametrize(
    ("entries", "ports"),
    [
        ('["in", "A:in"]', [("", 0), ("A", 0)]),
        ('["in", "in"]', [("", 0), ("", 1)]),
        (
            '["B:1:in", "in", "A:in", "B:0:in", "in"]',
            [("B", 1), ("", 0), ("A", 0), ("B", 0), ("", 1)],
        ),
    ],
)
def test_023_tags_mix_in_any_order_and_a_stream_may_come_in_twice(
    entries: str, ports: list[tuple[str, int]]
) -> None:
    graph = load(f"""
        input_stream: [in]
        node:
          - {{calculator: Join, input_stream: {entries}, output_stream: [out]}}
        """)
    assert [(each.tag, each.index) for each in graph.plan.nodes[0].inputs] == ports
    seen = watch(graph)
    started(graph).add_packet("in", "x", 1)
    assert seen == [(1, ("x",) * len(ports))]


def test_025_a_waiting_packet_hides_the_bound_behind_it() -> None:
    graph = load("""
        input_stream: [in, other]
        node:
          - {calculator: OffsetOnly, input_stream: [in, other], output_stream: [out]}
        """)
    started(graph)
    assert graph.bound("in") == PRESTREAM
    for time in (10, 20):
        graph.add_packet("in", time, time)
    graph.advance("other", 5)
    assert graph.bound("out") == 5
    for bound in (30, 40, 50):
        graph.advance("in", bound)
    graph.advance("other", 10)
    assert graph.bound("out") == 10
    graph.advance("other", 1000)
    assert graph.bound("out") == 50
    graph.add_packet("in", 90, 90)
    assert graph.bound("out") == 91
    graph.close_inputs()
    assert graph.bound("in") == graph.bound("out") == DONE


def test_025_a_higher_bound_wakes_a_node_each_time() -> None:
    with CalculatorRunner(SettledCalls, inputs=[""]) as runner:
        for bound in (30, 30, 40, 50):
            runner.advance("", bound)
        assert [time for time, _, _ in runner.outputs[""].values] == [29, 39, 49]


def test_029_a_header_or_a_trailer_is_the_only_packet_of_a_stream() -> None:
    with CalculatorRunner(Pass, inputs=[""]) as runner:
        runner.add("", 1, PRESTREAM)
        with pytest.raises(TimestampError, match="found a packet at 10"):
            runner.add("", 2, 10)
        assert runner.outputs[""].timestamps == [PRESTREAM]
    with CalculatorRunner(Pass, inputs=[""]) as runner:
        runner.add("", 1, 10)
        with pytest.raises(TimestampError, match="a packet at POSTSTREAM must be the only one"):
            runner.add("", 2, POSTSTREAM)


def test_031_going_backwards_is_an_error_for_packets_and_wakes_nobody() -> None:
    with CalculatorRunner(SettledCalls, inputs=[""]) as runner:
        runner.advance("", 50)
        calls = len(runner.outputs[""].packets)
        runner.advance("", 40)  # ignored: a promise that says less than one before
        with pytest.raises(TimestampError, match="found a packet at 30; expected 50 or later"):
            runner.add("", 3, 30)
        assert len(runner.outputs[""].packets) == calls
        runner.add("", 5, 50)
        assert runner.outputs[""].values[-1][0] == 50


@pytest.mark.parametrize(
    ("calculator", "time", "bound"),
    [
        (OffsetOnly, 0, 1),
        (Pass, 10, 11),
        (Ahead, 10, 100),
        (OffsetOnly, MAX, POSTSTREAM),
        (OffsetOnly, POSTSTREAM, ONE_OVER_POSTSTREAM),
        (OffsetOnly, PRESTREAM, MIN),
    ],
)
def test_033_the_output_bound_with_offset_0(
    calculator: type[Calculator[NoOptions]], time: int, bound: int
) -> None:
    with CalculatorRunner(calculator, inputs=[""]) as runner:
        assert runner.outputs[""].bound == PRESTREAM  # after open nothing is settled
        runner.add("", 1, time)
        # After the first packet at MAX or PRESTREAM none may follow, which is handed on too.
        last = {MAX: ONE_OVER_POSTSTREAM, PRESTREAM: ONE_OVER_POSTSTREAM}
        assert runner.outputs[""].bound == last.get(time, bound)


def test_035_closing_an_output_gives_the_bound_done() -> None:
    with CalculatorRunner(Ends, inputs=[""]) as runner:
        assert runner.outputs[""].bound == PRESTREAM
        runner.add("", 1, 1)
        assert runner.outputs[""].bound == DONE


def test_021_an_index_may_be_written() -> None:
    graph = load(passing("A:0:in"))
    seen = watch(graph, "in")
    started(graph).add_packet("in", 1, 1)
    assert times(seen) == [1]
