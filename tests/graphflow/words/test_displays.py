from __future__ import annotations

import sys
from typing import Any

import pytest

from graphflow.words.displays import Displays, bundle_of
from graphflow.words.packet import Packet


class Shown:
    """A module that knows words."""

    @staticmethod
    def display(thing: Any) -> str | None:
        return f"<b>{thing}</b>" if isinstance(thing, str) else None


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Displays:
    monkeypatch.setitem(sys.modules, "shown", Shown)
    made = Displays()
    made.offer("shown")
    made.offer("shown")
    return made


def test_the_first_module_that_knows_a_thing_shows_it(offered: Displays) -> None:
    assert offered.find("word") == {"text/html": "<b>word</b>"}


def test_what_nobody_knows_is_not_shown(offered: Displays) -> None:
    assert offered.find(7) is None


def test_a_module_is_asked_once_however_often_it_is_offered(offered: Displays) -> None:
    assert offered._modules.count("shown") == 1


def test_what_nobody_knows_is_shown_as_its_text() -> None:
    assert bundle_of(7) == {"text/plain": "7"}


def test_packet_tells_its_time_and_its_payload() -> None:
    bundle = Packet("<a>", 33_333)._repr_mimebundle_(include=None, exclude=None)
    assert bundle["text/plain"] == "Packet(str at 33333)"
    assert "<pre>&#x27;&lt;a&gt;&#x27;</pre>" in bundle["text/html"]
