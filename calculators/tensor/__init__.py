"""Calculators that make tensors, run models on them and read their answers.

Importing the package registers them.
"""

from __future__ import annotations

from calculators.tensor.image_to_tensor import ImageToTensorCalculator
from calculators.tensor.inference import InferenceCalculator
from calculators.tensor.inverse_matrix import InverseMatrixCalculator
from calculators.tensor.segmentation_smoothing import SegmentationSmoothingCalculator
from calculators.tensor.ssd_anchors import SsdAnchorsCalculator
from calculators.tensor.tensors_to_detections import TensorsToDetectionsCalculator
from calculators.tensor.tensors_to_floats import TensorsToFloatsCalculator
from calculators.tensor.tensors_to_landmarks import TensorsToLandmarksCalculator
from calculators.tensor.tensors_to_segmentation import TensorsToSegmentationCalculator
from calculators.tensor.thresholding import ThresholdingCalculator
from calculators.tensor.warp_affine import WarpAffineCalculator

__all__ = [
    "ImageToTensorCalculator",
    "InferenceCalculator",
    "InverseMatrixCalculator",
    "SegmentationSmoothingCalculator",
    "SsdAnchorsCalculator",
    "TensorsToDetectionsCalculator",
    "TensorsToFloatsCalculator",
    "TensorsToLandmarksCalculator",
    "TensorsToSegmentationCalculator",
    "ThresholdingCalculator",
    "WarpAffineCalculator",
]
