"""Read one detection from a node that takes either a single one or a batch."""

from __future__ import annotations

from calculators.types import Detection
from graphflow import Context
from graphflow.nodes.node_shape import ConnectedPorts
from graphflow.words.errors import ContractError


def check_detection_inputs(inputs: ConnectedPorts) -> None:
    """Check that exactly one of DETECTION and DETECTIONS is connected.

    Raises:
        ContractError: none or both are.
    """
    if ("DETECTION" in inputs) == ("DETECTIONS" in inputs):
        raise ContractError("expected exactly one of the inputs DETECTION and DETECTIONS")


def first_detection(context: Context) -> Detection | None:
    """Return the detection at this time: DETECTION, or the first of DETECTIONS; None if none."""
    single = context.inputs.get("DETECTION")
    if single is not None:
        detection: Detection | None = single.get()
        return detection
    batch = context.inputs["DETECTIONS"]
    if batch.is_empty or len(batch.value) == 0:
        return None
    first: Detection = batch.value.detection(0)
    return first
