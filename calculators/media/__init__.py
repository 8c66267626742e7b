"""Media: nodes that read and write pictures, videos and landmarks, and draw over images.

Importing the package registers them.
"""

from __future__ import annotations

from calculators.media.image_files import ImageFilesCalculator
from calculators.media.image_properties import ImagePropertiesCalculator
from calculators.media.landmarks_sink import LandmarksSinkCalculator
from calculators.media.media_sink import MediaSinkCalculator
from calculators.media.media_source import MediaSourceCalculator
from calculators.media.pose_overlay import PoseOverlayCalculator
from calculators.media.video_decoder import VideoDecoderCalculator
from calculators.media.video_encoder import VideoEncoderCalculator

__all__ = [
    "ImageFilesCalculator",
    "ImagePropertiesCalculator",
    "LandmarksSinkCalculator",
    "MediaSinkCalculator",
    "MediaSourceCalculator",
    "PoseOverlayCalculator",
    "VideoDecoderCalculator",
    "VideoEncoderCalculator",
]
