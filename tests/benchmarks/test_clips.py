from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import numpy as np

from benchmarks.clips import fitted, write_fitted, write_repeated
from calculators.types import RgbImage


def test_a_picture_keeps_its_proportions_in_the_middle() -> None:
    image = RgbImage(np.full((40, 20, 3), 200, np.uint8))
    image[:, :, 0] = 10
    result = fitted(image, (80, 60))
    assert result.shape == (60, 80, 3)
    assert (result == [10, 200, 200]).all()


def test_a_clip_is_fitted_and_repeated(tmp_path: Path) -> None:
    source, small, long = (tmp_path / f"{name}.mp4" for name in ("source", "small", "long"))
    with av.open(str(source), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 32, 64, "yuv420p"
        for level in (50, 100, 150):
            image = np.full((64, 32, 3), level, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    assert write_fitted(source, small, (96, 64)) == 3
    write_repeated(small, long, 7)
    with av.open(str(long)) as container:
        frames = [(each.pts, each.to_ndarray(format="gray")) for each in container.decode(video=0)]
    assert len(frames) == 9
    assert frames[0][1].shape == (64, 96)
    steps = {after[0] - before[0] for before, after in pairwise(frames)}
    assert len(steps) == 1
    assert [round(float(picture.mean()), -1) for _, picture in frames] == [50, 100, 150] * 3
