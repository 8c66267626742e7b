"""The pictures in the documents show what there is now."""

from __future__ import annotations

from pathlib import Path

from graphflow.drawing.view import look_at
from graphflow.loading import load_plan


def test_the_drawing_of_the_pose_graph_is_of_the_pose_graph(repository: Path) -> None:
    """Where things stand is for the layout to say; `docs/make_pictures.py` makes it again."""
    svg = (repository / "docs" / "images" / "pose_tracking.svg").read_text(encoding="utf-8")
    picture = look_at(load_plan("pose_tracking"))
    names = {(box.name, box.has_ports) for box in picture.boxes}
    assert {name for name, is_node in names if is_node} == set(_values(svg, "data-name"))
    assert {name for name, is_node in names if not is_node} == set(_values(svg, "data-stream"))
    lines = sorted(_values(svg, "data-line"))
    assert lines == sorted(line.name for line in picture.lines)


def _values(svg: str, attribute: str) -> list[str]:
    return [part.partition('"')[0] for part in svg.split(f'{attribute}="')[1:]]
