"""Core: nodes that take streams apart, re-time, choose and combine packets, whatever their payload.

They are MediaPipe's, from its calculators/core; those that pass, gate or loop are in
`calculators.flow`.
"""

from __future__ import annotations
