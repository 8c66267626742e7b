"""The format: plain values are packed and unpacked with all their bits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphflow.recording import RecordingError
from graphflow.recording.format import pack, unpack

characters = st.characters(codec=None, categories=None)
plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats()
    | st.text(characters)
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(plain_values)
def test_plain_values_come_back(value: Any) -> None:
    packed = pack(value)
    back = unpack(packed)
    assert repr(back) == repr(value)
    assert pack(back) == packed


@given(st.binary(max_size=60))
def test_other_bytes_are_a_clear_error_or_plain_values(content: bytes) -> None:
    try:
        unpack(content)
    except RecordingError as fault:
        assert "MessagePack" in str(fault)


@pytest.mark.parametrize("value", [object(), 1 << 70, {1, 2}], ids=["object", "huge", "set"])
def test_other_values_are_refused(value: Any) -> None:
    with pytest.raises(RecordingError, match="can't be packed"):
        pack(value)
