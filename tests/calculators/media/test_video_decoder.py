"""VideoDecoderCalculator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from calculators.media.faults import MediaFault
from calculators.media.video_decoder import VideoDecoderCalculator
from calculators.types import VideoHeader
from graphflow.testing import CalculatorRunner, Outputs
from graphflow.words.errors import CalculatorError
from graphflow.words.timestamp import DONE, PRESTREAM

MakeVideo = Callable[..., Path]


def decode(path: Path, limit: int | None = None) -> Outputs:
    sides = {"INPUT_FILE_PATH": str(path), "MAX_FRAMES": limit}
    return CalculatorRunner(VideoDecoderCalculator).run(side_packets=sides)


def test_a_video_is_given_frame_by_frame_at_its_times(make_video: MakeVideo) -> None:
    outputs = decode(make_video(frames=3, times_us=[0, 50_000, 900_000]))
    assert outputs["VIDEO"].timestamps == [0, 50_000, 900_000]
    for image in outputs["VIDEO"].values:
        assert (image.shape, image.dtype) == ((48, 64, 3), np.uint8)
        assert not image.flags.writeable
    assert [record.bound for record in outputs.values()] == [DONE, DONE]


def test_the_header_comes_before_the_stream(make_video: MakeVideo) -> None:
    outputs = decode(make_video(frames=3))
    assert outputs["VIDEO_PRESTREAM"].timestamps == [PRESTREAM]
    (header,) = outputs["VIDEO_PRESTREAM"].values
    assert isinstance(header, VideoHeader)
    assert (header.width, header.height, header.frame_count) == (64, 48, 3)


def test_the_header_need_not_be_connected(make_video: MakeVideo) -> None:
    outputs = CalculatorRunner(VideoDecoderCalculator, outputs=["VIDEO"]).run(
        side_packets={"INPUT_FILE_PATH": str(make_video(frames=2))}
    )
    assert len(outputs["VIDEO"].packets) == 2


def test_max_frames_ends_the_stream(make_video: MakeVideo) -> None:
    assert len(decode(make_video(frames=5), limit=2)["VIDEO"].packets) == 2


def test_what_can_be_read_of_a_damaged_file_is_given_before_the_fault(
    make_video: MakeVideo,
) -> None:
    path = make_video(frames=30, options={"bf": "0", "g": "5"})
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    position, size = packets[10]
    content = bytearray(path.read_bytes())
    content[position : position + size] = b"\xff" * size
    path.write_bytes(content)
    runner = CalculatorRunner(VideoDecoderCalculator)
    with pytest.raises(CalculatorError, match="1 packet skipped") as caught:
        runner.run(side_packets={"INPUT_FILE_PATH": str(path)})
    assert isinstance(caught.value.cause, MediaFault)
    assert runner.outputs["VIDEO"].timestamps[-1] == 2_900_000


def test_a_missing_file_fails_in_open(tmp_path: Path) -> None:
    with pytest.raises(CalculatorError, match="no such file") as caught:
        decode(tmp_path / "nothing.mp4")
    assert caught.value.step == "open"
