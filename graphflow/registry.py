"""Registry: from the name that graphs write to the calculator class."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any, Final, TypeVar

from graphflow.calculator import AnyCalculator, Calculator
from graphflow.contract import Contract
from graphflow.errors import ContractError

ENTRY_POINT_GROUP: Final = "graphflow.calculators"

ClassT = TypeVar("ClassT", bound=type[Calculator[Any]])


class Registry:
    """Calculator classes by name. Classes are checked when they are registered, not when used."""

    def __init__(self) -> None:
        self._classes: dict[str, type[AnyCalculator]] = {}

    def register(self, calculator: ClassT) -> ClassT:
        """Register a class under its own name; usable as a decorator.

        Raises:
            ContractError: it is no Calculator, declares no contract, lacks `process`, or another
                class already has the name.
        """
        name = getattr(calculator, "__name__", repr(calculator))
        if not (isinstance(calculator, type) and issubclass(calculator, Calculator)):
            raise ContractError(f"{name} is no subclass of Calculator")
        if not isinstance(getattr(calculator, "contract", None), Contract):
            raise ContractError(f"{name} declares no contract = Contract(...)")
        if calculator.process is Calculator.process and calculator.contract.inputs:
            raise ContractError(f"{name} has inputs but no process method")
        known = self._classes.get(name)
        if known is not None and (known.__module__, known.__qualname__) != (
            calculator.__module__,
            calculator.__qualname__,
        ):
            raise ContractError(
                f"{name} of {calculator.__module__} is already registered by {known.__module__}"
            )
        self._classes[name] = calculator
        return calculator

    def get(self, name: str) -> type[AnyCalculator] | None:
        """Return the class registered under `name`, or None."""
        return self._classes.get(name)

    def names(self) -> tuple[str, ...]:
        """Return all registered names, sorted."""
        return tuple(sorted(self._classes))

    def __iter__(self) -> Iterator[type[AnyCalculator]]:
        return iter(self._classes[name] for name in self.names())


registry: Final = Registry()
"""The calculators that graphs find by name."""

register: Final = registry.register
"""Decorator that makes a class known to graphs."""


def load_plugins() -> None:
    """Import every package that declares itself in the entry point group graphflow.calculators."""
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda each: each.name):
        point.load()
