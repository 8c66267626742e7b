"""CountingSourceCalculator: a source of numbers, for tests and examples."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, NodeShape, Packet, Port, register
from graphflow.nodes.options import NoOptions
from graphflow.words.errors import ContractError, UsageError

MAX_COUNT, ERROR_COUNT, BATCH_SIZE = "MAX_COUNT", "ERROR_COUNT", "BATCH_SIZE"
INITIAL_VALUE, INCREMENT, ERROR_ON_OPEN = "INITIAL_VALUE", "INCREMENT", "ERROR_ON_OPEN"

NO_END = "nothing says when to stop; expected MAX_COUNT or ERROR_COUNT"


@register
class CountingSourceCalculator(Calculator[NoOptions]):
    """Count, each number at its own time, until enough batches are out or an error is wanted.

    Timing: a source: each call gives one batch of numbers, n at time n µs.

    Ports: one output. Side packets: MAX_COUNT, how many batches; ERROR_COUNT, after how many it
    fails; at least one of them is given. BATCH_SIZE (1 or more; 1), INITIAL_VALUE (0), INCREMENT
    (1 or more; 1), ERROR_ON_OPEN (false).

    Options: none.

    Example:
        ```yaml
        input_side_packet: [count]
        output_stream: [numbers]
        node:
          - calculator: CountingSourceCalculator
            input_side_packet: ["MAX_COUNT:count"]
            output_stream: ["numbers"]
        ```

    Source: MediaPipe, calculators/core/counting_source_calculator.cc
    """

    contract = Contract(
        outputs=(Port("", int, doc="numbers, each at its own time"),),
        side_inputs=(
            Port(MAX_COUNT, int, optional=True, doc="how many batches, 0 or more"),
            Port(ERROR_COUNT, int, optional=True, doc="after how many batches it fails"),
            Port(BATCH_SIZE, int, optional=True, doc="how many numbers in a call, 1 or more"),
            Port(INITIAL_VALUE, int, optional=True, doc="the first number"),
            Port(INCREMENT, int, optional=True, doc="from one number to the next, 1 or more"),
            Port(ERROR_ON_OPEN, bool, optional=True, doc="whether it fails at once"),
        ),
    )

    @classmethod
    def contract_for(cls, node: NodeShape[NoOptions]) -> Contract:
        """Check that something says when to stop.

        Raises:
            ContractError: neither MAX_COUNT nor ERROR_COUNT is connected.
        """
        if MAX_COUNT not in node.side_inputs and ERROR_COUNT not in node.side_inputs:
            raise ContractError(NO_END)
        return cls.contract

    def open(self, context: Context) -> None:
        """Read the side packets.

        Raises:
            UsageError: one is out of its range, or none says when to stop.
            RuntimeError: an error in open is wanted.
        """
        given = context.side_inputs
        if given.get(ERROR_ON_OPEN, default=False):
            raise RuntimeError("an error in open was asked for")
        self._max_count: int | None = given.get(MAX_COUNT)
        self._error_count: int | None = given.get(ERROR_COUNT)
        if self._max_count is None and self._error_count is None:
            raise UsageError(NO_END)
        self._batch_size: int = given.get(BATCH_SIZE, default=1)
        self._next: int = given.get(INITIAL_VALUE, default=0)
        self._increment: int = given.get(INCREMENT, default=1)
        lowest = {
            MAX_COUNT: (self._max_count, 0),
            ERROR_COUNT: (self._error_count, 0),
            BATCH_SIZE: (self._batch_size, 1),
            INCREMENT: (self._increment, 1),
        }
        for name, (found, expected) in lowest.items():
            if found is not None and found < expected:
                raise UsageError(f"{name}: found {found}; expected {expected} or more")
        self._batch_count = 0

    def process(self, context: Context) -> None:
        """Give one batch.

        Raises:
            RuntimeError: an error after so many batches is wanted.
        """
        if self._error_count is not None and self._batch_count >= self._error_count:
            raise RuntimeError(f"an error after {self._error_count} batches was asked for")
        if self._max_count is not None and self._batch_count >= self._max_count:
            context.stop()
            return
        for _ in range(self._batch_size):
            context.outputs[0].add(Packet(self._next, self._next))
            self._next += self._increment
        self._batch_count += 1
