"""Writing videos."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from calculators.media.create_media import create_media
from calculators.media.video_reader import VideoReader
from calculators.media.video_writer import IS_SAFE_FROM_KILLS, VideoWriter
from calculators.types import RgbImage, VideoHeader
from graphflow.words.errors import UsageError


def picture(width: int = 64, height: int = 48, shade: int = 100) -> RgbImage:
    image = np.full((height, width, 3), shade, np.uint8)
    image.setflags(write=False)
    return RgbImage(image)


def write(path: Path, times_us: list[int], **options: object) -> list[tuple[int, RgbImage]]:
    writer = VideoWriter(path, **options)  # type: ignore[arg-type]
    for index, time in enumerate(times_us):
        writer.write(picture(shade=10 * index), time)
    assert writer.close().frames == len(times_us)
    return list(VideoReader(path)) if times_us else []


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".m4v"])
@pytest.mark.parametrize("start_us", [0, 1, 11_400_003, 10**11])
def test_times_are_kept_to_the_microsecond(tmp_path: Path, suffix: str, start_us: int) -> None:
    times = [start_us + offset for offset in (0, 33_333, 66_667, 66_670, 9_000_000)]
    frames = write(tmp_path / f"clip{suffix}", times)
    assert [time for time, _ in frames] == times


@pytest.mark.parametrize("suffix", [".mkv", ".webm"])
def test_matroska_keeps_milliseconds(tmp_path: Path, suffix: str) -> None:
    frames = write(tmp_path / f"clip{suffix}", [0, 33_333, 66_667])
    assert [time for time, _ in frames] == [0, 33_000, 67_000]


def test_a_start_before_zero_moves_to_zero(tmp_path: Path) -> None:
    frames = write(tmp_path / "clip.mp4", [-50_000, 0, 40_000])
    assert [time for time, _ in frames] == [0, 50_000, 90_000]


def test_colours_come_back(tmp_path: Path) -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    image[:24, :32], image[24:, 32:] = (200, 40, 60), (30, 90, 220)
    writer = VideoWriter(tmp_path / "clip.mp4", crf=5)
    writer.write(RgbImage(image), 0)
    writer.close()
    back = next(iter(VideoReader(tmp_path / "clip.mp4"))).image
    for row, column in ((5, 5), (40, 60), (40, 5)):
        np.testing.assert_allclose(back[row, column], image[row, column], atol=6)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 1), (33, 17), (321, 181)])
def test_odd_sizes_are_padded_by_the_edge(tmp_path: Path, width: int, height: int) -> None:
    writer = VideoWriter(tmp_path / "clip.mp4")
    writer.write(picture(width, height, 180), 0)
    writer.close()
    back = next(iter(VideoReader(tmp_path / "clip.mp4"))).image
    assert back.shape == (height + height % 2, width + width % 2, 3)
    np.testing.assert_allclose(back, 180, atol=4)


def test_later_sizes_are_fitted_into_the_first(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "clip.mp4", crf=5)
    writer.write(picture(64, 48), 0)
    writer.write(picture(32, 48, 200), 1000)
    writer.write(picture(640, 100, 200), 2000)
    writer.close()
    _, narrow, flat = (frame.image for frame in VideoReader(tmp_path / "clip.mp4"))
    assert narrow.shape == flat.shape == (48, 64, 3)
    assert narrow[24, 32].min() > 180 and narrow[:, :12].max() < 40
    assert flat[24, 32].min() > 180 and flat[:16].max() < 40


def test_the_header_names_the_rate(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "clip.mp4")
    writer.expect(VideoHeader(64, 48, Fraction(10), None, None))
    for index in range(20):
        writer.write(picture(), 100_000 * index)
    writer.close()
    header = VideoReader(tmp_path / "clip.mp4").header
    assert float(header.frame_rate or 0) == pytest.approx(10, rel=0.001)
    assert (header.frame_count, header.duration_us) == (20, 2_000_000)


def test_without_frames_no_file_is_left_and_an_older_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"older")
    written = VideoWriter(path).close()
    assert (written.path, written.frames) == (None, 0)
    assert [each.name for each in tmp_path.iterdir()] == ["clip.mp4"]
    assert path.read_bytes() == b"older"


def test_the_target_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    writer = VideoWriter(path)
    writer.write(picture(), 0)
    assert not path.exists()
    assert writer.close().path == path
    assert writer.close().path == path
    assert [each.name for each in tmp_path.iterdir()] == ["clip.mp4"]


def test_what_a_killed_run_left_is_not_overwritten(tmp_path: Path) -> None:
    salvage = tmp_path / "clip.partial.mp4"
    salvage.write_bytes(b"salvage")
    write(tmp_path / "clip.mp4", [0])
    assert salvage.read_bytes() == b"salvage"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["clip.mp4", "clip.partial.mp4"]


@pytest.mark.skipif(not IS_SAFE_FROM_KILLS, reason="needs a PyAV with FFmpeg 8")
def test_a_killed_run_leaves_a_playable_file(tmp_path: Path) -> None:
    code = f"""
        import os, signal
        import numpy as np
        from pathlib import Path
        from calculators.media.video_writer import VideoWriter
        writer = VideoWriter(Path({str(tmp_path / "clip.mp4")!r}))
        for index in range(200):
            writer.write(np.full((48, 64, 3), index, np.uint8), 100_000 * index)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    root = Path(__file__).parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    frames = list(VideoReader(tmp_path / "clip.partial.mp4"))
    assert len(frames) > 100
    assert [time for time, _ in frames] == [100_000 * index for index in range(len(frames))]


def test_h264_and_even_chroma_play_everywhere(tmp_path: Path) -> None:
    write(tmp_path / "clip.mp4", [0, 40_000])
    with av.open(str(tmp_path / "clip.mp4")) as container:
        codec = container.streams.video[0].codec_context
        assert (codec.name, codec.pix_fmt) == ("h264", "yuv420p")


def test_a_missing_folder_is_told_before_anything_is_computed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"does not exist\n  hint: create it with mkdir -p .*no"):
        create_media(tmp_path / "no" / "clip.mp4")


def test_a_read_only_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match="can't write into the folder"):
        create_media(tmp_path / "clip.mp4")


@pytest.mark.parametrize("name", ["clip.xyz", "clip", "clip.avi"])
def test_an_unknown_suffix_is_told_with_those_known(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"expected \.mp4, .*\.png"):
        create_media(tmp_path / name)


def test_an_unknown_encoder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='no video encoder "nosuch"'):
        create_media(tmp_path / "clip.mp4", codec="nosuch")


def test_an_encoder_with_coarse_times_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='"mpeg4" can\'t keep times to the microsecond'):
        create_media(tmp_path / "clip.mp4", codec="mpeg4")
