from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from benchmarks.figures import COST_RATIO, FASTER, Figure, Part, Results, Stage, at_least, at_most
from benchmarks.plot import betterness, goal, rows_of, write_plot
from benchmarks.turns import Spread

FAST = Figure("tracking", Spread(2.0, 1.5, 2.5), FASTER, at_least(2.0))
CHEAP = Figure("start", Spread(0.5, 0.4, 0.8), COST_RATIO, at_most(0.625))
PLAIN = Figure("help", Spread(0.1, 0.1, 0.1), "s", at_most(0.2))
RESULTS = Results(
    [
        Part("a", "x", "how", [FAST, CHEAP, PLAIN]),
        Part("t", "y", "how", [], [], [Stage("crop", {"job": 1.0})]),
    ]
)


def test_less_cost_is_drawn_as_more_times_better() -> None:
    assert betterness(FAST) == FAST.value
    assert betterness(CHEAP) == Spread(2.0, 1.25, 2.5)
    assert (goal(FAST), goal(CHEAP)) == (2.0, 1.6)


def test_only_what_compares_and_has_a_target_is_drawn() -> None:
    assert [label for label, *_ in rows_of(RESULTS)] == ["(a) tracking", "(a) start"]


@pytest.mark.slow
def test_the_same_results_give_the_same_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for name in ("one.svg", "two.svg"):
        assert write_plot(RESULTS, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert "(a) tracking" in (tmp_path / "one.svg").read_text(encoding="utf-8")


def test_without_matplotlib_there_is_no_plot_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    importing = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return importing(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert not write_plot(RESULTS, tmp_path / "none.svg")
    assert "it needs matplotlib, of the extra `bench`" in capsys.readouterr().err
