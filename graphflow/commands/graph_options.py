"""What several commands take: which graph, and what is set in it."""

from __future__ import annotations

from typing import Final

import click

from graphflow.commands.completions import (
    complete_graph,
    complete_override,
    complete_parameter,
    complete_side_packet,
)

graph_argument: Final = click.argument("graph", shell_complete=complete_graph)

side_option: Final = click.option(
    "--side",
    metavar="NAME=VALUE",
    multiple=True,
    shell_complete=complete_side_packet,
    help="Give GRAPH a side packet; repeatable.",
)

set_option: Final = click.option(
    "--set",
    metavar="NODE.OPTION=VALUE",
    multiple=True,
    shell_complete=complete_override,
    help="Change an option of GRAPH; repeatable.",
)

param_option: Final = click.option(
    "--param",
    metavar="NAME=VALUE",
    multiple=True,
    shell_complete=complete_parameter,
    help="Set a parameter of GRAPH; repeatable.",
)

offline_option: Final = click.option("--offline", is_flag=True, help="Fetch no missing models.")
