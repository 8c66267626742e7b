from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

import benchmarks.__main__ as command
from benchmarks.figures import FASTER, Check, Figure, Part, Results, at_least, load, save
from benchmarks.parts.setting import Setting
from benchmarks.turns import Spread

SETTING = Setting(Path(), Path(), Path(), Path(), clip_frames=50, rounds=2, is_quick=True)


def part(letter: str, *, is_held: bool = True) -> Part:
    figure = Figure("tracking", Spread(1.0, 1.0, 1.0), FASTER, at_least(2.0))
    return Part(letter, f"part {letter}", "how", [figure], [Check("equal", is_held, "found")])


def test_every_part_has_its_module_and_its_letter() -> None:
    for name in command.PARTS.values():
        assert callable(import_module(f"benchmarks.parts.{name}").measure)


def test_parts_are_chosen_by_letters() -> None:
    assert command.chosen_parts("t, a,a") == ["a", "t"]
    assert command.chosen_parts("") == sorted(command.PARTS)
    with pytest.raises(argparse.ArgumentTypeError, match='found "z"; expected letters of a, b, c'):
        command.chosen_parts("a,z")


def test_a_quick_run_does_less_and_no_run_more_than_the_clip_has() -> None:
    full = Setting(Path(), Path(), Path(), Path(), clip_frames=50, rounds=7, is_quick=False)
    assert (SETTING.frames(100, 40), full.frames(100, 40)) == (40, 50)
    assert (SETTING.fewer(10_000, 1_000), full.fewer(10_000, 1_000)) == (1_000, 10_000)


def test_parts_that_were_not_measured_keep_their_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "results.json"
    save(Results([part("a"), part("b")]), target)
    module = SimpleNamespace(measure=lambda setting: part("a", is_held=False))
    monkeypatch.setattr(command, "import_module", lambda name: module)
    results = command.measure_all(["a"], SETTING, target)
    assert [(each.letter, each.is_quick) for each in results.parts] == [("a", True), ("b", False)]
    assert load(target).parts[1] == part("b")
    assert not results.is_sound
    printed = capsys.readouterr().out
    assert "MISSED tracking: 1.00 × the speed" in printed
    assert "FAILED equal: found" in printed


def test_a_missing_clip_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([str(tmp_path / "none.mp4")]) == 2
    assert "none.mp4" in capsys.readouterr().err


def test_no_turns_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--rounds", "0"])
    assert "there must be at least 1 turn" in capsys.readouterr().err
