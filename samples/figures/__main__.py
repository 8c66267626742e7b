"""`python -m samples.figures`."""

from __future__ import annotations

import sys

from samples.figures.make_figures import main

if __name__ == "__main__":
    sys.exit(main())
