"""Calculators for landmarks: refine them, move them between spaces, smooth them."""

from __future__ import annotations
