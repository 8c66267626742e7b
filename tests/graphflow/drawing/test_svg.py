from __future__ import annotations

from xml.etree import ElementTree

import pytest

from graphflow.drawing.layout import Layout, Rect
from graphflow.drawing.picture import Box, BoxKind, End, Frame, Line, Picture, Spot
from graphflow.drawing.svg import Annotation, to_svg

SVG = "{http://www.w3.org/2000/svg}"

PICTURE = Picture(
    "two & two",
    (
        Box("a", BoxKind.NODE, "outer__a", "a", "<Type>", "f", (), (Spot("OUT"),)),
        Box("s", BoxKind.STREAM, "stream", "stream", is_output=True),
        Box("b", BoxKind.SUBGRAPH, "b", "b", "", "", (Spot("IN"), Spot("ALLOW", True)), ()),
    ),
    (
        Line(End("a", 0), End("s"), "stream"),
        Line(End("s"), End("b", 0), "stream", is_back=True),
        Line(End("s"), End("b", 1), "side", is_side=True),
    ),
    (Frame("f", "frame", "FrameType"),),
)
PATH = ((0.0, 0.0), (0.0, 1.0), (0.0, 9.0), (0.0, 10.0))
LAYOUT = Layout(
    PICTURE,
    200,
    100,
    {"a": Rect(10, 10, 90, 50), "s": Rect(1, 70, 50, 20), "b": Rect(110, 10, 90, 50)},
    {"f": Rect(5, 5, 99, 60)},
    (PATH, PATH, PATH),
)


def elements(svg: str, kind: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter(SVG + kind))


def group(svg: str, name: str) -> ElementTree.Element:
    (found,) = [each for each in elements(svg, "g") if each.get("data-name") == name]
    return found


def test_svg_is_well_formed_and_names_what_it_shows() -> None:
    texts = ["".join(each.itertext()) for each in elements(to_svg(LAYOUT), "text")]
    assert texts == ["frameFrameType", "a", "<Type>", "OUT", "stream", "b", "IN", "ALLOW"]
    assert elements(to_svg(LAYOUT), "title")[0].text == "two & two"


def test_kinds_of_lines_are_told_apart() -> None:
    paths = elements(to_svg(LAYOUT), "path")
    classes = [each.get("class") for each in paths if each.get("class")]
    assert classes == ["line", "tip", "line back", "tip back", "line side", "tip side"]


def test_what_leaves_the_graph_has_an_arrow() -> None:
    (stream,) = [each for each in elements(to_svg(LAYOUT), "g") if each.get("data-stream")]
    assert stream.get("class") == "name output"
    assert stream.find(f"{SVG}path") is not None


def test_closed_subgraphs_are_told_from_nodes() -> None:
    svg = to_svg(LAYOUT)
    assert group(svg, "outer__a").get("class") == "node"
    assert group(svg, "b").get("class") == "subgraph"


def test_arrow_points_along_the_line() -> None:
    tip = next(each for each in elements(to_svg(LAYOUT), "path") if each.get("class") == "tip")
    assert tip.get("d") == "M0.00,10.00 3.00,3.00 -3.00,3.00Z"


def test_reports_colour_boxes_and_write_at_them() -> None:
    def annotate(box: Box) -> Annotation | None:
        return Annotation("#ff0000", "49 %", "2.04 s") if box.name == "outer__a" else None

    svg = to_svg(LAYOUT, annotate=annotate)
    marked, plain = group(svg, "outer__a"), group(svg, "b")
    assert marked.get("class") == "node marked"
    assert marked[1].get("style") == "fill:#ff0000"
    assert marked[0].text == "2.04 s"
    assert "49 %" in [each.text for each in marked]
    assert plain[1].get("style") is None


@pytest.mark.parametrize("follows", [True, False])
def test_dark_pages_get_a_dark_drawing_if_wanted(follows: bool) -> None:
    assert ("prefers-color-scheme" in to_svg(LAYOUT, follows_scheme=follows)) == follows


def test_png_has_the_drawings_size() -> None:
    pytest.importorskip("resvg_py", reason="PNG needs the extra draw")
    from graphflow.drawing.png import svg_to_png

    png = svg_to_png(to_svg(LAYOUT, follows_scheme=False), zoom=2)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")) == (400, 200)
