"""Decode values by the type declared for them; nothing is guessed from how they look.

`no` is text for a text option and a fault for a boolean one; `1e3` is 1000.0 for a number. Where
nothing is declared (Any), YAML 1.2's core rules apply.
"""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from numbers import Integral, Real
from os import PathLike
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin

from graphflow.config.declared_types import (
    Declared,
    choices_of,
    declared,
    expectation,
    is_model,
    is_sequence,
)
from graphflow.config.stream_names import did_you_mean
from graphflow.config.yaml_source import (
    ListValue,
    MappingValue,
    PythonValue,
    ScalarValue,
    Value,
    parse_yaml,
)
from graphflow.nodes.contract import is_class
from graphflow.nodes.options import AsWritten
from graphflow.nodes.type_relations import is_union
from graphflow.words.diagnostics import listed

_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_INTEGER_LIMIT: Final = 2**63
_DIGITS_MAX: Final = 100
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL_FLOAT: Final = re.compile(r"([-+]?)\.?(inf|Inf|INF|nan|NaN|NAN)")
_BOOLEANS: Final = {"true": True, "True": True, "false": False, "False": False}
_OLD_BOOLEANS: Final = {"yes": True, "on": True, "no": False, "off": False, "1": True, "0": False}


class Undecodable(Exception):
    """A value is not of its declared type.

    Attributes:
        value: where exactly.
        expected: what should stand there.
        hint: what might help, or "".
    """

    def __init__(self, value: Value, expected: str, hint: str = "") -> None:
        self.value = value
        self.expected = expected
        self.hint = hint
        super().__init__(expected)


def decode(value: Value, annotation: Any, metadata: Sequence[Any] = ()) -> Any:
    """Return `value` as Python's value of a declared type; limits are not checked here.

    Models (mappings with declared keys) are the business of `option_checking`, and come back as
    plain dicts with the declared keys decoded and others left in place. What is declared as
    `Written` comes back as the value itself.

    Raises:
        Undecodable: it is not of that type.
    """
    wanted = declared(annotation, metadata)
    if any(isinstance(each, AsWritten) for each in wanted.metadata):
        return value
    if is_union(wanted.type):
        return _decode_union(value, wanted)
    decoder = _decoder(wanted.type)
    if isinstance(value, PythonValue) and decoder not in (_integer, _float):
        return value.value
    return decoder(value, wanted)


def as_in_file(value: Value) -> Value:
    """Return a value from Python code as a graph file writes it.

    Raises:
        Undecodable: it is neither text nor a number, true, false or None, nor a list or mapping of
            those.
    """
    if isinstance(value, ListValue):
        return ListValue(tuple(as_in_file(item) for item in value.items), value.location)
    if isinstance(value, MappingValue):
        entries = (replace(entry, value=as_in_file(entry.value)) for entry in value.entries)
        return replace(value, entries=tuple(entries))
    if not isinstance(value, PythonValue):
        return value
    found = value.value
    if isinstance(found, PathLike):
        return ScalarValue(str(found), value.location, is_plain=False)
    if found is None or isinstance(found, bool):
        return ScalarValue("" if found is None else str(found).lower(), value.location)
    if isinstance(found, Integral) and abs(int(found)) < _INTEGER_LIMIT:
        return ScalarValue(str(int(found)), value.location)
    if isinstance(found, Real) and not isinstance(found, Integral):
        number = float(found)
        text = repr(number) if math.isfinite(number) else f".{number}".replace(".-", "-.")
        return ScalarValue(text, value.location)
    raise Undecodable(value, "text, a number, true or false, or a list of those")


def shown(value: Value) -> str:
    """Return a value as messages quote it."""
    if isinstance(value, MappingValue):
        return "keys and values"
    if isinstance(value, ListValue):
        count = len(value.items)
        return f"a list of {count} value{'s' if count != 1 else ''}"
    if isinstance(value, PythonValue):
        return repr(value.value) if value.value is not None else "nothing"
    if value.is_nothing and not value.text:
        return "nothing"
    is_number = value.is_plain and _FLOAT.fullmatch(value.text)
    return value.text if is_number else f'text "{value.text}"'


def _decode_union(value: Value, wanted: Declared) -> Any:
    arms = get_args(wanted.type)
    is_nothing = (isinstance(value, ScalarValue) and value.is_nothing) or (
        isinstance(value, PythonValue) and value.value is None
    )
    if NoneType in arms and is_nothing:
        return None
    # Text decodes as almost anything's last resort, so it comes last.
    others = [arm for arm in arms if arm is not NoneType]
    others.sort(key=lambda arm: declared(arm).type is str)
    if isinstance(value, MappingValue):
        others.sort(key=lambda arm: -_keys_known(value, declared(arm).type))
    faults = []
    for arm in others:
        try:
            return decode(value, arm, wanted.metadata)
        except Undecodable as fault:
            faults.append(fault)
    if len(faults) == 1:
        raise faults[0]
    raise Undecodable(value, expectation(wanted.type, wanted.metadata))


def _keys_known(value: MappingValue, kind: Any) -> int:
    if not is_model(kind):
        return 0
    return sum(entry.key in kind.model_fields for entry in value.entries)


def _decoder(kind: Any) -> Callable[[Value, Declared], Any]:
    if kind in _SCALARS:
        return _SCALARS[kind]
    if get_origin(kind) is Literal:
        return _literal
    if is_model(kind):
        return _model
    if is_sequence(kind):
        return _sequence
    if get_origin(kind) is dict or kind is dict:
        return _dictionary
    if is_class(kind) and issubclass(kind, enum.Enum):
        return _enum
    return _text


