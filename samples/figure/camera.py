"""The camera: world points to pixels and pixels to rays.

Pixel coordinates follow OpenCV: the centre of the first pixel is (0, 0), x to the right, y down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from samples.figure.sdf import Floats, norm, vector

POSITION = vector(0.0, 1.22, 4.3)
TARGET = vector(0.0, 1.045, 0.0)
# Chosen so that 2.42 m at the figure's distance fill the height of the image.
FOCAL_PER_HEIGHT = 4.3 / 2.42


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera in front of the figure.

    Attributes:
        width_px: image width.
        height_px: image height.
        position: (3,) metres, in the world; by default where the sample clip has it.
        target: (3,) metres, what it looks at.
        zoom: factor on the focal length; > 0.
        roll_rad: how far it is tilted; the image turns the other way, counter-clockwise.
    """

    width_px: int
    height_px: int
    position: Floats = field(default_factory=POSITION.copy)
    target: Floats = field(default_factory=TARGET.copy)
    zoom: float = 1.0
    roll_rad: float = 0.0

    @property
    def focal_px(self) -> float:
        """Focal length."""
        return FOCAL_PER_HEIGHT * self.height_px * self.zoom

    def axes(self) -> Floats:
        """Rows right, up and forward, in the world; (3, 3)."""
        forward = self.target - self.position
        forward = forward / norm(forward)
        right = np.cross(forward, vector(0, 1, 0))
        right = right / norm(right)
        up = np.cross(right, forward)
        if self.roll_rad:
            cosine, sine = math.cos(self.roll_rad), math.sin(self.roll_rad)
            right, up = cosine * right - sine * up, sine * right + cosine * up
        return np.stack([right, up, forward]).astype(np.float32)

    def project(self, points: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Project world points.

        Args:
            points: (3, N) metres, in front of the camera.

        Returns:
            (2, N) x and y in pixels; float64, so that the joints' truth is not rounded.
        """
        x, y, z = self.axes().astype(np.float64) @ (points - self.position[:, None])
        centre_x_px, centre_y_px = (self.width_px - 1) / 2, (self.height_px - 1) / 2
        return np.stack([centre_x_px + self.focal_px * x / z, centre_y_px - self.focal_px * y / z])

    def rays(self, samples_per_side: int) -> Floats:
        """Unit directions of the rays of all pixels.

        Args:
            samples_per_side: rays per pixel and axis, >= 1, spread evenly over the pixel.

        Returns:
            (3, height * s * width * s), row by row.
        """
        s = samples_per_side
        x = (np.arange(self.width_px * s) + 0.5) / s - self.width_px / 2
        y = (np.arange(self.height_px * s) + 0.5) / s - self.height_px / 2
        grid_x, grid_y = np.meshgrid(x / self.focal_px, -y / self.focal_px)
        right, up, forward = self.axes().astype(np.float64)
        directions = (
            right[:, None] * grid_x.ravel() + up[:, None] * grid_y.ravel() + forward[:, None]
        )
        return np.asarray(directions / np.linalg.norm(directions, axis=0), np.float32)
