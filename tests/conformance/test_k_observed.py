"""K. What was observed live of MediaPipe, without a test of its own there."""

from __future__ import annotations

import pytest

from graphflow import Packet
from graphflow.testing.simulation import simulate
from graphflow.testing.timed_simulation import simulate_timed
from graphflow.words.errors import ConfigError, GraphStuck, TimestampError, UsageError
from graphflow.words.timestamp import POSTSTREAM, PRESTREAM
from tests.conformance.kit import finish, load, started, times, watch

PASS = """
    input_stream: [in]
    output_stream: [out]
    node:
      - {calculator: PassThroughCalculator, input_stream: [in], output_stream: [out]}
    """

JOIN = """
    input_stream: [a, b]
    max_queue_size: 1
    report_deadlock: %s
    node:
      - {calculator: Join, input_stream: [a, b], output_stream: [out]}
    """

GATE = """
    input_stream: [in, allow]
    node:
      - calculator: GateCalculator
        input_stream: [in, "ALLOW:allow"]
        output_stream: [out, "STATE_CHANGE:change"]
    """

LIMITED = """
    input_stream: [in]
    output_stream: [out, allow]
    node:
      - calculator: FlowLimiterCalculator
        input_stream: [in, "FINISHED:out"]
        input_stream_info: [{tag_index: FINISHED, back_edge: true}]
        output_stream: [limited, "ALLOW:allow"]
      - {calculator: Pass, input_stream: [limited], output_stream: [out]}
    """


@pytest.mark.parametrize("threads", [0, 2])
def test_279_a_duplicate_time_is_refused_and_does_no_harm(threads: int) -> None:
    graph = load(PASS)
    seen = watch(graph)
    graph.start(threads=threads)
    graph.add_packet("in", "first", 1)
    with pytest.raises(TimestampError, match="found a packet at 1; expected 2 or later"):
        graph.add_packet("in", "second", 1)
    finish(graph)
    assert seen == [(1, "first")]


def test_281_a_trailer_is_the_only_packet_of_its_stream_and_reaches_an_observer() -> None:
    graph = started(load(PASS))
    graph.add_packet("in", 1, 1)
    with pytest.raises(TimestampError, match="a packet at POSTSTREAM must be the only one"):
        graph.add_packet("in", 2, POSTSTREAM)
    for time in (PRESTREAM, POSTSTREAM):
        graph = load(PASS)
        seen = watch(graph)
        started(graph).add_packet("in", "x", time)
        assert seen == [(time, "x")]
        finish(graph)


def test_283_a_gate_seen_with_bounds_shows_each_blocked_time_once() -> None:
    graph = load(GATE)
    seen = watch(graph, sees_bounds=True)
    changes = watch(graph, "change", sees_bounds=True)
    started(graph)
    for time, is_allowed in ((42, True), (43, False), (44, True)):
        graph.add_packet("in", time, time)
        graph.add_packet("allow", is_allowed, time)
    assert seen == [(42, 42), (43, None), (44, 44)]
    assert changes == [(42, None), (43, False), (44, True)]


def test_285_a_flow_limiter_has_a_verdict_for_every_frame() -> None:
    feeds = {"in": [Packet(time, time) for time in range(5)]}
    for seed in range(50):
        run = simulate(load(LIMITED), feeds, seed=seed)
        verdicts = dict(zip(run.timestamps("allow"), run.values("allow"), strict=True))
        assert list(verdicts) == [0, 1, 2, 3, 4]
        assert run.timestamps("out") == [time for time, is_out in verdicts.items() if is_out]
        assert run.timestamps("out")[0] == 0
    timed_feeds = [(at, "in", Packet(at, at)) for at in range(5)]
    timed = simulate_timed(load(LIMITED), timed_feeds)
    assert timed.timestamps("out") == [0, 1, 2, 3, 4]  # a worker that takes no time
    timed = simulate_timed(load(LIMITED), timed_feeds, durations={"Pass": 1})
    assert timed.timestamps("out") == [0, 2, 4]  # as observed
    assert timed.values("allow") == [True, False, True, False, True]


def test_287_the_default_policy_waits_for_both_inputs_and_immediate_for_none() -> None:
    text = JOIN % "false"
    default = load(text)
    seen = watch(default)
    started(default).add_packet("a", 1, 1)
    assert seen == []
    default.add_packet("b", 2, 2)
    assert seen == [(1, (1, None))]
    graph_policy = "input_stream_handler: {input_stream_handler: ImmediateInputStreamHandler}"
    immediate = load(f"{text.rstrip()}\n    {graph_policy}\n")
    seen = watch(immediate)
    started(immediate).add_packet("a", 1, 1)
    assert seen == [(1, (1, None))]


def test_289_a_stream_has_one_producer() -> None:
    with pytest.raises(ConfigError, match='"o"'):
        load("""
            input_stream: [in]
            node:
              - {calculator: Pass, input_stream: [in], output_stream: [o]}
              - {calculator: Pass, input_stream: [in], output_stream: [o]}
            """)


def test_291_input_stream_info_names_inputs_there_are_and_may_be_needless() -> None:
    text = """
        input_stream: [in]
        node:
          - calculator: Pass
            input_stream: [in]
            input_stream_info: [{tag_index: "%s", back_edge: true}]
            output_stream: [out]
        """
    with pytest.raises(ConfigError, match='node "Pass" has no input NOTHING'):
        load(text % "NOTHING")
    graph = load(text % ":0")
    seen = watch(graph)
    started(graph).add_packet("in", 1, 1)
    assert seen == [(1, 1)]


@pytest.mark.parametrize("threads", [0, 2])
def test_293_full_queues_are_reported_or_grow(threads: int) -> None:
    graph = load(JOIN % "true")
    graph.start(threads=threads)
    graph.add_packet("a", 0, 0)
    with pytest.raises(GraphStuck, match='can\'t take from stream "a"'):
        for time in (1, 2):
            graph.add_packet("a", time, time)
    graph = load(JOIN % "false")
    seen = watch(graph)
    graph.start(threads=threads)
    for time in range(1, 10):
        graph.add_packet("a", time, time)
    graph.add_packet("b", 30, 30)
    graph.wait_until_idle()
    assert times(seen) == list(range(1, 10))
    finish(graph)


@pytest.mark.parametrize(("tag", "time"), [("AT_PRESTREAM", PRESTREAM), ("AT_ZERO", 0)])
def test_295_a_side_packet_becomes_a_packet_and_the_graph_ends_by_itself(
    tag: str, time: int
) -> None:
    graph = load(f"""
        input_side_packet: [side]
        node:
          - calculator: SidePacketToStreamCalculator
            input_side_packet: [side]
            output_stream: ["{tag}:out"]
        """)
    seen = watch(graph)
    graph.start({"side": "x"}, threads=1)
    graph.wait_until_done()
    assert seen == [(time, "x")]


def test_297_a_packet_for_a_stream_that_is_no_graph_input_raises() -> None:
    graph = started(load(PASS))
    for name in ("unknown", "out"):
        with pytest.raises(UsageError, match=f'no graph input "{name}"'):
            graph.add_packet(name, 1, 1)
