"""Calculators that make tensors, run models on them and read their answers."""

from __future__ import annotations
