"""D. Summary packets at the end of a stream."""

from __future__ import annotations

import pytest

from graphflow import Calculator, Context, Contract, Packet
from graphflow.nodes.options import NoOptions
from graphflow.testing.simulation import explore, simulate
from graphflow.words.errors import CalculatorError
from graphflow.words.timestamp import MAX, POSTSTREAM
from tests.conformance.kit import ANY_IN, ANY_OUT, finish, load, nodes, started, watch


@nodes.register
class Summary(Calculator[NoOptions]):
    """A sum at the last time: told when the input gets there, or in close."""

    contract = Contract(
        inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None, process_timestamps=True
    )

    def open(self, context: Context) -> None:
        self.total, self.is_told = 0, False

    def process(self, context: Context) -> None:
        self.total += context.inputs[0].get(0)
        if context.timestamp >= MAX:
            self._tell(context)

    def close(self, context: Context) -> None:
        if not self.is_told:
            self._tell(context)

    def _tell(self, context: Context) -> None:
        context.outputs[0].add(Packet(self.total, MAX))
        self.is_told = True


@nodes.register
class TellsInClose(Calculator[NoOptions]):
    """Emits when its input is over."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None)

    def process(self, context: Context) -> None:
        """Emit nothing yet."""

    def close(self, context: Context) -> None:
        context.outputs[0].add(Packet(20, 0))
        context.outputs[0].add(Packet(10, 1000))


ALONE = """
    input_stream: [in]
    output_stream: [out]
    node:
      - {calculator: Summary, input_stream: [in], output_stream: [out]}
    """

BEHIND = """
    input_stream: [in]
    output_stream: [out]
    node:
      - {calculator: %s, input_stream: [in], output_stream: [between]%s}
      - {calculator: Summary, input_stream: [between], output_stream: [out]}
    """


def check_summary(fed: list[tuple[int, int]], total: int) -> None:
    """Feed values at times; the summary is there at idle, and nothing more comes."""
    graph = load(ALONE)
    seen = watch(graph)
    started(graph)
    for value, time in fed:
        graph.add_packet("in", value, time)
    assert seen == [(MAX, total)]
    finish(graph)
    assert seen == [(MAX, total)]


def test_073_a_packet_at_the_last_time_brings_the_summary() -> None:
    check_summary([(10, 10), (20, MAX)], 30)


def test_075_a_packet_after_the_stream_brings_the_summary() -> None:
    check_summary([(10, POSTSTREAM)], 10)


def test_077_what_an_upstream_node_emits_in_close_is_still_processed() -> None:
    run = explore(load(BEHIND % ("TellsInClose", "")), {"in": [Packet(5, 5)]}, seeds=range(30))
    assert (run.timestamps("out"), run.values("out")) == ([MAX], [30])


@pytest.mark.parametrize("step", ["open", "process", "close"])
def test_079_a_failure_upstream_gives_no_summary(step: str) -> None:
    graph = load(BEHIND % ("Fail", f", options: {{step: {step}, at: 5}}"))
    for seed in range(30):
        run = simulate(graph, {"in": [Packet(5, 5)]}, seed=seed)
        assert isinstance(run.error, CalculatorError)
        assert run.packets["out"] == []
