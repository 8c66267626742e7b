"""The command line in a test, in this process, and a small graph for it to run."""

from __future__ import annotations

import click.testing

from graphflow.cli import cli

COUNT = """\
node:
  - calculator: CountingSourceCalculator
    name: source
    output_stream: ["numbers"]
    input_side_packet: ["MAX_COUNT:max_count"]
  - calculator: PassThroughCalculator
    name: pass
    input_stream: ["numbers"]
    output_stream: ["same"]
input_side_packet: {name: max_count, type: int, default: 5}
"""
"""Counts to 5; nothing in it knows payloads."""


def graphflow(*arguments: str) -> click.testing.Result:
    """Run a command; what it fails of without a message of its own is raised."""
    return click.testing.CliRunner().invoke(cli, arguments, catch_exceptions=False)
