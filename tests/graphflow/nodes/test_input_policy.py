"""The words for input policies are MediaPipe's."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from graphflow.nodes.input_policy import POLICIES, FixedSizePolicy, SyncSet, SyncSetPolicy


def test_names_are_those_of_mediapipe() -> None:
    assert all(name.endswith("InputStreamHandler") for name in POLICIES)
    assert {policy() for policy in POLICIES.values()}  # every one has defaults


def test_options_are_checked() -> None:
    assert FixedSizePolicy().trigger_queue_size == 2
    assert SyncSetPolicy(sync_set=(SyncSet(tag_index=("A",)),)).sync_set[0].tag_index == ("A",)
    for wrong in ({"trigger_queue_size": 0}, {"target": 1}):
        with pytest.raises(ValidationError):
            FixedSizePolicy(**wrong)
