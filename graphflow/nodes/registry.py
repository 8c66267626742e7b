"""Registry: from the name that graphs write to the class: a calculator, or a subgraph class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import Enum
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Final, TypeVar

from graphflow.nodes.calculator import AnyCalculator, Calculator
from graphflow.nodes.contract import Contract
from graphflow.nodes.options import Options
from graphflow.nodes.subgraph import AnySubgraph, Subgraph
from graphflow.words.errors import ContractError, describe
from graphflow.words.quick_dataclass import dataclass

ENTRY_POINT_GROUP: Final = "graphflow.calculators"


class OriginKind(Enum):
    """How the module of a class comes to be imported."""

    ENTRY_POINT = "entry point"
    GRAPH_IMPORT = "import"
    CODE = "code"


@dataclass(frozen=True)
class Origin:
    """Where a registered name comes from.

    Attributes:
        module: where the class is written.
        source: the distribution that declares an entry point, with its version; the first graph
            file that imports the module; "" for a module that the program imported itself.
    """

    kind: OriginKind
    module: str
    source: str = ""

    def __str__(self) -> str:
        """Return it as lists show it: the distribution, or the module and who imported it."""
        if self.kind is OriginKind.ENTRY_POINT:
            return self.source
        return f"{self.module}, imported by {self.source}" if self.source else self.module


ClassT = TypeVar("ClassT", bound="type[Calculator[Any]] | type[Subgraph[Any]]")


class Registry:
    """Classes by name. They are checked when they are registered, not when used.

    Iterating gives the calculators, by name.
    """

    def __init__(self) -> None:
        self._classes: dict[str, type[AnyCalculator] | type[AnySubgraph]] = {}
        self._offers: dict[str, str] = {}
        self._origins: dict[str, Origin] = {}

    def offer(self, homes: Mapping[str, str]) -> None:
        """Tell in which module each class is registered, to be imported when it is asked for.

        Args:
            homes: the full name of a module for each name of a class.

        Raises:
            ContractError: a class of another module already has a name.
        """
        for name, module in homes.items():
            taken = self.home(name)
            if taken not in (None, module):
                raise ContractError(f"{name} of {module} is already registered by {taken}")
            self._offers[name] = module

    def register(self, named: ClassT) -> ClassT:
        """Register a calculator or a subgraph class under its own name; usable as a decorator.

        Raises:
            ContractError: it is neither, declares no contract, lacks `process` or `config`, or
                another class already has the name.
        """
        name = getattr(named, "__name__", repr(named))
        if not isinstance(named, type):
            raise ContractError(f"{name} is no subclass of Calculator or Subgraph")
        if issubclass(named, Calculator):
            _check_calculator(name, named)
        elif issubclass(named, Subgraph):
            _check_subgraph(name, named)
        else:
            raise ContractError(f"{name} is no subclass of Calculator or Subgraph")
        self._check_name(name, named)
        self._classes[name] = named
        return named

    def _check_name(self, name: str, named: type) -> None:
        home = self.home(name)
        known = self._classes.get(name)
        if home not in (None, named.__module__) or (
            known is not None and known.__qualname__ != named.__qualname__
        ):
            raise ContractError(f"{name} of {named.__module__} is already registered by {home}")

    def has(self, named: type) -> bool:
        """Tell whether this very class is registered."""
        return self._classes.get(named.__name__) is named

    def note_origin(self, module: str, origin: Origin) -> None:
        """Tell how a module, or a package with all of its modules, came to be imported.

        The first to tell is right: what an entry point names, a graph may import once more.
        """
        if self._noted_origin(module) is None:
            self._origins[module] = origin

    def origin(self, name: str) -> Origin | None:
        """Return how graphs come to know a name, or None if they don't; nothing is imported."""
        home = self.home(name)
        if home is None:
            return None
        noted = self._noted_origin(home)
        return Origin(OriginKind.CODE, home) if noted is None else replace(noted, module=home)

    def _noted_origin(self, module: str) -> Origin | None:
        while module:
            if module in self._origins:
                return self._origins[module]
            module = module.rpartition(".")[0]
        return None

    def home(self, name: str) -> str | None:
        """Return the module of the class that has a name, imported or not; None if nobody has."""
        known = self._classes.get(name)
        return self._offers.get(name) if known is None else known.__module__

    def _find(self, name: str) -> type[AnyCalculator] | type[AnySubgraph] | None:
        if name not in self._classes and name in self._offers:
            found = getattr(import_module(self._offers[name]), name, None)
            if found is not None and name not in self._classes:
                # The module registered it elsewhere: with another registry, or long ago.
                self.register(found)
        return self._classes.get(name)

    def get(self, name: str) -> type[AnyCalculator] | None:
        """Return the calculator registered under `name`, or None."""
        found = self._find(name)
        return found if found is not None and issubclass(found, Calculator) else None

    def subgraph(self, name: str) -> type[AnySubgraph] | None:
        """Return the subgraph class registered under `name`, or None."""
        found = self._find(name)
        return found if found is not None and issubclass(found, Subgraph) else None

    def names(self) -> tuple[str, ...]:
        """Return all names, of calculators and subgraph classes, sorted; nothing is imported."""
        return tuple(sorted({*self._classes, *self._offers}))

    def subgraphs(self) -> tuple[type[AnySubgraph], ...]:
        """Return the subgraph classes, by name."""
        found = (self.subgraph(name) for name in self.names())
        return tuple(each for each in found if each is not None)

    def __iter__(self) -> Iterator[type[AnyCalculator]]:
        found = (self.get(name) for name in self.names())
        return (each for each in found if each is not None)


def _check_calculator(name: str, calculator: type[AnyCalculator]) -> None:
    if not isinstance(getattr(calculator, "contract", None), Contract):
        raise ContractError(f"{name} declares no contract = Contract(...)")
    if calculator.process is Calculator.process and calculator.contract.inputs:
        raise ContractError(f"{name} has inputs but no process method")


def _check_subgraph(name: str, subgraph: type[AnySubgraph]) -> None:
    options: object = subgraph.options
    if not (isinstance(options, type) and issubclass(options, Options)):
        raise ContractError(f"{name}: options is {options!r}; expected a subclass of Options")
    if subgraph.config.__func__ is Subgraph.config.__func__:  # type: ignore[attr-defined]
        raise ContractError(f"{name} has no config method")


registry: Final = Registry()
"""The calculators and subgraph classes that graphs find by name."""

register: Final = registry.register
"""Decorator that makes a class known to graphs."""


def load_plugins() -> None:
    """Import every package that declares itself in the entry point group graphflow.calculators.

    Raises:
        ContractError: one can't be imported; it names the entry point and who declares it.
    """
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda each: each.name):
        owner = point.dist.name + " " + point.dist.version if point.dist else "an unnamed package"
        try:
            point.load()
        except Exception as error:
            raise ContractError(
                f'entry point "{point.name}" of {owner} can\'t be imported: {describe(error)}\n'
                f"  hint: mend or uninstall {owner.partition(' ')[0]}; it names {point.value} in "
                f"{ENTRY_POINT_GROUP}"
            ) from error
        package = point.module.partition(".")[0]
        registry.note_origin(package, Origin(OriginKind.ENTRY_POINT, package, owner))
