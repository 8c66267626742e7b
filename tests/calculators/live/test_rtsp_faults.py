"""What RTSP cameras do to us: each fault is survived, or ended with a clear word."""

from __future__ import annotations

import pytest

from tests.calculators.live.live_run import QUICK, LiveRun
from tests.calculators.live.rtsp_server import (
    TICKS_PER_SECOND,
    RtspConnection,
    encoded_frames,
    rtsp,
)
from tests.calculators.live.stream_server import Connection, StreamServer

IMPATIENT = QUICK.replace("timeout: 5", "timeout: 0.4")
STEP = TICKS_PER_SECOND // 25
CONFIGURATION, FRAMES = encoded_frames(30)


def address(server: StreamServer) -> str:
    return f"rtsp://127.0.0.1:{server.port}/camera"


def send(camera: RtspConnection, *, begin: int = 0) -> None:
    for index, frame in enumerate(FRAMES):
        camera.send_frame(frame, begin + index * STEP)


def send_and_stall(camera: RtspConnection) -> None:
    send(camera)
    camera.stall()


def test_frames_of_a_camera_arrive() -> None:
    with (
        StreamServer(rtsp(CONFIGURATION, send_and_stall)) as server,
        LiveRun(address(server)) as run,
    ):
        run.wait_for_frames(1)
        assert run.sizes[0] == (64, 48)
        assert run.shades[0] == pytest.approx(100, abs=2)
        assert run.notices == []


def test_a_camera_that_stalls_is_reached_again() -> None:
    with (
        StreamServer(rtsp(CONFIGURATION, send_and_stall)) as server,
        LiveRun(address(server), IMPATIENT) as run,
    ):
        run.wait_for(lambda: len(run.notices) >= 2)
        assert run.notices[0] == (
            f"{address(server)}: lost: nothing came for 0.4 s; trying to reach it again"
        )
        assert "back after" in run.notices[1]


def test_a_camera_that_restarts_goes_on_after_the_outage() -> None:
    """Its times begin again at 0; packet times go on by our clock."""
    with (
        StreamServer(rtsp(CONFIGURATION, send), rtsp(CONFIGURATION, send_and_stall)) as server,
        LiveRun(address(server)) as run,
    ):
        run.wait_for(lambda: any("back after" in notice for notice in run.notices))
        count = len(run.frames)
        run.wait_for_frames(count + 1)
        times = [packet.timestamp for packet in run.frames]
        assert times == sorted(set(times))
        assert run.ledger.bumped == {}


def test_a_clock_that_is_set_back_is_told_in_the_ledger() -> None:
    def set_back(camera: RtspConnection) -> None:
        send(camera, begin=10**7)
        send(camera)
        camera.stall()

    with (
        StreamServer(rtsp(CONFIGURATION, set_back)) as server,
        LiveRun(address(server), QUICK) as run,
    ):
        run.wait_for(lambda: sum(run.ledger.bumped.values()) >= 1)
        assert run.ledger.bumped == {"image": 1}


def test_or_ends_the_run_where_that_is_wanted() -> None:
    def set_back(camera: RtspConnection) -> None:
        send(camera, begin=10**7)
        send(camera)
        camera.stall()

    with (
        StreamServer(rtsp(CONFIGURATION, set_back)) as server,
        LiveRun(address(server), QUICK + ", bad_timestamps: raise") as run,
    ):
        assert "the stream's clock " in str(run.end())


def test_a_camera_that_changes_its_size_goes_on() -> None:
    _, large = encoded_frames(30, width=128, height=96)
    large_configuration = encoded_frames(1, width=128, height=96)[0]

    def grow(camera: RtspConnection) -> None:
        send(camera)
        for index, frame in enumerate(large):
            camera.send_frame(large_configuration + frame, (30 + index) * STEP)
        camera.stall()

    with StreamServer(rtsp(CONFIGURATION, grow)) as server, LiveRun(address(server)) as run:
        run.wait_for(lambda: run.sizes[-1:] == [(128, 96)])


def test_damaged_packets_are_survived() -> None:
    _, bright = encoded_frames(5, shade=200)

    def damage(camera: RtspConnection) -> None:
        send(camera)
        for index in range(5):
            middle = len(FRAMES[0]) // 2
            damaged = FRAMES[0][:middle] + bytes(40) + FRAMES[0][middle + 40 :]
            camera.send_frame(damaged, (30 + index) * STEP)
        for index, frame in enumerate(bright):
            camera.send_frame(frame, (35 + index) * STEP)
        camera.stall()

    with StreamServer(rtsp(CONFIGURATION, damage)) as server, LiveRun(address(server)) as run:
        run.wait_for(lambda: run.shades[-1:] > [150])
        assert "damaged" in run.notices[0]
        assert [each.count for each in run.ledger.losses if "damaged" in each.reason] == [5]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n", "404"),
        (b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n", "401"),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>", "not with a video"),
    ],
)
def test_a_camera_that_refuses_ends_with_a_clear_word(answer: bytes, words: str) -> None:
    with (
        StreamServer(lambda connection: connection.send(answer)) as server,
        LiveRun(address(server), IMPATIENT) as run,
    ):
        error = str(run.end())
        assert address(server) in error
        assert words in error


def test_a_camera_that_never_answers_is_told() -> None:
    with (
        StreamServer(Connection.stall) as server,
        LiveRun(address(server), IMPATIENT) as run,
    ):
        assert "can't be opened: no answer within 0.4 s" in str(run.end())


# ---- ends within a moment, whatever it is at ---------------------------------------------------


def test_a_run_ends_while_the_camera_does_not_answer() -> None:
    with (
        StreamServer(Connection.stall) as server,
        LiveRun(address(server), "open_timeout: 600") as run,
    ):
        run.cancel()


def test_a_run_ends_while_the_camera_stalls() -> None:
    with (
        StreamServer(rtsp(CONFIGURATION, send_and_stall)) as server,
        LiveRun(address(server), "read_timeout: 600") as run,
    ):
        run.wait_for_frames(1)
        run.cancel()
