from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from calculators.media.salvage import salvage_video

FRAMES = 30


@pytest.fixture(params=["mp4", "mkv"])
def clip(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Frames in several fragments (MP4) or clusters (Matroska)."""
    path = tmp_path / f"clip.{request.param}"
    options = {"movflags": "frag_keyframe+empty_moov"} if request.param == "mp4" else {}
    noise = np.random.default_rng(0).integers(0, 255, (FRAMES, 32, 32, 3), np.uint8)
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = 10
        for picture in noise:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def decoded(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_a_whole_file_stays_as_it_is(clip: Path) -> None:
    before = clip.read_bytes()
    assert salvage_video(clip) == FRAMES
    assert clip.read_bytes() == before


@pytest.mark.parametrize("share", [0.5, 0.7, 0.9])
def test_what_is_left_of_a_cut_file_decodes_without_a_fault(clip: Path, share: float) -> None:
    content = clip.read_bytes()
    clip.write_bytes(content[: int(len(content) * share)])
    frames = salvage_video(clip)
    assert 0 < frames < FRAMES
    assert decoded(clip) == frames


def test_a_file_without_a_whole_frame_is_deleted(clip: Path) -> None:
    clip.write_bytes(clip.read_bytes()[:40])
    assert salvage_video(clip) == 0
    assert not clip.exists()


def test_a_file_that_was_never_begun_has_no_frames(tmp_path: Path) -> None:
    assert salvage_video(tmp_path / "none.mp4") == 0
