"""PoseEventsCalculator: when a body comes, and when it goes."""

from __future__ import annotations

from pydantic import Field

from calculators.kernels.persistence import Change, Persistence
from calculators.types import NormalizedLandmarks, PoseEvent, PoseEvents
from graphflow import Calculator, Context, Contract, Options, Packet, Port, register
from graphflow.words.timestamp import MAX


class PoseEventsOptions(Options):
    """Options of PoseEventsCalculator."""

    appear_after_s: float = Field(
        0.2, ge=0.0, description="a body is there once it has been seen for so long"
    )
    gone_after_s: float = Field(
        1.0, ge=0.0, description="a body is gone once it has not been seen for so long"
    )


@register
class PoseEventsCalculator(Calculator[PoseEventsOptions]):
    """Tell when the presence of a body begins and ends.

    Timing: nothing at most times; one packet where presence has begun or ended, at the time of the
    frame that made it sure. The event itself says since when. A body that is there when the
    streams end gets an end too, 1 µs after the last frame, marked as cut.

    Ports: TICK, of any type: each frame that was looked at; a frame that a limiter dropped must not
    be there, or it counts as one without a body. NORM_LANDMARKS: empty where nobody was found.

    Options: appear_after_s (0.2; a detection that lasts for a few frames only is no body),
    gone_after_s (1.0; the tracker loses somebody who is covered for a moment). 0: the first frame
    decides.

    Example:
        ```yaml
        input_stream: [image, pose_landmarks]
        output_stream: [presence_events]
        node:
          - calculator: PoseEventsCalculator
            input_stream: ["TICK:image", "NORM_LANDMARKS:pose_landmarks"]
            output_stream: ["EVENTS:presence_events"]
            options: {appear_after_s: 0.5}
        ```

    Source: ours
    """

    contract = Contract(
        inputs=(
            Port("TICK", doc="each frame that was looked at, of any type"),
            Port("NORM_LANDMARKS", NormalizedLandmarks, doc="(33, 5); empty without a body"),
        ),
        outputs=(Port("EVENTS", PoseEvents, doc="one event, where something began or ended"),),
        options=PoseEventsOptions,
    )

    def open(self, context: Context) -> None:
        """Begin with nobody."""
        options = self.options
        self._presence = Persistence(
            round(1e6 * options.appear_after_s), round(1e6 * options.gone_after_s)
        )
        self._last_us: int | None = None

    def process(self, context: Context) -> None:
        """Look at one frame."""
        if context.inputs["TICK"].is_empty:
            return
        self._last_us = int(context.timestamp)
        change = self._presence.update(self._last_us, not context.inputs["NORM_LANDMARKS"].is_empty)
        if change is not None:
            context.outputs["EVENTS"].emit(PoseEvents((_event(change),)))

    def close(self, context: Context) -> None:
        """End what lasts."""
        output = context.outputs["EVENTS"]
        if self._last_us is None or not output.bound < MAX:
            return
        change = self._presence.cut(self._last_us)
        if change is not None:
            time = max(self._last_us + 1, output.bound)
            output.add(Packet(PoseEvents((_event(change, is_cut=True),)), time))


def _event(change: Change, *, is_cut: bool = False) -> PoseEvent:
    if change.is_on:
        return PoseEvent("presence", "begin", change.since_us)
    return PoseEvent("presence", "end", change.since_us, change.lasted_us, is_cut=is_cut)
