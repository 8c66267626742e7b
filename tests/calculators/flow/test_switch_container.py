"""SwitchContainer: one of several nodes, chosen for each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

import calculators.all_nodes  # noqa: F401  (offers the nodes)
from calculators.flow.switch_container import SwitchContainer
from graphflow import Calculator, Context, Contract, Graph, Options, Packet, Port
from graphflow.graph import INLINE
from graphflow.loading import plan_from_text
from graphflow.nodes.input_policy import DefaultPolicy, ImmediatePolicy
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry, registry
from graphflow.plan import Plan
from graphflow.testing.simulation import SimulatedRun, explore
from graphflow.words.diagnostics import render
from graphflow.words.errors import ConfigError

SEEDS = range(20)
"""Orders of events; each test here holds for any number of them."""

LIBRARY = ("calculators.core", "calculators.flow")

nodes = Registry()
for each in (*registry, *registry.subgraphs()):
    if each.__module__.startswith(LIBRARY):
        nodes.register(each)


class TimesOptions(Options):
    factor: int = 1


@nodes.register
class Times(Calculator[TimesOptions]):
    """The input, multiplied."""

    contract = Contract(inputs=(Port("", int),), outputs=(Port("", int),), options=TimesOptions)

    def process(self, context: Context) -> None:
        context.outputs[0].emit(context.inputs[0].value * self.options.factor)


@nodes.register
class Count(Calculator[NoOptions]):
    """How many packets came until now: a state."""

    contract = Contract(inputs=(Port("", int),), outputs=(Port("", int),))

    def open(self, context: Context) -> None:
        self.count = 0

    def process(self, context: Context) -> None:
        self.count += 1
        context.outputs[0].emit(self.count)


@nodes.register
class Odd(Calculator[NoOptions]):
    """Only the odd values."""

    contract = Contract(inputs=(Port("", int),), outputs=(Port("", int),))

    def process(self, context: Context) -> None:
        if context.inputs[0].value % 2:
            context.outputs[0].add(context.inputs[0].packet or Packet(0, 0))


@nodes.register
class Join(Calculator[NoOptions]):
    """The values of all inputs, None for what is empty."""

    contract = Contract(inputs=(Port("", repeated=True),), outputs=(Port("", tuple),))

    def process(self, context: Context) -> None:
        context.outputs[0].emit(tuple(each.get() for each in context.inputs))


@nodes.register
class HasSecond(Calculator[NoOptions]):
    """Whether the second input has something where the first one has."""

    contract = Contract(inputs=(Port("", repeated=True),), outputs=(Port("", bool),))

    def process(self, context: Context) -> None:
        if context.inputs[0].packet is not None:
            context.outputs[0].emit(context.inputs[1].packet is not None)


@nodes.register
class Sum(Calculator[NoOptions]):
    """The sum of all inputs, where the first one has a value."""

    contract = Contract(inputs=(Port("", repeated=True),), outputs=(Port("", int),))

    def process(self, context: Context) -> None:
        if context.inputs[0].packet is not None:
            context.outputs[0].emit(sum(each.get(0) for each in context.inputs))


@nodes.register
class Silent(Calculator[NoOptions]):
    """Says nothing, not even that nothing comes."""

    contract = Contract(inputs=(Port("", int),), outputs=(Port("", int),), timestamp_offset=None)

    def process(self, context: Context) -> None:
        """Do nothing."""


@nodes.register
class Late(Calculator[NoOptions]):
    """Each value 25 µs later."""

    contract = Contract(inputs=(Port("", int),), outputs=(Port("", int),), timestamp_offset=25)

    def process(self, context: Context) -> None:
        context.outputs[0].add(Packet(context.inputs[0].value, context.timestamp + 25))


@nodes.register
class Named(Calculator[NoOptions]):
    """Makes a side packet of its side input, and of its name."""

    contract = Contract(
        inputs=(Port("", optional=True),),
        side_inputs=(Port("PATH", str),),
        side_outputs=(Port("NAME", str),),
    )

    def open(self, context: Context) -> None:
        context.side_outputs["NAME"] = f"{context.node_name} {context.side_inputs['PATH']}"

    def process(self, context: Context) -> None:
        """Do nothing."""


def written(contained: str, wiring: str, options: str = "") -> str:
    """A graph of one container."""
    lines = indent(dedent(contained).strip(), " " * 10)
    more = indent(dedent(options).strip(), " " * 6)
    return f"{dedent(wiring).strip()}\n    options:\n      contained_node:\n{lines}\n{more}\n"


ENABLED = """
input_stream: [enable, value]
output_stream: [result]
node:
  - calculator: SwitchContainer
    input_stream: ["ENABLE:enable", value]
    output_stream: [result]
