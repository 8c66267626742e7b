"""Whatever is given as input: processed as far as it goes, or refused in words."""

from __future__ import annotations

import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Make = Callable[..., Path]
Run = Callable[..., Any]

NOT_FOUND_SECONDS_MAX = 10


def test_a_missing_file_is_named_with_what_was_meant(track: Run, make_clip: Make) -> None:
    clip = make_clip("squats.mp4")
    outcome = track(clip.with_name("squat.mp4"))
    outcome.check_told(1, "no such file", "squat.mp4", 'did you mean "squats.mp4"?')
    outcome.check_nothing_written()


def test_a_missing_folder_of_the_input_is_named(record: Run) -> None:
    outcome = record("no/where.mp4")
    outcome.check_told(1, "no such file: no/where.mp4", "there is no folder no either")
    outcome.check_nothing_written()


def test_a_folder_without_pictures_is_told(track: Run, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "notes.txt").write_text("no picture", encoding="utf-8")
    outcome = track(tmp_path / "texts")
    outcome.check_told(1, "texts holds no pictures", "expected JPEG, PNG")
    outcome.check_nothing_written()


def test_a_pattern_that_matches_nothing_is_told(record: Run, tmp_path: Path) -> None:
    record(tmp_path / "*.png").check_told(1, "no picture matches", "*.png")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("clip.mp4", b"some text, no video\n" * 20, "can't be opened as a video"),
        ("notes.txt", b"some text\n", "can't be opened as a video"),
        ("photo.jpg", b"some text\n", "is no picture"),
        ("clip.mp4", b"", "the file is empty"),
        ("photo.png", b"", "the file is empty"),
        ("clip.mp4", b"version https://git-lfs.github.com/spec/v1\n", "git-lfs pointer"),
    ],
)
def test_a_file_that_is_no_medium_is_told(
    record: Run, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    outcome = record(tmp_path / name)
    outcome.check_told(1, 'node "source" failed in open', name, words)
    outcome.check_nothing_written()


def test_a_file_that_is_no_video_is_told_by_the_pose_graph(track: Run, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"some text, no video\n" * 20)
    outcome = track(tmp_path / "clip.mp4")
    outcome.check_told(1, "clip.mp4: can't be opened as a video", "is it a whole file")
    outcome.check_nothing_written()


def test_a_device_or_pipe_is_no_file(record: Run) -> None:
    record("/dev/zero").check_told(1, "/dev/zero: this is no ordinary file")


def test_what_can_be_read_of_a_truncated_video_is_kept(track: Run, make_clip: Make) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (30, 48, 64, 3), np.uint8)
    clip = make_clip(frames=noise, options={"movflags": "faststart"})
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 6 // 10])
    outcome = track(clip)
    outcome.check_told(1, 'node "source"', "clip.mp4: damaged after frame", "the rest is missing")
    assert 5 < len(outcome.records) < 30
    outcome.check_frames(len(outcome.records))
    assert "(failed)" in outcome.stdout
    assert {"tracked.mp4", "pose.jsonl"} <= set(outcome.stdout.split())


def test_a_video_whose_index_is_cut_off_is_told(record: Run, make_clip: Make) -> None:
    clip = make_clip(frames=30)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    outcome = record(clip)
    outcome.check_told(1, "clip.mp4: can't be opened as a video", "is it a whole file")
    outcome.check_nothing_written()


def test_a_video_without_frames_is_told(track: Run, make_clip: Make) -> None:
    outcome = track(make_clip(frames=0, options={"movflags": "empty_moov"}))
    outcome.check_told(1, "clip.mp4", "holds no frame")
    outcome.check_nothing_written()


def test_a_sound_track_alone_is_told(track: Run, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "song.wav"), "wb") as song:
        song.setnchannels(1)
        song.setsampwidth(2)
        song.setframerate(8000)
        song.writeframes(bytes(16000))
    outcome = track(tmp_path / "song.wav")
    outcome.check_told(1, "song.wav: has no video, only audio")
    outcome.check_nothing_written()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (33, 17), (500, 1), (2, 64)])
def test_odd_sizes_are_processed(track: Run, make_clip: Make, width: int, height: int) -> None:
    frames = [np.full((height, width, 3), shade, np.uint8) for shade in (0, 90, 180)]
    outcome = track(make_clip("odd.mkv", frames, codec="ffv1", pixels="bgr0"))
    outcome.check_told(0)
    outcome.check_frames(3)
    assert {(each["width"], each["height"]) for each in outcome.records} == {(width, height)}


@pytest.mark.slow
def test_8k_is_processed(track: Run, make_picture: Make) -> None:
    outcome = track(make_picture("8k.jpg", np.full((4320, 7680, 3), 90, np.uint8)))
    outcome.check_told(0)
    outcome.check_frames(1)
    assert (outcome.records[0]["width"], outcome.records[0]["height"]) == (7680, 4320)


def test_a_picture_too_large_for_memory_is_refused_unread(record: Run, tmp_path: Path) -> None:
    size = (60_000).to_bytes(4, "big") * 2
    header = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + b"IHDR" + size + b"\x08\x02\0\0\0"
    (tmp_path / "bomb.png").write_bytes(header + bytes(64))
    record(tmp_path / "bomb.png").check_told(1, "has 60000x60000 pixels; expected at most")


