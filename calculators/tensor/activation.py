"""Activation: the function that makes probabilities of a model's values."""

from __future__ import annotations

from enum import Enum


class Activation(Enum):
    """What is applied to a value; a mask has one more, see `kernels.segmentation`."""

    NONE = "NONE"
    SIGMOID = "SIGMOID"
