"""Flow: nodes that pass, choose, switch, hold back or loop packets, whatever their payload."""

from __future__ import annotations
