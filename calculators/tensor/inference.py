"""InferenceCalculator: run a TFLite model, and only what is wanted of it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from calculators.tensor.interpreter import Model
from calculators.types import Tensor, Tensors
from graphflow import Calculator, Context, Contract, Options, Port, register
from graphflow.errors import UsageError
from graphflow.resources import Resource, default_store


class InferenceOptions(Options):
    """Which model, and with how many threads."""

    model_path: Resource | None = Field(
        None, description="a name from models/manifest.yaml (verified), or a path (as it is)"
    )
    num_threads: int = Field(
        1, ge=1, description="threads of one model run (MediaPipe: delegate.xnnpack.num_threads)"
    )
    output_indices: tuple[int, ...] | None = Field(
        None,
        description="outputs of the model that TENSOR:0, TENSOR:1, ... carry; by default those "
        "of the same numbers",
    )
    switched_tensors: tuple[int, ...] = Field(
        (), description="numbers i of TENSOR:i that side packets ENABLE:0, ENABLE:1, ... switch"
    )


@register
class InferenceCalculator(Calculator[InferenceOptions]):
    """Run a TFLite model on each set of tensors.

    Connect either TENSORS, which carries all outputs of the model together, or TENSOR:0,
    TENSOR:1, ..., each carrying one output alone. An output of the model that no TENSOR:i carries,
    or whose TENSOR:i is switched off by a side packet, is cut out of the model with every operator
    that only it needs: it costs nothing, and its stream stays empty.

    Timing: one result for each set of tensors.

    Example:
        ```yaml
        input_stream: [input_tensors]
        output_stream: [detection_tensors]
        node:
          - calculator: InferenceCalculator
            input_stream: ["TENSORS:input_tensors"]
            output_stream: ["TENSORS:detection_tensors"]
            options: {model_path: pose_detection}
        ```

    Source: MediaPipe, calculators/tensor/inference_calculator_cpu.cc (the pruning is ours)
    """

    contract = Contract(
        inputs=(Port("TENSORS", Tensors, doc="the model's inputs, in its order"),),
        outputs=(
            Port("TENSORS", Tensors, optional=True, doc="all outputs, in the model's order"),
            Port("TENSOR", Tensors, optional=True, repeated=True, doc="one output, alone"),
        ),
        side_inputs=(
            Port("MODEL_PATH", str, optional=True, doc="overrides the option model_path"),
            Port("NUM_THREADS", int, optional=True, doc="overrides the option num_threads"),
            Port("ENABLE", bool, optional=True, repeated=True, doc="see switched_tensors"),
        ),
        options=InferenceOptions,
    )

    def open(self, context: Context) -> None:
        """Find, verify, prune and load the model."""
        name = context.side_inputs.get("MODEL_PATH", default=self.options.model_path)
        if not name:
            raise UsageError("no model: set the option model_path or the side packet MODEL_PATH")
        threads = context.side_inputs.get("NUM_THREADS", default=self.options.num_threads)
        self._tensors = self._wanted_tensors(context)
        path = default_store().find(name)
        self._model: Model | None = None
        if self._tensors is None or self._tensors:
            try:
                self._model = Model(path, threads, self._model_outputs(self._tensors))
            except ValueError as fault:
                raise UsageError(f"{path}: {fault}") from fault

    def process(self, context: Context) -> None:
        """Run the model once."""
        tensors = context.inputs["TENSORS"]
        if tensors.is_empty or self._model is None:
            return
        results = tuple(Tensor(result) for result in self._model.invoke(tensors.value))
        if self._tensors is None:
            context.outputs["TENSORS"].emit(Tensors(results))
            return
        for index, result in zip(self._tensors, results, strict=True):
            context.outputs["TENSOR", index].emit(Tensors((result,)))

    def close(self, context: Context) -> None:
        """Release the model's memory."""
        self._model = None

    def _wanted_tensors(self, context: Context) -> list[int] | None:
        """Return the numbers of the TENSOR:i to fill, or None for all outputs together."""
        connected = [output.index for output in context.outputs.tagged("TENSOR")]
        if ("TENSORS" in context.outputs) == bool(connected):
            raise UsageError("expected either output TENSORS or outputs TENSOR:0, TENSOR:1, ...")
        switched = self.options.switched_tensors
        given = context.side_inputs.indexes("ENABLE")
        if len(given) > len(switched) or not set(switched) <= set(connected):
            raise UsageError(
                f"found switched_tensors {list(switched)} with {len(given)} side packets ENABLE; "
                "expected for each of them the number of a connected TENSOR:i"
            )
        off = {
            switched[index]
            for index in given
            if not context.side_inputs.get("ENABLE", index, default=True)
        }
        return [index for index in connected if index not in off] if connected else None

    def _model_outputs(self, tensors: Sequence[int] | None) -> list[int] | None:
        """Return which outputs of the model the TENSOR:i carry."""
        indices = self.options.output_indices
        if tensors is None or indices is None:
            return None if tensors is None else list(tensors)
        if max(tensors) >= len(indices):
            raise UsageError(
                f"found output_indices for {len(indices)} outputs; TENSOR:{max(tensors)} has none"
            )
        return [indices[index] for index in tensors]
