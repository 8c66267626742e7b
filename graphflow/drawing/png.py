"""SVG text as a PNG, by resvg, which the package resvg-py brings along."""

from __future__ import annotations

from graphflow.words.errors import UsageError


def svg_to_png(svg: str, *, zoom: int = 2) -> bytes:
    """Return the picture as a PNG.

    Args:
        svg: the drawing.
        zoom: pixels of the picture for each of the drawing.

    Raises:
        UsageError: resvg-py is not installed.
    """
    try:
        import resvg_py
    except ImportError:
        raise UsageError(
            "a PNG needs the package resvg-py\n"
            "  hint: pip install 'graphflow-perception[draw]', or draw an .svg"
        ) from None
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=zoom))
