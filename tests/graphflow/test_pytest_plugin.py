"""The pytest plugin: its fixtures work for others, and cost nothing until they are used."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from graphflow.nodes.registry import load_plugins

pytest_plugins = ["pytester"]

GRAPH = '''
TEXT = """
input_stream: [in]
output_stream: [out]
node:
  - {calculator: PassThroughCalculator, input_stream: in, output_stream: out}
"""
'''

FAILING = """
from graphflow import Calculator, Contract, Port
from graphflow.graph import Graph
from graphflow.nodes.options import NoOptions
from graphflow.plan import InputPlan, NodePlan, OutputPlan, Plan, StreamPlan


class Broken(Calculator[NoOptions]):
    contract = Contract(inputs=(Port(""),), outputs=(Port(""),))

    def process(self, context):
        raise ValueError("it is broken")


def broken_graph():
    node = NodePlan(
        "broken", Broken, inputs=(InputPlan("", 0, 0),), outputs=(OutputPlan("", 0, 1),)
    )
    return Graph(Plan((node,), (StreamPlan("in", None), StreamPlan("out", 0)), (0,), (1,)))
"""


@pytest.fixture
def inner(pytester: pytest.Pytester) -> pytest.Pytester:
    """A pytest run that has the plugin, also where the package was installed without it."""
    load_plugins()  # or else each run, which forgets what it imported, would import everything
    if "graphflow" not in {each.name for each in entry_points(group="pytest11")}:
        pytester.makeconftest('pytest_plugins = ["graphflow.pytest_plugin"]')
    return pytester


def run(inner: pytest.Pytester, text: str) -> pytest.RunResult:
    inner.makepyfile(text)
    # Hypothesis alone takes two seconds to import, in each run again.
    return inner.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:hypothesispytest")


def test_a_calculator_is_run_by_class_or_name(inner: pytest.Pytester) -> None:
    result = run(
        inner,
        """
        import pytest
        from graphflow import Packet
        from graphflow.words.errors import UsageError

        def test_by_name(calculator):
            outputs = calculator("GateCalculator", inputs=["", "ALLOW"]).run(
                {"": [Packet("a", 1), Packet("b", 2)],
                 "ALLOW": [Packet(False, 1), Packet(True, 2)]})
            assert outputs[""].values == ["b"]

        def test_by_class(calculator):
            from calculators.flow.pass_through import PassThroughCalculator
            outputs = calculator(PassThroughCalculator, inputs=[""]).run(
                {"": [Packet("a", 1)]})
            assert outputs[""].values == ["a"]

        def test_unknown(calculator):
            with pytest.raises(UsageError, match='no calculator "GateCalculater" is registered'):
                calculator("GateCalculater")
        """,
    )
    result.assert_outcomes(passed=3)


def test_a_graph_is_made_started_and_ended(inner: pytest.Pytester) -> None:
    inner.makefile(".yaml", passing=GRAPH.split('"""')[1])
    result = run(
        inner,
        GRAPH
        + """
import pytest
from pathlib import Path
from graphflow.graph import Graph

made = []
CONFIG = {"input_stream": "in", "output_stream": "out", "node": [
    {"calculator": "PassThroughCalculator", "input_stream": "in", "output_stream": "out"}]}

@pytest.mark.parametrize("source", [TEXT, Path("passing.yaml"), "passing.yaml", CONFIG,
                                    Graph.from_text(TEXT)])
def test_sources(graph, source):
    made.append(graph(source))
    assert made[-1].process({"in": 5}, timestamp=1)["out"] == 5

def test_parameters(graph):
    text = TEXT.replace("[out]", "${name}") + "parameter: {name: name}"
    made.append(graph(text, parameters={"name": "out"}))
    assert made[-1].process({"in": 5}, timestamp=1)["out"] == 5

def test_settings(graph):
    got = []
    running = graph(TEXT, threads=2, before_start=lambda each: each.observe("out", got.append))
    for time in range(1000):
        running.add_packet("in", time, time)
    running.wait_until_idle()
    assert len(got) == 1000
    assert running.outcome(999)["out"] == 999
    made.append(running)

def test_they_have_ended():
    assert len(made) == 7
    assert not any(each.is_running for each in made)
""",
    )
    result.assert_outcomes(passed=8)


def test_a_failure_that_nobody_was_told_of_fails_the_test(inner: pytest.Pytester) -> None:
    result = run(
        inner,
        FAILING
        + """
import pytest
from graphflow.words.errors import CalculatorError

def test_told(graph):
    with pytest.raises(CalculatorError):
        graph(broken_graph()).process({"in": 1}, timestamp=1)

def test_not_told(graph):
    graph(broken_graph()).add_packet("in", 1, 1)
""",
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_not_told*", "*it is broken*"])


def test_a_graph_with_sources_is_cancelled(inner: pytest.Pytester) -> None:
    result = run(
        inner,
        """
        from graphflow import Calculator, Contract, Packet, Port
        from graphflow.graph import Graph
        from graphflow.nodes.options import NoOptions
        from graphflow.plan import NodePlan, OutputPlan, Plan, StreamPlan

        class Endless(Calculator[NoOptions]):
            contract = Contract(outputs=(Port(""),))
            time = 0

            def process(self, context):
                self.time += 1
                context.outputs[0].add(Packet(self.time, self.time))

        def test_endless(graph):
            node = NodePlan("endless", Endless, outputs=(OutputPlan("", 0, 0),))
            pollers = []
            graph(Graph(Plan((node,), (StreamPlan("out", 0),))), threads=1,
                  before_start=lambda each: pollers.append(each.poll("out", max_queue_size=1)))
            assert pollers[0].next().value == 1
        """,
    )
    result.assert_outcomes(passed=1)


def test_a_graph_is_simulated(inner: pytest.Pytester) -> None:
    result = run(
        inner,
        GRAPH
        + """
import pytest
from graphflow import Packet

@pytest.mark.parametrize("seed", range(3))
def test_seeds(simulate, seed):
    run = simulate(TEXT, {"in": [Packet(1, 1), Packet(2, 2)]}, seed=seed)
    assert (run.seed, run.error) == (seed, None)
    assert [packet.value for packet in run.packets["out"]] == [1, 2]
""",
    )
    result.assert_outcomes(passed=3)


def test_importing_the_plugin_imports_nothing_else() -> None:
    program = (
        "import pytest, sys; before = set(sys.modules); import graphflow.pytest_plugin; "
        "print(*sorted(name for name in set(sys.modules) - before if '.' not in name or "
        "name.startswith('graphflow')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.split() == [b"graphflow", b"graphflow.pytest_plugin"]


def test_the_project_declares_the_plugin(repository: object) -> None:
    text = (repository / "pyproject.toml").read_text(encoding="utf-8")  # type: ignore[operator]
    assert '[project.entry-points.pytest11]\ngraphflow = "graphflow.pytest_plugin"' in text
