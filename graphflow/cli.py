"""The command line. Commands are imported when they are used, so that --help is quick."""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from typing import Any, Final, NamedTuple, NoReturn

import click

from graphflow.commands.leaving import Leaving
from graphflow.words.diagnostics import listed, suggestion
from graphflow.words.errors import ConfigError, GraphflowError, UsageError, describe

INTERRUPTED: Final = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""


class LazyCommand(NamedTuple):
    """Where a command lives, and what --help says of it."""

    module: str
    attribute: str
    summary: str


COMMANDS: Final = {
    "run": LazyCommand("graphflow.commands.run", "run", "Run a graph."),
    "draw": LazyCommand("graphflow.commands.draw", "draw", "Draw a graph."),
    "check": LazyCommand(
        "graphflow.commands.check",
        "check",
        "Tell faults and doubts of graphs without running them.",
    ),
    "explain": LazyCommand("graphflow.commands.explain", "explain", "Explain a warning of check."),
    "list": LazyCommand("graphflow.commands.list_nodes", "list_nodes", "List what nodes can name."),
    "describe": LazyCommand(
        "graphflow.commands.describe", "describe", "Describe a calculator or a graph."
    ),
    "schema": LazyCommand(
        "graphflow.commands.schema", "schema", "Write the schema of graph files."
    ),
    "record": LazyCommand(
        "graphflow.commands.record", "record", "Run a graph and record its packets and calls."
    ),
    "replay": LazyCommand(
        "graphflow.commands.replay", "replay", "Make the calls of a recorded run again."
    ),
    "eval": LazyCommand(
        "graphflow.commands.eval", "evaluate", "Say how well a graph finds poses in a data set."
    ),
    "new": LazyCommand(
        "graphflow.commands.new", "new", "Write a calculator or a graph to begin with."
    ),
    "doctor": LazyCommand(
        "graphflow.commands.doctor", "doctor", "Look at this installation and say what is missing."
    ),
    "completion": LazyCommand(
        "graphflow.commands.completion", "completion", "Print the script of a shell's completion."
    ),
    "models": LazyCommand(
        "graphflow.commands.models", "models", "List, fetch and verify model files."
    ),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for, and words graphflow's errors."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order in which --help prints them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        command: click.Command = getattr(import_module(place.module), place.attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write names and summaries without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.summary) for name, place in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments name; suggest one where it is misspelt."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            _fail_unknown(ctx, name)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; turn graphflow's errors into text on stderr and an exit code."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except (ConfigError, UsageError) as error:
            raise _WrongRequest(error) from error
        except GraphflowError as error:
            raise _Fault(error) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # Whoever read our output has enough; click knows.
                raise
            place = "" if error.filename else "the output can't be written: "
            raise _Fault(GraphflowError(place + describe(error))) from error


EXAMPLES: Final = """\b
Examples:
  graphflow run pose_tracking -i clip.mp4 -o tracked.mp4
  graphflow check my_graph.yaml
  graphflow run --help
"""


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXAMPLES
)
@click.version_option(
    None, "-V", "--version", package_name="graphflow-perception", message="graphflow %(version)s"
)
def cli() -> None:
    """Run MediaPipe-style graphs: YAML graphs, Python calculators, exact timestamps.

    Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 the run failed or
    the output can't be written, 2 a wrong graph or command line, 130 interrupted, 143 terminated.
    """


def main() -> NoReturn:
    """Run the command line and exit."""
    _fill_standard_streams()
    leaving = Leaving()
    try:
        cli(prog_name="graphflow")
    except SystemExit as end:
        leaving.code = end.code if isinstance(end.code, int) else 0
        raise
    raise SystemExit(0)


def _fill_standard_streams() -> None:
    """Stand in for standard streams that our parent closed.

    Else the next file opened gets the number of a closed stream, and what a library prints goes
    into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # Takes the lowest free number: this one.
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123


def _fail_unknown(ctx: click.Context, name: str) -> NoReturn:
    hint = suggestion(name, COMMANDS) or f"there are {listed(list(COMMANDS))}"
    ctx.fail(f'no command is called "{name}"\n  hint: {hint}')


class _Fault(click.ClickException):
    """An error of graphflow; its text is printed as it is, for it begins with its place."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error

    def show(self, file: Any = None) -> None:
        from graphflow.commands.faults import fault_text

        stream = sys.stderr if file is None else file
        click.echo(fault_text(self.error, show_source=stream.isatty()), file=stream)


class _WrongRequest(_Fault):
    """The graph or the command line is wrong."""

    exit_code = 2
