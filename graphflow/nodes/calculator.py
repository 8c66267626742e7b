"""Calculator: the class that authors write."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from graphflow.nodes.context import Context
from graphflow.nodes.contract import Contract
from graphflow.nodes.node_shape import NodeShape
from graphflow.nodes.options import Options

OptionsT = TypeVar("OptionsT", bound=Options)


class Calculator(Generic[OptionsT]):
    """Base of all calculators: one fresh object for each node and run.

    A subclass declares `contract` and writes `process`, and `open` or `close` where it needs them.
    Calls of one object never overlap, unless a graph allows its node more than one in flight
    (`max_in_flight`), but they may come from different threads.

    * `open` is called once, when all side inputs are there; inputs are empty. Set state up here.
    * `process` is called for each input set, or, in a source (no input streams), again and again
      until it calls `context.stop()`. A call that emits nothing still settles its time, unless the
      contract's `timestamp_offset` is None.
    * `close` is called exactly once if `open` succeeded, also when the run fails or is cancelled
      (then what it emits is dropped). Release resources here.

    An exception in any of them ends the run; the error names node, call and time.

    Attributes:
        contract: the interface, shared by all objects of the class.
        options: this node's options, validated.
    """

    contract: ClassVar[Contract]

    def __init__(self, options: OptionsT) -> None:
        self.options = options

    @classmethod
    def contract_for(cls, node: NodeShape[OptionsT]) -> Contract:
        """Return the contract of one node when its graph is loaded; by default the class's.

        Override it where the interface depends on the node's options or on what is connected: to
        narrow the ports, to choose offset, bounds or policy, or to refuse the node. What `contract`
        of the class says is what is documented, and whose options class is used.

        Args:
            node: its validated options and its connected ports. Values of side packets are not
                known yet: check them in `open`.

        Raises:
            ContractError: the node can't be built like this (a ValueError will do); the text
                becomes a fault at the node's place in the graph file.
        """
        return cls.contract

    def open(self, context: Context) -> None:
        """Prepare for the run."""

    def process(self, context: Context) -> None:
        """Handle one input set."""
        raise NotImplementedError

    def close(self, context: Context) -> None:
        """Release what `open` took; may still emit at times the outputs have not settled."""


AnyCalculator = Calculator[Any]
