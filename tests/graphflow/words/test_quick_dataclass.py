"""The quick dataclass does what the standard library's does: each claim is asked of both."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import math
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any, ClassVar

import pytest

from graphflow.words import quick_dataclass

Decorator = Callable[..., Any]
BOTH = pytest.mark.parametrize(
    "dataclass", [dataclasses.dataclass, quick_dataclass.dataclass], ids=["library", "quick"]
)


def make_point(dataclass: Decorator, **options: bool) -> Any:
    @dataclass(**options)
    class Point:
        """A point."""

        x: int
        y: int = 2
        names: list[str] = field(default_factory=list)
        note: str = field(default="", compare=False, repr=False)
        KIND: ClassVar[str] = "point"

    return Point


@quick_dataclass.dataclass(frozen=True)
class Frozen:
    """In the module, so that it can be pickled."""

    x: int
    y: float = 0.5


@quick_dataclass.dataclass
class Loop:
    """Can hold itself."""

    inner: Any = None


@BOTH
@pytest.mark.parametrize("options", [{}, {"frozen": True}], ids=["open", "frozen"])
def test_arguments_defaults_and_factories_make_the_fields(
    dataclass: Decorator, options: dict[str, bool]
) -> None:
    point = make_point(dataclass, **options)
    made = point(1, note="n")
    assert (made.x, made.y, made.names, made.note, made.KIND) == (1, 2, [], "n", "point")
    assert point(1).names is not point(1).names
    assert point(1, names=["a"]).names == ["a"]
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        point()
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        point(1, z=2)


@BOTH
def test_repr_shows_the_fields_that_are_to_be_shown(dataclass: Decorator) -> None:
    shown = repr(make_point(dataclass)(1, note="n"))
    assert shown.endswith("Point(x=1, y=2, names=[])")


def test_repr_of_what_holds_itself_ends() -> None:
    loop = Loop()
    loop.inner = loop
    assert repr(loop) == "Loop(inner=...)"


@BOTH
def test_equal_are_objects_of_one_class_with_equal_values(dataclass: Decorator) -> None:
    point, other = make_point(dataclass), make_point(dataclass)
    assert point(1, note="n") == point(1)
    assert point(1) != point(2)
    assert point(1) != other(1)
    assert point(math.nan, names=[]) != point(math.nan, names=["a"])


@BOTH
def test_one_field_compares_as_the_tuple_of_it(dataclass: Decorator) -> None:
    @dataclass(frozen=True)
    class One:
        """One."""

        value: float

    assert One(math.nan) == One(math.nan)  # the same object, as in tuples
    assert hash(One(1.5)) == hash((1.5,))


@BOTH
def test_no_field_at_all_is_equal_to_its_like(dataclass: Decorator) -> None:
    @dataclass(frozen=True)
    class Nothing:
        """Nothing."""

    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())


@BOTH
def test_frozen_objects_hash_by_value_and_open_ones_not_at_all(dataclass: Decorator) -> None:
    @dataclass(frozen=True)
    class Key:
        """A key."""

        a: int
        b: str

    assert hash(Key(1, "b")) == hash((1, "b"))
    with pytest.raises(TypeError, match="unhashable"):
        hash(make_point(dataclass)(1))


@BOTH
def test_without_eq_objects_are_equal_to_themselves_alone(dataclass: Decorator) -> None:
    point = make_point(dataclass, frozen=True, eq=False)
    made = point(1)
    assert made == made
    assert made != point(1)
    assert hash(made) == object.__hash__(made)


@BOTH
def test_frozen_objects_refuse_changes(dataclass: Decorator) -> None:
    made = make_point(dataclass, frozen=True)(1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        made.x = 2
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'z'"):
        made.z = 2
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del made.x
    assert made.x == 1


@BOTH
def test_what_a_class_writes_itself_stays(dataclass: Decorator) -> None:
    @dataclass(frozen=True)
    class Own:
        """Writes them."""

        a: int

        def __repr__(self) -> str:
            return "mine"

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 7

    assert (repr(Own(1)), Own(1) == 3, hash(Own(1))) == ("mine", True, 7)


@BOTH
def test_an_equality_of_its_own_hashes_as_the_library_says(dataclass: Decorator) -> None:
    @dataclass
    class Own:
        """Writes one of them; Python takes the other away."""

        a: int

        def __eq__(self, other: object) -> bool:
            return True

    assert Own.__hash__ is None


@BOTH
def test_post_init_runs_when_the_fields_are_there(dataclass: Decorator) -> None:
    @dataclass(frozen=True)
    class Checked:
        """Checks itself."""

        a: int

        def __post_init__(self) -> None:
            if self.a < 0:
                raise ValueError("negative")

    assert Checked(1).a == 1
    with pytest.raises(ValueError, match="negative"):
        Checked(-1)


@BOTH
def test_fields_are_inherited(dataclass: Decorator) -> None:
    @dataclass(frozen=True)
    class Base:
        """The base."""

        a: int

    @dataclass(frozen=True)
    class Derived(Base):
        """One more."""

        b: int = 3

    assert [each.name for each in dataclasses.fields(Derived)] == ["a", "b"]
    assert Derived(1) == Derived(1, 3)
    assert Derived(1) != Base(1)
    derived: Any = Derived(1)
    with pytest.raises(FrozenInstanceError):
        derived.a = 2


def test_the_library_derives_frozen_classes_of_it() -> None:
    @dataclasses.dataclass(frozen=True)
    class More(Frozen):
        z: int = 0

    assert dataclasses.asdict(More(1)) == {"x": 1, "y": 0.5, "z": 0}


def test_the_tools_of_the_library_take_it_for_a_dataclass() -> None:
    made = Frozen(1)
    assert dataclasses.is_dataclass(made)
    assert dataclasses.replace(made, y=2.0) == Frozen(1, 2.0)
    assert dataclasses.asdict(made) == {"x": 1, "y": 0.5}
    match made:
        case Frozen(x, y):
            assert (x, y) == (1, 0.5)
    assert copy.deepcopy(made) == made
    assert pickle.loads(pickle.dumps(made)) == made


def test_its_signature_is_the_librarys() -> None:
    library = dataclasses.make_dataclass("Frozen", [("x", "int"), ("y", "float", 0.5)])
    assert str(inspect.signature(Frozen)) == str(inspect.signature(library))
    assert Frozen.__init__.__qualname__ == "Frozen.__init__"


def test_order_is_left_to_the_library() -> None:
    @quick_dataclass.dataclass(frozen=True, order=True)
    class Place:
        """Sortable."""

        a: int
        b: int

    assert Place(1, 2) < Place(1, 3)
