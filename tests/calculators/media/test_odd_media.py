"""Every odd file gives frames, or a clear error: nothing else."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from calculators.media.faults import MediaFault
from calculators.media.open_media import open_media
from graphflow.words.errors import UsageError

REFUSED = {
    "broken_crc.png": "damaged or incomplete",
    "broken_empty.png": "empty",
    "broken_lfs_pointer.jpg": "git-lfs",
    "broken_truncated.png": "damaged or incomplete",
    "broken_truncated_half.jpg": "damaged or incomplete",
    "size_bomb_20000x20000_1bit.png": "20000x20000",
    "vid_audio_with_cover.mp3": "has no video, only audio",
    "vid_truncated_no_moov.mp4": "can't be opened as a video",
    "vid_zero_samples.mp4": "holds no frame",
}

FRAMES = {
    "anim.gif": 16,
    "real_decord_corrupted.mp4": 49,
    "real_decord_rot90.mov": 3,
    "real_gradio_bad_container.mp4": 150,
    "real_gradio_bad_video.mp4": 15,
    "real_moviepy_no_duration.webm": 74,
    "real_moviepy_transparent.webm": 150,
    "vid_1fps.mp4": 3,
    "vid_alpha.webm": 48,
    "vid_av1.mp4": 24,
    "vid_cuts_person_nobody.mp4": 192,
    "vid_interlaced.mpg": 36,
    "vid_mjpeg.avi": 24,
    "vid_odd_321x181.webm": 24,
    "vid_one_frame.mp4": 1,
    "vid_size_change.ts": 48,
    "vid_truncated_faststart.mp4": 21,
    "vid_two_streams.mkv": 50,
    "vid_vfr.mp4": 48,
}
"""Other videos have 72 frames, pictures one."""

FAULTY = {
    "real_decord_corrupted.mp4": "damaged after frame 28 (2.700 s)",
    "vid_truncated_faststart.mp4": "damaged after frame 21 (0.833 s)",
}

FIRST_SHAPE = {
    "vid_rotmeta_90.mp4": (360, 640, 3),
    "real_decord_rot90.mov": (568, 320, 3),
    "vid_sar2.mp4": (360, 320, 3),
    "vid_odd_321x181.webm": (181, 321, 3),
    "size_1x1.png": (1, 1, 3),
    "exif_orientation_5.jpg": (640, 480, 3),
    "exif_orientation_8.jpg": (640, 480, 3),
}


def check(path: Path) -> str:
    """Return what is wrong with how an odd file was read, or ""."""
    try:
        reader = open_media(path)
    except (UsageError, MediaFault) as error:
        expected = REFUSED.get(path.name)
        return "" if expected and expected in str(error) else f"{path.name}: {error}"
    if path.name in REFUSED:
        return f"{path.name}: was opened"
    times, shape = [], ()
    for time, image in reader:
        shape = shape or image.shape
        times.append(time)
        assert image.dtype == np.uint8 and image.flags.c_contiguous and not image.flags.writeable
    reader.close()
    is_video = path.name.startswith("vid_")
    count = FRAMES.get(path.name, 72 if is_video else 1)
    wrong = []
    if len(times) != count:
        wrong.append(f"{len(times)} frames, expected {count}")
    if not all(later > earlier for earlier, later in itertools.pairwise(times)):
        wrong.append("times do not increase")
    if shape != FIRST_SHAPE.get(path.name, shape):
        wrong.append(f"shape {shape}")
    if FAULTY.get(path.name, "") not in "\n".join(reader.faults):
        wrong.append(f"faults {reader.faults}")
    if path.name not in FAULTY and reader.faults:
        wrong.append(f"faults {reader.faults}")
    return f"{path.name}: {wrong}" if wrong else ""


@pytest.mark.slow
def test_every_odd_file_gives_its_frames_or_a_clear_error(shared_media: Path) -> None:
    paths = sorted((shared_media / "odd").iterdir())
    assert len(paths) > 90
    assert [fault for path in paths if (fault := check(path))] == []


def test_splices_and_missing_times_are_counted(shared_media: Path) -> None:
    repairs = {}
    for name in ("vid_raw.h264", "vid_size_change.ts", "vid_vfr.mp4"):
        reader = open_media(shared_media / "odd" / name)
        times = [time for time, _ in reader]
        repairs[name] = (reader.repairs, times[-1] - times[0])
    assert repairs == {
        "vid_raw.h264": (72, 2_958_333),
        "vid_size_change.ts": (24, 1_958_335),
        "vid_vfr.mp4": (0, 2_916_667),
    }
