"""Write errors for people: a graph's faults with their places, others after the word error."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from graphflow.words.diagnostics import render_all
from graphflow.words.errors import CalculatorError, ConfigError, SeveralErrors


def fault_text(error: Exception, *, show_source: bool) -> str:
    """Return an error as stderr shows it.

    Args:
        error: what went wrong.
        show_source: add the graph's lines to faults in it, as on a terminal.
    """
    if isinstance(error, ConfigError):
        return render_all(error.diagnostics, show_source=show_source)
    return f"error: {error}"


def tracebacks(error: Exception) -> str:
    """Return where in their code the calculators failed, or modules that a graph imports."""
    return "".join("".join(traceback.format_exception(cause)) for cause in _causes(error))


def _causes(error: Exception) -> Iterator[BaseException]:
    if isinstance(error, ConfigError):
        yield from (each.cause for each in error.diagnostics if each.cause is not None)
    errors = error.errors if isinstance(error, SeveralErrors) else (error,)
    yield from (each.cause for each in errors if isinstance(each, CalculatorError))
