"""GraphProfileCalculator: what the nodes of the graph did so far, as a stream."""

from __future__ import annotations

from pydantic import Field

from graphflow import Calculator, Context, Contract, Options, Port, register
from graphflow.running.profile import PROFILE, GraphProfile


class GraphProfileOptions(Options):
    """Options of GraphProfileCalculator."""

    profile_interval: int = Field(
        1_000_000,
        ge=0,
        description="microseconds, in packet time, from one profile to the next",
    )


@register
class GraphProfileCalculator(Calculator[GraphProfileOptions]):
    """Emit the profile of the run, from its start until now, every so often.

    Timing: at the first frame, and at each that comes `profile_interval` or more after the frame
    of the last profile; other times are settled.

    Ports: FRAME, streams of any type, says when; PROFILE has the profiles: for each node calls,
    busy, queued and waiting time, and packets lost, as `graphflow run --profile` prints them. A run
    with this node is traced, which costs a little at each call.

    Options: profile_interval (microseconds of packet time; 1000000).

    Example:
        ```yaml
        input_stream: [image]
        output_stream: [same_image, profile]
        node:
          - calculator: PassThroughCalculator
            input_stream: ["image"]
            output_stream: ["same_image"]
          - calculator: GraphProfileCalculator
            input_stream: ["FRAME:same_image"]
            output_stream: ["PROFILE:profile"]
            options: {profile_interval: 500000}
        ```

    Source: MediaPipe, calculators/core/graph_profile_calculator.cc. There a profile has histograms
    and the trace since the one before; here it has the sums since the start.
    """

    contract = Contract(
        inputs=(Port("FRAME", repeated=True, doc="packets whose times count"),),
        outputs=(Port("PROFILE", GraphProfile, doc="what each node did so far"),),
        options=GraphProfileOptions,
        services=(PROFILE,),
        varies_with="the clock",
    )

    def open(self, context: Context) -> None:
        """Start without a profile."""
        self._next_time: int | None = None

    def process(self, context: Context) -> None:
        """Emit a profile if it is time for one."""
        if all(frame.is_empty for frame in context.inputs):
            return
        time = context.timestamp
        if self._next_time is None or time >= self._next_time:
            self._next_time = time + self.options.profile_interval
            context.outputs["PROFILE"].emit(context.service(PROFILE).capture())
