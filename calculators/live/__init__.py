"""Live: nodes for graphs that take frames as they come, from cameras, streams and paced files."""

from __future__ import annotations
