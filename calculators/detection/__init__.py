"""Calculators for detections and the regions made of them."""

from __future__ import annotations
