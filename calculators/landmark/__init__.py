"""Calculators for landmarks: refine them, move them between spaces, smooth them.

Importing the package registers them.
"""

from __future__ import annotations

from calculators.landmark.landmark_letterbox_removal import LandmarkLetterboxRemovalCalculator
from calculators.landmark.landmark_projection import LandmarkProjectionCalculator
from calculators.landmark.landmarks_smoothing import LandmarksSmoothingCalculator
from calculators.landmark.landmarks_to_roi import LandmarksToRoiCalculator
from calculators.landmark.mean_visibility import MeanVisibilityCalculator
from calculators.landmark.refine_landmarks_from_heatmap import RefineLandmarksFromHeatmapCalculator
from calculators.landmark.split_landmark_list import SplitLandmarkListCalculator
from calculators.landmark.split_normalized_landmark_list import (
    SplitNormalizedLandmarkListCalculator,
)
from calculators.landmark.visibility_copy import VisibilityCopyCalculator
from calculators.landmark.visibility_smoothing import VisibilitySmoothingCalculator
from calculators.landmark.world_landmark_projection import WorldLandmarkProjectionCalculator

__all__ = [
    "LandmarkLetterboxRemovalCalculator",
    "LandmarkProjectionCalculator",
    "LandmarksSmoothingCalculator",
    "LandmarksToRoiCalculator",
    "MeanVisibilityCalculator",
    "RefineLandmarksFromHeatmapCalculator",
    "SplitLandmarkListCalculator",
    "SplitNormalizedLandmarkListCalculator",
    "VisibilityCopyCalculator",
    "VisibilitySmoothingCalculator",
    "WorldLandmarkProjectionCalculator",
]
