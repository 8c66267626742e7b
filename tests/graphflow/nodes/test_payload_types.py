"""Which declared types values can be held to, and which values fit."""

from __future__ import annotations

from typing import Any, NewType, Protocol, TypedDict, runtime_checkable

import numpy as np
import pytest

from graphflow.nodes.payload_types import found_type, is_checkable, is_payload

Pixels = NewType("Pixels", int)


class Sized(Protocol):
    size: int


@runtime_checkable
class Closable(Protocol):
    def close(self) -> None: ...


class Named(TypedDict):
    name: str


@pytest.mark.parametrize("kind", [int, str, np.ndarray, Closable, tuple])
def test_classes_can_be_checked(kind: Any) -> None:
    assert is_checkable(kind)


@pytest.mark.parametrize(
    "kind", [Any, object, Pixels, list[int], tuple[int, ...], int | None, Sized, Named]
)
def test_what_says_more_than_a_value_shows_is_not_checked(kind: Any) -> None:
    assert not is_checkable(kind)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, int),
        (True, int),
        (np.int64(1), int),
        (1, float),
        (np.float32(1.0), float),
        (np.bool_(True), bool),
        (np.float64(1.0), float),
        ([], list),
    ],
)
def test_values_that_fit(value: Any, kind: type) -> None:
    assert is_payload(value, kind)


@pytest.mark.parametrize(
    ("value", "kind"), [(1.0, int), ("1", float), (1, bool), (None, str), ((), list)]
)
def test_values_that_do_not_fit(value: Any, kind: type) -> None:
    assert not is_payload(value, kind)


def test_types_in_messages() -> None:
    assert [found_type(each) for each in (1, None, "a")] == ["int", "None", "str"]