"""
SELECTED = ENABLED.replace("enable", "select").replace("ENABLE", "SELECT")
FIXED = ENABLED.replace('"ENABLE:enable", ', "").replace("enable, ", "")
BY_SIDE_PACKET = FIXED.replace(
    "output_stream", "input_side_packet: enable\noutput_stream", 1
).replace("    input_stream", '    input_side_packet: "ENABLE:enable"\n    input_stream')
TIMES = "- {calculator: Times, options: {factor: 3}}\n- calculator: PassThroughCalculator"


def plan(contained: str, wiring: str = ENABLED, options: str = "") -> Plan:
    return plan_from_text(written(contained, wiring, options), file="g.yaml", registry=nodes)


def explored(
    contained: str,
    feeds: Mapping[str, Sequence[Packet]],
    wiring: str = ENABLED,
    options: str = "",
    **changes: Any,
) -> SimulatedRun:
    run = explore(Graph(plan(contained, wiring, options)), feeds, **{"seeds": SEEDS, **changes})
    assert run.error is None
    return run


def packets(values: Mapping[int, Any]) -> list[Packet]:
    return [Packet(value, time) for time, value in values.items()]


def seen(run: SimulatedRun, stream: str = "result") -> dict[int, Any]:
    return {packet.timestamp: packet.value for packet in run.packets[stream]}


FRAMES = packets({time: time for time in range(0, 100, 10)})


# ---- the nodes it is made of ----------------------------------------------------------------


def test_it_becomes_a_demux_the_contained_nodes_and_a_mux() -> None:
    made = plan(TIMES)
    assert [node.name for node in made.nodes] == [
        "switchcontainer__SwitchDemuxCalculator",
        "switchcontainer__Times",
        "switchcontainer__PassThroughCalculator",
        "switchcontainer__SwitchMuxCalculator",
    ]
    assert [stream.name for stream in made.streams] == [
        "enable",
        "value",
        "switchcontainer__c0__in__0",
        "switchcontainer__c1__in__0",
        "switchcontainer__c0__out__0",
        "switchcontainer__c1__out__0",
        "result",
    ]


def test_with_an_option_alone_only_the_chosen_node_is_built() -> None:
    made = plan(TIMES, FIXED, "enable: true")
    assert [node.name for node in made.nodes] == ["switchcontainer__PassThroughCalculator"]
    assert [stream.name for stream in made.streams] == ["value", "result"]
    assert seen(explored(TIMES, {"value": FRAMES}, FIXED, "select: 0"))[90] == 270
    assert seen(explored(TIMES, {"value": FRAMES}, FIXED, "select: 1"))[90] == 90


def test_policies_of_the_nodes_that_switch() -> None:
    def policies(options: str) -> list[type]:
        return [type(node.policy) for node in plan(TIMES, options=options).nodes[::3]]

    assert policies("") == [ImmediatePolicy, ImmediatePolicy]
    assert policies("synchronize_io: true") == [DefaultPolicy, DefaultPolicy]
    handler = "input_stream_handler: {input_stream_handler: DefaultInputStreamHandler}"
    assert policies(handler) == [DefaultPolicy, DefaultPolicy]


# ---- who is selected, and when --------------------------------------------------------------


@pytest.mark.parametrize("options", ["", "synchronize_io: true"])
def test_the_latest_selection_at_or_before_a_time_holds(options: str) -> None:
    feeds = {"enable": packets({15: True, 40: False, 85: True}), "value": FRAMES}
    result = seen(explored(TIMES, feeds, options=options))
    assert result == {
        time: time if 15 <= time < 40 or time >= 85 else 3 * time for time in range(0, 100, 10)
    }


def test_options_say_what_holds_before_the_first_selection() -> None:
    feeds = {"enable": packets({50: False}), "value": FRAMES}
    assert list(seen(explored(TIMES, feeds, options="enable: true")).values())[4:6] == [40, 150]


@pytest.mark.parametrize("enable", [False, True])
def test_a_side_packet_selects_for_the_run(enable: bool) -> None:
    run = explored(TIMES, {"value": FRAMES}, BY_SIDE_PACKET, side_packets={"enable": enable})
    assert run.values("result") == [time * (1 if enable else 3) for time in range(0, 100, 10)]


def test_a_side_packet_that_is_not_given_leaves_it_to_the_options() -> None:
    wiring = BY_SIDE_PACKET.replace(
        "input_side_packet: enable", "input_side_packet: {name: enable, type: bool, default: true}"
    )
    assert explored(TIMES, {"value": FRAMES}, wiring).values("result")[1] == 10


def test_any_number_of_nodes_may_be_contained() -> None:
    contained = "\n".join(f"- {{calculator: Times, options: {{factor: {at}}}}}" for at in range(5))
    feeds = {"select": packets({10 * at: at for at in range(5)}), "value": FRAMES}
    assert explored(contained, feeds, SELECTED).values("result") == [
        0, 10, 40, 90, 160, 200, 240, 280, 320, 360,
    ]  # fmt: skip


def test_a_selection_holds_from_the_next_tick_on_if_it_is_asynchronous() -> None:
    graph = Graph(plan(TIMES, options="async_selection: true"))
    result: list[tuple[int, int]] = []
    graph.observe("result", lambda packet: result.append((packet.timestamp, packet.value)))
    graph.start(threads=INLINE)
    graph.add_packet("value", 1, 1_000)
    graph.add_packet("enable", True, 5)
    graph.add_packet("value", 1, 2_000)
    graph.add_packet("value", 1, 3_000)
    graph.add_packet("enable", False, 6)
    graph.add_packet("value", 1, 4_000)
    assert result == [(1_000, 3), (2_000, 1), (3_000, 1), (4_000, 3)]
    graph.close_inputs()
    graph.wait_until_done()


TICKED = """
input_stream: [enable, a, b]
output_stream: [c, d]
node:
  - calculator: SwitchContainer
    input_stream: ["ENABLE:enable", "A:a", "B:1:b", "B:0:a"]
    output_stream: ["A:c", "B:0:d", "B:1:e"]
