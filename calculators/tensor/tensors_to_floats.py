"""TensorsToFloatsCalculator: read the numbers of a tensor."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calculators.kernels.transcendental import sigmoid
from calculators.tensor.activation import Activation
from calculators.types import FloatArray, Tensors
from graphflow import Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.words.errors import ContractError


class TensorsToFloatsOptions(Options):
    """How the values are read; the names are MediaPipe's."""

    activation: Activation = Field(
        Activation.NONE, description="applied to each value: NONE or SIGMOID"
    )


@register
class TensorsToFloatsCalculator(Calculator[TensorsToFloatsOptions]):
    """Read the numbers of a tensor: one, or all of them.

    Timing: one result for each set of tensors, which must hold exactly one tensor.

    Options: activation (NONE or SIGMOID; NONE).

    Example:
        ```yaml
        input_stream: [pose_flag_tensor]
        output_stream: [pose_presence_score]
        node:
          - calculator: TensorsToFloatsCalculator
            input_stream: ["TENSORS:pose_flag_tensor"]
            output_stream: ["FLOAT:pose_presence_score"]
        ```

    Source: MediaPipe, calculators/tensor/tensors_to_floats_calculator.cc
    """

    contract = Contract(
        inputs=(Port("TENSORS", Tensors, doc="one tensor, of one value if FLOAT is connected"),),
        outputs=(
            Port("FLOAT", float, optional=True, doc="the only value"),
            Port("FLOATS", FloatArray, optional=True, doc="(N,) float32, all values in order"),
        ),
        options=TensorsToFloatsOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[TensorsToFloatsOptions]) -> Contract:
        """Check that somebody wants a result.

        Raises:
            ContractError: no output is connected.
        """
        if not len(node.outputs):
            raise ContractError("no output is connected; expected FLOAT or FLOATS")
        return cls.contract

    def process(self, context: Context) -> None:
        """Read one tensor."""
        tensors = context.inputs["TENSORS"]
        if tensors.is_empty:
            return
        if len(tensors.value) != 1:
            raise ValueError(f"found {len(tensors.value)} tensors; expected one")
        values = tensors.value[0].reshape(-1)
        if self.options.activation is Activation.SIGMOID:
            values = sigmoid(values)
        if (floats := context.outputs.get("FLOATS")) is not None:
            floats.emit(np.array(values, np.float32))
        if (single := context.outputs.get("FLOAT")) is not None:
            if values.size != 1:
                raise ValueError(f"found {values.size} values; expected one for output FLOAT")
            single.emit(float(values[0]))
