"""Calculators for detections and the regions made of them.

Importing the package registers them.
"""

from __future__ import annotations

from calculators.detection.alignment_points_rects import AlignmentPointsRectsCalculator
from calculators.detection.detection_letterbox_removal import DetectionLetterboxRemovalCalculator
from calculators.detection.detections_to_rects import DetectionsToRectsCalculator
from calculators.detection.landmarks_to_detection import LandmarksToDetectionCalculator
from calculators.detection.non_max_suppression import NonMaxSuppressionCalculator
from calculators.detection.rect_transformation import RectTransformationCalculator
from calculators.detection.split_detection_vector import SplitDetectionVectorCalculator

__all__ = [
    "AlignmentPointsRectsCalculator",
    "DetectionLetterboxRemovalCalculator",
    "DetectionsToRectsCalculator",
    "LandmarksToDetectionCalculator",
    "NonMaxSuppressionCalculator",
    "RectTransformationCalculator",
    "SplitDetectionVectorCalculator",
]
