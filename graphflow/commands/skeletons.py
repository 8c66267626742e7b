"""Skeletons that `graphflow new` writes: documented code and tests that pass as they are.

In each text `$module` is the name in snake case and `$camel` the same in camel case.
"""

from __future__ import annotations

from string import Template
from typing import Final

CLASS_CALCULATOR: Final = Template('''\
"""${camel}Calculator: say here what it is for."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Options, Port, register
from pydantic import Field


class ${camel}Options(Options):
    """What a graph may set under `options`; pydantic checks it."""

    factor: float = Field(default=2.0, gt=0, description="what each number is multiplied by")


@register
class ${camel}Calculator(Calculator[${camel}Options]):
    """Multiply numbers. Say here in one sentence what it does.

    Timing: each packet on IN makes one on OUT at the same time.

    Example:
        ```yaml
        import: $module
        input_stream: [number]
        node:
          - calculator: ${camel}Calculator
            input_stream: ["IN:number"]
            output_stream: ["OUT:multiplied"]
            options: {factor: 3.0}
        ```
    """

    contract = Contract(
        inputs=(Port("IN", float, doc="any number"),),
        outputs=(Port("OUT", float, doc="the number times the factor"),),
        options=${camel}Options,
    )

    def open(self, context: Context) -> None:
        """Prepare for a run: what is kept from call to call begins here."""
        self.calls = 0

    def process(self, context: Context) -> None:
        """Handle one time: called where at least one input has a packet."""
        number = context.inputs["IN"]
        if number.is_empty:
            return
        self.calls += 1
        context.outputs["OUT"].emit(self.options.factor * number.value)
''')

CLASS_TEST: Final = Template('''\
"""${camel}Calculator, run alone on the real engine."""

from __future__ import annotations

from graphflow import Packet
from graphflow.testing import CalculatorRunner

from $module import ${camel}Calculator


def test_each_number_is_multiplied_at_its_time() -> None:
    runner = CalculatorRunner(${camel}Calculator, options={"factor": 3.0})
    outputs = runner.run({"IN": [Packet(1.0, 0), Packet(2.0, 1000)]})
    assert outputs["OUT"].values == [3.0, 6.0]
    assert outputs["OUT"].timestamps == [0, 1000]


def test_nothing_in_nothing_out() -> None:
    outputs = CalculatorRunner(${camel}Calculator).run({"IN": []})
    assert outputs["OUT"].packets == []
''')

FUNCTION_CALCULATOR: Final = Template('''\
"""${camel}Calculator, made of the function $module: say here what it is for."""

from __future__ import annotations

from typing import Annotated

from graphflow import as_calculator
from pydantic import Field


@as_calculator
def $module(number: float, *, factor: Annotated[float, Field(gt=0)] = 2.0) -> float:
    """Multiply a number. Say here in one sentence what it does.

    Parameters are inputs (NUMBER), keyword-only ones are options, the result is emitted at the time
    of the call.

    Example:
        ```yaml
        import: $module
        input_stream: [number]
        node:
          - calculator: ${camel}Calculator
            input_stream: ["NUMBER:number"]
            output_stream: [multiplied]
            options: {factor: 3.0}
        ```

    Args:
        number: any number.
        factor: what it is multiplied by.

    Returns:
        The number times the factor.
    """
    return factor * number
''')

FUNCTION_TEST: Final = Template('''\
"""${camel}Calculator: the function itself, and run alone on the real engine."""

from __future__ import annotations

from graphflow import Packet
from graphflow.testing import CalculatorRunner

from $module import $module


def test_it_is_still_a_function() -> None:
    assert $module(2.0, factor=1.5) == 3.0


def test_each_number_is_multiplied_at_its_time() -> None:
    runner = CalculatorRunner($module, options={"factor": 3.0})
    outputs = runner.run({"NUMBER": [Packet(1.0, 0), Packet(2.0, 1000)]})
    assert outputs[""].values == [3.0, 6.0]
    assert outputs[""].timestamps == [0, 1000]
''')

GRAPH: Final = Template("""\
# Say here what the graph does. Names of streams are in snake_case, tags of ports in capitals.
type: $camel

# Modules beside this file, or installed ones, that register calculators.
import: ${module}_nodes

# What comes in from outside, and what goes out.
input_stream: [number]
output_stream: [average]

node:
  # A packet of `number` makes one of `doubled` at the same time.
  - name: double
    calculator: ${camel}ScaleCalculator
    input_stream: ["NUMBER:number"]
    output_stream: [doubled]
    options: {factor: 2.0}

  # Both inputs are joined: this node is called once for each time, with the packets of that time.
  - name: mean
    calculator: ${camel}MeanCalculator
    input_stream: [number, doubled]
    output_stream: [average]
""")

GRAPH_NODES: Final = Template('''\
"""The calculators of $module.yaml, which imports this module."""

from __future__ import annotations

from graphflow import as_calculator


@as_calculator
def ${module}_scale(number: float, *, factor: float = 1.0) -> float:
    """Multiply a number.

    Args:
        number: any number.
        factor: what it is multiplied by.
    """
    return factor * number


@as_calculator
def ${module}_mean(*numbers: float) -> float:
    """Return the mean of the numbers of one time, from any number of inputs."""
    return sum(numbers) / len(numbers)
''')

GRAPH_TEST: Final = Template('''\
"""$module.yaml, run from outside."""

from __future__ import annotations

from pathlib import Path

from graphflow import Graph, Packet


def test_the_average_comes_out_at_the_time_of_the_number() -> None:
    graph = Graph.load(Path(__file__).with_name("$module.yaml"))
    averages: list[Packet] = []
    graph.observe("average", averages.append)
    graph.start()
    graph.add_packet("number", 1.0, 0)
    graph.add_packet("number", 4.0, 1000)
    graph.close_inputs()
    graph.wait_until_done()
    assert [(packet.value, packet.timestamp) for packet in averages] == [(1.5, 0), (6.0, 1000)]
''')
