"""TensorsToDetectionsCalculator: decode a single-shot detector's tensors."""

from __future__ import annotations

from pydantic import Field

from calculators.kernels.boxes import BoxDecoding, decode_detections
from calculators.types import Anchors, Detections, Tensors
from graphflow import Calculator, Context, Contract, Options, Port, register
from graphflow.words.errors import UsageError


class TensorsToDetectionsOptions(Options):
    """Layout of the tensors; the names are MediaPipe's."""

    num_classes: int = Field(1, ge=1, le=1, description="kinds of objects; only 1 is supported")
    num_boxes: int = Field(ge=1, description="boxes that the model predicts, one per anchor")
    num_coords: int = Field(ge=4, description="values per box, keypoints included")
    x_scale: float = Field(0.0, description="divisor of x values: the input's width in pixels")
    y_scale: float = Field(0.0, description="divisor of y values: the input's height in pixels")
    w_scale: float = Field(0.0, description="divisor of widths")
    h_scale: float = Field(0.0, description="divisor of heights")
    box_coord_offset: int = Field(0, ge=0, description="column of the first box value")
    keypoint_coord_offset: int = Field(0, ge=0, description="column of the first keypoint value")
    num_keypoints: int = Field(0, ge=0, description="keypoints per box")
    num_values_per_keypoint: int = Field(2, ge=2, le=2, description="columns per keypoint")
    apply_exponential_on_box_size: bool = Field(False, description="sizes are logarithms")
    reverse_output_order: bool = Field(
        False, description="columns are x, y, width, height (else y, x, height, width)"
    )
    sigmoid_score: bool = Field(False, description="scores are logits")
    score_clipping_thresh: float | None = Field(
        None, gt=0.0, description="bound of the logits' magnitude; none by default"
    )
    min_score_thresh: float | None = Field(
        None, description="lowest score kept; all by default. MIN_SCORE_THRESH overrides it"
    )


@register
class TensorsToDetectionsCalculator(Calculator[TensorsToDetectionsOptions]):
    """Decode a detector's boxes and scores into detections above a score.

    Timing: one batch of detections for each set of tensors, also if it is empty.

    Options: num_classes (1), num_boxes, num_coords (values per box), x_scale, y_scale, w_scale,
    h_scale (divisors, normally the input's sides in pixels), box_coord_offset,
    keypoint_coord_offset (columns; 0), num_keypoints (0), num_values_per_keypoint (2),
    apply_exponential_on_box_size (false), reverse_output_order (false), sigmoid_score (false),
    score_clipping_thresh (above 0; none), min_score_thresh (none).

    Example:
        ```yaml
        input_stream: [detection_tensors]
        input_side_packet: [anchors]
        output_stream: [unfiltered_detections]
        node:
          - calculator: TensorsToDetectionsCalculator
            input_stream: ["TENSORS:detection_tensors"]
            input_side_packet: ["ANCHORS:anchors"]
            output_stream: ["DETECTIONS:unfiltered_detections"]
            options:
              num_boxes: 2254
              num_coords: 12
              num_keypoints: 4
              keypoint_coord_offset: 4
              x_scale: 224.0
              y_scale: 224.0
              w_scale: 224.0
              h_scale: 224.0
              reverse_output_order: true
              sigmoid_score: true
              score_clipping_thresh: 100.0
              min_score_thresh: 0.5
        ```

    Source: MediaPipe, calculators/tensor/tensors_to_detections_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port(
                "TENSORS",
                Tensors,
                doc="[0]: boxes, num_boxes x num_coords; [1]: scores, num_boxes x num_classes",
            ),
        ),
        outputs=(Port("DETECTIONS", Detections, doc="in anchor order, normalised to the tensor"),),
        side_inputs=(
            Port("ANCHORS", Anchors, doc="(num_boxes, 4) of SsdAnchorsCalculator"),
            Port("MIN_SCORE_THRESH", float, optional=True, doc="overrides the option, 0.0 to 1.0"),
        ),
        options=TensorsToDetectionsOptions,
    )

    def open(self, context: Context) -> None:
        """Check the layout against the anchors."""
        options = self.options
        self._anchors: Anchors = context.side_inputs["ANCHORS"]
        if len(self._anchors) != options.num_boxes:
            raise UsageError(
                f"found {len(self._anchors)} anchors; expected num_boxes {options.num_boxes}"
            )
        min_score = context.side_inputs.get("MIN_SCORE_THRESH", default=options.min_score_thresh)
        layout = options.model_dump(exclude={"num_classes", "num_boxes", "min_score_thresh"})
        try:
            self._decoding = BoxDecoding(**layout, min_score_thresh=min_score)
        except ValueError as fault:
            raise UsageError(str(fault)) from fault

    def process(self, context: Context) -> None:
        """Decode one run of the model."""
        tensors = context.inputs["TENSORS"]
        if tensors.is_empty:
            return
        if len(tensors.value) != 2:
            raise ValueError(f"found {len(tensors.value)} tensors; expected boxes and scores")
        boxes, scores = tensors.value
        detections = decode_detections(boxes, scores, self._anchors, self._decoding)
        context.outputs["DETECTIONS"].emit(detections)
