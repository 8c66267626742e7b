"""A stranger at the command line: graphs, media made on the spot, and what a run left."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import click.testing
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from graphflow.cli import cli

Picture = npt.NDArray[np.uint8]

# The pose graphs' source and sinks, without a model: bad media meet the same code, in a tenth of
# the time, and on machines without the models too.
RECORD = """\
type: Record
input_side_packet:
  - {name: "input_path", type: string, default: nowhere.mp4}
  - {name: "output_path", type: string, default: ""}
  - {name: "landmarks_path", type: string, default: ""}
  - {name: "max_frames", type: int, default: 0}
node:
  - name: source
    calculator: MediaSourceCalculator
    input_side_packet: ["INPUT_FILE_PATH:input_path", "MAX_FRAMES:max_frames"]
    output_stream: ["VIDEO:image", "VIDEO_PRESTREAM:video_header"]
  - name: video_sink
    calculator: MediaSinkCalculator
    input_stream: ["VIDEO:image", "VIDEO_PRESTREAM:video_header"]
    input_side_packet: ["OUTPUT_FILE_PATH:output_path"]
  - calculator: ImagePropertiesCalculator
    input_stream: ["IMAGE:image"]
    output_stream: ["SIZE:image_size"]
  - name: landmarks_sink
    calculator: LandmarksSinkCalculator
    input_stream: ["IMAGE_SIZE:image_size"]
    input_side_packet: ["FILE_PATH:landmarks_path"]
"""

VIDEO = "tracked.mp4"
LANDMARKS = "pose.jsonl"


@dataclass(frozen=True)
class Outcome:
    """What a command came to."""

    code: int
    stdout: str
    stderr: str
    folder: Path

    @property
    def records(self) -> list[dict[str, Any]]:
        """The landmarks file, line by line: every line must be JSON."""
        path = self.folder / LANDMARKS
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    @property
    def times(self) -> list[int]:
        """The presentation times of the video, microseconds: every frame must decode."""
        return [] if not (self.folder / VIDEO).exists() else times_in(self.folder / VIDEO)

    @property
    def files(self) -> set[str]:
        """Names of the files that were not there before the run."""
        return {path.name for path in self.folder.iterdir()} - {"record.yaml"}

    def check_told(self, code: int, *words: str) -> None:
        """Check exit code and message; there is never a traceback, and faults go to stderr."""
        assert self.code == code, self.stderr + self.stdout
        assert [each for each in words if each not in self.stderr] == [], self.stderr
        assert "Traceback" not in self.stderr + self.stdout
        assert "please report" not in self.stderr

    def check_frames(self, count: int) -> None:
        """Check that video and landmarks have a frame each for `count` frames, in order."""
        assert len(self.times) == count
        assert [record["frame"] for record in self.records] == list(range(count))
        stamps = [record["timestamp"] for record in self.records]
        assert stamps == sorted(set(stamps))
        assert self.files >= {VIDEO, LANDMARKS}
        assert not [name for name in self.files if ".partial" in name]

    def check_nothing_written(self) -> None:
        """Check that no output was begun."""
        assert not [name for name in self.files if name.startswith(("tracked", "pose."))]


Call = Callable[..., Outcome]


def times_in(path: Path) -> list[int]:
    """Decode a video; return the presentation times, microseconds."""
    with av.open(str(path)) as container:
        return [
            round(frame.pts * frame.time_base * 1_000_000)
            for frame in container.decode(video=0)
            if frame.pts is not None and frame.time_base is not None
        ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with record.yaml in it; inputs are made outside of it."""
    current = tmp_path / "current"
    current.mkdir()
    (current / "record.yaml").write_text(RECORD, encoding="utf-8")
    monkeypatch.chdir(current)
    return current


@pytest.fixture
def call(folder: Path) -> Call:
    """Run a graphflow command in process."""

    def invoke(*arguments: str | Path) -> Outcome:
        words = [str(each) for each in arguments]
        result = click.testing.CliRunner().invoke(cli, words, catch_exceptions=False)
        return Outcome(result.exit_code, result.stdout, result.stderr, folder)

    return invoke


@pytest.fixture
def record(call: Call) -> Call:
    """Run record.yaml on an input, into tracked.mp4 and pose.jsonl."""

    def run(source: str | Path, *more: str | Path) -> Outcome:
        return call("run", "record.yaml", *outputs(source), *more)

    return run


@pytest.fixture(params=["record.yaml", "pose_tracking"])
def track(request: pytest.FixtureRequest, call: Call) -> Call:
    """Run either graph on an input, into tracked.mp4 and pose.jsonl."""
    if request.param == "pose_tracking":
        request.getfixturevalue("weights")

    def run(source: str | Path, *more: str | Path) -> Outcome:
        return call("run", request.param, *outputs(source), *more)

    return run


def outputs(source: str | Path) -> tuple[str, ...]:
    return ("-i", str(source), "-o", VIDEO, "--side", f"landmarks_path={LANDMARKS}")


def shades(count: int, width: int = 64, height: int = 48) -> list[Picture]:
    """Pictures that differ."""
    return [np.full((height, width, 3), 7 * index % 256, np.uint8) for index in range(count)]


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Path]:
    """Write a video, 10 frames a second unless times (µs) are given."""

    def make(
        name: str = "clip.mp4",
        frames: int | Sequence[Picture] = 12,
        *,
        times_us: Sequence[int] | None = None,
        codec: str = "mpeg4",
        pixels: str = "yuv420p",
        options: Mapping[str, str] | None = None,
        rotation: int = 0,
    ) -> Path:
        pictures = shades(frames) if isinstance(frames, int) else frames
        times = times_us or [100_000 * index for index in range(len(pictures))]
        path = tmp_path / name
        with av.open(str(path), "w", options=dict(options or {})) as container:
            stream = container.add_stream(codec, rate=10)
            stream.height, stream.width = pictures[0].shape[:2] if len(pictures) else (48, 64)
            stream.pix_fmt = pixels
            stream.time_base = stream.codec_context.time_base = Fraction(1, 10_000)
            if rotation:
                if not hasattr(stream, "set_display_rotation"):
                    pytest.skip("this PyAV can't write rotation metadata")
                stream.set_display_rotation(rotation)
            container.start_encoding()
            for picture, time in zip(pictures, times, strict=True):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = time // 100, Fraction(1, 10_000)
                container.mux(stream.encode(frame))
            if len(pictures):
                container.mux(stream.encode(None))
        return path

    return make


@pytest.fixture
def make_picture(tmp_path: Path) -> Callable[..., Path]:
    """Write a picture as it is: grey, BGR or BGRA, 8 or 16 bits."""

    def make(name: str, image: npt.NDArray[Any] | None = None) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = np.full((48, 64, 3), 90, np.uint8) if image is None else image
        path.write_bytes(cv2.imencode(path.suffix, content)[1].tobytes())
        return path

    return make
