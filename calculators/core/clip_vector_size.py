"""ClipVectorSizeCalculator: no more than so many elements of a collection."""

from __future__ import annotations

from pydantic import Field

from calculators.side_options import count_given
from graphflow import Calculator, Context, Contract, Options, Port, register


class ClipVectorSizeOptions(Options):
    """Options of ClipVectorSizeCalculator."""

    max_vec_size: int = Field(1, ge=1, description="how many elements to keep at most")


@register
class ClipVectorSizeCalculator(Calculator[ClipVectorSizeOptions]):
    """Keep the first elements of each collection, up to a number.

    Timing: for each collection one collection.

    Ports: one input and one output, sequences or arrays of the same kind. A side packet without tag
    goes before the option.

    Options: max_vec_size (1 or more; 1).

    Example:
        ```yaml
        input_stream: [poses]
        output_stream: [two_poses]
        node:
          - calculator: ClipVectorSizeCalculator
            input_stream: ["poses"]
            output_stream: ["two_poses"]
            options: {max_vec_size: 2}
        ```

    Source: MediaPipe, calculators/core/clip_vector_size_calculator.h, which is registered once for
        each type of element.
    """

    contract = Contract(
        inputs=(Port("", doc="a sequence"),),
        outputs=(Port("", same_as="", doc="its first elements"),),
        side_inputs=(Port("", int, optional=True, doc="overrides max_vec_size; >= 1"),),
        options=ClipVectorSizeOptions,
    )

    def open(self, context: Context) -> None:
        """Find the number.

        Raises:
            UsageError: the side packet is below 1.
        """
        self._max_size = count_given(context, "", self.options.max_vec_size)

    def process(self, context: Context) -> None:
        """Clip one collection."""
        vector = context.inputs[0]
        if not vector.is_empty:
            context.outputs[0].emit(vector.value[: self._max_size])
