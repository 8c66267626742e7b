"""Function calculators: a plain typed function as a calculator, for those without state.

What the function's signature says, and what becomes of it:

* A parameter is an input, tagged with its name in capitals; those before `/` have no tag and go by
  position, and so do the `*` ones, of which there may be any number.
* `x: float` must have a packet; at times without one the function is not called.
* `x: float | None` gets None at such times.
* `x: float = 1.0` may also stay unconnected; the default stands for what is not there.
* A keyword-only parameter is an option, checked by pydantic as a field of that type and default.
* What it returns is emitted; None emits nothing. `-> None` has no outputs.
* A tuple of fixed length is several outputs without tags, a NamedTuple or a TypedDict several with
  its names in capitals; each of their values may be None. `outputs` gives tags to other results.
* The docstring documents the calculator, its `Args` and `Returns` the ports and options.

A function has no state, no times and no side packets: what needs them is a class.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import update_wrapper
from types import FunctionType
from typing import (
    Any,
    ClassVar,
    Final,
    Generic,
    ParamSpec,
    TypeVar,
    get_type_hints,
    overload,
)

from pydantic import Field, create_model
from pydantic.errors import PydanticUserError

from graphflow.nodes.calculator import Calculator
from graphflow.nodes.context import Context
from graphflow.nodes.contract import Contract, Port
from graphflow.nodes.function_results import Result, refuse_mixed, result_of, without_none
from graphflow.nodes.node_shape import NodeShape
from graphflow.nodes.options import NoOptions, Options
from graphflow.nodes.registry import register
from graphflow.words.docstring import documented_names, section, without_sections
from graphflow.words.errors import ContractError
from graphflow.words.quick_dataclass import dataclass

P = ParamSpec("P")
R = TypeVar("R")

NAME_END: Final = "Calculator"
_BY_POSITION: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL)
_A_CLASS: Final = "write a class: a subclass of Calculator"


class FunctionCalculator(Generic[P, R]):
    """A function that graphs know as a calculator; calling it calls the function.

    Attributes:
        function: as written.
        calculator: the class that graphs use, for a registry or a `CalculatorRunner`.
    """

    def __init__(self, function: Callable[P, R], outputs: str | Sequence[str] | None) -> None:
        """Make the calculator of a function; `as_calculator` also registers it.

        Raises:
            ContractError: the signature can't be that of a calculator.
        """
        self.function = function
        self.calculator = _calculator_class(function, outputs)
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function."""
        return self.function(*args, **kwargs)


@overload
def as_calculator(function: Callable[P, R], /) -> FunctionCalculator[P, R]: ...


@overload
def as_calculator(
    *, outputs: str | Sequence[str]
) -> Callable[[Callable[P, R]], FunctionCalculator[P, R]]: ...


def as_calculator(
    function: Callable[P, R] | None = None, /, *, outputs: str | Sequence[str] | None = None
) -> FunctionCalculator[P, R] | Callable[[Callable[P, R]], FunctionCalculator[P, R]]:
    """Make a function a calculator, registered under its name: `knee_angle` is KneeAngleCalculator.

    It stays a function for whoever calls it. Use it as a decorator::

        @as_calculator
        def scale(value: float, /, *, factor: Annotated[float, Field(gt=0)] = 2.0) -> float:
            \"\"\"Multiply a number.\"\"\"
            return factor * value

    Args:
        function: its signature is the contract; the module says how.
        outputs: a tag: the result, whatever it is, goes to this one output; or several tags, for
            the items of a tuple, or for the keys of a dict, which are these tags in lower case.

    Raises:
        ContractError: the signature can't be that of a calculator.
    """

    def made(function: Callable[P, R]) -> FunctionCalculator[P, R]:
        calculator = FunctionCalculator(function, outputs)
        register(calculator.calculator)
        return calculator

    return made if function is None else made(function)


@dataclass(frozen=True)
class _Parameter:
    """An input: a parameter of the function.

    Attributes:
        is_required: the function is not called without a packet.
        default: stands for what is not there; None where None is taken.
    """

    name: str
    type: Any
    kind: Any
    is_required: bool
    may_be_unconnected: bool
    default: Any
    doc: str

    @property
    def tag(self) -> str:
        return "" if self.kind in _BY_POSITION else self.name.upper()


class _Calling(Calculator[Options]):
    """The calculator of a function.

    Attributes:
        function: what is called.
        parameters: its inputs.
        result: its outputs.
    """

    function: ClassVar[Callable[..., Any]]
    parameters: ClassVar[tuple[_Parameter, ...]]
    result: ClassVar[Result]

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        names = type(options).model_fields
        self._keywords = {name: getattr(options, name) for name in names}

    @classmethod
    def contract_for(cls, node: NodeShape[Options]) -> Contract:
        """Refuse a node with more inputs or outputs without tag than the function has."""
        if not len(node.inputs):
            raise ContractError("found no inputs; expected at least one")
        positions = [each for each in cls.parameters if each.kind in _BY_POSITION]
        given = len(node.inputs.indexes(""))
        least = sum(not each.may_be_unconnected for each in positions)
        is_open = any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in positions)
        if given < least or (given > len(positions) and not is_open):
            raise ContractError(_count_words("inputs", given, least, len(positions), is_open))
        made, taken = len(cls.result.ends), len(node.outputs.indexes(""))
        if taken > made:
            raise ContractError(_count_words("outputs", taken, 0, made, is_open=False))
        return cls.contract

    def process(self, context: Context) -> None:
        """Call the function, unless something that it needs is not there."""
        arguments: list[Any] = []
        at = 0
        for parameter in self.parameters:
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                inputs = context.inputs.tagged("")[at:]
            else:
                index = at if parameter.kind in _BY_POSITION else 0
                found = context.inputs.get(parameter.tag, index)
                at += parameter.kind in _BY_POSITION
                if found is None:
                    arguments.append(parameter.default)
                    continue
                inputs = (found,)
            if parameter.is_required and any(each.is_empty for each in inputs):
                return
            arguments += [each.get(parameter.default) for each in inputs]
        result = type(self).function(*arguments, **self._keywords)
        if result is None:
            return
        for end, value in zip(self.result.ends, self.result.values(result), strict=True):
            output = context.outputs.get(*end)
            if value is not None and output is not None:
                output.emit(value)


