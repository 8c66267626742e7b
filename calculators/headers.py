"""Headers: what passes streams on passes what was said of them as a whole, too."""

from __future__ import annotations

from graphflow import Context


def pass_headers(context: Context) -> None:
    """Give each output the header of the input of the same tag and index, in `open`."""
    for output in context.outputs:
        source = context.inputs.get(output.tag, output.index)
        if source is not None and source.header is not None:
            output.set_header(source.header)
