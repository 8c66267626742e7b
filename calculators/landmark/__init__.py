"""Calculators for landmarks: refine them, move them between spaces, smooth them.

Importing the package registers them.
"""

from __future__ import annotations

from calculators.landmark.landmarks_to_roi import LandmarksToRoiCalculator
from calculators.landmark.letterbox_removal import LandmarkLetterboxRemovalCalculator
from calculators.landmark.mean_visibility import MeanVisibilityCalculator
from calculators.landmark.projection import LandmarkProjectionCalculator
from calculators.landmark.refine_from_heatmap import RefineLandmarksFromHeatmapCalculator
from calculators.landmark.smoothing import LandmarksSmoothingCalculator
from calculators.landmark.split import (
    SplitLandmarkListCalculator,
    SplitNormalizedLandmarkListCalculator,
)
from calculators.landmark.visibility_copy import VisibilityCopyCalculator
from calculators.landmark.visibility_smoothing import VisibilitySmoothingCalculator
from calculators.landmark.world_projection import WorldLandmarkProjectionCalculator

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
