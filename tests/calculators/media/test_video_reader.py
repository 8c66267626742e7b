"""Reading videos."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from calculators.media.faults import MediaFault
from calculators.media.video_reader import VideoReader
from graphflow.words.errors import UsageError

MakeVideo = Callable[..., Path]


def read(path: Path, **options: Any) -> tuple[VideoReader, list[Any]]:
    reader = VideoReader(path, **options)
    frames = list(reader)
    reader.close()
    return reader, frames


def test_frames_equal_a_plain_pyav_decoding(make_video: MakeVideo) -> None:
    path = make_video(frames=30, options={"bf": "2"})
    with av.open(str(path)) as container:
        expected = [
            (
                round(Fraction(frame.pts) * frame.time_base * 1_000_000),
                frame.to_ndarray(format="rgb24"),
            )
            for frame in container.decode(video=0)
        ]
    _, frames = read(path)
    assert [time for time, _ in frames] == [time for time, _ in expected]
    for (_, image), (_, reference) in zip(frames, expected, strict=True):
        np.testing.assert_array_equal(image, reference)


def test_header_tells_size_rate_count_and_length(make_video: MakeVideo) -> None:
    header = read(make_video(frames=20))[0].header
    assert (header.width, header.height, header.frame_count) == (64, 48, 20)
    assert header.frame_rate is not None
    assert float(header.frame_rate) == pytest.approx(10, rel=0.06)
    assert header.duration_us == pytest.approx(2_000_000, abs=100_000)


def test_uneven_times_are_kept_to_the_microsecond(make_video: MakeVideo) -> None:
    times = [0, 33_337, 999_999, 7_000_000]
    reader, frames = read(make_video(frames=4, times_us=times))
    assert [frame.timestamp_us for frame in frames] == times
    assert (reader.repairs, reader.faults) == (0, [])


def test_frames_are_contiguous_and_read_only(make_video: MakeVideo) -> None:
    for image in (np.zeros((48, 64, 3), np.uint8), np.zeros((50, 50, 3), np.uint8)):
        _, frames = read(make_video(frames=[image]))
        assert frames[0].image.flags.c_contiguous
        assert not frames[0].image.flags.writeable


@pytest.mark.parametrize(("counterclockwise", "turns"), [(90, 1), (180, 2), (270, 3), (-90, 3)])
def test_rotation_metadata_turn_the_frame(
    make_video: MakeVideo, counterclockwise: int, turns: int
) -> None:
    upright = read(make_video("plain.mp4", frames=2))[1][0].image
    reader, frames = read(make_video("turned.mp4", frames=2, rotation=counterclockwise))
    np.testing.assert_array_equal(frames[0].image, np.rot90(upright, turns))
    assert (reader.header.height, reader.header.width) == frames[0].image.shape[:2]
    assert frames[0].image.flags.c_contiguous


@pytest.mark.parametrize("pix_fmt", ["yuv444p", "gray", "yuv420p10le"])
def test_pixel_formats_become_rgb(make_video: MakeVideo, pix_fmt: str) -> None:
    _, frames = read(make_video(frames=2, pix_fmt=pix_fmt))
    assert frames[0].image.shape == (48, 64, 3)
    assert frames[0].image.dtype == np.uint8


def test_streams_without_times_follow_their_rate(make_video: MakeVideo) -> None:
    reader, frames = read(make_video("raw.h264", frames=5))
    steps = np.diff([frame.timestamp_us for frame in frames])
    assert reader.repairs == len(frames) == 5
    assert (steps > 0).all()
    assert steps.max() - steps.min() <= 1


def test_a_cut_file_gives_what_is_there_and_then_its_fault(make_video: MakeVideo) -> None:
    options = {"bf": "0", "crf": "1"}
    noise = np.random.default_rng(1).integers(0, 255, (40, 48, 64, 3), dtype=np.uint8)
    whole = make_video(frames=list(noise), options=options)
    moved = whole.with_name("moved.mp4")
    with (
        av.open(str(whole)) as source,
        av.open(str(moved), "w", options={"movflags": "faststart"}) as target,
    ):
        track = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = track
                target.mux(packet)
    cut = whole.with_name("cut.mp4")
    cut.write_bytes(moved.read_bytes()[: moved.stat().st_size // 2])
    reader, frames = read(cut)
    assert 10 < len(frames) < 30
    assert len(reader.faults) == 1
    assert f"cut.mp4: damaged after frame {len(frames)} (" in reader.faults[0]
    assert f"({len(frames)} of 40 frames could be read)" in reader.faults[0]


def test_damage_in_the_middle_is_skipped_and_told(make_video: MakeVideo) -> None:
    path = make_video(frames=30, options={"bf": "0", "g": "5"})
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    position, size = packets[10]
    content = bytearray(path.read_bytes())
    content[position : position + size] = b"\xff" * size
    path.write_bytes(content)
    reader, frames = read(path)
    assert 25 <= len(frames) < 30
    assert frames[-1].timestamp_us == 2_900_000
    assert len(reader.faults) == 1
    assert "1 packet skipped" in reader.faults[0]


def test_a_missing_file_is_named_with_what_was_meant(make_video: MakeVideo) -> None:
    path = make_video("squats.mp4", frames=1)
    with pytest.raises(
        UsageError, match=r'no such file: .*squat\.mp4\n  hint: did you mean "squats.mp4"'
    ):
        VideoReader(path.with_name("squat.mp4"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.mp4", b"", "the file is empty"),
        ("pointer.mp4", b"version https://git-lfs.github.com/spec/v1\n", "git-lfs pointer"),
        ("junk.mp4", bytes(range(256)) * 8, "can't be opened as a video"),
        ("notes.txt", b"some words\n" * 50, "looks like text"),
    ],
)
def test_what_is_no_video_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        VideoReader(path)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    with pytest.raises(UsageError, match="has no video, only audio"):
        VideoReader(path)


def test_a_video_of_zero_frames_says_so(shared_media: Path) -> None:
    with pytest.raises(MediaFault, match="holds no frame"):
        VideoReader(shared_media / "odd" / "vid_zero_samples.mp4")


def test_a_colon_in_a_name_is_no_protocol(make_video: MakeVideo) -> None:
    assert len(read(make_video("12:30 ünïcode.mp4", frames=2).absolute())[1]) == 2


def test_frames_above_the_limit_are_refused_before_decoding(make_video: MakeVideo) -> None:
    with pytest.raises(UsageError, match="a frame has 64x48 pixels"):
        VideoReader(make_video(frames=1), pixels_max=3000)
