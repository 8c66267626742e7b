"""Persistence: a yes or no that counts as changed only once it has held for a while."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """The state has changed.

    Attributes:
        is_on: the new state.
        since_us: the first time of the samples that changed it.
        lasted_us: how long the state before lasted: from its own `since_us` to this one; 0 for the
            first change, for nobody saw the state before it begin.
    """

    is_on: bool
    since_us: int
    lasted_us: int


class Persistence:
    """A state with hysteresis in time, off at first.

    Theory. Each sample says yes or no. Samples that say the other thing than the state are a
    *spell*; one sample that agrees with the state ends it. The state changes when a spell has
    lasted `on_after_us` or `off_after_us`, from its first sample to the newest; with 0 the first
    sample changes it.

    Invariant: a spell is under way if and only if the last sample differed from the state.

    Args:
        on_after_us: how long samples must say yes, microseconds, 0 or more.
        off_after_us: how long they must say no.
    """

    def __init__(self, on_after_us: int, off_after_us: int) -> None:
        self._after_us = {True: on_after_us, False: off_after_us}
        self._spell_us: int | None = None
        self.is_on = False
        self.since_us = 0

    def update(self, time_us: int, is_yes: bool) -> Change | None:
        """Take one sample; times rise. Return the change that it brings, if it brings one."""
        if is_yes == self.is_on:
            self._spell_us = None
            return None
        if self._spell_us is None:
            self._spell_us = time_us
        if time_us - self._spell_us < self._after_us[is_yes]:
            return None
        return self._change(is_yes)

    def cut(self, time_us: int) -> Change | None:
        """Nothing comes any more: end the state if it is on, at the time at which it was so last.

        Args:
            time_us: of the last sample.
        """
        if not self.is_on:
            return None
        if self._spell_us is None:
            self._spell_us = time_us
        return self._change(False)

    def _change(self, is_on: bool) -> Change:
        assert self._spell_us is not None, "a spell changes the state"
        lasted_us = self._spell_us - self.since_us if self.is_on else 0
        change = Change(is_on, self._spell_us, lasted_us)
        self.is_on, self.since_us, self._spell_us = is_on, self._spell_us, None
        return change
