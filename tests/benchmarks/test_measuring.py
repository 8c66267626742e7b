"""graphflow's side on the sample clip and the real models: what it measures, not how fast."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.ours import clips, frame_time, landmarks, peak_memory, stages, starts, whole_job
from calculators.media.open_media import open_media
from graphflow.nodes.resources import default_store
from graphflow.words.errors import GraphflowError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clip(repository: Path) -> str:
    path = repository / "samples" / "figure.mp4"
    try:
        open_media(path).close()
        for name in ("pose_detection", "pose_landmark_full"):
            default_store().find(name)
    except GraphflowError as fault:
        pytest.skip(f"needs the sample clip and the models ({fault})")
    return str(path)


@pytest.mark.parametrize("waits", [True, False])
def test_landmarks_of_every_frame_are_there_to_be_compared(
    clip: str, tmp_path: Path, waits: bool
) -> None:
    answers = tmp_path / "answers.npz"
    answer = landmarks.run(clip, 4, False, True, str(answers), masks=[2, 9], waits=waits)
    assert answer["frames"] == 3
    with np.load(answers) as found:
        assert found["landmarks"].shape == found["world"].shape == (4, 33, 4)
        assert not np.isnan(found["landmarks"]).any()
        assert set(found) == {"landmarks", "world", "mask2"}
        assert np.squeeze(found["mask2"]).shape == (512, 384)


def test_the_whole_job_leaves_a_video_and_landmarks(clip: str, tmp_path: Path) -> None:
    video, answers = tmp_path / "video.mp4", tmp_path / "answers.npz"
    assert whole_job.run(clip, 4, str(video), str(answers))["frames"] == 4
    assert video.stat().st_size > 0
    with np.load(answers) as found:
        assert found["landmarks"].shape == (4, 33, 4)


@pytest.mark.parametrize("is_whole", [True, False])
def test_the_stages_of_a_frame_make_up_its_time(clip: str, tmp_path: Path, is_whole: bool) -> None:
    answer = frame_time.run(clip, frame_time.WARM_UP + 3, is_whole, str(tmp_path / "video.mp4"))
    spent = answer["stages"]
    assert sum(spent.values()) == pytest.approx(answer["wall"])
    assert min(spent.values()) >= 0
    assert (stages.ENCODE in spent) == is_whole
    assert spent[stages.INVOKE] > 0


def test_peaks_are_read_at_each_mark(clip: str) -> None:
    answer = peak_memory.run(clip, [2, 4])
    assert len(answer["peaks"]) == len(answer["seconds"]) == 2
    assert 10e6 < answer["peaks"][0] <= answer["peaks"][1]


def test_several_clips_run_at_once_and_again(clip: str) -> None:
    for _ in range(2):
        assert clips.run(clip, 3, count=2, threads=1)["frames"] == 6


def test_both_starts_of_a_graph_are_timed(clip: str) -> None:
    seconds = starts.run()
    assert list(seconds) == ["load", "first", "later"]
    assert all(spent["wall"] > 0 for spent in seconds.values())
