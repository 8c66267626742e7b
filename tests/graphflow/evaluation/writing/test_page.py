"""The page: what is in it, and that it opens in a browser, offline, light and dark."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from graphflow.evaluation.report import Scores
from graphflow.evaluation.scoring import SampleScore
from graphflow.evaluation.writing import to_page
from graphflow.evaluation.writing.plots import curve_plot
from tests.graphflow.evaluation.reports import compared, plain, scores_of
from tests.graphflow.pages import shown


def ground(row: SampleScore) -> npt.NDArray[np.uint8] | None:
    """A grey picture of every sample but one."""
    return None if row.name == "missed.jpg" else np.full((400, 400, 3), 90, np.uint8)


@pytest.fixture(scope="module")
def plain_page() -> str:
    return to_page(
        plain(), rows=scores_of().rows, picture=ground, sections={"Sweep": "<svg></svg>"}
    )


@pytest.fixture(scope="module")
def compared_page() -> str:
    return to_page(compared(), rows=scores_of().rows, others=scores_of(1, 5).rows, picture=ground)


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(compared_page: str) -> None:
    assert "default-src 'none'" in compared_page
    assert "<script" not in compared_page
    assert re.findall(r'(?:src|href)="(?!data:|#)', compared_page) == []
    addresses = set(re.findall(r"https?://[\w./]+", compared_page))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_words_of_the_data_set_are_no_markup(plain_page: str) -> None:
    assert "<coat>" not in plain_page
    assert "&lt;coat&gt;" in plain_page
    assert "pose &lt;one&gt;" in plain_page


def test_every_id_is_there_once(compared_page: str, plain_page: str) -> None:
    pytest.importorskip("matplotlib")
    for page in (plain_page, compared_page):
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        for used in re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', page):
            assert "".join(used) in ids


def test_plots_have_axes_with_units_and_the_cards_figures(plain_page: str) -> None:
    pytest.importorskip("matplotlib")
    for text in (
        "largest error allowed (share of the torso radius)",
        "joints within it (%)",
        "PDJ (%) with its interval",
        "card's lowest region",
        "(PDJ@0.2): 80.9 %",
        "card's highest region",
        "(PDJ@0.2): 86.8 %",
        "threshold 0.2, the card's",
        "criterion: 5 points above the lowest",
    ):
        assert text.replace("'", "&#x27;") in plain_page or text in plain_page


def test_verdicts_figures_and_more_sections_are_there(plain_page: str) -> None:
    report = plain()
    assert report.total.detected is not None
    assert f"{report.total.detected.pdj:.1f} %" in plain_page
    for fairness in report.fairness:
        assert fairness.verdict_line.split(":")[1] in plain_page
    assert "<h2>Sweep</h2><svg></svg>" in plain_page


def test_the_sheet_shows_the_worst_samples_with_both_skeletons(plain_page: str) -> None:
    (sheet,) = re.findall(r'<div class="sheet">(.*?)</div>', plain_page, re.DOTALL)
    figures = sheet.split("<figure>")[1:]
    assert len(figures) == len(plain().worst)
    assert "missed.jpg: 0.0 %, nobody found" in figures[0]
    assert "data:image/jpeg" not in figures[0]  # There was no picture of it.
    assert all("data:image/jpeg;base64," in figure for figure in figures[1:])
    # 17 true joints and 33 found ones.
    assert figures[0].count("<circle") == 17
    assert figures[1].count("<circle") == 50
    assert figures[1].count("stroke-dasharray") == round(17 * (1 - plain().worst[1].pdj / 100))


def test_the_sheet_of_a_comparison_shows_three_poses(compared_page: str) -> None:
    comparison = compared().comparison
    assert comparison is not None
    assert "<h2>Where ours loses most</h2>" in compared_page
    assert "<h2>Where ours gains most</h2>" in compared_page
    figures = compared_page.split("<figure>")[1:]
    assert len(figures) == len(comparison.losses) + len(comparison.gains)
    assert {figure.count("<circle") for figure in figures} == {83}


def test_without_matplotlib_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    true_import = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return true_import(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    page = to_page(plain())
    assert "There is no plot: plots need matplotlib" in page
    assert "By group" not in page
    assert "standard deviation over samples" in page


def test_plots_are_the_same_each_time() -> None:
    pytest.importorskip("matplotlib")
    report = plain()
    assert report.total.curve is not None
    curves = {"all": report.total.curve}
    assert curve_plot(curves, report.rules) == curve_plot(curves, report.rules)


def test_an_empty_evaluation_has_a_page() -> None:
    page = to_page(Scores().report())
    assert "scored by PDJ" in page
    assert "<figure>" not in page


# ---- in a browser -------------------------------------------------------------------------------


@pytest.fixture
def page(browser: Any, tmp_path: Path, compared_page: str) -> Iterator[Any]:
    """The page, without a network; nothing may go wrong in it."""
    path = tmp_path / "evaluation.html"
    path.write_text(compared_page, encoding="utf-8")
    with shown(browser, path, width=1200) as opened:
        yield opened


def test_the_page_is_no_wider_than_the_window(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 1200


def test_plots_and_pictures_have_a_size(page: Any) -> None:
    pytest.importorskip("matplotlib")
    boxes = [each.bounding_box() for each in page.locator("svg.plot, .sheet svg").all()]
    assert len(boxes) > 4
    assert all(box["width"] > 60 and box["height"] > 60 for box in boxes)


def test_plots_follow_the_readers_choice_of_light_or_dark(page: Any) -> None:
    pytest.importorskip("matplotlib")
    colour = "getComputedStyle(document.querySelector('.plot text')).fill"
    light = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(colour) != light


def test_a_sweep_has_a_plot_and_a_table_of_each_kind(plain_page: str) -> None:
    pytest.importorskip("matplotlib")
    section = plain_page[plain_page.index("<h2>Regions that are a little wrong</h2>") :]
    section = section[: section.index("</section>")]
    for kind in ("shift", "scale", "roll"):
        assert f'aria-label="swept-{kind}"' in section
        assert f"{kind} of the region (" in section
    assert "points of PDJ are lost at most" in section


def test_both_sets_of_answers_are_told_by_group() -> None:
    report = compared()
    assert report.comparison is not None
    page = to_page(report)
    for row in report.comparison.groups:
        numbers = (f"{row.first_pdj:.1f}", f"{row.second_pdj:.1f}", f"{row.difference:+.1f}")
        assert "".join(f"<td>{each}</td>" for each in numbers) in page