"""


def test_the_ticks_may_be_those_of_another_input() -> None:
    contained = "- calculator: PassThroughCalculator\n- calculator: PassThroughCalculator"
    made = plan(contained, TICKED, "async_selection: true\ntick_input_stream: ['B:1', A]")
    sequencer = made.nodes[0]
    assert sequencer.calculator.__name__ == "PacketSequencerCalculator"
    assert [made.streams[each.stream].name for each in sequencer.inputs] == ["enable", "b", "a"]


# ---- order, and nobody stalls ---------------------------------------------------------------


def test_outputs_of_a_node_that_is_not_selected_any_more_are_dropped() -> None:
    feeds = {"enable": packets({0: True, 50: False}), "value": FRAMES}
    run = explored("- calculator: Times\n- calculator: Late", feeds)
    # What Late was given at 30 and 40 comes at 55 and 65, when it is not selected any more.
    assert seen(run) == {25: 0, 35: 10, 45: 20, 50: 50, 60: 60, 70: 70, 80: 80, 90: 90}


def test_a_node_that_drops_packets_stalls_nobody() -> None:
    feeds = {
        "select": packets({time: time // 30 % 2 for time in range(0, 120, 30)}),
        "value": packets({time: time // 10 for time in range(0, 120, 10)}),
    }
    run = explored(
        "- calculator: Odd\n- {calculator: Times, options: {factor: -1}}", feeds, SELECTED
    )
    assert seen(run) == {
        10 * at: -at if at // 3 % 2 else at for at in range(12) if at // 3 % 2 or at % 2
    }


def test_nodes_keep_their_state_while_they_are_not_selected() -> None:
    feeds = {"enable": packets({0: True, 30: False, 60: True}), "value": FRAMES}
    run = explored("- calculator: Times\n- calculator: Count", feeds)
    assert run.values("result") == [1, 2, 3, 30, 40, 50, 4, 5, 6, 7]


JOINED = """
input_stream: [enable, value]
output_stream: [result_and_value]
node:
  - calculator: SwitchContainer
    input_stream: ["ENABLE:enable", value]
    output_stream: [result]
    options:
      contained_node:
        - calculator: BypassCalculator
        - calculator: Odd
  - calculator: Join
    input_stream: [result, value]
    output_stream: result_and_value
