"""The exceptions and their words."""

from __future__ import annotations

import pytest

from graphflow.words.diagnostics import Diagnostic, Location
from graphflow.words.errors import (
    CalculatorError,
    ConfigError,
    GraphStuck,
    InternalError,
    SeveralErrors,
    TimestampError,
    UsageError,
    describe,
)
from graphflow.words.waits import Reason, Wait

PLACE = Location("graphs/pose.yaml", 7, 3)


@pytest.mark.parametrize(
    ("step", "cause", "words"),
    [
        ("process", ValueError("odd"), '"n" failed in process at 5 µs: ValueError: odd'),
        ("open", UsageError("no file"), '"n" failed in open: no file'),
        ("close", KeyError(), '"n" failed in close: KeyError'),
    ],
)
def test_a_calculator_error_says_where_when_and_why(
    step: str, cause: Exception, words: str
) -> None:
    error = CalculatorError("n", step, 5, cause, PLACE)
    assert str(error) == f"graphs/pose.yaml:7:3: node {words}"
    assert error.cause is cause


def test_bad_times_and_bad_use_are_value_errors() -> None:
    assert issubclass(TimestampError, ValueError)
    assert issubclass(UsageError, ValueError)


def test_a_config_error_shows_every_fault() -> None:
    error = ConfigError([Diagnostic(PLACE, "second"), Diagnostic(Location("a", 1, 1), "first")])
    assert str(error).splitlines() == ["a:1:1: first", "graphs/pose.yaml:7:3: second", "2 faults"]


def test_a_stuck_graph_lists_who_waits() -> None:
    wait = Wait("a", Location(), Reason.RUNNING, remedy="end it")
    expected = 'the graph is stuck\n  graph: node "a" is running: process\n    hint: end it'
    assert str(GraphStuck([wait])) == expected


def test_several_errors_are_one_line_each() -> None:
    assert str(SeveralErrors([UsageError("one"), UsageError("two")])) == "one\ntwo"


def test_an_internal_error_has_the_story() -> None:
    error = InternalError("oh", ["open a", "take b"])
    assert str(error).startswith("oh (a bug in graphflow: please report it)\n  open a\n  take b")


def test_an_exception_without_words_is_its_class() -> None:
    assert describe(KeyboardInterrupt()) == "KeyboardInterrupt"
    assert describe(OSError("gone")) == "OSError: gone"


def test_a_fault_of_the_system_is_told_in_its_own_words() -> None:
    assert describe(FileNotFoundError(2, "No such file", "a.mp4")) == "a.mp4: No such file"
    assert describe(OSError(5, "Input/output error")) == "Input/output error"
