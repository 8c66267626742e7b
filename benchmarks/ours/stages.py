"""To which stage of a frame's way each calculator of the pose graphs belongs."""

from __future__ import annotations

from typing import Any, Final

DECODE: Final = "decode the video"
CROP: Final = "crop"
TENSORS: Final = "tensors in and out"
INVOKE: Final = "invoke"
DECODE_TENSORS: Final = "decode tensors"
REGIONS: Final = "project, find the next region"
SMOOTH: Final = "smooth"
DRAW: Final = "draw"
ENCODE: Final = "encode the video"
FLOW: Final = "gates, merges, loops"
REST: Final = "scheduler, and the rest"

ORDER: Final = (
    DECODE,
    CROP,
    TENSORS,
    INVOKE,
    DECODE_TENSORS,
    REGIONS,
    SMOOTH,
    DRAW,
    ENCODE,
    FLOW,
    REST,
)

# By module; the longest name that fits counts.
_STAGES: Final = {
    "calculators.core": FLOW,
    "calculators.detection": REGIONS,
    "calculators.flow": FLOW,
    "calculators.landmark": REGIONS,
    "calculators.landmark.landmarks_smoothing": SMOOTH,
    "calculators.landmark.refine_landmarks_from_heatmap": DECODE_TENSORS,
    "calculators.landmark.visibility_smoothing": SMOOTH,
    "calculators.media.image_properties": FLOW,
    "calculators.media.landmarks_sink": ENCODE,
    "calculators.media.media_sink": ENCODE,
    "calculators.media.media_source": DECODE,
    "calculators.media.pose_overlay": DRAW,
    "calculators.tensor": DECODE_TENSORS,
    "calculators.tensor.image_to_tensor": CROP,
    "calculators.tensor.inference": INVOKE,
    "calculators.tensor.inverse_matrix": REGIONS,
    "calculators.tensor.segmentation_smoothing": SMOOTH,
    "calculators.tensor.warp_affine": REGIONS,
}


def stage_of(calculator: type[Any]) -> str:
    """Return the stage of a calculator's class.

    Raises:
        KeyError: it is none of the pose graphs'.
    """
    name = calculator.__module__
    while name not in _STAGES and "." in name:
        name = name.rpartition(".")[0]
    return _STAGES[name]
