"""InferenceCalculator: run a TFLite model, and only what is wanted of it."""

from __future__ import annotations

from pydantic import Field

from calculators.tensor.model_pool import MODELS, Loan, ModelPool
from calculators.types import Tensor, Tensors
from graphflow import Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.nodes.resources import Resource
from graphflow.words.errors import ContractError, UsageError


class InferenceOptions(Options):
    """Which model, and with how many threads."""

    model_path: Resource | None = Field(
        None, description="a name from models/manifest.yaml (verified), or a path (as it is)"
    )
    num_threads: int = Field(
        1, ge=1, description="threads of one model run (MediaPipe: delegate.xnnpack.num_threads)"
    )


NO_MODEL = "no model: set the option model_path or the side packet MODEL_PATH"


@register
class InferenceCalculator(Calculator[InferenceOptions]):
    """Run a TFLite model on each set of tensors.

    Connect either TENSORS, which carries all outputs of the model together, or any of TENSOR:0,
    TENSOR:1, ..., each carrying the output of that number alone. An output that is not connected,
    or that side packet ENABLE:i switches off, is cut out of the model with every operator that
    only it needs: it costs nothing, and its stream stays empty.

    A graph keeps its loaded models for its next run.

    Timing: one result for each set of tensors.

    Options: model_path (a name of models/manifest.yaml, or a path), num_threads (1 or more; 1).

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
            Port(
                "TENSOR", Tensors, optional=True, repeated=True, sparse=True, doc="output i, alone"
            ),
        ),
        side_inputs=(
            Port("MODEL_PATH", str, optional=True, doc="overrides the option model_path"),
            Port("NUM_THREADS", int, optional=True, doc="overrides the option num_threads"),
            Port(
                "ENABLE",
                bool,
                optional=True,
                repeated=True,
                sparse=True,
                doc="false switches TENSOR:i off",
            ),
        ),
        options=InferenceOptions,
        optional_services=(MODELS,),
        releases_lock=True,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[InferenceOptions]) -> Contract:
        """Check that a model can be named, and that its outputs are taken in one way.

        Raises:
            ContractError: neither an option nor a side packet names a model, or the outputs mix.
        """
        if not node.options.model_path and "MODEL_PATH" not in node.side_inputs:
            raise ContractError(NO_MODEL)
        if ("TENSORS" in node.outputs) == ("TENSOR" in node.outputs):
            raise ContractError("expected either output TENSORS or outputs TENSOR:0, TENSOR:1, ...")
        return cls.contract

    def open(self, context: Context) -> None:
        """Find, verify, prune and load the model; or borrow it, if an earlier run loaded it."""
        name = context.side_inputs.get("MODEL_PATH", default=self.options.model_path)
        if not name:
            raise UsageError(NO_MODEL)
        threads = context.side_inputs.get("NUM_THREADS", default=self.options.num_threads)
        self._wanted = self._wanted_outputs(context)
        # A graph inside another has the outer one's pool, if that one has models.
        self._pool = context.find_service(MODELS) or ModelPool()
        path = self._pool.find(name)
        self._loan: Loan | None = None
        if self._wanted is None or self._wanted:
            try:
                self._loan = self._pool.borrow(path, threads, self._wanted)
            except ValueError as fault:
                raise UsageError(f"{path}: {fault}") from fault

    def process(self, context: Context) -> None:
        """Run the model once."""
        tensors = context.inputs["TENSORS"]
        if tensors.is_empty or self._loan is None:
            return
        results = tuple(Tensor(result) for result in self._loan.model.invoke(tensors.value))
        if self._wanted is None:
            context.outputs["TENSORS"].emit(Tensors(results))
            return
        for index, result in zip(self._wanted, results, strict=True):
            context.outputs["TENSOR", index].emit(Tensors((result,)))

    def close(self, context: Context) -> None:
        """Give the model back."""
        if self._loan is not None:
            self._pool.give_back(self._loan)

    def _wanted_outputs(self, context: Context) -> list[int] | None:
        """Return the numbers of the outputs to compute, or None for all of them together."""
        connected = [output.index for output in context.outputs.tagged("TENSOR")]
        if not connected:
            return None
        return [
            index for index in connected if context.side_inputs.get("ENABLE", index, default=True)
        ]
