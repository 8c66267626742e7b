"""Every node of the library: importing this module registers them all.

It is what the distribution names in its entry point, so that `import calculators.kernels.nms` or
one calculator's test stays light.
"""

from __future__ import annotations

from calculators import core, detection, flow, landmark, media, tensor

__all__ = ["core", "detection", "flow", "landmark", "media", "tensor"]
