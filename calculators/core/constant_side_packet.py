"""ConstantSidePacketCalculator: side packets written into the graph."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field, model_validator

from graphflow import Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.words.errors import ContractError

PACKET = "PACKET"
INT32_MAX, INT64_MAX, UINT64_MAX = (1 << 31) - 1, (1 << 63) - 1, (1 << 64) - 1


class ConstantPacket(Options):
    """One constant: exactly one of the fields is given, and says its type."""

    int_value: int | None = Field(
        None, ge=-INT32_MAX - 1, le=INT32_MAX, description="an integer of 32 bits"
    )
    int64_value: int | None = Field(
        None, ge=-INT64_MAX - 1, le=INT64_MAX, description="an integer of 64 bits"
    )
    uint64_value: int | None = Field(
        None, ge=0, le=UINT64_MAX, description="an integer of 64 bits, 0 or more"
    )
    float_value: float | None = Field(None, description="a number")
    double_value: float | None = Field(None, description="a number")
    bool_value: bool | None = Field(None, description="true or false")
    string_value: str | None = Field(None, description="text")

    @model_validator(mode="after")
    def _check(self) -> ConstantPacket:
        if len(self._given) != 1:
            found = " and ".join(self._given) or "no value"
            raise ValueError(f"found {found}; expected exactly one value, such as int_value")
        return self

    @property
    def _given(self) -> dict[str, int | float | bool | str]:
        return {name: value for name, value in self if value is not None}

    @property
    def value(self) -> int | float | bool | str:
        """The constant."""
        return next(iter(self._given.values()))


class ConstantSidePacketOptions(Options):
    """Options of ConstantSidePacketCalculator."""

    packet: tuple[ConstantPacket, ...] = Field((), description="the constants, output by output")


@register
class ConstantSidePacketCalculator(Calculator[ConstantSidePacketOptions]):
    """Give constants, written into the graph, to nodes that take side packets.

    Timing: in `open`; there are no streams.

    Ports: PACKET, as many as there are constants.

    Options: packet, a list; each has one of int_value, int64_value, uint64_value, float_value,
    double_value, bool_value and string_value.

    Example:
        ```yaml
        output_side_packet: [pose_count, use_previous_pose]
        node:
          - calculator: ConstantSidePacketCalculator
            output_side_packet: ["PACKET:0:pose_count", "PACKET:1:use_previous_pose"]
            options:
              packet: [{int_value: 1}, {bool_value: true}]
        ```

    Source: MediaPipe, calculators/core/constant_side_packet_calculator.cc. There constants may also
        be lists of landmarks or classes, and headers of time series.
    """

    contract = Contract(
        side_outputs=(Port(PACKET, repeated=True, doc="a constant"),),
        options=ConstantSidePacketOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[ConstantSidePacketOptions]) -> Contract:
        """Give each side output the type of its constant.

        Raises:
            ContractError: there are more or fewer constants than outputs.
        """
        constants, outputs = len(node.options.packet), len(node.side_outputs)
        if constants != outputs:
            raise ContractError(
                f"found {constants} constants for {outputs} side outputs PACKET; expected one each"
            )
        kinds = {type(each.value) for each in node.options.packet}
        if len(kinds) != 1:
            return cls.contract
        port = Port(PACKET, kinds.pop(), repeated=True)
        return replace(cls.contract, side_outputs=(port,))

    def open(self, context: Context) -> None:
        """Give the constants."""
        for index, constant in enumerate(self.options.packet):
            context.side_outputs[PACKET, index] = constant.value
