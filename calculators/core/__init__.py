"""Core: nodes that take streams apart, re-time, choose and combine packets, whatever their payload.

They are MediaPipe's, from its calculators/core; those that pass, gate or loop are in
`calculators.flow`. Importing the package registers them.
"""

from __future__ import annotations

from calculators.core.begin_item_loop import BeginItemLoopCalculator
from calculators.core.begin_loop import BeginLoopCalculator
from calculators.core.clip_vector_size import ClipVectorSizeCalculator
from calculators.core.end_item_loop import EndItemLoopCalculator
from calculators.core.end_loop import EndLoopCalculator
from calculators.core.get_vector_item import GetVectorItemCalculator
from calculators.core.non_zero import NonZeroCalculator
from calculators.core.vector_indices import VectorIndicesCalculator
from calculators.core.vector_size import VectorSizeCalculator

__all__ = [
    "BeginItemLoopCalculator",
    "BeginLoopCalculator",
    "ClipVectorSizeCalculator",
    "EndItemLoopCalculator",
    "EndLoopCalculator",
    "GetVectorItemCalculator",
    "NonZeroCalculator",
    "VectorIndicesCalculator",
    "VectorSizeCalculator",
]
