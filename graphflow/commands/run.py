"""`graphflow run`: load a graph, run it, say what came of it."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from graphflow.commands.faults import tracebacks
from graphflow.commands.graph_options import (
    graph_argument,
    offline_option,
    param_option,
    set_option,
    side_option,
)
from graphflow.commands.requests import RunRequest
from graphflow.commands.rerun_view import VIEWER
from graphflow.words.errors import ConfigError

THREADS_MAX: Final = 256
"""More would only take memory: threads beyond the processors' number wait for each other."""

EXAMPLES = """\b
Examples:
  graphflow run pose_tracking -i clip.mp4 -o tracked.mp4
  graphflow run graphs/pose_tracking.yaml -i 0 --max-frames 300
  graphflow run pose_tracking -i clip.mp4 --side landmarks_path=pose.jsonl --json
  graphflow run pose_tracking --param heatmap_kernel_size=9
  graphflow run my_graph.yaml --set detector.min_score_thresh=0.6
  graphflow run pose_tracking -i clip.mp4 --trace trace.json --profile
  graphflow run pose_tracking -i clip.mp4 --rerun run.rrd
  graphflow run pose_tracking_live -i 0 --max-latency 200 --serve 8000
  graphflow run pose_tracking_live -i 0 --show

\b
Exit codes: 0 done; 1 the run failed, or lost packets with --no-drops; 2 a wrong graph or command
line; 130 after Ctrl-C; 143 after SIGTERM.
"""


@click.command("run", epilog=EXAMPLES)
@graph_argument
@click.option("-i", "--input", metavar="PATH", help="Video, image, folder, URL or camera number.")
@click.option("-o", "--output", metavar="PATH", help="Where the result goes.")
@side_option
@set_option
@param_option
@click.option(
    "--threads", type=click.IntRange(1, THREADS_MAX), help="Size of the default thread pool."
)
@click.option("--max-frames", type=click.IntRange(min=1), help="Stop after that many frames.")
@click.option("--realtime", is_flag=True, help="Play a file at its own pace, as a camera would.")
@click.option(
    "--max-latency",
    metavar="MS",
    type=click.IntRange(min=1),
    help="Drop what is older, milliseconds since its capture; for live graphs.",
)
@click.option(
    "--compare-offline",
    is_flag=True,
    help="Say what dropping frames costs: run without losses, and in simulated real time.",
)
@click.option(
    "--cost",
    metavar="NODE=MS",
    multiple=True,
    help="With --compare-offline: how long a call takes, in place of what it took; repeatable.",
)
@click.option(
    "--costs",
    metavar="FILE",
    help="With --compare-offline: how long calls take, all of them: the JSON of an earlier one.",
)
@offline_option
@click.option("-q", "--quiet", is_flag=True, help="No progress bar and no summary.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option(
    "--stall-after",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    help="Say why, when nothing has moved for so long.",
)
@click.option("--no-drops", is_flag=True, help="Fail if packets were lost, and say which and why.")
@click.option(
    "--record",
    metavar="FILE",
    help="Record packets and calls, for `graphflow replay`; `graphflow record` has more choices.",
)
@click.option(
    "--trace", metavar="FILE", help="Write who ran when, for https://ui.perfetto.dev (JSON)."
)
@click.option("--profile", is_flag=True, help="Say what each node did, and what it waited for.")
@click.option("--report", metavar="FILE", help="Write a page about the run (HTML).")
@click.option(
    "--rerun",
    metavar="[FILE.rrd|ADDRESS]",
    is_flag=False,
    flag_value=VIEWER,
    help="Show the run in the Rerun viewer: start it, or write a file, or connect to a viewer.",
)
@click.option(
    "--serve",
    metavar="[HOST:]PORT",
    help="Show the run in browsers and its landmarks to programs; at 127.0.0.1 by default.",
)
@click.option(
    "--serve-stream",
    metavar="TAG=STREAM",
    multiple=True,
    help="With --serve: another stream than the output of that tag (IMAGE, LANDMARKS ...).",
)
@click.option("--show", is_flag=True, help="Show the pictures in a window; q or Escape ends it.")
@click.option("--watch", is_flag=True, help="Show live what every node does and waits for.")
@click.option("--once", is_flag=True, help="With --watch: one table, at the end; for scripts.")
@click.option("--traceback", is_flag=True, help="Show where the code of a calculator failed.")
def run(**request: Any) -> None:
    """Run GRAPH: a graph file, or the name of a bundled graph such as pose_tracking.

    -i and -o are short for --side input_path=... and --side output_path=...
    Ctrl-C says what the run was at, ends it in order and closes its files; a second one kills it.
    """
    from graphflow.commands.execution import execute

    try:
        raise click.exceptions.Exit(execute(RunRequest(**request), sys.stdout, sys.stderr))
    except ConfigError as error:
        if request["traceback"]:
            click.echo(tracebacks(error), err=True, nl=False)
        raise
