"""Windows: how a program shows pictures on the screen while a graph runs.

The engine knows no pictures and no screen; a library of calculators offers the module that does. It
is imported when a window is wanted.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final, Protocol

from graphflow.words.errors import UsageError


class Window(Protocol):
    """A window with one picture; for one thread alone, which should be the main one."""

    def show(self, picture: Any) -> None:
        """Show a picture in place of the one before."""

    def has_been_left(self) -> bool:
        """Look what the user did; return whether that was to close it, or to press q or Escape."""

    def close(self) -> None:
        """Take it from the screen."""


class WindowModule(Protocol):
    """What a module offers."""

    def open_window(self, title: str) -> Window:
        """Open a window.

        Raises:
            UsageError: there is no display, or no library for it.
        """


class Windows:
    """The module that opens windows."""

    def __init__(self) -> None:
        self._name = ""

    def offer(self, module: str) -> None:
        """Have a module open windows; it is imported on first use."""
        self._name = module

    def open(self, title: str) -> Window:
        """Open a window.

        Raises:
            UsageError: there is no display, or no library for it.
        """
        if not self._name:
            raise UsageError("no library of calculators offers windows")
        module: Any = import_module(self._name)
        opened: Window = module.open_window(title)
        return opened


windows: Final = Windows()
"""Asked by everything that wants a window."""