@pytest.mark.parametrize(
    ("name", "shape", "kind"),
    [
        ("grey.png", (48, 64), np.uint8),
        ("rgba.png", (48, 64, 4), np.uint8),
        ("grey16.png", (48, 64), np.uint16),
        ("rgb16.png", (48, 64, 3), np.uint16),
        ("rgba16.tiff", (48, 64, 4), np.uint16),
    ],
)
def test_grey_rgba_and_16_bit_pictures_are_processed(
    track: Run, make_picture: Make, name: str, shape: tuple[int, ...], kind: type
) -> None:
    outcome = track(make_picture(name, np.full(shape, np.iinfo(kind).max // 2, kind)))
    outcome.check_told(0)
    outcome.check_frames(1)


@pytest.mark.parametrize(("pixels", "codec"), [("gray", "ffv1"), ("yuv420p10le", "ffv1")])
def test_grey_and_10_bit_videos_are_processed(
    record: Run, make_clip: Make, pixels: str, codec: str
) -> None:
    outcome = record(make_clip("clip.mkv", 3, codec=codec, pixels=pixels))
    outcome.check_told(0)
    outcome.check_frames(3)


def test_rotated_videos_come_upright(track: Run, make_clip: Make) -> None:
    outcome = track(make_clip(rotation=90))
    outcome.check_told(0)
    outcome.check_frames(12)
    assert {(each["width"], each["height"]) for each in outcome.records} == {(48, 64)}


def test_frames_without_a_person_are_lines_of_nulls(track: Run, make_clip: Make) -> None:
    outcome = track(make_clip(frames=12))
    outcome.check_told(0)
    outcome.check_frames(12)
    assert all(each["pose_landmarks"] is None for each in outcome.records)
    assert all(each["roi"] is None for each in outcome.records)
    assert outcome.stdout.startswith("frames  12")


def test_uneven_times_are_kept(record: Run, make_clip: Make) -> None:
    times = [0, 40_000, 50_000, 5_050_000, 5_090_000]
    outcome = record(make_clip(frames=5, times_us=times))
    outcome.check_told(0)
    assert outcome.times == times
    assert [each["timestamp"] for each in outcome.records] == times


def test_a_broken_picture_among_good_ones_is_told_and_the_others_kept(
    track: Run, make_picture: Make, tmp_path: Path
) -> None:
    for name in ("shots/1.png", "shots/3.png", "shots/10.png"):
        make_picture(name)
    (tmp_path / "shots" / "2.png").write_bytes(b"no picture")
    outcome = track(tmp_path / "shots")
    outcome.check_told(1, "2.png: is no picture")
    outcome.check_frames(3)
    assert [each["timestamp"] for each in outcome.records] == [0, 66_666, 99_999]


def test_pictures_of_several_sizes_are_one_video(record: Run, make_picture: Make) -> None:
    folder = make_picture("shots/1.png").parent
    make_picture("shots/2.png", np.zeros((20, 30, 3), np.uint8))
    outcome = record(folder)
    outcome.check_told(0)
    outcome.check_frames(2)
    assert [each["width"] for each in outcome.records] == [64, 30]


def test_one_picture_becomes_one_picture(call: Run, make_picture: Make) -> None:
    outcome = call("run", "record.yaml", "-i", make_picture("photo.jpg"), "-o", "out.png")
    outcome.check_told(0)
    assert outcome.files == {"out.png"}


def test_an_absent_camera_is_told(record: Run) -> None:
    record("97").check_told(1, "camera")


@pytest.mark.parametrize("address", ["rtsp://127.0.0.1:1/x", "http://127.0.0.1:1/x.mp4"])
def test_an_address_that_refuses_is_told_at_once(record: Run, address: str) -> None:
    began = time.monotonic()
    outcome = record(address)
    assert time.monotonic() - began < NOT_FOUND_SECONDS_MAX
    outcome.check_told(1, f"{address}: can't be opened as a video: Connection refused")


def test_an_unknown_kind_of_address_is_told(record: Run) -> None:
    record("foo://x/y").check_told(1, "foo://x/y", "the kind of address is unknown")


def test_names_may_hold_any_sign(call: Run, make_clip: Make) -> None:
    clip = make_clip("clip 日本 %03d:[1]*é.mp4")
    written = ["ö ü%d:1.mp4", "a b:é.jsonl"]
    sides = ("-o", written[0], "--side", f"landmarks_path={written[1]}")
    outcome = call("run", "record.yaml", "-i", clip, *sides)
    outcome.check_told(0)
    assert outcome.files == set(written)


ODD = [
    ("broken_crc.png", 1, "damaged or incomplete", 0),
    ("exif_orientation_8.jpg", 0, "", 1),
    ("fmt_cmyk.jpg", 0, "", 1),
    ("fmt_gray16.png", 0, "", 1),
    ("fmt_rgba.png", 0, "", 1),
    ("real_decord_corrupted.mp4", 1, "damaged after frame 28", 49),
    ("size_bomb_20000x20000_1bit.png", 1, "20000x20000", 0),
    ("vid_audio_with_cover.mp3", 1, "only audio", 0),
    ("vid_gap_5s.mp4", 0, "", 72),
    ("vid_size_change.ts", 0, "", 48),
    ("vid_start_10s.ts", 0, "", 72),
    ("vid_truncated_faststart.mp4", 1, "21 of 72 frames", 21),
    ("vid_truncated_no_moov.mp4", 1, "can't be opened as a video", 0),
    ("vid_vfr.mp4", 0, "", 48),
    ("vid_zero_samples.mp4", 1, "holds no frame", 0),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "code", "words", "frames"), ODD)
def test_found_media_are_processed_or_told(
    record: Run, shared_media: Path, name: str, code: int, words: str, frames: int
) -> None:
    outcome = record(shared_media / "odd" / name)
    outcome.check_told(code, words)
    if frames:
        outcome.check_frames(frames)
    else:
        outcome.check_nothing_written()
