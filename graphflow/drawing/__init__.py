"""Drawings of graphs.

Plan -> Picture (view, picture): what there is to see. Picture -> Layout (layout, nesting): where it
stands. Layout -> text (svg, html): how it is written. Mermaid and DOT are written from the Picture,
for their own programs lay it out. Each format is one module that knows nothing of the others, but
that the page is made of SVG.
"""
