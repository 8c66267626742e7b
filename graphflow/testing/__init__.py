"""Testing: one calculator or a whole graph tried without threads, files or a clock.

`CalculatorRunner` runs one node inside a real graph; `simulation` runs graphs in seeded orders,
`timed_simulation` on a clock of its own.
"""

from __future__ import annotations

from graphflow.testing.runner import CalculatorRunner, OutputRecord, Outputs, make_read_only

__all__ = ["CalculatorRunner", "OutputRecord", "Outputs", "make_read_only"]
