"""Type relations: which declared types may feed which, in one table."""

# Old spellings of types are tested too.
# ruff: noqa: UP006, UP007, UP035, UP045

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import (
    Annotated,
    Any,
    Generic,
    List,
    Literal,
    NamedTuple,
    NewType,
    Optional,
    Protocol,
    TypedDict,
    TypeVar,
    Union,
    runtime_checkable,
)

import numpy as np
import numpy.typing as npt
import pytest

from graphflow.nodes.type_relations import is_compatible

T = TypeVar("T")
NumberT = TypeVar("NumberT", bound=float)
EitherT = TypeVar("EitherT", int, str)

Pixels = NewType("Pixels", int)
Columns = NewType("Columns", Pixels)
Mask = NewType("Mask", npt.NDArray[np.float32])


class Animal: ...


class Cat(Animal): ...


class Batch(Generic[T]): ...


class Numbers(Batch[int]): ...


class Pairs(Generic[T], dict[str, T]): ...


class Named(TypedDict):
    name: str


class Point(NamedTuple):
    x: float
    y: float


class Side(Enum):
    LEFT = 1


@runtime_checkable
class Sized(Protocol):
    def __len__(self) -> int: ...


class Unchecked(Protocol):
    size: int


FITS: list[tuple[Any, Any]] = [
    # Anything.
    (Any, int),
    (int, Any),
    (Any, Any),
    (int, object),
    (list[int], object),
    # Classes and numbers.
    (Cat, Animal),
    (bool, int),
    (int, float),
    (bool, float),
    (None, None),
    (None, type(None)),
    # A NewType is one of what it was made of.
    (Pixels, Pixels),
    (Pixels, int),
    (Pixels, float),
    (Columns, Pixels),
    (Columns, int),
    (Mask, npt.NDArray[np.float32]),
    (Mask, np.ndarray),
    (list[Pixels], list[int]),
    # Unions.
    (int, int | str),
    (int | str, int | str | None),
    (str | int, int | str),
    (int | str, Union[str, int]),
    (Cat | None, Animal | None),
    (None, Optional[int]),
    (int, Optional[float]),
    (Pixels, int | None),
    (list[Cat] | Cat, Sequence[Animal] | Animal),
    # Generics: covariant, and open where nothing is said.
    (list[int], list[int]),
    (list[int], List[int]),
    (list[int], list),
    (list, list[int]),
    (list[int], list[float]),
    (list[int], Sequence[int]),
    (list[Cat], Iterable[Animal]),
    (dict[str, int], Mapping[str, float]),
    (dict[str, int], Iterable[str]),
    (set[int], Iterable[int | None]),
    (str, Sequence[str]),
    (bytes, Iterable[int]),
    (Iterator[int], Iterable[int]),
    (list[Any], list[int]),
    (list[list[int]], Sequence[Sequence[float]]),
    (type[Cat], type[Animal]),
    # Tuples.
    (tuple[int, str], tuple[int, str]),
    (tuple[int, str], tuple[float, str]),
    (tuple[int, int], tuple[int, ...]),
    (tuple[int, ...], tuple[float, ...]),
    (tuple[int, str], tuple),
    (tuple, tuple[int, str]),
    (tuple[int, str], Sequence[int | str]),
    (Point, tuple),
    (Point, Point),
    # Own generic classes.
    (Batch[int], Batch[int]),
    (Batch[int], Batch),
    (Numbers, Batch[int]),
    (Numbers, Batch[float]),
    (Pairs[int], dict[str, int]),
    (Pairs[int], Mapping[str, float]),
    # Literals, annotations, type variables, callables, arrays.
    (Literal[1], int),
    (Literal["a"], Literal["a", "b"]),
    (Literal["a"], Literal["a", "b"] | None),
    (Literal["a", None], Literal["a"] | None),
    (Literal["a", None], str | None),
    (Annotated[int, "a"], int),
    (int, Annotated[float, "b"]),
    (int, T),
    (T, int),
    (int, NumberT),
    (str, EitherT),
    (Callable[[Animal], Cat], Callable[[Cat], Animal]),
    (Callable[..., int], Callable[[str], int]),
    (npt.NDArray[np.uint8], npt.NDArray[np.uint8]),
    (npt.NDArray[Any], npt.NDArray[np.uint8]),
    (np.ndarray, npt.NDArray[np.uint8]),
    # What only checkers can tell is allowed.
    (list[int], Sized),
    (int, Unchecked),
    (Named, dict),
    (Named, Named),
    (Side, Side),
]

DIFFERS: list[tuple[Any, Any]] = [
    (Animal, Cat),
    (int, bool),
    (float, int),
    (int, str),
    (int, None),
    (None, int),
    (object, int),
    # NewTypes.
    (int, Pixels),
    (Pixels, Columns),
    (Pixels, str),
    (npt.NDArray[np.float32], Mask),
    (NewType("Other", int), Pixels),
    (list[int], list[Pixels]),
    # Unions: every arm must fit.
    (int | None, int),
    (Optional[int], int),
    (int | str, int | None),
    (int | str | None, int | str),
    (str, int | None),
    (list[int | None], list[int]),
    # Generics.
    (list[int], list[str]),
    (list[float], list[int]),
    (list[int], set[int]),
    (list[int], int),
    (int, list[int]),
    (Sequence[int], list[int]),
    (dict[str, int], Mapping[str, str]),
    (dict[str, int], dict[int, int]),
    (dict[str, int], Iterable[int]),
    (str, Sequence[int]),
    (list[list[int]], list[list[str]]),
    (type[Animal], type[Cat]),
    # Tuples.
    (tuple[int, str], tuple[int, int]),
    (tuple[int], tuple[int, int]),
    (tuple[int, ...], tuple[int, int]),
    (tuple[int, str], tuple[int, ...]),
    (tuple[int, str], Sequence[int]),
    (tuple[int, int], list[int]),
    # Own generic classes.
    (Batch[int], Batch[str]),
    (Batch[int], Numbers),
    (Numbers, Batch[str]),
    (Pairs[int], Mapping[str, str]),
    # Literals and the others.
    (int, Literal[1]),
    (Literal["a", "b"], Literal["a"]),
    (Literal[True], Literal[1]),
    (Literal["a"], int),
    (Annotated[int, "a"], str),
    (str, NumberT),
    (float, EitherT),
    (Callable[[Cat], Cat], Callable[[Animal], Animal]),
    (Callable[[int, int], int], Callable[[int], int]),
    (npt.NDArray[np.uint8], npt.NDArray[np.float32]),
    (np.ndarray, list),
    (int, Sized),
    (dict, Side),
]


@pytest.mark.parametrize(("produced", "consumed"), FITS, ids=str)
def test_it_may_feed(produced: Any, consumed: Any) -> None:
    assert is_compatible(produced, consumed)


@pytest.mark.parametrize(("produced", "consumed"), DIFFERS, ids=str)
def test_it_may_not_feed(produced: Any, consumed: Any) -> None:
    assert not is_compatible(produced, consumed)


def test_aliases_stand_for_what_they_name() -> None:
    aliases = pytest.importorskip("typing_extensions")
    variables = (TypeVar("K"), TypeVar("V"))
    number = aliases.TypeAliasType("number", int)
    swapped = aliases.TypeAliasType(
        "swapped",
        dict[variables[1], variables[0]],  # type: ignore[valid-type]
        type_params=variables,
    )
    assert is_compatible(number, float)
    assert not is_compatible(number, str)
    assert is_compatible(swapped[int, str], dict[str, int])
    assert not is_compatible(swapped[int, str], dict[int, str])
