"""`python -m graphflow`, and the command `graphflow`: the command line.

Nothing that takes long is imported before somebody is there whom Ctrl-C does not surprise.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit."""
    try:
        from graphflow.cli import main as run
    except KeyboardInterrupt:
        # `graphflow.cli.INTERRUPTED`, and what it prints: there was no time to import them.
        sys.stderr.write("interrupted\n")
        raise SystemExit(130) from None
    run()


if __name__ == "__main__":
    main()
