"""ValuesSinkCalculator: numbers, truth values and texts into a file."""

from __future__ import annotations

from pydantic import Field

from calculators.media.values_writer import ValuesWriter, create_values, plain_value
from calculators.media.written import Written
from graphflow import Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.words.errors import ContractError

TIMESTAMP = "timestamp"


class ValuesSinkOptions(Options):
    """Options of ValuesSinkCalculator."""

    name: tuple[str, ...] = Field(
        (), description="for each VALUE, its key or column; without them value_0, value_1, ..."
    )


@register
class ValuesSinkCalculator(Calculator[ValuesSinkOptions]):
    """Write the values of each time as JSON Lines or CSV.

    Timing: one record at each time that has a packet on TICK; without TICK, at each time that has
    a value. What is empty there is null in JSON and an empty cell in CSV. Each record is on disk at
    once.

    Ports: VALUE, VALUE:1, ...: numbers, truth values or texts. TICK, of any type. Side input
    FILE_PATH (.jsonl, .ndjson or .csv); empty or absent: nothing is written. Side output WRITTEN.

    Options: name (a name for each VALUE).

    Example:
        ```yaml
        input_stream: [image, squats, knee_angle]
        input_side_packet: [values_path]
        node:
          - calculator: ValuesSinkCalculator
            input_stream: ["TICK:image", "VALUE:squats", "VALUE:1:knee_angle"]
            input_side_packet: ["FILE_PATH:values_path"]
            options: {name: [squats, knee_angle]}
        ```

    Source: none in MediaPipe.
    """

    contract = Contract(
        inputs=(
            Port("VALUE", repeated=True, doc="a number, truth value or text"),
            Port("TICK", optional=True, doc="when there is a record, of any type"),
        ),
        side_inputs=(
            Port("FILE_PATH", str, optional=True, doc="where records go; nowhere if empty"),
        ),
        side_outputs=(
            Port("WRITTEN", Written, optional=True, doc="path and number of records, at the end"),
        ),
        options=ValuesSinkOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[ValuesSinkOptions]) -> Contract:
        """Check the names against the values.

        Raises:
            ContractError: there are not as many, or two are equal.
        """
        names, values = node.options.name, len(node.inputs.indexes("VALUE"))
        if len(names) not in (0, values):
            raise ContractError(f"found {len(names)} names for {values} values; expected one each")
        if len({TIMESTAMP, *names}) <= len(names):
            raise ContractError(f'found a name twice; expected different ones, none "{TIMESTAMP}"')
        return cls.contract

    def open(self, context: Context) -> None:
        """Check that the file can be written."""
        path: str | None = context.side_inputs.get("FILE_PATH")
        count = len(context.inputs.tagged("VALUE"))
        names = self.options.name or tuple(f"value_{index}" for index in range(count))
        self._writer: ValuesWriter | None = create_values(path, names) if path else None

    def process(self, context: Context) -> None:
        """Write one record.

        Raises:
            ValueError: a value is neither a number nor a truth value nor a text.
        """
        tick = context.inputs.get("TICK")
        values = [plain_value(each.get()) for each in context.inputs.tagged("VALUE")]
        is_due = any(each is not None for each in values) if tick is None else not tick.is_empty
        if self._writer is not None and is_due:
            self._writer.write(int(context.timestamp), values)

    def close(self, context: Context) -> None:
        """Finish the file, also after a failure, and tell what was written."""
        written = Written(None, 0) if self._writer is None else self._writer.close()
        if "WRITTEN" in context.side_outputs:
            context.side_outputs["WRITTEN"] = written
