"""Displays: how notebooks show what graphs are made of, and what travels in them.

A graph, a plan and a packet ask here for more than their text. Modules are imported only when
something is to be shown: those named here, and those that libraries of calculators offer for their
payloads.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

Bundle = dict[str, Any]
"""By MIME type; as `_repr_mimebundle_` returns it."""

OWN: Final = "graphflow.notebook"


class Displays:
    """The modules that show things.

    Each has a function `display(thing)`, which returns HTML for what it knows, or a Bundle, and
    None for everything else. It is given packets' payloads too, when nobody knew the packet.
    """

    def __init__(self) -> None:
        self._modules = [OWN]

    def offer(self, module: str) -> None:
        """Ask a module too, after those offered before; it is imported on first use."""
        if module not in self._modules:
            self._modules.append(module)

    def find(self, thing: Any) -> Bundle | None:
        """Return what the first module that knows a thing makes of it, or None."""
        for module in self._modules:
            found = import_module(module).display(thing)
            if found is not None:
                return {"text/html": found} if isinstance(found, str) else dict(found)
        return None


displays: Final = Displays()
"""Asked by everything that shows itself."""


def bundle_of(thing: Any) -> Bundle:
    """Return all there is to show of a thing; its text at least."""
    found = displays.find(thing) or {}
    return found if "text/plain" in found else {"text/plain": repr(thing), **found}
