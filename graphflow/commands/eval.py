"""`graphflow eval`: run a graph over a data set, and say how well it answers."""

from __future__ import annotations

import sys
from typing import Any, Final, TextIO

import click

from graphflow.commands.graph_options import (
    graph_argument,
    offline_option,
    param_option,
    set_option,
    side_option,
)
from graphflow.commands.requests import EvalRequest

EXAMPLES = """\b
Examples:
  graphflow eval pose_tracking
  graphflow eval graphs/pose_tracking.yaml --dataset people.json --html report.html
  graphflow eval pose_tracking --dataset people.json --group-by region --json report.json
  graphflow eval my_graph.yaml --dataset people.json --against pose_tracking
  graphflow eval pose_tracking --dataset stills.json --against stills.graph.npz
  graphflow eval pose_tracking --dataset stills.json --mode tracking --shift 0.1 --roll 8
  graphflow eval pose_tracking --dataset stills.json --perturb --html tolerance.html

Exit codes: 0 evaluated, 1 nothing could be scored, 2 a wrong graph, data set or command line, 130
stopped by Ctrl-C (the same command goes on where it was).
"""

TRACKING: Final = "tracking"
DETECTION: Final = "detection"


@click.command("eval", epilog=EXAMPLES)
@graph_argument
@click.option(
    "--dataset",
    metavar="FILE",
    type=click.Path(),
    default="sample",
    show_default=True,
    help="COCO key points, JSON Lines as `run` writes them, or CSV; `sample` is the sample clip.",
)
@click.option(
    "--images",
    metavar="PATH",
    type=click.Path(),
    help="Where the pictures and clips are, by default beside FILE or in ../images.",
)
@click.option(
    "--mode",
    type=click.Choice([TRACKING, DETECTION]),
    help="tracking: clips in order, stills in the region that the truth gives; detection: each "
    "picture and frame from nothing. By default clips are tracked and stills detected.",
)
@click.option(
    "--shift",
    type=click.FloatRange(0.0, 1.0),
    default=0.0,
    help="Move the region of a tracked still by that share of its side.",
)
@click.option(
    "--scale",
    type=click.FloatRange(0.0, 4.0, min_open=True),
    default=1.0,
    help="Scale it by that factor.",
)
@click.option(
    "--roll", type=click.FloatRange(-180.0, 180.0), default=0.0, help="Turn it by degrees."
)
@click.option(
    "--perturb",
    is_flag=True,
    help="Also look at tracked stills in regions that are shifted, scaled and turned, more and "
    "more, and report PDJ against each.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0.0, min_open=True),
    default=0.2,
    show_default=True,
    help="A joint is at its place if it is nearer than this share of the torso radius.",
)
@click.option(
    "--visibility-cut",
    type=click.FloatRange(0.0, 1.0),
    default=0.5,
    show_default=True,
    help="A joint with this visibility or more is said to be visible.",
)
@click.option(
    "--group-by", metavar="COLUMN", multiple=True, help="Also by group, and fairly; repeatable."
)
@click.option(
    "--criterion",
    type=click.FloatRange(0.0, 100.0),
    metavar="POINTS",
    default=5.0,
    show_default=True,
    help="The largest range of PDJ between groups that is called fair.",
)
@click.option(
    "--group-min",
    type=click.IntRange(2),
    metavar="N",
    default=10,
    show_default=True,
    help="Groups with fewer clips and pictures are listed, but not compared.",
)
@click.option(
    "--unit",
    metavar="COLUMN",
    help="Samples with one value there are not independent, as pictures of one person: intervals "
    "and tests take them together.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Of the bootstrap and the tests of chance.",
)
@click.option(
    "--against",
    metavar="OTHER",
    help="Compare with another graph, or with recorded answers (.jsonl of a run, .npz).",
)
@click.option(
    "--json", metavar="FILE", type=click.Path(), help="Write the report as JSON; - for stdout."
)
@click.option("--csv", metavar="FILE", type=click.Path(), help="Write a row for each sample.")
@click.option("--html", metavar="FILE", type=click.Path(), help="Write the report as a page.")
@click.option(
    "--bad-rows",
    type=click.Choice(["skip", "refuse"]),
    default="skip",
    show_default=True,
    help="What becomes of a data set with rows that make no sample.",
)
@click.option("--resume", is_flag=True, help="Keep the answers of a finished evaluation too.")
@click.option("--fresh", is_flag=True, help="Keep no answers of an evaluation that was stopped.")
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Number of threads; by default all cores."
)
@side_option
@set_option
@param_option
@offline_option
@click.option("-q", "--quiet", is_flag=True, help="No progress bar and no tables.")
def evaluate(**request: Any) -> None:
    """Run GRAPH on every sample of a data set and compare what it finds with the truth.

    GRAPH is a graph file or the name of a bundled graph, with an input for images or a source that
    reads them, and with an output LANDMARKS; or a file of recorded answers. Nothing is drawn or
    written by it. Answers are kept in out/evaluation, by which a stopped evaluation goes on.
    """
    raise click.exceptions.Exit(execute(EvalRequest(**request), sys.stdout, sys.stderr))


def execute(request: EvalRequest, stdout: TextIO, stderr: TextIO) -> int:
    """Evaluate as asked; return the exit code.

    Raises:
        ConfigError: a graph is wrong.
        UsageError: the data set, a graph or the request can't be used.
        ResourceError: a model file is missing or damaged.
    """
    from graphflow.commands.evaluation import Evaluation

    return Evaluation(request, stdout, stderr).run()
