"""LandmarksSinkCalculator: landmarks into a file."""

from __future__ import annotations

from typing import Any

from calculators.media.landmarks_writer import LandmarksWriter, create_landmarks
from calculators.media.pose_record import PoseRecord
from calculators.media.written import Written
from calculators.types import ImageSize, NormalizedLandmarks, NormalizedRect, WorldLandmarks
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class LandmarksSinkCalculator(Calculator[NoOptions]):
    """Write the landmarks of every frame as JSON Lines, CSV or .npz.

    Timing: one record at each timestamp that has an IMAGE_SIZE, whether or not a body was found:
    a frame without one is a record of nulls, never a missing one. Lines are on disk at once; .npz
    is written on close.

    Ports: IMAGE_SIZE; NORM_LANDMARKS, WORLD_LANDMARKS and NORM_RECT, each empty where nothing was
    found. Side input FILE_PATH (.jsonl, .ndjson, .csv or .npz); empty or absent: nothing is
    written. Side output WRITTEN.

    Options: none.

    Example:
        ```yaml
        input_stream: [image_size, pose_landmarks]
        input_side_packet: [landmarks_path]
        node:
          - calculator: LandmarksSinkCalculator
            input_stream: ["IMAGE_SIZE:image_size", "NORM_LANDMARKS:pose_landmarks"]
            input_side_packet: ["FILE_PATH:landmarks_path"]
        ```

    Source: none in MediaPipe.
    """

    contract = Contract(
        inputs=(
            Port("IMAGE_SIZE", ImageSize, doc="size in pixels, for every frame"),
            Port("NORM_LANDMARKS", NormalizedLandmarks, optional=True, doc="(33, 5), normalised"),
            Port("WORLD_LANDMARKS", WorldLandmarks, optional=True, doc="(33, 5), metres"),
            Port("NORM_RECT", NormalizedRect, optional=True, doc="(5,), region of the body"),
        ),
        side_inputs=(
            Port("FILE_PATH", str, optional=True, doc="where records go; nowhere if empty"),
        ),
        side_outputs=(
            Port("WRITTEN", Written, optional=True, doc="path and number of frames, at the end"),
        ),
    )

    def open(self, context: Context) -> None:
        """Check that the file can be written."""
        path: str | None = context.side_inputs.get("FILE_PATH")
        self._writer: LandmarksWriter | None = create_landmarks(path) if path else None
        self._frames = 0

    def process(self, context: Context) -> None:
        """Write one frame's record."""
        size = context.inputs["IMAGE_SIZE"]
        if self._writer is None or size.is_empty:
            return
        record = PoseRecord(
            timestamp=int(context.timestamp),
            frame=self._frames,
            size=size.value,
            pose_landmarks=_value(context, "NORM_LANDMARKS"),
            pose_world_landmarks=_value(context, "WORLD_LANDMARKS"),
            roi=_value(context, "NORM_RECT"),
        )
        self._writer.write(record)
        self._frames += 1

    def close(self, context: Context) -> None:
        """Finish the file, also after a failure, and tell what was written."""
        written = Written(None, 0) if self._writer is None else self._writer.close()
        if "WRITTEN" in context.side_outputs:
            context.side_outputs["WRITTEN"] = written


def _value(context: Context, tag: str) -> Any:
    found = context.inputs.get(tag)
    return None if found is None else found.get()
