"""Drawings of graphs: Plan -> Picture (picture, view) -> Layout (layout) -> text (svg, html, ...).

A Picture says what there is to see: boxes with ports, lines and frames; which of the subgraphs are
open was decided before. A Layout says where all that stands. Each format is one module that knows
nothing of the others; Mermaid and DOT need no Layout, for their own programs make one.
"""
