"""Codecs: how payloads are written into recordings: as plain values, and never as code.

A *plain* value is None, a bool, an integer, a float, text, bytes, or a list of plain values: what
every serialisation library knows. Everything else becomes a *tagged* value, `{"kind": name, "as":
plain}`, by the codec of its class. Codecs are registered; reading makes only what is registered, so
a recording can't have code run.

The engine knows scalars, text, bytes, containers, fractions, paths and times. Libraries of
calculators register codecs for their own payloads::

    @register_record
    @dataclass(frozen=True)
    class Repetition:
        count: int
        angle_deg: float

    codecs.register(Codec("my.Mesh", Mesh, encode=Mesh.to_arrays, decode=Mesh.from_arrays))
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar

from graphflow.words.diagnostics import Location
from graphflow.words.errors import CalculatorError, GraphflowError, describe
from graphflow.words.quick_dataclass import dataclass
from graphflow.words.timestamp import Timestamp
from graphflow.words.timestamp import text as time_text

Plain = Any
"""None, bool, int of 64 bits, float, str, bytes, a list of these, or a tagged value."""

DEPTH_MAX: Final = 64
"""How deep containers may be nested in each other: deeper ones hold themselves, as a rule."""

_INTEGERS: Final = range(-(1 << 63), 1 << 63)

ClassT = TypeVar("ClassT", bound=type)


class CodecError(GraphflowError):
    """A payload can't be written, or what was written is no payload that is known here."""


@dataclass(frozen=True)
class Codec:
    """How payloads of one class are written.

    Attributes:
        name: in recordings; unique, and never changed while old recordings are to be read.
        kind: the class, exactly: subclasses need codecs of their own.
        encode: makes a value of known classes from a payload: a list, a tuple, arrays ...
        decode: makes the payload again; raises what it likes of a value that it can't be made of.
        compress: like `encode`, smaller and slower, or None for a payload that it does not suit;
            the name of what decodes it comes first.
        compare: says in a few words how two payloads differ, for reports.
    """

    name: str
    kind: type
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]
    compress: Callable[[Any], tuple[str, Any] | None] | None = None
    compare: Callable[[Any, Any], str] | None = None


