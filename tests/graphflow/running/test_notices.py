"""Notices: without an application they go to the log."""

from __future__ import annotations

import pytest

from graphflow.running.notices import NOTICES


def test_notices_are_logged_by_default(caplog: pytest.LogCaptureFixture) -> None:
    assert NOTICES.default is not None
    NOTICES.default().say("camera 0: lost: 100 %")
    assert [(each.name, each.getMessage()) for each in caplog.records] == [
        ("graphflow", "camera 0: lost: 100 %")
    ]
