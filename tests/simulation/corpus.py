"""The corpus: graphs that together have everything the engine can do, as data.

Each case says what it is fed, how its run ends, and, where all its nodes are deterministic, at
what times packets come out. `proof` runs them; `mutants` shows that they notice faults.
"""

from __future__ import annotations

from typing import Final

from tests.simulation.case import Case
from tests.simulation.joins_and_policies import JOINS, OFFSETS, POLICIES
from tests.simulation.loops_and_sources import LOOPS, SOURCES
from tests.simulation.packets_and_failures import FAILURES, LIBRARY, SIDE_PACKETS

CORPUS: Final[tuple[Case, ...]] = (
    *(*JOINS, *POLICIES, *OFFSETS, *LOOPS),
    *(*SOURCES, *SIDE_PACKETS, *LIBRARY, *FAILURES),
)
