"""What Sphinx does for this site besides its own: the reference, and links to it.

The reference is made before anything is read. Afterwards each `name of a calculator`, wherever a
page writes it as code, leads to its page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from docutils import nodes
from sphinx.application import Sphinx

from docs.make_reference import write_pages

FOLDER: Final = "reference"


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx's build."""
    app.connect("builder-inited", make_reference)
    app.connect("doctree-resolved", link_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def make_reference(app: Sphinx) -> None:
    """Write the pages of the reference beside the other documents."""
    write_pages(Path(app.srcdir) / FOLDER)


def link_names(app: Sphinx, page: nodes.document, name: str) -> None:
    """Make each literal that is the name of a calculator a link to its page."""
    for literal in list(page.findall(nodes.literal)):
        target = f"{FOLDER}/{literal.astext()}"
        is_free = not isinstance(literal.parent, nodes.reference | nodes.title)
        if target in app.env.found_docs and target != name and is_free:
            address = app.builder.get_relative_uri(name, target)
            link = nodes.reference("", "", internal=True, refuri=address)
            literal.replace_self(link)
            link += literal