def _count_words(kind: str, found: int, least: int, most: int, is_open: bool) -> str:
    expected = f"at least {least}" if is_open else f"{least} to {most}"
    if not is_open and (least == most or not least):
        expected = f"at most {most}" if least < most else str(most)
    return f"found {found} {kind} without a tag; expected {expected}"


def _calculator_class(
    function: Callable[..., Any], outputs: str | Sequence[str] | None
) -> type[Calculator[Options]]:
    _refuse_unfit(function)
    name = _class_name(function.__name__)
    plain, full = _hints(function, name), _hints(function, name, include_extras=True)
    docs = documented_names(function.__doc__, "Args")
    parameters, fields = [], {}
    for each in inspect.signature(function).parameters.values():
        if each.kind is inspect.Parameter.VAR_KEYWORD:
            raise ContractError(f"{name}: **{each.name} can be neither input nor option")
        if each.kind is inspect.Parameter.KEYWORD_ONLY:
            fields[each.name] = _option(each, full.get(each.name, Any), docs.get(each.name))
        else:
            parameters.append(_parameter(each, plain.get(each.name, Any), docs.get(each.name, "")))
    if not parameters:
        raise ContractError(f"{name} has no inputs; a source has state: {_A_CLASS}")
    if "return" not in plain:
        raise ContractError(f"{name}: found no -> type; write -> None if it emits nothing")
    result = result_of(name, plain["return"], outputs, section(function.__doc__, "Returns"))
    members: dict[str, Any] = {
        "__module__": function.__module__,
        "__qualname__": name,
        # What it says of ports and options is told at these.
        "__doc__": without_sections(function.__doc__, ("Args", "Returns")),
        "function": staticmethod(function),
        "parameters": tuple(parameters),
        "result": result,
        "contract": Contract(
            inputs=_input_ports(name, parameters),
            outputs=result.ports,
            options=_options_class(name, function.__module__, fields),
        ),
    }
    return type(name, (_Calling,), members)


def _refuse_unfit(function: Any) -> None:
    name = getattr(function, "__name__", repr(function))
    if not isinstance(function, FunctionType) or not name.isidentifier():
        raise ContractError(f"{name} is no function with a name; expected def ...")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise ContractError(f"{name} is async; calculators are called in threads: write plain def")
    if inspect.isgeneratorfunction(function):
        raise ContractError(f"{name} yields; to emit more than once a call, {_A_CLASS}")


def _class_name(function_name: str) -> str:
    parts = function_name.removesuffix("_calculator").split("_")
    return "".join(part[:1].upper() + part[1:] for part in parts) + NAME_END


def _hints(function: Callable[..., Any], name: str, include_extras: bool = False) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=include_extras)
    except (NameError, TypeError) as fault:
        raise ContractError(
            f"{name}: the annotations can't be looked up: {fault}; import what they name above the "
            "function, and not under TYPE_CHECKING"
        ) from fault


def _parameter(parameter: inspect.Parameter, hint: Any, doc: str) -> _Parameter:
    kind, takes_none = without_none(hint)
    has_default = parameter.default is not inspect.Parameter.empty
    is_star = parameter.kind is inspect.Parameter.VAR_POSITIONAL
    return _Parameter(
        name=parameter.name,
        type=kind,
        kind=parameter.kind,
        is_required=not has_default and not takes_none,
        may_be_unconnected=has_default or is_star,
        default=parameter.default if has_default else None,
        doc=doc,
    )


def _input_ports(name: str, parameters: Sequence[_Parameter]) -> tuple[Port, ...]:
    positions = [each for each in parameters if each.kind in _BY_POSITION]
    ports = [
        Port(each.tag, each.type, optional=each.may_be_unconnected, doc=each.doc)
        for each in parameters
        if each.kind not in _BY_POSITION
    ]
    if not positions:
        return tuple(ports)
    first = positions[0]
    refuse_mixed(name, "inputs", [each.type for each in positions])
    is_star = positions[-1].kind is inspect.Parameter.VAR_POSITIONAL
    is_optional = all(each.may_be_unconnected for each in positions) and bool(ports)
    docs = ", ".join(dict.fromkeys(each.doc or each.name for each in positions))
    is_repeated = is_star or len(positions) > 1
    untagged = Port("", first.type, optional=is_optional, repeated=is_repeated, doc=docs)
    return (untagged, *ports)


def _option(parameter: inspect.Parameter, hint: Any, doc: str | None) -> tuple[Any, Any]:
    default = ... if parameter.default is inspect.Parameter.empty else parameter.default
    return hint, Field(default, description=doc) if doc else default


def _options_class(name: str, module: str, fields: Mapping[str, Any]) -> type[Options]:
    if not fields:
        return NoOptions
    try:
        return create_model(f"{name}Options", __base__=Options, __module__=module, **fields)
    except (PydanticUserError, NameError) as fault:
        raise ContractError(f"{name}: the options can't be checked: {fault}") from fault