class Codecs:
    """Codecs by class and by name."""

    def __init__(self) -> None:
        self._by_kind: dict[type, Codec] = {}
        self._by_name: dict[str, Codec] = {}
        self._offers: list[str] = []

    def offer(self, modules: Sequence[str]) -> None:
        """Name modules that register codecs, imported when a class or name is not known yet."""
        self._offers += [each for each in modules if each not in self._offers]

    def register(self, codec: Codec) -> Codec:
        """Register a codec; one of the same class and name replaces the older one.

        Raises:
            CodecError: another class has a codec of this name.
        """
        self.register_decoder(codec)
        self._by_kind[codec.kind] = codec
        return codec

    def register_decoder(self, codec: Codec) -> Codec:
        """Register a codec for reading alone: what `compress` of another one has written.

        Raises:
            CodecError: another class has a codec of this name.
        """
        known = self._by_name.get(codec.name)
        if known is not None and _full_name(known.kind) != _full_name(codec.kind):
            raise CodecError(
                f'codec "{codec.name}" of {_full_name(codec.kind)} is already registered for '
                f"{_full_name(known.kind)}"
            )
        self._by_name[codec.name] = codec
        return codec

    def register_record(self, kind: ClassT) -> ClassT:
        """Register a dataclass or a NamedTuple under its own name; usable as a decorator.

        Raises:
            CodecError: it is neither, or has fields that can't be given to make it.
        """
        name = _full_name(kind)
        if dataclasses.is_dataclass(kind):
            if not all(field.init for field in dataclasses.fields(kind)):
                raise CodecError(f"{name} has fields without init; register a Codec for it")
            fields = tuple(field.name for field in dataclasses.fields(kind))
        elif issubclass(kind, tuple) and hasattr(kind, "_fields"):
            fields = kind._fields
        else:
            raise CodecError(f"{name} is neither a dataclass nor a NamedTuple")

        def encode(value: Any) -> list[list[Any]]:
            return [[field, getattr(value, field)] for field in fields]

        def decode(pairs: Any) -> Any:
            return kind(**{str(field): value for field, value in pairs})

        self.register(Codec(name, kind, encode, decode))
        return kind

    def check(self, value: Any, _depth: int = 0) -> None:
        """See that a payload can be written, without writing it.

        Raises:
            CodecError: it can't; the text names the class.
        """
        kind = type(value)
        if kind in _PLAIN:
            return
        if _depth > DEPTH_MAX:
            raise CodecError(f"it is nested more than {DEPTH_MAX} deep")
        if kind is list or kind is tuple:
            for each in value:
                self.check(each, _depth + 1)
            return
        codec = self._codec_of(kind)
        if codec.kind in _CONTAINERS or dataclasses.is_dataclass(kind) or issubclass(kind, tuple):
            self.check(codec.encode(value), _depth + 1)

    def encode(self, value: Any, *, compresses: bool = False, _depth: int = 0) -> Plain:
        """Make a plain value of a payload.

        Args:
            value: the payload.
            compresses: take the smaller form where there is one; without, equal bits make equal
                plain values.

        Raises:
            CodecError: a value in it is of a class without codec.
        """
        kind = type(value)
        if kind in _PLAIN and (kind is not int or value in _INTEGERS):
            return value
        if _depth > DEPTH_MAX:
            raise CodecError(f"it is nested more than {DEPTH_MAX} deep")
        if kind is list:
            return [self.encode(each, compresses=compresses, _depth=_depth + 1) for each in value]
        codec = self._codec_of(kind)
        name, content = codec.name, None
        if compresses and codec.compress is not None:
            name, content = codec.compress(value) or (name, None)
        if content is None:
            content = codec.encode(value)
        return {
            "kind": name,
            "as": self.encode(content, compresses=compresses, _depth=_depth + 1),
        }

    def decode(self, plain: Plain, _depth: int = 0) -> Any:
        """Make the payload again.

        Raises:
            CodecError: it is of a kind that is not registered here, or is none of its kind.
        """
        if _depth > DEPTH_MAX:
            raise CodecError(f"it is nested more than {DEPTH_MAX} deep")
        if isinstance(plain, list):
            return [self.decode(each, _depth + 1) for each in plain]
        if not isinstance(plain, dict):
            return plain
        name = plain.get("kind")
        if isinstance(name, str) and name not in self._by_name:
            self._take_offers()
        codec = self._by_name.get(name) if isinstance(name, str) else None
        if codec is None or plain.keys() != {"kind", "as"}:
            raise CodecError(
                f"found a value of kind {name!r}, for which no codec is registered here; import "
                "the module that registers it"
            )
        content = self.decode(plain["as"], _depth + 1)
        try:
            return codec.decode(content)
        except Exception as error:  # whatever: a codec is user code, its input may be damaged
            raise CodecError(f"found no value of kind {name!r}: {describe(error)}") from error

    def difference(self, found: Any, expected: Any) -> str:
        """Say in a few words how two payloads differ; "" if they are of one class, bit for bit."""
        if type(found) is not type(expected):
            return f"found {_full_name(type(found))}; expected {_full_name(type(expected))}"
        codec = self._by_kind.get(type(found))
        if codec is not None and codec.compare is not None:
            return codec.compare(found, expected)
        return f"found {_shortened(found)}; expected {_shortened(expected)}"

    def _take_offers(self) -> None:
        while self._offers:
            import_module(self._offers.pop(0))

    def _codec_of(self, kind: type) -> Codec:
        codec = self._by_kind.get(kind)
        if codec is None:
            self._take_offers()
            codec = self._by_kind.get(kind)
        if codec is None:
            hint = "register it with graphflow.nodes.codecs.register_record"
            if not dataclasses.is_dataclass(kind) and not hasattr(kind, "_fields"):
                hint = "register a graphflow.nodes.codecs.Codec for it"
            raise CodecError(f"no codec is known for class {_full_name(kind)}; {hint}")
        return codec


def _full_name(kind: type) -> str:
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"


def _shortened(value: Any) -> str:
    words = repr(value)
    return words if len(words) <= 80 else f"{words[:77]}..."


_PLAIN: Final = frozenset((type(None), bool, int, float, str, bytes))
_CONTAINERS: Final = frozenset((dict, set, frozenset))

codecs: Final = Codecs()
"""The codecs of this program."""

register_record: Final = codecs.register_record
"""Decorator that makes a dataclass or a NamedTuple known to recordings."""


def _encode_error(error: CalculatorError) -> list[Any]:
    cause = error.cause
    reason = str(cause) if isinstance(cause, GraphflowError) else describe(cause)
    place = error.location
    return [error.node, error.step, error.timestamp, reason, place.file, place.line, place.column]


def _decode_error(fields: list[Any]) -> CalculatorError:
    node, step, timestamp, reason, *place = fields
    return CalculatorError(node, step, timestamp, GraphflowError(reason), Location(*place))


def _encode_fraction(value: Fraction) -> list[int]:
    return [value.numerator, value.denominator]


def _timestamp(text: str) -> Timestamp:
    named = getattr(Timestamp, text, None)
    return named if isinstance(named, Timestamp) else Timestamp(int(text))


for _codec in (
    Codec("int", int, str, int),
    Codec("tuple", tuple, list, tuple),
    Codec("dict", dict, lambda value: [list(item) for item in value.items()], dict),
    Codec("set", set, lambda value: sorted(value, key=repr), set),
    Codec("frozenset", frozenset, lambda value: sorted(value, key=repr), frozenset),
    Codec("complex", complex, lambda value: [value.real, value.imag], lambda it: complex(*it)),
    Codec("bytearray", bytearray, bytes, bytearray),
    Codec("fraction", Fraction, _encode_fraction, lambda it: Fraction(*it)),
    Codec("path", type(Path()), str, Path),
    Codec("timestamp", Timestamp, lambda value: time_text(value), _timestamp),
    Codec("calculator_error", CalculatorError, _encode_error, _decode_error),
):
    codecs.register(_codec)
