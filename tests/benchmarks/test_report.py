"""The report's words and tables, and that the documents hold what a run wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.figures import (
    COST_RATIO,
    FASTER,
    Check,
    Cost,
    Figure,
    Part,
    Results,
    ResultsProblem,
    Stage,
    at_least,
    load,
    under,
)
from benchmarks.report import (
    BEGIN,
    DOCUMENT,
    END,
    KEPT,
    README,
    figure_table,
    number,
    section,
    stage_table,
    summary,
    whole_report,
    with_block,
    with_spread,
    write_documents,
)
from benchmarks.turns import Spread

TRACKING = Figure(
    "tracking",
    Spread(2.044, 1.9, 2.1),
    FASTER,
    at_least(2.0),
    Cost("ms a frame", Spread(10.0, 9.0, 11.0), Spread(9.0, 9.0, 9.0)),
    Cost("ms a frame", Spread(20.44, 20.0, 21.0), Spread(20.0, 20.0, 20.0)),
    Spread(2.2, 2.2, 2.2),
)
GROWTH = Figure("growth", Spread(7.0, 7.0, 7.0), "MB", under(5.0))
SIZE = Figure("size", Spread(0.4, 0.4, 0.4), COST_RATIO)
PART = Part(
    "a",
    "landmarks",
    "How it was done.",
    [TRACKING, GROWTH, SIZE],
    [Check("equal answers", True, "none differ"), Check("videos", False, "3 frames")],
    rounds=5,
    machine="2 cores",
)
STAGES = [Stage("crop", {"x": 1.0, "y": 0.0}), Stage("rest", {"x": 3.0, "y": 8.0})]
STAGED = Part("t", "times", "How.", [], [], STAGES)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0123, "0.012"), (1.005, "1.00"), (12.34, "12.3"), (1234.5, "1,234"), (-2.5, "-2.50")],
)
def test_numbers_have_about_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_a_spread_is_shown_where_there_is_one() -> None:
    assert with_spread(Spread(2.0, 1.0, 3.0), FASTER) == "2.00 × the speed (1.00 to 3.00)"
    assert with_spread(Spread(2.0, 2.0, 2.0), "MB") == "2.00 MB"


def test_a_figure_states_target_value_spread_and_verdict() -> None:
    assert figure_table(PART).splitlines()[2:] == [
        "| tracking | at least 2 × the speed | 2.04 × the speed (1.90 to 2.10) | yes | 2.20 "
        "| 10.0 ms a frame | 9.00 | 20.4 ms a frame | 20.0 |",
        "| growth | under 5 MB | 7.00 MB | **no** |  |  |  |  |  |",
        "| size |  | 0.400 × the cost |  |  |  |  |  |  |",
    ]


def test_stages_have_shares_that_make_the_whole() -> None:
    assert stage_table(STAGED).splitlines() == [
        "| stage | x: ms | share | y: ms | share |",
        "|---|---:|---:|---:|---:|",
        "| crop | 1.00 | 25.0% |  |  |",
        "| rest | 3.00 | 75.0% | 8.00 | 100.0% |",
        "| all | 4.00 | 100% | 8.00 | 100% |",
    ]


def test_a_section_says_how_it_was_measured_and_what_held() -> None:
    text = section(PART)
    assert text.startswith("### (a) landmarks\n\nHow it was done.\n\n| figure |")
    assert text.endswith(
        "\n\n- equal answers: yes; none differ\n- videos: **no**; 3 frames"
        "\n\n2 cores; 5 turns of each side."
    )


def test_the_summary_has_the_figures_with_targets() -> None:
    lines = summary(Results([PART, STAGED])).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:4]] == ["| (a) tracking", "| (a) growth"]
    assert "size" not in "".join(lines)
    assert lines[-1] == "Measured on: 2 cores; ."


def test_rough_figures_are_called_rough() -> None:
    quick = Part("g", "size", "How.", [SIZE], is_quick=True, machine="2 cores")
    assert "1 turn of each side, a quick run whose figures are rough." in section(quick)
    assert summary(Results([PART, quick])).endswith("2 cores. Rough figures of a quick run: g.\n")


def test_what_stands_between_the_marks_is_replaced_and_nothing_else() -> None:
    document = f"before\n{BEGIN}old\n{END}after\n"
    written = with_block(document, "new\n")
    assert written == f"before\n{BEGIN}\nnew\n\n{END}after\n"
    assert with_block(written, "new\n") == written
    with pytest.raises(ResultsProblem, match="no marks"):
        with_block("before\n", "new")


def test_documents_are_written_together_with_the_results(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name in (DOCUMENT, README):
        (tmp_path / name).write_text(BEGIN + END)
    write_documents(Results([PART]), tmp_path)
    assert "### (a) landmarks" in (tmp_path / DOCUMENT).read_text(encoding="utf-8")
    assert "| (a) growth |" in (tmp_path / README).read_text(encoding="utf-8")
    assert load(tmp_path / KEPT) == Results([PART])


def test_the_documents_hold_what_the_kept_run_wrote(repository: Path) -> None:
    results = load(repository / KEPT)
    for name, text in ((DOCUMENT, whole_report(results)), (README, summary(results))):
        document = (repository / name).read_text(encoding="utf-8")
        assert document == with_block(document, text), (
            f"{name}: python -m benchmarks.report {KEPT} writes it again"
        )
