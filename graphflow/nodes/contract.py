"""Contract: what a calculator takes and gives, declared where the class is written.

The contract is data. Wiring checks graphs against it, the runner checks calls against it, and
documentation is printed from it; nothing about a calculator's interface is written twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field
from types import NoneType
from typing import Annotated, Any, Final, Literal, TypeGuard, get_args, get_origin

from graphflow.nodes.input_policy import DefaultPolicy, InputPolicy
from graphflow.nodes.options import NoOptions, Options
from graphflow.nodes.service import Service
from graphflow.nodes.type_relations import is_union
from graphflow.words.errors import ContractError
from graphflow.words.quick_dataclass import dataclass

ANY_TAG: Final = "*"
"""Stands for every tag (the empty one included) that the contract does not declare itself."""

TAG_PATTERN: Final = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True)
class Port:
    """A tagged end of a node: a stream or a side packet, by the list it stands in.

    Attributes:
        tag: in capitals; "" for ports told apart by position; ANY_TAG for whatever is connected.
        type: of the payload: a class, a NewType, a generic such as list[int], a union; Any takes
            all.
        optional: may stay unconnected.
        repeated: may be connected several times, as TAG:0, TAG:1, ...
        sparse: repeated, and its indexes mean something, so that some may be left out.
        same_as: tag of the *input* whose type this port has, whatever that turns out to be. An
            output with tag ANY_TAG mirrors the inputs with tag ANY_TAG, end for end, unless it is
            free. A side output may name a side input, and one with ANY_TAG mirrors those.
        free: an output with tag ANY_TAG that mirrors nothing.
        doc: what travels here: shape, dtype, unit, range.
    """

    tag: str
    type: Any = Any
    optional: bool = False
    repeated: bool = False
    sparse: bool = False
    same_as: str | None = None
    free: bool = False
    doc: str = ""


@dataclass(frozen=True)
class Contract:
    """The interface of a calculator.

    Attributes:
        inputs, outputs: stream ports.
        side_inputs, side_outputs: side packet ports.
        options: class of its options.
        timestamp_offset: the promise that outputs for input time T come at T + offset, in
            microseconds; None for no promise. Sources never make it.
        process_timestamps: also run when only bounds advance, with empty inputs.
        input_policy: when it may run and on what; a graph may choose another for a node.
        reads_headers: it reads the headers of its inputs, and so is opened after the nodes that
            feed it; back edges are not waited for.
        services: what it reads with `context.service`; a run without one of them is refused.
        optional_services: what it reads with `context.find_service`.
        settles: each call emits on its outputs or advances their bounds as far as it can tell, so
            that nobody waits for what it leaves out; for contracts without timestamp_offset.
        loses: which packets it may drop because of load or order of arrival, in words that go on
            after "it drops"; "" for none. What is dropped for its content or time is not meant.
        releases_lock: `process` spends its time without the interpreter's lock: in the run of a
            model, say, or waiting. Threads of nicer executors begin their work then.
        varies_with: on what, besides its inputs, its results depend ("the clock"); "" if on
            nothing, also where its input policy leaves the order of calls open; None if that
            decides.
    """

    inputs: Sequence[Port] = ()
    outputs: Sequence[Port] = ()
    side_inputs: Sequence[Port] = ()
    side_outputs: Sequence[Port] = ()
    options: type[Options] = NoOptions
    timestamp_offset: int | None = 0
    process_timestamps: bool = False
    input_policy: InputPolicy = field(default_factory=DefaultPolicy)
    reads_headers: bool = False
    services: Sequence[Service[Any]] = ()
    optional_services: Sequence[Service[Any]] = ()
    settles: bool = False
    loses: str = ""
    releases_lock: bool = False
    varies_with: str | None = None

    def __post_init__(self) -> None:
        for kind in ("inputs", "outputs", "side_inputs", "side_outputs"):
            ports = tuple(getattr(self, kind))
            object.__setattr__(self, kind, ports)
            _check_ports(kind, ports)
        for kind in ("services", "optional_services"):
            object.__setattr__(self, kind, tuple(getattr(self, kind)))
        _check_services((*self.services, *self.optional_services))
        _check_mirrors("", self.inputs, self.outputs)
        _check_mirrors("side ", self.side_inputs, self.side_outputs, also=self.inputs)


def _check_ports(kind: str, ports: tuple[Port, ...]) -> None:
    seen: set[str] = set()
    for port in ports:
        if not isinstance(port, Port):
            raise ContractError(f"{kind}: found {port!r}; expected a Port")
        if port.tag not in ("", ANY_TAG) and not TAG_PATTERN.fullmatch(port.tag):
            raise ContractError(f'{kind}: tag "{port.tag}" is not written in capitals')
        if port.tag in seen:
            raise ContractError(f"{kind}: tag {port_name(port.tag)} is declared twice")
        seen.add(port.tag)


def _check_services(keys: tuple[Service[Any], ...]) -> None:
    for key in keys:
        if not isinstance(key, Service):
            raise ContractError(f"services: found {key!r}; expected a Service")
        if keys.count(key) > 1:
            raise ContractError(f'services: "{key.name}" is declared twice')


def _check_mirrors(
    kind: str, inputs: Sequence[Port], outputs: Sequence[Port], also: Sequence[Port] = ()
) -> None:
    tags = {port.tag for port in inputs}
    known = tags | {each.tag for each in also}
    for port in outputs:
        if port.same_as is not None and not known & {port.same_as, ANY_TAG}:
            raise ContractError(
                f'{kind}output {port_name(port.tag)} has the type of input "{port.same_as}", '
                "which the contract does not declare"
            )
        if port.tag == ANY_TAG and not port.free and ANY_TAG not in tags:
            raise ContractError(
                f"a {kind}output with tag * mirrors {kind}inputs with tag *; there are none"
            )


def port_name(tag: str, index: int = 0) -> str:
    """Return a port as a graph writes it: TAG, TAG:1, or :0 for one without tag."""
    if not tag:
        return f":{index}"
    return f"{tag}:{index}" if index else tag


def type_name(payload_type: Any) -> str:
    """Return the name of a payload type as messages print it."""
    if payload_type is Any:
        return "Any"
    if payload_type in (None, NoneType):
        return "None"
    if payload_type is Ellipsis:
        return "..."
    if isinstance(payload_type, list):  # The parameters of a Callable.
        return f"[{', '.join(map(type_name, payload_type))}]"
    origin, arguments = get_origin(payload_type), get_args(payload_type)
    if origin is Annotated:
        return type_name(arguments[0])
    if is_union(payload_type):
        return " | ".join(map(type_name, arguments))
    if origin is not None:
        names = map(repr if origin is Literal else type_name, arguments)
        return f"{type_name(origin)}[{', '.join(names)}]"
    return str(getattr(payload_type, "__name__", payload_type))


def is_class(kind: Any) -> TypeGuard[type]:
    """Tell whether `kind` is a class, and no generic alias, which Python 3.10 takes for one."""
    return isinstance(kind, type) and get_origin(kind) is None
