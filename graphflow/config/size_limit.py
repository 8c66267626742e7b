"""How much may be put into a graph: its values could be used, and so grow, many times over."""

from __future__ import annotations

from graphflow.config.fault_list import FaultList
from graphflow.config.yaml_source import TEXT_MAX
from graphflow.words.diagnostics import Diagnostic, Location
from graphflow.words.errors import ConfigError


class SizeLimit:
    """What is left of TEXT_MAX characters.

    Args:
        faults: those found so far, which are told with the one that ends the reading.
        insertion: what is put in, as the fault says it.
    """

    def __init__(self, faults: FaultList, insertion: str) -> None:
        self._faults = faults
        self._insertion = insertion
        self._left = TEXT_MAX

    def spend(self, weight: int, location: Location) -> None:
        """Count what is put in at a place.

        Raises:
            ConfigError: it is too much.
        """
        self._left -= weight
        if self._left < 0:
            fault = f"the graph, with its {self._insertion}, is too long"
            expected = f"at most {TEXT_MAX:,} characters"
            raise ConfigError([*self._faults, Diagnostic(location, fault, "", expected)])
