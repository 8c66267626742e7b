"""A report as a page: one HTML file that needs nothing from elsewhere, and runs no script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files

from graphflow.evaluation.report import Report
from graphflow.evaluation.scoring import SampleScore
from graphflow.evaluation.writing import page_sections
from graphflow.evaluation.writing.contact_sheet import PictureOf


def to_page(
    report: Report,
    *,
    rows: Sequence[SampleScore] = (),
    others: Sequence[SampleScore] = (),
    picture: PictureOf | None = None,
    sections: Mapping[str, str] | None = None,
) -> str:
    """Return a report as an HTML page.

    Args:
        report: what to show.
        rows: the scores it was made of; without them there is no contact sheet.
        others: the scores it was compared with.
        picture: gives the picture of a sample; without it, the poses are drawn alone.
        sections: more of the page, HTML by heading.
    """
    style = files("graphflow.evaluation.writing").joinpath("page.css").read_text(encoding="utf-8")
    title = escape(f"evaluation of {report.facts.get('graph', 'a graph')}")
    facts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>"
        for name, text in report.facts.items()
    )
    body = "".join(
        f"<section><h2>{escape(heading)}</h2>{content}</section>\n"
        for heading, content in _sections(report, rows, others, picture, sections or {})
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; img-src data:\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<header><h1>{title}</h1><dl id="facts">{facts}</dl></header>\n<main>\n{body}</main>\n'
        "</body>\n</html>\n"
    )


def _sections(
    report: Report,
    rows: Sequence[SampleScore],
    others: Sequence[SampleScore],
    picture: PictureOf | None,
    more: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    """Yield heading and content of each section."""
    yield "Figures", page_sections.figures(report)
    if report.total.curve is not None:
        yield "Joints within a distance (PCK)", page_sections.curves(report)
    for number, fairness in enumerate(report.fairness):
        yield f"Groups by {fairness.column}", page_sections.groups(report, fairness, number)
    if report.sweep is not None:
        yield "Regions that are a little wrong", page_sections.swept(report.sweep)
    yield from more.items()
    if report.total.joints:
        yield "Joints", page_sections.joints(report)
    if report.total.jitter:
        yield "Jitter", page_sections.jitter(report)
    yield from page_sections.sheets(report, rows, others, picture)
    yield "How this was judged", page_sections.rules(report)
