"""SwitchContainer: one of several nodes or graphs, chosen while the graph runs.

Source: MediaPipe, framework/tool/switch_container.cc
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, model_validator

from calculators.flow.switch_channels import Key, channel_tag
from calculators.flow.switch_selection import (
    ENABLE,
    SELECTION_TAGS,
    SelectionOptions,
    check_selection,
    check_side_outputs,
)
from graphflow import NodeShape, Subgraph, register
from graphflow.nodes.contract import port_name
from graphflow.nodes.options import Written

CONNECTIONS: Final = ("input_stream", "output_stream", "input_side_packet", "output_side_packet")
DEFAULT_POLICY: Final = "DefaultInputStreamHandler"
TICK: Final = re.compile(r"(?P<tag>[A-Z_][A-Z0-9_]*)?(:(?P<index>0|[1-9][0-9]*))?")


def _unconnected(node: dict[str, Any]) -> dict[str, Any]:
    for key in CONNECTIONS:
        if key in node:
            raise ValueError(f"found {key}; a contained node is connected as the container is")
    return node


def _tick(stream: str) -> str:
    if not TICK.fullmatch(stream):
        raise ValueError(f'found "{stream}"; expected "TAG", "TAG:index" or ":index"')
    return stream


ContainedNode = Annotated[dict[str, Written], AfterValidator(_unconnected)]
"""A node with the keys that it has in a graph file, except for its connections."""


class SwitchContainerOptions(SelectionOptions):
    """Options of SwitchContainer."""

    contained_node: tuple[ContainedNode, ...] = Field(
        min_length=1, description="the nodes to choose from; the first one is channel 0"
    )
    synchronize_io: bool = Field(
        False, description="whether all streams of a time are waited for, and passed together"
    )
    async_selection: bool = Field(
        False, description="whether a selection holds from the next tick on, whatever its time"
    )
    tick_input_stream: tuple[Annotated[str, AfterValidator(_tick)], ...] = Field(
        (), description='inputs whose times are the ticks, as "TAG:index"; by default the first'
    )
    input_stream_handler: Written = Field(
        None, description="input policy of the two nodes that switch"
    )

    @model_validator(mode="after")
    def _check_switching(self) -> SwitchContainerOptions:
        count = len(self.contained_node)
        if self.channel >= count:
            raise ValueError(f"channel {self.channel} is chosen of {count} contained nodes")
        if self.synchronize_io and self.input_stream_handler is not None:
            raise ValueError("only one of synchronize_io and input_stream_handler can be given")
        if self.tick_input_stream and not self.async_selection:
            raise ValueError("tick_input_stream is for async_selection")
        return self


@register
class SwitchContainer(Subgraph[SwitchContainerOptions]):
    """Run one of several nodes, chosen for each time by a stream, or for the run.

    Timing: a packet waits until the selection is settled at its time, and goes to the node that
    the latest selection at or before it names; before the first one, to that of the options
    (channel 0). Outputs come in order: those of the selected node, and nothing where it has
    nothing. What a node gives for a time when it is not selected is dropped. Nodes that are not
    selected are told that the times pass, and keep their state.

    Ports: those of the contained nodes; each of them gets all inputs and has all outputs. SELECT
    (number of the node) or ENABLE (node 1 if true, node 0 if false) is a stream, or a side packet
    for the whole run. Side outputs are those of the selected node, so they need a selection that
    is no stream.

    Options: contained_node (calculators or graphs, each with name, options and so on as it has
    them in a graph file); select or enable (channel 0): the node where no side packet names one,
    until the selection stream does. If neither is connected, only that node is built.
    synchronize_io (false): all streams are waited for together, and so throttle their sources.
    async_selection (false): a selection holds from the next packet of tick_input_stream (the first
    data input) on, whatever its own time. input_stream_handler: another policy.

    Example:
        ```yaml
        input_stream: [is_doubled, values]
        output_stream: [result]
        node:
          - calculator: SwitchContainer
            input_stream: ["ENABLE:is_doubled", values, values]
            output_stream: [result]
            options:
              contained_node:
                - calculator: MergeCalculator
                - calculator: ConcatenateVectorCalculator
        ```

    Source: MediaPipe, framework/tool/switch_container.cc. There all contained nodes are built, and
        option, side packet and stream may all name a channel, the stream last.
    """

    options = SwitchContainerOptions

    @classmethod
    def config(cls, node: NodeShape[SwitchContainerOptions]) -> Mapping[str, Any]:
        """Return the graph: a demux, the contained nodes, and a mux.

        Raises:
            ContractError: the channel is named twice, or side outputs depend on a stream.
            ValueError: `tick_input_stream` names no input, or there are too few nodes for ENABLE.
        """
        check_selection(node, cls.__name__)
        check_side_outputs(node)
        return {
            "input_stream": connections(node.inputs, "in"),
            "output_stream": connections(node.outputs, "out"),
            "input_side_packet": connections(node.side_inputs, "in"),
            "output_side_packet": connections(node.side_outputs, "out"),
            "node": _Parts(node).nodes(),
        }


class _Parts:
    """The nodes that stand for one container."""

    def __init__(self, node: NodeShape[SwitchContainerOptions]) -> None:
        self._options = node.options
        self._contained = node.options.contained_node
        self._stream = next((tag for tag in SELECTION_TAGS if tag in node.inputs), None)
        self._side = next((tag for tag in SELECTION_TAGS if tag in node.side_inputs), None)
        if ENABLE in (self._stream, self._side) and len(self._contained) < 2:
            raise ValueError(
                "ENABLE chooses between two contained nodes; found one contained_node "
                "(BypassCalculator stands for what is switched off)"
            )
        self._inputs = [key for key in node.inputs if key[0] not in SELECTION_TAGS]
        self._side_inputs = [key for key in node.side_inputs if key[0] not in SELECTION_TAGS]
        self._outputs, self._side_outputs = list(node.outputs), list(node.side_outputs)

    def nodes(self) -> list[dict[str, Any]]:
        """Return all nodes of the graph."""
        if self._stream is None and self._side is None:
            return [self._contained_node(self._options.channel, "")]
        nodes = [self._sequencer()] if self._is_retimed else []
        if self._inputs or self._side_inputs:
            nodes.append(self._demux())
        nodes += [self._contained_node(at, f"c{at}__") for at in range(len(self._contained))]
        if self._outputs or self._side_outputs:
            nodes.append(self._mux())
        return nodes

    @property
    def _is_retimed(self) -> bool:
        return self._options.async_selection and self._stream is not None

    def _contained_node(self, channel: int, prefix: str) -> dict[str, Any]:
        return {
            **self._contained[channel],
            "input_stream": connections(self._inputs, f"{prefix}in"),
            "output_stream": connections(self._outputs, f"{prefix}out"),
            "input_side_packet": connections(self._side_inputs, f"{prefix}in"),
            "output_side_packet": connections(self._side_outputs, f"{prefix}out"),
        }

    def _demux(self) -> dict[str, Any]:
        return {
            **self._switch("SwitchDemuxCalculator"),
            "input_stream": [*self._selection(), *connections(self._inputs, "in")],
            "output_stream": self._of_channels(self._inputs, "in"),
            "input_side_packet": [*self._side_selection(), *connections(self._side_inputs, "in")],
            "output_side_packet": self._of_channels(self._side_inputs, "in"),
        }

    def _mux(self) -> dict[str, Any]:
        return {
            **self._switch("SwitchMuxCalculator"),
            "input_stream": [*self._selection(), *self._of_channels(self._outputs, "out")],
            "output_stream": connections(self._outputs, "out"),
            "input_side_packet": [
                *self._side_selection(),
                *self._of_channels(self._side_outputs, "out"),
            ],
            "output_side_packet": connections(self._side_outputs, "out"),
        }

    def _switch(self, calculator: str) -> dict[str, Any]:
        node: dict[str, Any] = {
            "calculator": calculator,
            "options": {"select": self._options.channel},
        }
        if self._options.synchronize_io:
            node["input_stream_handler"] = {"input_stream_handler": DEFAULT_POLICY}
        elif self._options.input_stream_handler is not None:
            node["input_stream_handler"] = self._options.input_stream_handler
        return node

    def _sequencer(self) -> dict[str, Any]:
        ticks = [_key(tick) for tick in self._options.tick_input_stream] or self._inputs[:1]
        for tick in ticks:
            if tick not in self._inputs:
                raise ValueError(f"tick_input_stream: there is no data input {port_name(*tick)}")
        if not ticks:
            raise ValueError("async_selection needs an input for its ticks")
        return {
            "calculator": "PacketSequencerCalculator",
            "input_stream": [
                f"INPUT:{_name((self._stream or '', 0), 'in')}",
                *(f"TICK:{at}:{_name(tick, 'in')}" for at, tick in enumerate(ticks)),
            ],
            "output_stream": ["OUTPUT:selection"],
        }

    def _selection(self) -> list[str]:
        if self._stream is None:
            return []
        name = "selection" if self._is_retimed else _name((self._stream, 0), "in")
        return [f"{self._stream}:{name}"]

    def _side_selection(self) -> list[str]:
        return [] if self._side is None else connections([(self._side, 0)], "in")

    def _of_channels(self, keys: Sequence[Key], side: str) -> list[str]:
        return [
            f"{channel_tag(tag, channel)}:{index}:{_name((tag, index), f'c{channel}__{side}')}"
            for channel in range(len(self._contained))
            for tag, index in keys
        ]


def connections(keys: Iterable[Key], prefix: str) -> list[str]:
    """Return ports with the names that their streams or side packets have in the graph."""
    return [
        f"{tag}:{index}:{_name((tag, index), prefix)}" if tag else _name((tag, index), prefix)
        for tag, index in keys
    ]


def _name(key: Key, prefix: str) -> str:
    tag, index = key
    return f"{prefix}_{tag.lower()}_{index}"


def _key(stream: str) -> Key:
    tag, _, index = stream.partition(":")
    return tag, int(index or 0)
