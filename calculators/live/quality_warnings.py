"""QualityWarningsCalculator: when a picture begins to suit the tracking of a pose badly.

Theory. Each frame is measured; each kind of warning has a rule that says whether what was measured
is past its limit; a state with hysteresis in time makes begins and ends of that. A frame that can't
be measured (there is no body, the detector did not run) changes nothing, but for one thing: without
a body nobody is too far away and no head is missing, so such warnings end with the body.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from calculators.kernels.persistence import Persistence
from calculators.kernels.pose_quality import body_size, head_share, light_of
from calculators.types import (
    Detections,
    ImageSize,
    NormalizedLandmarks,
    PoseEvent,
    PoseEventKind,
    PoseEvents,
    PoseQuality,
    RgbImage,
)
from graphflow import Calculator, Context, Contract, NodeShape, Options, Packet, Port, register
from graphflow.words.errors import ContractError
from graphflow.words.timestamp import MAX


class QualityWarningsOptions(Options):
    """Options of QualityWarningsCalculator."""

    body_size_min: float = Field(
        0.3,
        ge=0.0,
        description="too_far below it: the body's size as a share of the picture's longer side",
    )
    head_seen_min: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        description="head_out_of_frame below it: the share of nose, eyes and ears that is seen",
    )
    people_max: int = Field(1, ge=1, description="several_people above it")
    luma_min: float = Field(
        32.0, ge=0.0, le=255.0, description="poor_light below it: mean luma, 0 to 255"
    )
    contrast_min: float = Field(
        15.0,
        ge=0.0,
        le=127.5,
        description="poor_light of a body below it: standard deviation of the luma",
    )
    begin_after_s: float = Field(
        1.0, ge=0.0, description="a warning begins once it has held for so long"
    )
    end_after_s: float = Field(
        1.0, ge=0.0, description="a warning ends once it has not held for so long"
    )


@dataclass(frozen=True)
class _Finding:
    """What a rule says of one frame."""

    is_past: bool
    measure: str
    value: float | None
    threshold: float


class _Warning:
    """One kind of warning on its way through a run."""

    def __init__(self, kind: PoseEventKind, options: QualityWarningsOptions) -> None:
        self._kind = kind
        self._persistence = Persistence(
            round(1e6 * options.begin_after_s), round(1e6 * options.end_after_s)
        )
        self._begun: _Finding | None = None

    def update(self, time_us: int, finding: _Finding) -> PoseEvent | None:
        """Take what the rule says; return what begins or ends by that."""
        change = self._persistence.update(time_us, finding.is_past)
        if change is None:
            return None
        begun, self._begun = self._begun, finding if change.is_on else None
        if change.is_on:
            return PoseEvent(
                self._kind,
                "begin",
                change.since_us,
                measure=finding.measure,
                value=finding.value,
                threshold=finding.threshold,
            )
        return self._end(begun, change.since_us, change.lasted_us, finding, is_cut=False)

    def cut(self, time_us: int) -> PoseEvent | None:
        """End with the run what has not ended."""
        change = self._persistence.cut(time_us)
        if change is None:
            return None
        return self._end(self._begun, change.since_us, change.lasted_us, None, is_cut=True)

    def _end(
        self,
        begun: _Finding | None,
        since_us: int,
        lasted_us: int,
        now: _Finding | None,
        *,
        is_cut: bool,
    ) -> PoseEvent:
        assert begun is not None, "what ends has begun"
        value = now.value if now is not None and now.measure == begun.measure else None
        return PoseEvent(
            self._kind, "end", since_us, lasted_us, begun.measure, value, begun.threshold, is_cut
        )


@register
class QualityWarningsCalculator(Calculator[QualityWarningsOptions]):
    """Warn where a picture leaves what the model of the pose is made for.

    Timing: QUALITY for each frame, what was measured. EVENTS: one packet where warnings begin or
    end, at the time of the frame that made it sure; each event says since when. What lasts when the
    streams end gets an end, 1 µs after the last frame, marked as cut. Warnings about the body end
    with it.

    Ports: IMAGE: the frames that were worked on. NORM_LANDMARKS: empty where nobody was found.
    DETECTIONS, all people that a detector sees, and with it DETECTOR_TICK, of any type, at each
    time at which the detector looked: a tick without DETECTIONS has seen nobody. Without these two
    there is no warning of several people: a tracker sees one.

    Options: too_far: body_size_min (share of the picture's longer side; 0.3). head_out_of_frame:
    head_seen_min (0 to 1; 0.5). several_people: people_max (1). poor_light: luma_min (0 to 255;
    32) and, of a body, for a bare wall has none, contrast_min (0 to 127.5; 15). Of all:
    begin_after_s (1.0), end_after_s (1.0). A limit of 0 never warns.

    Example:
        ```yaml
        input_stream: [image, pose_landmarks, image_for_detector, people]
        output_stream: [warnings, quality]
        node:
          - calculator: QualityWarningsCalculator
            input_stream:
              - "IMAGE:image"
              - "NORM_LANDMARKS:pose_landmarks"
              - "DETECTOR_TICK:image_for_detector"
              - "DETECTIONS:people"
            output_stream: ["EVENTS:warnings", "QUALITY:quality"]
            options: {body_size_min: 0.25}
        ```

    Source: ours. BlazePose's model card (2021) excludes people who are too far away, heads that are
    not visible, and several people; what is poor light was measured (docs/live.md).
    """

    contract = Contract(
        inputs=(
            Port("IMAGE", RgbImage, doc="(H, W, 3) uint8, each frame that was worked on"),
            Port("NORM_LANDMARKS", NormalizedLandmarks, doc="(33, 5); empty without a body"),
            Port("DETECTIONS", Detections, optional=True, doc="all people, where there are any"),
            Port("DETECTOR_TICK", optional=True, doc="when the detector looked, of any type"),
        ),
        outputs=(
            Port("EVENTS", PoseEvents, optional=True, doc="warnings that begin or end"),
            Port("QUALITY", PoseQuality, optional=True, doc="what was measured, for each frame"),
        ),
        options=QualityWarningsOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[QualityWarningsOptions]) -> Contract:
        """Check that DETECTIONS come with their tick.

        Raises:
            ContractError: one of both is connected without the other.
        """
        found = [tag for tag in ("DETECTIONS", "DETECTOR_TICK") if tag in node.inputs]
        if len(found) == 1:
            raise ContractError(f"found {found[0]} alone; expected DETECTIONS and DETECTOR_TICK")
        return cls.contract

    def open(self, context: Context) -> None:
        """Begin without warnings."""
        kinds: tuple[PoseEventKind, ...] = (
            "too_far",
            "head_out_of_frame",
            "several_people",
            "poor_light",
        )
        self._warnings = {kind: _Warning(kind, self.options) for kind in kinds}
        self._last_us: int | None = None

    def process(self, context: Context) -> None:
        """Measure one frame."""
        image = context.inputs["IMAGE"]
        if image.is_empty:
            return
        quality = _measure(context, image.value)
        if "QUALITY" in context.outputs:
            context.outputs["QUALITY"].emit(quality)
        self._last_us = int(context.timestamp)
        findings = self._findings(quality)
        changes = [
            self._warnings[kind].update(self._last_us, finding)
            for kind, finding in findings.items()
        ]
        events = tuple(each for each in changes if each is not None)
        if events and "EVENTS" in context.outputs:
            context.outputs["EVENTS"].emit(PoseEvents(events))

    def close(self, context: Context) -> None:
        """End the warnings that last."""
        output = context.outputs.get("EVENTS")
        if self._last_us is None or output is None or not output.bound < MAX:
            return
        ends = [each.cut(self._last_us) for each in self._warnings.values()]
        events = tuple(each for each in ends if each is not None)
        if events:
            time = max(self._last_us + 1, output.bound)
            output.add(Packet(PoseEvents(events), time))

    def _findings(self, quality: PoseQuality) -> dict[PoseEventKind, _Finding]:
        """Hold what was measured against the limits; what was not measured is left out."""
        limits = self.options
        found: dict[PoseEventKind, _Finding] = {
            "too_far": _below("body_size", quality.body_size, limits.body_size_min),
            "head_out_of_frame": _below("head_seen", quality.head_seen, limits.head_seen_min),
        }
        if quality.people is not None:
            is_past = quality.people > limits.people_max
            found["several_people"] = _Finding(
                is_past, "people", float(quality.people), float(limits.people_max)
            )
        luma = _below("luma", quality.luma, limits.luma_min)
        contrast = _below("contrast", quality.contrast, limits.contrast_min)
        is_flat = contrast.is_past and quality.body_size is not None and not luma.is_past
        found["poor_light"] = contrast if is_flat else luma
        return found


def _below(measure: str, value: float | None, limit: float) -> _Finding:
    return _Finding(value is not None and value < limit, measure, value, limit)


def _measure(context: Context, image: RgbImage) -> PoseQuality:
    landmarks: Any = context.inputs["NORM_LANDMARKS"].get()
    light = light_of(image, landmarks)
    size = ImageSize(image.shape[1], image.shape[0])
    tick, people = context.inputs.get("DETECTOR_TICK"), context.inputs.get("DETECTIONS")
    has_looked = tick is not None and people is not None and not tick.is_empty
    return PoseQuality(
        luma=light.luma,
        contrast=light.contrast,
        body_size=None if landmarks is None else body_size(landmarks, size),
        head_seen=None if landmarks is None else head_share(landmarks),
        people=len(people.get(())) if has_looked and people is not None else None,
    )
