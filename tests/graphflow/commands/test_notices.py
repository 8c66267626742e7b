"""Notices of `graphflow run`: said once, in order, and kept for the summary."""

from __future__ import annotations

from graphflow.commands.notices import KEPT_MAX, TerminalNotices


def test_notices_are_passed_on_once_and_kept() -> None:
    notices, said = TerminalNotices(), list[str]()
    notices.say("one")
    notices.say("two")
    notices.pass_on(said.append)
    notices.say("three")
    notices.pass_on(said.append)
    assert said == list(notices.kept) == ["one", "two", "three"]


def test_no_more_are_kept_than_a_summary_can_use() -> None:
    notices = TerminalNotices()
    for number in range(KEPT_MAX + 5):
        notices.say(str(number))
    assert (len(notices.kept), notices.kept[0]) == (KEPT_MAX, "5")
