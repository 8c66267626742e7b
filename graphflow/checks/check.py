"""Check: one kind of warning, with everything that is ever said of it; Finding: one such warning.

The texts here are the only ones: `graphflow explain` prints them, docs/checks.md is made from them,
and the tests run their examples.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphflow.words.diagnostics import Diagnostic, Location, Note


@dataclass(frozen=True)
class Check:
    """A kind of warning.

    Attributes:
        code: GF and three digits.
        name: in words with hyphens.
        title: one sentence without its full stop.
        reason: why it matters, and when it doesn't.
        example: a graph that gets exactly this warning, once.
        remedy: what to do.
        cured: the same graph without the warning.
    """

    code: str
    name: str
    title: str
    reason: str
    example: str
    remedy: str
    cured: str

    def found(
        self,
        location: Location,
        words: str,
        found: str = "",
        notes: tuple[Note, ...] = (),
        hint: str = "",
    ) -> Finding:
        """Return a warning of this kind."""
        return Finding(self.code, Diagnostic(location, words, found, "", notes, hint))


@dataclass(frozen=True)
class Finding:
    """A warning about one place in a graph."""

    code: str
    diagnostic: Diagnostic

    @property
    def location(self) -> Location:
        """Where it stands."""
        return self.diagnostic.location
