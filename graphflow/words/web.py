"""Web forms: how payloads go to browsers and other programs: pictures as JPEG, others as JSON.

The engine knows plain values, records and enumerations; libraries of calculators offer modules for
their payloads. A module is imported when the first payload is to be written.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final, Protocol


class WebModule(Protocol):
    """What a module offers."""

    def jpeg_of(self, payload: Any, width_max_px: int) -> bytes | None:
        """Return a picture as JPEG, no wider than that; None for what is no picture."""

    def json_of(self, payload: Any) -> Any:
        """Return what a JSON library can write; None for what the module does not know."""


class WebForms:
    """The modules that write payloads."""

    def __init__(self) -> None:
        self._names: list[str] = []

    def offer(self, module: str) -> None:
        """Ask a module too, after those offered before; it is imported on first use."""
        if module not in self._names:
            self._names.append(module)

    def jpeg_of(self, payload: Any, width_max_px: int) -> bytes | None:
        """Return a picture as the first module that knows it writes it; None if nobody does."""
        found = (each.jpeg_of(payload, width_max_px) for each in self._modules())
        return next((each for each in found if each is not None), None)

    def json_of(self, payload: Any) -> Any:
        """Return what the first module that knows a payload makes of it; None if nobody does."""
        found = (each.json_of(payload) for each in self._modules())
        return next((each for each in found if each is not None), None)

    def _modules(self) -> Sequence[WebModule]:
        found: list[Any] = [import_module(name) for name in self._names]
        return found


web_forms: Final = WebForms()
"""Asked by everything that serves a run."""
