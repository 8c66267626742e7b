"""Where results can't go: told before anything is computed, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from calculators.media.video_writer import IS_SAFE_FROM_KILLS

Make = Callable[..., Path]
Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("side", "value", "words"),
    [
        ("output_path", "no/o.mp4", ["the folder no does not exist", "mkdir -p no"]),
        ("output_path", "no/o.png", ["the folder no does not exist"]),
        ("landmarks_path", "no/o.jsonl", ["the folder no does not exist", "mkdir -p no"]),
        ("output_path", "record.yaml/o.mp4", ["record.yaml is a file, not a folder"]),
        ("landmarks_path", "taken.jsonl", ["a folder of that name stands there"]),
        ("output_path", "o.xyz", ['the suffix ".xyz"', "expected .mp4"]),
        ("output_path", "-", ["a name without suffix"]),
        ("landmarks_path", "o.txt", ['the suffix ".txt"', "expected .jsonl"]),
        ("output_path", "x" * 300 + ".mp4", ["File name too long"]),
        ("landmarks_path", "x" * 300 + ".jsonl", ["File name too long"]),
    ],
)
def test_a_place_that_will_not_do_is_told_before_the_first_frame(
    call: Run, folder: Path, make_clip: Make, side: str, value: str, words: list[str]
) -> None:
    (folder / "taken.jsonl").mkdir()
    outcome = call("run", "record.yaml", "-i", make_clip(), "--side", f"{side}={value}")
    outcome.check_told(1, *words)
    assert "[Errno" not in outcome.stderr
    assert outcome.files == {"taken.jsonl"}


@pytest.mark.usefixtures("weights")
def test_a_default_folder_that_can_not_be_made_is_told(
    call: Run, folder: Path, make_clip: Make
) -> None:
    (folder / "out").write_text("a file", encoding="utf-8")
    outcome = call("run", "pose_landmarks", "-i", make_clip())
    outcome.check_told(2, "the folder out, where results go, can't be made", "give other paths")
    assert (folder / "out").read_text(encoding="utf-8") == "a file"


@pytest.mark.usefixtures("weights")
def test_the_pose_graph_makes_no_folder_that_it_was_given(call: Run, make_clip: Make) -> None:
    sides = ("-o", "no/o.mp4", "--side", "landmarks_path=no/o.jsonl")
    outcome = call("run", "pose_tracking", "-i", make_clip(), *sides)
    outcome.check_told(1, "the folder no does not exist")
    assert outcome.files == set()


@pytest.mark.parametrize("target", ["o.mp4", "."])
def test_a_read_only_folder_is_told(
    call: Run, make_clip: Make, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    clip = make_clip()
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    outcome = call("run", "record.yaml", "-i", clip, "-o", target)
    outcome.check_told(1, "can't write into the folder", "permission denied or read-only")


def _link(folder: Path, clip: Path) -> str:
    (folder / "link.mp4").symlink_to(clip)
    return "link.mp4"


@pytest.mark.parametrize(
    "spell",
    [
        lambda folder, clip: str(clip),
        lambda folder, clip: f"../{clip.name}",
        lambda folder, clip: f"{clip.parent}/./current/../{clip.name}",
        _link,
    ],
)
@pytest.mark.parametrize("side", ["output_path", "landmarks_path"])
def test_the_input_is_never_overwritten(
    call: Run, folder: Path, make_clip: Make, spell: Callable[[Path, Path], str], side: str
) -> None:
    clip = make_clip()
    before = clip.read_bytes()
    outcome = call("run", "record.yaml", "-i", clip, "--side", f"{side}={spell(folder, clip)}")
    outcome.check_told(2, f"input_path and {side} are the same", "nothing was written")
    assert clip.read_bytes() == before


@pytest.mark.parametrize(
    ("source", "target"),
    [("shots", "shots/"), ("shots/*.png", "shots"), ("shots/*.png", "shots/1.png")],
)
def test_pictures_that_are_read_are_never_overwritten(
    call: Run, make_picture: Make, tmp_path: Path, source: str, target: str
) -> None:
    before = make_picture("shots/1.png").read_bytes()
    outcome = call("run", "record.yaml", "-i", tmp_path / source, "-o", f"{tmp_path}/{target}")
    outcome.check_told(2, "input_path and output_path are the same")
    assert [path.name for path in (tmp_path / "shots").iterdir()] == ["1.png"]
    assert (tmp_path / "shots" / "1.png").read_bytes() == before


def test_two_results_never_share_a_file(call: Run, make_clip: Make) -> None:
    sides = ("-o", "o.jsonl", "--side", "landmarks_path=./o.jsonl")
    outcome = call("run", "record.yaml", "-i", make_clip(), *sides)
    outcome.check_told(2, "output_path and landmarks_path are the same")
    assert outcome.files == set()


def test_an_older_result_stays_where_the_input_is_bad(record: Run, folder: Path) -> None:
    (folder / "tracked.mp4").write_bytes(b"older")
    (folder / "pose.jsonl").write_bytes(b"older")
    record("nowhere.mp4").check_told(1, "no such file")
    assert (folder / "tracked.mp4").read_bytes() == b"older"
    assert (folder / "pose.jsonl").read_bytes() == b"older"


PROGRAM = "from graphflow.cli import main; main()"
FULL_AT_BYTES = 60_000


def full_disk(
    folder: Path, *arguments: str | Path, full_at_bytes: int = FULL_AT_BYTES
) -> subprocess.CompletedProcess[str]:
    """Run graphflow where no file can grow past some size, as on a disk that gets full."""
    resource = pytest.importorskip("resource", reason="file size limits are POSIX's")
    limit = (full_at_bytes, full_at_bytes)
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
    )


@pytest.fixture
def noise(make_clip: Make) -> Path:
    """A clip of 4 seconds, 40 frames, that does not compress well."""
    frames = np.random.default_rng(0).integers(0, 255, (40, 48, 64, 3), np.uint8)
    return make_clip(frames=frames)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_video_is_playable_as_far_as_the_disk_held_it(
    call: Run, folder: Path, noise: Path, suffix: str
) -> None:
    command = ("run", "record.yaml", "-i", noise, "-o", f"o{suffix}")
    call(*command).check_told(0)
    needed_bytes = (folder / f"o{suffix}").stat().st_size
    (folder / f"o{suffix}").unlink()
    done = full_disk(folder, *command, full_at_bytes=needed_bytes * 6 // 10)
    assert done.returncode == 1, done.stderr
    assert 'node "video_sink" failed' in done.stderr
    assert f"o{suffix}: can't be written: " in done.stderr
    assert "Traceback" not in done.stderr
    if suffix == ".mp4" and not IS_SAFE_FROM_KILLS:
        # FFmpeg before 8 writes the index last: without it nothing can be played.
        assert [path.name for path in folder.iterdir()] == ["record.yaml"]
        return
    assert sorted(path.name for path in folder.iterdir()) == [f"o{suffix}", "record.yaml"]
    with av.open(str(folder / f"o{suffix}")) as container:
        times = [round((frame.time or 0) * 1_000_000) for frame in container.decode(video=0)]
    assert 5 < len(times) < 40
    assert times == [100_000 * index for index in range(len(times))]
    if suffix == ".mp4":
        assert len(times) % 10 == 0, "whole fragments, a second each"


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_landmarks_end_in_a_whole_line_when_the_disk_is_full(
    folder: Path, make_clip: Make, suffix: str
) -> None:
    clip = make_clip(frames=2000)
    done = full_disk(
        folder, "run", "record.yaml", "-i", clip, "--side", f"landmarks_path=o{suffix}"
    )
    assert done.returncode == 1, done.stderr
    assert f"o{suffix}: can't be written: File too large" in done.stderr
    content = (folder / f"o{suffix}").read_text(encoding="utf-8")
    assert 0.9 * FULL_AT_BYTES < len(content) <= FULL_AT_BYTES
    assert content.endswith("\n")
    if suffix == ".csv":
        assert len({line.count(",") for line in content.splitlines()}) == 1
    else:
        assert all(line.startswith("{") and line.endswith("}") for line in content.splitlines())


@pytest.mark.slow
def test_no_half_picture_is_left_when_the_disk_is_full(folder: Path, make_picture: Make) -> None:
    image = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
    done = full_disk(
        folder, "run", "record.yaml", "-i", make_picture("a.png", image), "-o", "b.png"
    )
    assert done.returncode == 1, done.stderr
    assert "b.png: can't be written: File too large" in done.stderr
    assert [path.name for path in folder.iterdir()] == ["record.yaml"]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_summary_that_can_not_be_written_is_told(
    folder: Path, make_clip: Make, form: tuple[str, ...]
) -> None:
    command = [sys.executable, "-c", PROGRAM, "run", "record.yaml", "-i", str(make_clip())]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [*command, *form],
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
    assert done.returncode == 1
    assert "error: the output can't be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="closes numbered streams as shells do")
@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)])
def test_closed_streams_disturb_neither_run_nor_files(
    folder: Path, make_clip: Make, closed: tuple[int, ...]
) -> None:
    command = [sys.executable, "-c", PROGRAM, "run", "record.yaml", "-i", str(make_clip())]

    def close() -> None:
        for number in closed:
            os.close(number)

    done = subprocess.run(
        [*command, "--side", "landmarks_path=pose.jsonl"],
        cwd=folder,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        preexec_fn=close,
    )
    assert done.returncode == 0
    lines = (folder / "pose.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 12
    assert all(line.startswith("{") for line in lines)
