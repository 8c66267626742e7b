"""VisibilitySmoothingCalculator: steady the visibility of landmarks over time."""

from __future__ import annotations

from pydantic import Field, model_validator

from calculators.kernels.landmarks import LANDMARK_FIELDS
from calculators.kernels.low_pass import LowPassFilter
from calculators.types import FloatArray, NormalizedLandmarks, WorldLandmarks
from graphflow import Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.nodes.options import NoOptions
from graphflow.words.errors import ContractError

_VISIBILITY = LANDMARK_FIELDS.index("visibility")


class LowPassOptions(Options):
    """Exponential smoothing."""

    alpha: float = Field(0.1, ge=0.0, le=1.0, description="weight of the newest value")


class VisibilitySmoothingOptions(Options):
    """Which filter; exactly one. The names are MediaPipe's."""

    no_filter: NoOptions | None = Field(None, description="pass visibility as it is")
    low_pass_filter: LowPassOptions | None = Field(None, description="smooth exponentially")

    @model_validator(mode="after")
    def _check_choice(self) -> VisibilitySmoothingOptions:
        if (self.no_filter is None) == (self.low_pass_filter is None):
            raise ValueError("expected exactly one of no_filter and low_pass_filter")
        return self


@register
class VisibilitySmoothingCalculator(Calculator[VisibilitySmoothingOptions]):
    """Smooth the visibility of landmarks; everything else passes as it is.

    Timing: one list for each list. A gap in the input changes nothing: the filter goes on from
    where it was, as in MediaPipe.

    Options: exactly one of no_filter and low_pass_filter (alpha, weight of the newest value, 0 to
    1; 0.1).

    Example:
        ```yaml
        input_stream: [landmarks]
        output_stream: [filtered_visibility]
        node:
          - calculator: VisibilitySmoothingCalculator
            input_stream: ["NORM_LANDMARKS:landmarks"]
            output_stream: ["NORM_FILTERED_LANDMARKS:filtered_visibility"]
            options:
              low_pass_filter: {alpha: 0.1}
        ```

    Source: MediaPipe, calculators/util/visibility_smoothing_calculator.cc (ENABLE stands for its
        graphs' SwitchContainer)
    """

    contract = Contract(
        inputs=(
            Port("NORM_LANDMARKS", NormalizedLandmarks, optional=True, doc="(N, 5), of the image"),
            Port("LANDMARKS", WorldLandmarks, optional=True, doc="or (N, 5) of the world"),
        ),
        outputs=(
            Port("NORM_FILTERED_LANDMARKS", NormalizedLandmarks, optional=True, doc="smoothed"),
            Port("FILTERED_LANDMARKS", WorldLandmarks, optional=True, doc="smoothed"),
        ),
        side_inputs=(Port("ENABLE", bool, optional=True, doc="false: pass visibility as it is"),),
        options=VisibilitySmoothingOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[VisibilitySmoothingOptions]) -> Contract:
        """Check the ports against each other.

        Raises:
            ContractError: they are not one input, and its output.
        """
        is_normalized = "NORM_LANDMARKS" in node.inputs
        expected = "NORM_FILTERED_LANDMARKS" if is_normalized else "FILTERED_LANDMARKS"
        if len(node.inputs) != 1 or node.outputs.tags != (expected,):
            raise ContractError(
                "expected either NORM_LANDMARKS and NORM_FILTERED_LANDMARKS, "
                "or LANDMARKS and FILTERED_LANDMARKS"
            )
        return cls.contract

    def open(self, context: Context) -> None:
        """Choose the filter."""
        is_enabled = context.side_inputs.get("ENABLE", default=True)
        chosen = self.options.low_pass_filter if is_enabled else None
        self._alpha = 1.0 if chosen is None else chosen.alpha
        self._filter = None if chosen is None else LowPassFilter()

    def process(self, context: Context) -> None:
        """Smooth one list."""
        landmarks = context.inputs[0]
        if landmarks.is_empty:
            return
        result: FloatArray = landmarks.value
        if self._filter is not None:
            result = result.copy()
            result[:, _VISIBILITY] = self._filter.apply(result[:, _VISIBILITY], self._alpha)
        context.outputs[0].emit(result)
