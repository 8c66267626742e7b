"""The exception tree: your configuration, your calculator, a stuck graph, or our bug."""

from __future__ import annotations

from collections.abc import Sequence

from graphflow.words.diagnostics import Diagnostic, Location, render_all
from graphflow.words.timestamp import UNSET
from graphflow.words.timestamp import text as time_text
from graphflow.words.waits import Wait, indented


class GraphflowError(Exception):
    """Anything that graphflow reports."""


class ConfigError(GraphflowError):
    """A graph config is wrong; all of its faults are here.

    Attributes:
        diagnostics: every fault found, at least one.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(render_all(self.diagnostics))


class ContractError(GraphflowError):
    """A calculator's contract is wrong or was broken by its code."""


class TimestampError(GraphflowError, ValueError):
    """A packet or bound came at a time that its stream can't take any more."""


class PayloadError(GraphflowError, TypeError):
    """A payload is not of the class that was declared for it."""


class UsageError(GraphflowError, ValueError):
    """A graph was asked for something it does not have or can't do in its state."""


class CalculatorError(GraphflowError):
    """A calculator failed. The cause is chained, its traceback untouched.

    Attributes:
        node: name of the node.
        step: "open", "process" or "close".
        timestamp: of the failing call, microseconds; UNSET where it has none: in sources.
        location: of the node in its graph file.
    """

    def __init__(
        self, node: str, step: str, timestamp: int, cause: BaseException, location: Location
    ) -> None:
        self.node = node
        self.step = step
        self.timestamp = timestamp
        self.cause = cause
        self.location = location
        when = f" at {time_text(timestamp)} µs" if step == "process" and timestamp != UNSET else ""
        reason = str(cause) if isinstance(cause, GraphflowError) else describe(cause)
        super().__init__(f'{location}: node "{node}" failed in {step}{when}: {reason}')


class GraphStuck(GraphflowError):
    """Nothing runs and nothing can: some nodes wait for what never comes.

    Attributes:
        waits: why each node does not go on, the root causes first, with what helps.
    """

    def __init__(self, waits: Sequence[Wait]) -> None:
        self.waits = tuple(waits)
        super().__init__("the graph is stuck\n" + indented(waits))


class GraphFull(GraphflowError):
    """A packet was refused, since a queue downstream of its graph input is full."""


class GraphCancelled(GraphflowError):
    """The run was cancelled by its caller."""


class SeveralErrors(GraphflowError):
    """More than one node failed in a run.

    Attributes:
        errors: all of them, in the order in which they were recorded; the first one ended the run.
    """

    def __init__(self, errors: Sequence[GraphflowError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in errors))


class StoryError(GraphflowError):
    """A recorded story can't be read, is of another graph, or does not replay.

    Attributes:
        entry: number of the first entry that is wrong, from 1; 0 for the story as a whole.
    """

    def __init__(self, message: str, entry: int) -> None:
        self.entry = entry
        super().__init__(message)


class InternalError(GraphflowError):
    """A bug in graphflow itself. Please report it with its story.

    Attributes:
        story: the last events of the scheduler.
    """

    def __init__(self, message: str, story: Sequence[str] = ()) -> None:
        self.story = tuple(story)
        lines = [f"{message} (a bug in graphflow: please report it)", *self.story]
        super().__init__("\n  ".join(lines))


def describe(cause: BaseException) -> str:
    """Return an exception as one phrase: its class and its words; a system's fault by its words."""
    words = str(cause)
    if isinstance(cause, OSError) and cause.strerror:
        return f"{cause.filename}: {cause.strerror}" if cause.filename else cause.strerror
    return f"{type(cause).__name__}: {words}" if words else type(cause).__name__