def _boolean(value: Value, wanted: Declared) -> bool:
    if isinstance(value, ScalarValue) and (value.is_plain or value.is_free):
        if value.text in _BOOLEANS:
            return _BOOLEANS[value.text]
        meant = _OLD_BOOLEANS.get(value.text.lower())
        if meant is not None:
            raise Undecodable(
                value, "true or false", f"{value.text} is written {str(meant).lower()}"
            )
    raise Undecodable(value, "true or false")


def _integer(value: Value, wanted: Declared) -> Any:
    expected = expectation(int, wanted.metadata)
    if isinstance(value, PythonValue):
        if isinstance(value.value, bool) or value.value is None:
            raise Undecodable(value, expected)
        return value.value
    if isinstance(value, ScalarValue) and _INTEGER.fullmatch(value.text):
        digits = _unquoted(value, expected)
        # The length is looked at first: Python refuses to read thousands of digits.
        if len(digits) < _DIGITS_MAX and -_INTEGER_LIMIT <= int(digits) < _INTEGER_LIMIT:
            return int(digits)
        raise Undecodable(value, expected, "an integer has 64 bits")
    raise Undecodable(value, expected)


def _float(value: Value, wanted: Declared) -> Any:
    expected = expectation(float, wanted.metadata)
    if isinstance(value, PythonValue):
        if isinstance(value.value, bool) or value.value is None:
            raise Undecodable(value, expected)
        return value.value
    if isinstance(value, ScalarValue):
        if _FLOAT.fullmatch(value.text):
            number = float(_unquoted(value, expected))
            if math.isfinite(number):
                return number
            raise Undecodable(value, expected, "infinity is written .inf")
        if special := _SPECIAL_FLOAT.fullmatch(value.text):
            return float(special[1] + special[2].lower())
    raise Undecodable(value, expected)


def _unquoted(value: ScalarValue, expected: str) -> str:
    if value.is_plain:
        return value.text
    raise Undecodable(value, expected, "numbers are written without quotes")


def _text(value: Value, wanted: Declared) -> str:
    if isinstance(value, ScalarValue):
        if value.is_plain and not value.text and not value.is_free:
            raise Undecodable(value, "text", 'empty text is written ""')
        return value.text
    raise Undecodable(value, "text")


def _anything(value: Value, wanted: Declared) -> Any:
    if isinstance(value, PythonValue):
        return value.value
    if isinstance(value, ListValue):
        return [_anything(item, wanted) for item in value.items]
    if isinstance(value, MappingValue):
        return {entry.key: _anything(entry.value, wanted) for entry in value.entries}
    if value.is_nothing:
        return None
    for decoder in (_boolean, _integer, _float):
        try:
            return decoder(value, wanted)
        except Undecodable:
            continue
    return value.text


def _literal(value: Value, wanted: Declared) -> Any:
    choices = {str(choice): choice for choice in get_args(wanted.type)}
    return _chosen(value, choices, choices)


def _enum(value: Value, wanted: Declared) -> Any:
    members = wanted.type.__members__
    by_value = {str(member.value): member for member in members.values()}
    return _chosen(value, {**by_value, **members}, choices_of(wanted.type))


def _chosen(value: Value, choices: dict[str, Any], offered: Collection[str]) -> Any:
    if isinstance(value, ScalarValue):
        if value.text in choices:
            return choices[value.text]
        hint = did_you_mean(value.text, offered)
        raise Undecodable(value, listed([str(each) for each in offered], "or"), hint)
    raise Undecodable(value, listed([str(each) for each in offered], "or"))


def _sequence(value: Value, wanted: Declared) -> Any:
    if isinstance(value, ScalarValue) and value.is_free:
        value = split_list(value)
    arguments = get_args(wanted.type)
    is_fixed = get_origin(wanted.type) is tuple and Ellipsis not in arguments
    if not isinstance(value, ListValue):
        # A repeated field may be given once, without a list, as in MediaPipe's text format.
        if is_fixed or (isinstance(value, ScalarValue) and value.is_nothing):
            raise Undecodable(value, "a list")
        value = ListValue((value,), value.location)
    if is_fixed and len(arguments) != len(value.items):
        raise Undecodable(value, f"a list of {len(arguments)} values")
    if is_fixed:
        pairs = zip(value.items, arguments, strict=True)
        return [decode(item, argument) for item, argument in pairs]
    element = arguments[0] if arguments else Any
    return [decode(item, element) for item in value.items]


def split_list(value: ScalarValue) -> Value:
    """Return text from a command line, `1,2` or `[1, 2]`, as a list; as it is if it is none."""
    text = value.text.strip()
    parsed, faults = parse_yaml(text if text.startswith("[") else f"[{text}]", "")
    if faults or not isinstance(parsed, ListValue):
        return value
    items = tuple(
        ScalarValue(item.text, value.location, item.is_plain, is_free=True)
        if isinstance(item, ScalarValue)
        else item
        for item in parsed.items
    )
    return ListValue(items, value.location)


def _dictionary(value: Value, wanted: Declared) -> dict[str, Any]:
    if not isinstance(value, MappingValue):
        raise Undecodable(value, "keys and values")
    element = (*get_args(wanted.type), Any, Any)[1]
    return {entry.key: decode(entry.value, element) for entry in value.entries}


def _model(value: Value, wanted: Declared) -> dict[str, Any]:
    if not isinstance(value, MappingValue):
        raise Undecodable(value, "keys and values")
    fields = wanted.type.model_fields
    return {
        entry.key: decode(entry.value, fields[entry.key].annotation, fields[entry.key].metadata)
        if entry.key in fields
        else _anything(entry.value, wanted)
        for entry in value.entries
    }


_SCALARS: Final[dict[Any, Callable[[Value, Declared], Any]]] = {
    bool: _boolean,
    int: _integer,
    float: _float,
    str: _text,
    Any: _anything,
    object: _anything,
}
