"""GraphProfileCalculator."""

from __future__ import annotations

from typing import Any

import pytest

from calculators.core.graph_profile import GraphProfileCalculator
from graphflow import Calculator, Context, Contract, Graph, Packet, Port
from graphflow.graph import INLINE
from graphflow.loading import plan_from_text
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry
from graphflow.running.profile import PROFILE, GraphProfile, NodeProfile
from graphflow.testing import CalculatorRunner
from graphflow.testing.simulation import simulate
from graphflow.testing.timed_simulation import simulate_timed
from graphflow.trace import Profile, Tracer
from graphflow.words.errors import UsageError

GRAPH = """
    input_stream: [in]
    node:
      - {name: work, calculator: PassThroughCalculator, input_stream: [in], output_stream: [out]}
      - name: profiler
        calculator: GraphProfileCalculator
        input_stream: ["FRAME:out"]
        output_stream: ["PROFILE:profile"]
        options: {profile_interval: 10}
    """


class Counting:
    """A profile that is given by the application: numbers how often it was asked."""

    def __init__(self) -> None:
        self.count = 0

    def capture(self) -> GraphProfile:
        self.count += 1
        return GraphProfile(self.count, ())


def run(graph: Graph, times: range, **options: Any) -> list[tuple[int, GraphProfile]]:
    seen: list[tuple[int, GraphProfile]] = []
    graph.observe("profile", lambda packet: seen.append((packet.timestamp, packet.value)))
    graph.start(**options)
    for time in times:
        graph.add_packet("in", time, time)
        graph.wait_until_idle()
    graph.close_inputs()
    graph.wait_until_done()
    return seen


@pytest.mark.parametrize(
    ("times", "expected"), [(range(100, 140), [100, 110, 120, 130]), (range(0, 40, 7), [0, 14, 28])]
)
def test_a_profile_comes_at_the_first_frame_and_after_each_interval(
    times: range, expected: list[int]
) -> None:
    with CalculatorRunner(
        GraphProfileCalculator,
        options={"profile_interval": 10},
        inputs=["FRAME", "FRAME:1"],
        services={PROFILE: Counting()},
    ) as runner:
        runner.close("FRAME:1")
        for time in times:
            runner.add("FRAME", "image", time)
            assert runner.outputs["PROFILE"].bound == time + 1
        assert runner.outputs["PROFILE"].timestamps == expected


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_it_tells_what_each_node_did_so_far(threads: int) -> None:
    seen = run(Graph.from_text(GRAPH), range(0, 40, 5), threads=threads)
    assert [time for time, _ in seen] == [0, 10, 20, 30]
    # The call in which the profile is taken is not over, the one that fed it is.
    assert [profile.of("work").calls for _, profile in seen] == [1, 3, 5, 7]
    assert [profile.of("profiler").calls for _, profile in seen] == [0, 2, 4, 6]
    assert [each.node for each in seen[0][1].nodes] == ["work", "profiler"]
    assert all(0 < each.busy_seconds <= profile.seconds for _, profile in seen
               for each in profile.nodes if each.calls)  # fmt: skip


def test_its_figures_are_those_of_the_applications_profile() -> None:
    ticks = iter(range(0, 10**9, 1000))
    profile = Profile()
    graph = Graph.from_text(GRAPH)
    tracer = Tracer(profile, clock=lambda: next(ticks))
    (_, taken), *_ = run(graph, range(1), threads=INLINE, trace=tracer)
    work = next(each for each in profile.nodes if each.node == "work")
    assert taken.of("work").busy_seconds == work.busy_seconds > 0
    assert taken.of("work").queued_seconds == work.queued_seconds > 0


def test_each_run_has_a_profile_of_its_own() -> None:
    graph = Graph.from_text(GRAPH)
    seen: list[GraphProfile] = []
    graph.observe("profile", lambda packet: seen.append(packet.value))
    for _ in range(2):
        graph.start(threads=INLINE)
        graph.add_packet("in", 0, 0)
        graph.close_inputs()
        graph.wait_until_done()
    assert [each.of("work").calls for each in seen] == [1, 1]


def test_a_graph_inside_another_has_its_own_profile() -> None:
    seen: list[GraphProfile] = []

    class Outer(Calculator[NoOptions]):
        """Runs a graph inside, that has a profile, too."""

        contract = Contract(inputs=(Port("FRAME"),), services=(PROFILE,))

        def process(self, context: Context) -> None:
            inner = Graph.from_text(GRAPH)
            inner.inherit_services(context)
            seen.extend(profile for _, profile in run(inner, range(1), threads=INLINE))

    registry = Registry()
    registry.register(Outer)
    text = 'input_stream: [in]\nnode: [{calculator: Outer, input_stream: ["FRAME:in"]}]'
    graph = Graph(plan_from_text(text, registry=registry))
    graph.start(threads=INLINE)
    graph.add_packet("in", 0, 0)
    graph.close_inputs()
    graph.wait_until_done()
    assert [each.node for each in seen[0].nodes] == ["work", "profiler"]


def test_a_run_that_keeps_its_story_has_no_profile() -> None:
    with pytest.raises(UsageError, match='node "profiler" reads the profile of the run'):
        Graph.from_text(GRAPH).start(records=True)


def test_a_simulated_run_has_one_too() -> None:
    graph = Graph.from_text(GRAPH)
    packets = [Packet(time, time) for time in (0, 10)]
    for seed in range(5):
        simulated = simulate(graph, {"in": packets}, seed=seed, observe=["profile"])
        assert simulated.error is None
        assert [each.of("profiler").calls for each in simulated.values("profile")] == [0, 1]
    feeds = [(packet.timestamp, "in", packet) for packet in packets]
    timed = simulate_timed(graph, feeds, observe=["profile"])
    assert [each.of("work").calls for each in timed.values("profile")] == [1, 2]


def test_a_node_that_is_not_there_is_told() -> None:
    profile = GraphProfile(1.0, (NodeProfile("one"),))
    assert profile.of("one") == NodeProfile("one")
    with pytest.raises(KeyError, match="two"):
        profile.of("two")
