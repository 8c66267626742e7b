"""How Sphinx makes the site of these documents: `make docs`.

The documents themselves are plain Markdown, which also reads well where it stands.
"""

from __future__ import annotations

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

project = "graphflow"
author = "the graphflow authors"
version = release = version_of("graphflow-perception")

extensions = ["myst_parser", "docs.sphinx_extension"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["__pycache__"]
myst_enable_extensions = ["colon_fence"]
# The anchors that GitHub makes, so that a link works in both places.
myst_heading_anchors = 3

html_theme = "furo"
html_title = "graphflow"
html_show_copyright = False
html_copy_source = False
# Whatever a page needs lies beside it: it is read offline, and asks no other site for anything.
html_use_opensearch = ""
