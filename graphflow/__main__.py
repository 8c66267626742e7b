"""`python -m graphflow`: the command line."""

from __future__ import annotations

from graphflow.cli import main

if __name__ == "__main__":
    main()
