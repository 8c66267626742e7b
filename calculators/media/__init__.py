"""Media: nodes that read and write pictures, videos and landmarks, and draw over images."""

from __future__ import annotations
