"""`graphflow completion`: print what makes a shell complete graphflow's command line."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

from graphflow.words.errors import GraphflowError

SHELLS: Final = ("bash", "zsh", "fish")
PROGRAM: Final = "graphflow"
VARIABLE: Final = "_GRAPHFLOW_COMPLETE"
"""What click asks for completions with."""

EXAMPLES: Final = """\b
Examples:
  graphflow completion bash

\b
Put the line of your shell where it reads it when it starts:
  bash, in ~/.bashrc:   eval "$(graphflow completion bash)"
  zsh, in ~/.zshrc:     eval "$(graphflow completion zsh)"
  fish, once:           graphflow completion fish > ~/.config/fish/completions/graphflow.fish

\b
Exit codes: 0 printed; 2 another shell.
"""


@click.command("completion", epilog=EXAMPLES)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script with which SHELL completes commands, graphs, options and calculators."""
    found = get_completion_class(shell)
    if found is None:
        raise GraphflowError(f"click knows no completion for {shell}")
    root = click.get_current_context().find_root().command
    click.echo(found(root, {}, PROGRAM, VARIABLE).source())
