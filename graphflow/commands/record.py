"""`graphflow record`: run a graph, and keep what its nodes were given and gave."""

from __future__ import annotations

from typing import Any

import click

from graphflow.commands.run import run

EXAMPLES = """\b
Examples:
  graphflow record pose_landmarks run.mcap -i clip.mp4 --max-frames 100
  graphflow record my_graph.yaml run.mcap --nodes smooth,decode
  graphflow record my_graph.yaml run.mcap --streams image,landmarks --skip-unknown
"""


def _record(**request: Any) -> None:
    """Run GRAPH as `graphflow run` does, and record packets and calls into the file RECORDING.

    By default everything is recorded, so that `graphflow replay RECORDING` can call every node
    again. The file is MCAP, with images compressed and nothing executable in it; docs/recording.md
    describes it.

    Exit codes: 0 done, 1 the run or its recording failed, 2 a wrong graph or command line.
    """
    assert run.callback is not None
    run.callback(**request)


record = click.Command(
    "record",
    callback=_record,
    help=_record.__doc__,
    epilog=EXAMPLES,
    params=[
        click.Argument(["graph"]),
        click.Argument(["record"], metavar="RECORDING"),
        click.Option(
            ["--streams", "record_streams"],
            metavar="NAME,...",
            help="Record only these; calls are recorded of nodes that have no other streams.",
        ),
        click.Option(
            ["--nodes", "record_nodes"],
            metavar="NAME,...",
            help="Record only the streams of these.",
        ),
        click.Option(
            ["--skip-unknown", "record_skips_unknown"],
            is_flag=True,
            help="Leave out payloads of classes without codec; otherwise the run fails of them.",
        ),
        *(each for each in run.params if each.name not in ("graph", "record")),
    ],
)
"""The command: the options of `graphflow run`, and what to record."""