"""


def test_times_without_a_result_are_settled_too() -> None:
    values = packets({time: time // 10 for time in range(0, 100, 10)})
    feeds = {"enable": packets({30: True, 60: False}), "value": values}
    run = explore(Graph(plan_from_text(JOINED, registry=nodes)), feeds, seeds=SEEDS)
    assert run.error is None
    assert seen(run, "result_and_value") == {
        time: (time // 10 if time in (30, 50) else None, time // 10) for time in range(0, 100, 10)
    }


LOOP_INSIDE = """
input_stream: value
output_stream: sum
node:
  - calculator: PreviousLoopbackCalculator
    input_stream: ["MAIN:value", "LOOP:sum"]
    input_stream_info: [{tag_index: LOOP, back_edge: true}]
    output_stream: "PREV_LOOP:previous"
  - {calculator: Sum, input_stream: [value, previous], output_stream: sum}
"""


def test_a_contained_graph_may_hold_a_loop(tmp_path: Path) -> None:
    (tmp_path / "summing.yaml").write_text(LOOP_INSIDE)
    text = written("- calculator: Times\n- calculator: Summing", ENABLED)
    graph = Graph(plan_from_text(text, registry=nodes, search=[tmp_path]))
    feeds = {"enable": packets({0: True, 35: False, 65: True}), "value": FRAMES}
    run = explore(graph, feeds, seeds=SEEDS)
    assert run.error is None
    assert run.values("result") == [0, 10, 30, 60, 40, 50, 60, 130, 210, 300]


def test_a_node_that_promises_nothing_delays_but_ends() -> None:
    feeds = {"enable": packets({0: True, 45: False}), "value": FRAMES}
    run = explored("- calculator: Times\n- calculator: Silent", feeds)
    assert run.values("result") == [50, 60, 70, 80, 90]


def test_streams_that_end_early_end_nothing_else() -> None:
    feeds = {"enable": packets({0: True}), "value": FRAMES}
    assert len(explored(TIMES, feeds).values("result")) == 10
    assert explored(TIMES, {"enable": packets({0: True})}).values("result") == []
    assert explored(TIMES, {"value": FRAMES}).values("result")[-1] == 270


LOOP = """
input_stream: [value]
output_stream: [result]
node:
  - calculator: PreviousLoopbackCalculator
    input_stream: ["MAIN:value", "LOOP:result"]
    input_stream_info: [{tag_index: LOOP, back_edge: true}]
    output_stream: ["PREV_LOOP:previous"]
  - {calculator: HasSecond, input_stream: [value, previous], output_stream: enable}
  - calculator: SwitchContainer
    input_stream: ["ENABLE:enable", value]
    output_stream: [result]
    options:
      contained_node:
        - {calculator: Times, options: {factor: -1}}
        - calculator: Odd
