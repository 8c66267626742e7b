"""ThresholdingCalculator: is a number above a threshold?"""

from __future__ import annotations

from pydantic import Field

from graphflow import Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.words.errors import ContractError


class ThresholdingOptions(Options):
    """The threshold."""

    threshold: float = Field(
        0.0, description="a number passes if it is greater; side packet THRESHOLD overrides it"
    )


@register
class ThresholdingCalculator(Calculator[ThresholdingOptions]):
    """Compare each number with a threshold; only a strictly greater one is accepted.

    Timing: one answer for each number. A packet on the stream THRESHOLD changes the threshold from
    its own timestamp on.

    Options: threshold (0.0).

    Example:
        ```yaml
        input_stream: [score]
        output_stream: [is_present]
        node:
          - calculator: ThresholdingCalculator
            input_stream: ["FLOAT:score"]
            output_stream: ["FLAG:is_present"]
            options: {threshold: 0.5}
        ```

    Source: MediaPipe, calculators/util/thresholding_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("FLOAT", float, doc="the number, of any range"),
            Port("THRESHOLD", float, optional=True, doc="the threshold from now on"),
        ),
        outputs=(
            Port("FLAG", bool, optional=True, doc="whether the number is greater"),
            Port("ACCEPT", bool, optional=True, doc="True where the number is greater, else none"),
            Port("REJECT", bool, optional=True, doc="False where it is not greater, else none"),
        ),
        side_inputs=(Port("THRESHOLD", float, optional=True, doc="overrides the option"),),
        options=ThresholdingOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[ThresholdingOptions]) -> Contract:
        """Check that there is one threshold, and somebody who wants to know.

        Raises:
            ContractError: there are two, or no output is connected.
        """
        if "THRESHOLD" in node.side_inputs and "THRESHOLD" in node.inputs:
            raise ContractError(
                "found THRESHOLD as stream and as side packet; expected one of them"
            )
        if not len(node.outputs):
            raise ContractError("no output is connected; expected FLAG, ACCEPT or REJECT")
        return cls.contract

    def open(self, context: Context) -> None:
        """Choose the threshold."""
        self._threshold: float = context.side_inputs.get(
            "THRESHOLD", default=self.options.threshold
        )

    def process(self, context: Context) -> None:
        """Compare one number."""
        threshold = context.inputs.get("THRESHOLD")
        if threshold is not None and not threshold.is_empty:
            self._threshold = threshold.value
        number = context.inputs["FLOAT"]
        if number.is_empty:
            return
        # Both are doubles, as in the source: a float32 0.5 is not above 0.5.
        is_accepted = float(number.value) > self._threshold
        if (flag := context.outputs.get("FLAG")) is not None:
            flag.emit(is_accepted)
        chosen = context.outputs.get("ACCEPT" if is_accepted else "REJECT")
        if chosen is not None:
            chosen.emit(is_accepted)
