"""Collect faults up to a limit: nobody is helped by a thousand messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from graphflow.words.diagnostics import Diagnostic, Location, Note
from graphflow.words.errors import ConfigError

FAULTS_MAX: Final = 100
"""So many faults are told. A hint can cost a search, so this also limits how long loading takes."""


class FaultList(list[Diagnostic]):
    """Faults in the order found.

    Raises:
        ConfigError: from `report`, `append`, `extend` and `+=`, when there are more than
            FAULTS_MAX; with those, and one that says so.
    """

    def report(
        self,
        location: Location,
        fault: str,
        found: str = "",
        expected: str = "",
        hint: str = "",
        notes: tuple[Note, ...] = (),
    ) -> None:
        """Add a fault, of these parts."""
        self.append(Diagnostic(location, fault, found, expected, notes, hint))

    def append(self, fault: Diagnostic) -> None:
        """Add one fault."""
        if len(self) == FAULTS_MAX:
            words = f"there are more faults; only the first {FAULTS_MAX} found are told"
            raise ConfigError([*self, Diagnostic(fault.location, words)])
        super().append(fault)

    def extend(self, faults: Iterable[Diagnostic]) -> None:
        """Add faults, one by one."""
        for fault in faults:
            self.append(fault)

    def __iadd__(self, faults: Iterable[Diagnostic]) -> FaultList:  # type: ignore[override, misc]
        """Add faults, one by one."""
        self.extend(faults)
        return self
