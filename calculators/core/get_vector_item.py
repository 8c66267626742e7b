"""GetVectorItemCalculator: one element of a collection."""

from __future__ import annotations

from pydantic import Field

from graphflow import Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.words.errors import ContractError


class GetVectorItemOptions(Options):
    """Options of GetVectorItemCalculator."""

    item_index: int | None = Field(
        None, ge=0, description="which element to take where INDEX has no packet"
    )
    output_empty_on_oob: bool = Field(
        False, description="whether an index beyond the last element gives no packet, not an error"
    )


@register
class GetVectorItemCalculator(Calculator[GetVectorItemOptions]):
    """Take one element out of each collection.

    Timing: for each collection one element; none where nothing says which.

    Ports: VECTOR, a sequence or array; INDEX, from 0, goes before the option; ITEM, the element.

    Options: item_index (0 or more; none), output_empty_on_oob (false).

    Example:
        ```yaml
        input_stream: [poses]
        output_stream: [second_pose]
        node:
          - calculator: GetVectorItemCalculator
            input_stream: ["VECTOR:poses"]
            output_stream: ["ITEM:second_pose"]
            options: {item_index: 1, output_empty_on_oob: true}
        ```

    Source: MediaPipe, calculators/core/get_vector_item_calculator.h, which is registered once for
        each type of element.
    """

    contract = Contract(
        inputs=(
            Port("VECTOR", doc="a sequence"),
            Port("INDEX", int, optional=True, doc="which element to take, from 0"),
        ),
        outputs=(Port("ITEM", doc="the element"),),
        options=GetVectorItemOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[GetVectorItemOptions]) -> Contract:
        """Check that something says which element.

        Raises:
            ContractError: neither the input INDEX nor the option item_index is there.
        """
        if "INDEX" not in node.inputs and node.options.item_index is None:
            raise ContractError("nothing says which element to take; expected INDEX or item_index")
        return cls.contract

    def process(self, context: Context) -> None:
        """Take one element.

        Raises:
            ValueError: the index lies outside the collection.
        """
        vector = context.inputs["VECTOR"]
        index_input = context.inputs.get("INDEX")
        index = (
            self.options.item_index
            if index_input is None
            else index_input.get(self.options.item_index)
        )
        if vector.is_empty or index is None:
            return
        count = len(vector.value)
        if 0 <= index < count:
            context.outputs["ITEM"].emit(vector.value[index])
        elif index < 0 or not self.options.output_empty_on_oob:
            raise ValueError(f"found index {index}; expected one from 0 to {count - 1}")