"""


def test_a_switch_may_be_part_of_a_loop() -> None:
    feeds = {"value": packets({time: time // 10 for time in range(0, 80, 10)})}
    run = explore(Graph(plan_from_text(LOOP, registry=nodes)), feeds, seeds=SEEDS)
    assert run.error is None
    # Where there was a result, Odd is next; where there was none, the other one.
    assert seen(run) == {0: 0, 10: 1, 30: -3, 50: -5, 70: -7}


# ---- ports ----------------------------------------------------------------------------------


def test_graphs_may_be_contained_with_tagged_and_repeated_ports(tmp_path: Path) -> None:
    (tmp_path / "both.yaml").write_text(
        dedent(
            """
            input_stream: ["A:a", "A:1:b", c]
            output_stream: ["B:d", e, f]
            node:
              - {calculator: Times, input_stream: a, output_stream: d}
              - {calculator: MergeCalculator, input_stream: [b, c], output_stream: e}
              - {calculator: MergeCalculator, input_stream: [c, b], output_stream: f}
            """
        )
    )
    text = dedent(
        """
        input_stream: [select, p, q, r]
        output_stream: [x, y, z]
        node:
          - calculator: SwitchContainer
            name: Switch
            input_stream: ["A:1:q", "SELECT:select", "A:0:p", r]
            output_stream: [y, "B:x", z]
            options:
              contained_node: [{calculator: Both, name: first}, {calculator: Both}]
        """
    )
    made = plan_from_text(text, registry=nodes, search=[tmp_path])
    assert "switch__first__Times" in {node.name for node in made.nodes}
    feeds = {
        "select": packets({0: 0, 20: 1}),
        "p": packets({10: 1, 20: 2}),
        "q": packets({10: 3}),
        "r": packets({10: 5, 20: 6}),
    }
    run = explore(Graph(made), feeds, seeds=SEEDS)
    assert [seen(run, name) for name in "xyz"] == [
        {10: 1, 20: 2},
        {10: 3, 20: 6},
        {10: 5, 20: 6},
    ]


@pytest.mark.parametrize("enable", [False, True])
def test_side_packets_reach_all_and_come_from_the_selected_one(enable: bool) -> None:
    text = """
        input_side_packet: [enable, path]
        output_side_packet: [name]
        node:
          - calculator: SwitchContainer
            input_side_packet: ["ENABLE:enable", "PATH:path"]
            output_side_packet: ["NAME:name"]
            options:
              contained_node: [{calculator: Named, name: off}, {calculator: Named, name: on}]
        """
    graph = Graph(plan_from_text(text, registry=nodes))
    graph.start({"enable": enable, "path": "p"}, threads=INLINE)
    graph.wait_until_done()
    assert graph.side_packet("name") == f"switchcontainer__{'on' if enable else 'off'} p"


def test_containers_may_contain_containers() -> None:
    contained = """
        - {calculator: Times, options: {factor: 3}}
        - calculator: SwitchContainer
          options:
            select: 1
            contained_node: [{calculator: Times}, {calculator: Times, options: {factor: 5}}]
        """
    feeds = {"enable": packets({50: True}), "value": FRAMES}
    assert explored(contained, feeds).values("result")[4:6] == [120, 250]


# ---- what is refused ------------------------------------------------------------------------


def faults(contained: str, wiring: str = ENABLED, options: str = "") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        plan(contained, wiring, options)
    return [render(each) for each in caught.value.diagnostics]


TWICE = ENABLED.replace('["ENABLE:enable", value]', '["ENABLE:enable", "SELECT:enable", value]')
BOTH_WAYS = BY_SIDE_PACKET.replace("[value]", "[value, select]", 1).replace(
    "input_stream: [value]", 'input_stream: ["SELECT:select", value]'
)


@pytest.mark.parametrize(
    ("wiring", "options", "words"),
    [
        (
            TWICE,
            "",
            'g.yaml:4:17: node "SwitchContainer": Only one of SwitchContainer inputs SELECT and '
            "ENABLE can be connected; found stream SELECT and stream ENABLE",
        ),
        (
            BOTH_WAYS,
            "",
            'g.yaml:5:17: node "SwitchContainer": Only one of SwitchContainer inputs SELECT and '
            "ENABLE can be connected; found stream SELECT and side packet ENABLE",
        ),
        (
            ENABLED,
            "select: 1\nenable: false",
            'g.yaml:8:7: options of node "SwitchContainer": only one of the options select and '
            "enable can be given",
        ),
        (
            ENABLED,
            "select: 2",
            'g.yaml:8:7: options of node "SwitchContainer": channel 2 is chosen of 2 contained '
            "nodes",
        ),
        (
            ENABLED,
            "synchronize_io: true\ninput_stream_handler: {}",
            'g.yaml:8:7: options of node "SwitchContainer": only one of synchronize_io and '
            "input_stream_handler can be given",
        ),
        (
            ENABLED,
            "tick_input_stream: A",
            'g.yaml:8:7: options of node "SwitchContainer": tick_input_stream is for '
            "async_selection",
        ),
        (
            ENABLED,
            "async_selection: true\ntick_input_stream: A",
            'g.yaml:4:17: node "SwitchContainer": tick_input_stream: there is no data input A',
        ),
        (
            ENABLED.replace(", value]\n    o", "]\n    o"),
            "async_selection: true",
            'g.yaml:4:17: node "SwitchContainer": async_selection needs an input for its ticks',
        ),
        (
            ENABLED,
            "async_selection: true\ntick_input_stream: a",
            'g.yaml:12:26: option "tick_input_stream" of node "SwitchContainer": found "a"; '
            'expected "TAG", "TAG:index" or ":index"',
        ),
        (
            ENABLED + '    output_side_packet: ["NAME:name"]\n',
            "",
            'g.yaml:4:17: node "SwitchContainer": found side outputs NAME and a selection that may '
            "change; expected SELECT or ENABLE as a side packet, or the option select or enable",
        ),
    ],
)
def test_what_can_not_be_a_switch_is_refused(wiring: str, options: str, words: str) -> None:
    assert faults(TIMES, wiring, options) == [words]


def test_enable_needs_two_nodes() -> None:
    assert faults("- calculator: Times") == [
        'g.yaml:4:17: node "SwitchContainer": ENABLE chooses between two contained nodes; found '
        "one contained_node (BypassCalculator stands for what is switched off)"
    ]


def test_faults_of_contained_nodes_are_located_there() -> None:
    contained = """
        - calculator: Times
          options: {factr: 3}
        - calculater: Times
        - calculator: Times
          options: {factor: many}
        """
    found = [each.splitlines()[0] for each in faults(contained, SELECTED)]
    assert found == [
        "g.yaml:4:17: a node has no calculator",
        'g.yaml:10:23: Times has no option "factr"',
        'g.yaml:11:25: a node has no key "calculater"',
        'g.yaml:13:31: option "factor" of node "Times_2"',
    ]


def test_contained_nodes_have_no_connections_of_their_own() -> None:
    (found,) = faults("- calculator: Times\n- {calculator: Times, input_stream: value}")
    assert found == (
        'g.yaml:10:13: option "contained_node[1]" of node "SwitchContainer": found input_stream; '
        "a contained node is connected as the container is"
    )


def test_its_class_is_registered() -> None:
    assert nodes.subgraph("SwitchContainer") is SwitchContainer
