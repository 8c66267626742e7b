"""Views: how a viewer shows what travels in a graph.

The engine knows how to draw numbers; libraries of calculators offer modules for their payloads. A
module is imported when the first payload is to be shown, and so is the viewer's own library.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from importlib import import_module
from typing import Any, Final, Protocol

from graphflow.words.quick_dataclass import dataclass


class Space(str, Enum):
    """Where something is drawn; the value is the first part of its path in the viewer."""

    PICTURE = "picture"
    WORLD = "world"
    VALUES = "values"


@dataclass(frozen=True)
class View:
    """One thing to be shown.

    Attributes:
        space: where.
        what: what the viewer's library makes it of.
        size_px: width and height of a picture; None for anything else.
    """

    space: Space
    what: Any
    size_px: tuple[int, int] | None = None


class ViewModule(Protocol):
    """What a module offers."""

    def lasting_views(self) -> Iterable[tuple[str, Any]]:
        """Return what holds for the whole run, with its path: axes, names, connections."""

    def view_of(self, payload: Any, kind: object, size_px: tuple[int, int] | None) -> View | None:
        """Return the view of a payload, None for what the module does not know.

        Args:
            payload: the payload.
            kind: type of the stream that it came by.
            size_px: of the picture to draw on, None if there was none.
        """


class Views:
    """The modules that show payloads."""

    def __init__(self) -> None:
        self._names: list[str] = []

    def offer(self, module: str) -> None:
        """Ask a module too, after those offered before; it is imported on first use."""
        if module not in self._names:
            self._names.append(module)

    def modules(self) -> Sequence[ViewModule]:
        """Return the modules, imported."""
        found: list[Any] = [import_module(name) for name in self._names]
        return found


views: Final = Views()
"""Asked by everything that shows a run in a viewer."""
