"""Every node of the library: importing this module offers them all to graphs, and codecs.

It is what the distribution names in its entry point. A node's module is imported when a graph names
the node, so a graph costs the imports of its own nodes: one without media needs no codec.
"""

from __future__ import annotations

from typing import Final

from graphflow.nodes.codecs import codecs
from graphflow.nodes.registry import registry
from graphflow.words.displays import displays
from graphflow.words.views import views
from graphflow.words.web import web_forms
from graphflow.words.windows import windows

NODES: Final = {
    "AddHeaderCalculator": "calculators.core.add_header",
    "BeginItemLoopCalculator": "calculators.core.begin_item_loop",
    "BeginLoopCalculator": "calculators.core.begin_loop",
    "BestItemCalculator": "calculators.core.best_item",
    "BypassCalculator": "calculators.core.bypass",
    "ClipVectorSizeCalculator": "calculators.core.clip_vector_size",
    "ClockLatencyCalculator": "calculators.core.clock_latency",
    "ClockTimestampCalculator": "calculators.core.clock_timestamp",
    "ConcatenateVectorCalculator": "calculators.core.concatenate_vector",
    "ConstantSidePacketCalculator": "calculators.core.constant_side_packet",
    "CountingSourceCalculator": "calculators.core.counting_source",
    "DefaultSidePacketCalculator": "calculators.core.default_side_packet",
    "DequantizeByteArrayCalculator": "calculators.core.dequantize_byte_array",
    "EndItemLoopCalculator": "calculators.core.end_item_loop",
    "EndLoopCalculator": "calculators.core.end_loop",
    "GetVectorItemCalculator": "calculators.core.get_vector_item",
    "GraphProfileCalculator": "calculators.core.graph_profile",
    "ImmediateMuxCalculator": "calculators.core.immediate_mux",
    "MakePairCalculator": "calculators.core.make_pair",
    "MatrixMultiplyCalculator": "calculators.core.matrix_multiply",
    "MatrixSubtractCalculator": "calculators.core.matrix_subtract",
    "MatrixToVectorCalculator": "calculators.core.matrix_to_vector",
    "MergeToVectorCalculator": "calculators.core.merge_to_vector",
    "MuxCalculator": "calculators.core.mux",
    "NonZeroCalculator": "calculators.core.non_zero",
    "PacketClonerCalculator": "calculators.core.packet_cloner",
    "PacketFrequencyCalculator": "calculators.core.packet_frequency",
    "PacketInnerJoinCalculator": "calculators.core.packet_inner_join",
    "PacketLatencyCalculator": "calculators.core.packet_latency",
    "PacketResamplerCalculator": "calculators.core.packet_resampler",
    "PacketSequencerCalculator": "calculators.core.packet_sequencer",
    "PacketThinnerCalculator": "calculators.core.packet_thinner",
    "QuantizeFloatVectorCalculator": "calculators.core.quantize_float_vector",
    "RoundRobinDemuxCalculator": "calculators.core.round_robin_demux",
    "SequenceShiftCalculator": "calculators.core.sequence_shift",
    "SidePacketToStreamCalculator": "calculators.core.side_packet_to_stream",
    "SplitVectorCalculator": "calculators.core.split_vector",
    "StreamToSidePacketCalculator": "calculators.core.stream_to_side_packet",
    "StringToIntCalculator": "calculators.core.string_to_int",
    "ValueOrDefaultCalculator": "calculators.core.value_or_default",
    "VectorIndicesCalculator": "calculators.core.vector_indices",
    "VectorSizeCalculator": "calculators.core.vector_size",
    "AlignmentPointsRectsCalculator": "calculators.detection.alignment_points_rects",
    "DetectionLetterboxRemovalCalculator": "calculators.detection.detection_letterbox_removal",
    "DetectionProjectionCalculator": "calculators.detection.detection_projection",
    "DetectionsToRectsCalculator": "calculators.detection.detections_to_rects",
    "DetectionsToVectorCalculator": "calculators.detection.detections_to_vector",
    "JoinDetectionsCalculator": "calculators.detection.join_detections",
    "LandmarksToDetectionCalculator": "calculators.detection.landmarks_to_detection",
    "MirrorRectCalculator": "calculators.detection.mirror_rect",
    "NonMaxSuppressionCalculator": "calculators.detection.non_max_suppression",
    "RectTransformationCalculator": "calculators.detection.rect_transformation",
    "SplitDetectionVectorCalculator": "calculators.detection.split_detection_vector",
    "SquareViewsCalculator": "calculators.detection.square_views",
    "FlowLimiterCalculator": "calculators.flow.flow_limiter",
    "GateCalculator": "calculators.flow.gate",
    "MergeCalculator": "calculators.flow.merge",
    "PacketPresenceCalculator": "calculators.flow.packet_presence",
    "PassThroughCalculator": "calculators.flow.pass_through",
    "PreviousLoopbackCalculator": "calculators.flow.previous_loopback",
    "RealTimeFlowLimiterCalculator": "calculators.flow.real_time_flow_limiter",
    "SidePacketLogicCalculator": "calculators.flow.side_packet_logic",
    "SwitchContainer": "calculators.flow.switch_container",
    "SwitchDemuxCalculator": "calculators.flow.switch_demux",
    "SwitchMuxCalculator": "calculators.flow.switch_mux",
    "AverageLandmarksCalculator": "calculators.landmark.average_landmarks",
    "JointAngleCalculator": "calculators.landmark.joint_angle",
    "LandmarkAgreementCalculator": "calculators.landmark.landmark_agreement",
    "LandmarkLetterboxRemovalCalculator": "calculators.landmark.landmark_letterbox_removal",
    "LandmarkProjectionCalculator": "calculators.landmark.landmark_projection",
    "LandmarksSmoothingCalculator": "calculators.landmark.landmarks_smoothing",
    "LandmarksToRoiCalculator": "calculators.landmark.landmarks_to_roi",
    "MeanVisibilityCalculator": "calculators.landmark.mean_visibility",
    "MirrorLandmarksCalculator": "calculators.landmark.mirror_landmarks",
    "RefineLandmarksFromHeatmapCalculator": "calculators.landmark.refine_landmarks_from_heatmap",
    "RepetitionCounterCalculator": "calculators.landmark.repetition_counter",
    "SplitLandmarkListCalculator": "calculators.landmark.split_landmark_list",
    "SplitNormalizedLandmarkListCalculator": "calculators.landmark.split_normalized_landmark_list",
    "VisibilityCopyCalculator": "calculators.landmark.visibility_copy",
    "VisibilitySmoothingCalculator": "calculators.landmark.visibility_smoothing",
    "WorldLandmarkProjectionCalculator": "calculators.landmark.world_landmark_projection",
    "AgeGateCalculator": "calculators.live.age_gate",
    "EventsSinkCalculator": "calculators.live.events_sink",
    "LandmarksOscCalculator": "calculators.live.landmarks_osc",
    "LiveSourceCalculator": "calculators.live.live_source",
    "PoseEventsCalculator": "calculators.live.pose_events",
    "QualityWarningsCalculator": "calculators.live.quality_warnings",
    "ImageFilesCalculator": "calculators.media.image_files",
    "ImagePropertiesCalculator": "calculators.media.image_properties",
    "LandmarksSinkCalculator": "calculators.media.landmarks_sink",
    "MediaSinkCalculator": "calculators.media.media_sink",
    "MediaSourceCalculator": "calculators.media.media_source",
    "MirrorImageCalculator": "calculators.media.mirror_image",
    "PoseOverlayCalculator": "calculators.media.pose_overlay",
    "StretchContrastCalculator": "calculators.media.stretch_contrast",
    "TextOverlayCalculator": "calculators.media.text_overlay",
    "ValuesSinkCalculator": "calculators.media.values_sink",
    "VideoDecoderCalculator": "calculators.media.video_decoder",
    "VideoEncoderCalculator": "calculators.media.video_encoder",
    "ImageToTensorCalculator": "calculators.tensor.image_to_tensor",
    "InferenceCalculator": "calculators.tensor.inference",
    "InverseMatrixCalculator": "calculators.tensor.inverse_matrix",
    "SegmentationSmoothingCalculator": "calculators.tensor.segmentation_smoothing",
    "SsdAnchorsCalculator": "calculators.tensor.ssd_anchors",
    "TensorsToDetectionsCalculator": "calculators.tensor.tensors_to_detections",
    "TensorsToFloatsCalculator": "calculators.tensor.tensors_to_floats",
    "TensorsToLandmarksCalculator": "calculators.tensor.tensors_to_landmarks",
    "TensorsToSegmentationCalculator": "calculators.tensor.tensors_to_segmentation",
    "ThresholdingCalculator": "calculators.tensor.thresholding",
    "WarpAffineCalculator": "calculators.tensor.warp_affine",
}
"""The module of each class."""

CODECS: Final = (
    "calculators.codecs",
    "calculators.core.packet_frequency",
    "calculators.core.packet_latency",
)
"""The modules that register codecs of payloads."""

registry.offer(NODES)
codecs.offer(CODECS)
displays.offer("calculators.displays")
views.offer("calculators.viewing")
web_forms.offer("calculators.web")
windows.offer("calculators.window")
