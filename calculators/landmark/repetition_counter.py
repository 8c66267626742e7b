"""RepetitionCounterCalculator: how many squats, curls or sit-ups until now."""

from __future__ import annotations

from pydantic import Field, model_validator

from calculators.kernels.repetitions import RepetitionCount
from graphflow import Calculator, Context, Contract, Options, Port, register


class RepetitionCounterOptions(Options):
    """Options of RepetitionCounterCalculator."""

    low_angle_deg: float = Field(
        120.0, ge=0.0, le=180.0, description="at or below it a repetition has reached its bottom"
    )
    high_angle_deg: float = Field(
        150.0, ge=0.0, le=180.0, description="at or above it the repetition is over, and counts"
    )
    min_duration_s: float = Field(
        0.2, ge=0.0, description="a repetition that is over sooner after its bottom does not count"
    )

    @model_validator(mode="after")
    def _check(self) -> RepetitionCounterOptions:
        if self.low_angle_deg >= self.high_angle_deg:
            raise ValueError(
                f"found low_angle_deg {self.low_angle_deg} and high_angle_deg "
                f"{self.high_angle_deg}; expected the first to be lower"
            )
        return self


@register
class RepetitionCounterCalculator(Calculator[RepetitionCounterOptions]):
    """Count how often an angle went down to a low mark and came back up to a high one.

    Timing: for each angle one count, at its time, from 0 on. Where the angle has gaps (a joint is
    hidden for a while) the count has them too, and goes on after them.

    Options: low_angle_deg (120), high_angle_deg (150; higher than the low one), min_duration_s
    (0.2; from the bottom to the end).

    Example:
        ```yaml
        input_stream: [knee_angle]
        output_stream: [squats]
        node:
          - calculator: RepetitionCounterCalculator
            input_stream: ["ANGLE:knee_angle"]
            output_stream: ["COUNT:squats"]
            options: {low_angle_deg: 110.0, high_angle_deg: 150.0}
        ```

    Source: ours; two marks also count in MediaPipe, docs/solutions/pose_classification.md, there of
        the confidence of a class
    """

    contract = Contract(
        inputs=(Port("ANGLE", float, doc="degrees; NaN changes nothing"),),
        outputs=(Port("COUNT", int, doc="repetitions until now"),),
        options=RepetitionCounterOptions,
    )

    def open(self, context: Context) -> None:
        """Begin at 0."""
        options = self.options
        self._repetitions = RepetitionCount(
            options.low_angle_deg, options.high_angle_deg, round(1e6 * options.min_duration_s)
        )

    def process(self, context: Context) -> None:
        """Take one angle."""
        angle = context.inputs["ANGLE"]
        if not angle.is_empty:
            count = self._repetitions.update(angle.value, context.timestamp)
            context.outputs["COUNT"].emit(count)
