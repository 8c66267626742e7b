"""What HTTP sources do to us: each fault is survived, or ended with a clear word."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from graphflow.words.errors import GraphflowError
from tests.calculators.live.clips import write_clip
from tests.calculators.live.live_run import QUICK, LiveRun
from tests.calculators.live.stream_server import Connection, StreamServer, jpeg

IMPATIENT = QUICK.replace("timeout: 5", "timeout: 0.3")


def pictures_then_stall(connection: Connection) -> None:
    connection.answer()
    connection.send_pictures(*[jpeg(shade=40)] * 3)
    connection.stall()


def pictures_then_close(connection: Connection) -> None:
    connection.answer()
    connection.send_pictures(*[jpeg(shade=40)] * 3)


def silence(connection: Connection) -> None:
    connection.stall()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_pictures_of_a_stream_arrive() -> None:
    with StreamServer(pictures_then_stall) as server, LiveRun(server.address()) as run:
        run.wait_for_frames(1)
        assert (run.shades[0], run.sizes[0]) == (40, (64, 48))
        assert run.frames[0].timestamp == 0


def test_a_sender_that_closes_is_reached_again() -> None:
    with (
        StreamServer(pictures_then_close, pictures_then_stall) as server,
        LiveRun(server.address()) as run,
    ):
        run.wait_for(lambda: len(run.notices) >= 2)
        lost, back = run.notices
        assert lost.startswith(f"{server.address()}: lost: ")
        assert lost.endswith("; trying to reach it again")
        assert back.startswith(f"{server.address()}: back after ")
        times = [packet.timestamp for packet in run.frames]
        assert times == sorted(set(times))


def test_a_sender_that_stalls_is_reached_again() -> None:
    with StreamServer(pictures_then_stall) as server, LiveRun(server.address(), IMPATIENT) as run:
        run.wait_for(lambda: len(run.notices) >= 2)
        assert "lost: nothing came for 0.3 s; trying" in run.notices[0]
        assert server.connections >= 2


def test_a_server_that_restarts_on_its_port_is_found_again() -> None:
    with StreamServer(pictures_then_close) as first:
        run = LiveRun(first.address(), QUICK + ", reconnect_attempts: 1000")
        with run:
            run.wait_for_frames(1)
            first.stop()
            run.wait_for(lambda: len(run.notices) >= 1)
            with StreamServer(pictures_then_stall, port=first.port):
                run.wait_for(lambda: any("back after" in notice for notice in run.notices))


def test_who_never_comes_back_ends_the_run_after_the_last_attempt() -> None:
    def refuse(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")

    with (
        StreamServer(pictures_then_close, refuse) as server,
        LiveRun(server.address(), QUICK + ", reconnect_attempts: 3") as run,
    ):
        error = run.end()
        assert "lost for good" in str(error)
        assert "(3 attempts in " in str(error)
        assert len(run.notices) == 1  # told once, not at each attempt
        assert server.connections == 4
        assert len(run.frames) >= 1  # what came before is a result


def test_without_attempts_a_loss_is_the_end() -> None:
    with (
        StreamServer(pictures_then_close) as server,
        LiveRun(server.address(), QUICK + ", reconnect_attempts: 0") as run,
    ):
        assert "lost for good" in str(run.end())
        assert "trying" not in run.notices[0]


def test_a_picture_may_change_its_size() -> None:
    def grow(connection: Connection) -> None:
        connection.answer()
        connection.send_pictures(*[jpeg(64, 48)] * 4, *[jpeg(128, 96)] * 4)
        connection.stall()

    with StreamServer(grow) as server, LiveRun(server.address()) as run:
        run.wait_for(lambda: run.sizes[-1:] == [(128, 96)])
        if (64, 48) in run.sizes:  # else only the newest was taken
            assert run.notices == [
                f"{server.address()}: the size of its frames changed from 64x48 to 128x96 pixels"
            ]


def test_damaged_pictures_are_counted_and_told_once() -> None:
    def damage(connection: Connection) -> None:
        connection.answer()
        connection.send_pictures(*[jpeg(shade=40)] * 3)
        connection.send_pictures(*[b"\xff\xd8" + bytes(400)] * 5)
        connection.send_pictures(*[jpeg(shade=200)] * 2)
        connection.stall()

    with StreamServer(damage) as server, LiveRun(server.address()) as run:
        run.wait_for(lambda: run.shades[-1:] == [200])
        assert run.notices == [
            f"{server.address()}: sends damaged packets; they are left out, and counted"
        ]
        damaged = [loss.count for loss in run.ledger.losses if "damaged" in loss.reason]
        assert damaged == [5]


def test_damage_between_pictures_is_survived_without_a_new_connection() -> None:
    def damage(connection: Connection) -> None:
        connection.answer()
        connection.send_pictures(*[jpeg(shade=40)] * 3)
        connection.send(b"--frame\r\nContent-Type: text/plain\r\n\r\nnonsense\r\n")
        connection.send_pictures(*[jpeg(shade=200)] * 3)
        connection.stall()

    with StreamServer(damage) as server, LiveRun(server.address()) as run:
        run.wait_for(lambda: run.shades[-1:] == [200])
        assert server.connections == 1


def test_a_stream_of_damage_alone_is_told() -> None:
    def damage(connection: Connection) -> None:
        connection.answer()
        connection.send_pictures(*[jpeg(shade=40)] * 3)
        while True:
            connection.send(b"--frame\r\nContent-Type: text/plain\r\n\r\nnonsense\r\n")

    with (
        StreamServer(damage) as server,
        LiveRun(server.address(), QUICK + ", reconnect_attempts: 0") as run,
    ):
        assert "it sends nothing but damaged packets" in str(run.end())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "404"),
        (b"HTTP/1.1 401 Unauthorized\r\n\r\n", "401"),
        (b"HTTP/1.1 500 Oh no\r\n\r\n", "5XX"),
        (b"garbage\r\n\r\n", "can't be opened"),
        (b"", "can't be opened"),
    ],
)
def test_a_wrong_answer_ends_with_a_clear_word(answer: bytes, words: str) -> None:
    with (
        StreamServer(lambda connection: connection.send(answer)) as server,
        LiveRun(server.address()) as run,
    ):
        error = run.end()
        assert server.address() in str(error)
        assert words in str(error)


@pytest.mark.parametrize("says_length", [True, False])
@pytest.mark.parametrize("length", [60, 20_000])
def test_a_page_is_no_video(length: int, says_length: bool) -> None:
    page = b"<!doctype html><html><body>" + b"Hello. " * (length // 7) + b"</body></html>"
    says = f"text/html\r\nContent-Length: {len(page)}" if says_length else "text/html"

    def show(connection: Connection) -> None:
        connection.answer(says)
        connection.send(page)

    with StreamServer(show) as server, LiveRun(server.address("index.html")) as run:
        assert "page about it" in str(run.end())


def test_who_never_answers_is_told() -> None:
    with StreamServer(silence) as server, LiveRun(server.address(), IMPATIENT) as run:
        assert f"{server.address()}: can't be opened: no answer within 0.3 s" in str(run.end())


def test_nobody_there_is_told() -> None:
    with LiveRun(f"http://127.0.0.1:{closed_port()}/stream") as run:
        assert "can't be opened: Connection refused" in str(run.end())


def test_a_host_that_does_not_exist_is_told() -> None:
    name = "x" * 70 + ".invalid"  # too long a label to be asked for in any network
    with LiveRun(f"http://{name}/stream") as run:
        assert f'no host is known by the name "{name}"' in str(run.end())


def test_who_reads_the_origin_is_not_left_waiting_where_no_frame_came() -> None:
    reader = """
  - calculator: SidePacketToStreamCalculator
    input_stream: ["TICK:image"]
    input_side_packet: [capture_origin]
    output_stream: ["AT_TICK:origin"]
"""
    with LiveRun(f"http://127.0.0.1:{closed_port()}/stream", more=reader) as run:
        error = str(run.end())
        assert "Connection refused" in error
        assert "stuck" not in error


def test_unknown_kinds_of_address_are_told() -> None:
    with LiveRun("rtps://127.0.0.1/stream") as run:
        assert "the kind of address is unknown" in str(run.end())


def test_passwords_are_not_told() -> None:
    with LiveRun(f"http://me:secret@127.0.0.1:{closed_port()}/stream") as run:
        error = str(run.end())
        assert "127.0.0.1" in error
        assert "secret" not in error


@pytest.mark.parametrize("realtime", [True, False])
def test_a_clip_at_an_address_has_an_end(tmp_path: Path, realtime: bool) -> None:
    content = write_clip(tmp_path / "clip.mp4", frames=4).read_bytes()

    def serve(connection: Connection) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n".encode()
        connection.send(head, content)

    with StreamServer(serve) as server, LiveRun(server.address(), realtime=realtime) as run:
        assert run.end() is None
        expected = [0, 100_000, 200_000, 300_000]
        times = [packet.timestamp for packet in run.frames]
        assert (times == expected) if not realtime else (times[-1] == expected[-1])
        assert run.notices == []


# ---- ends within a moment, whatever it is at ---------------------------------------------------


def test_a_run_ends_while_the_server_does_not_answer() -> None:
    with StreamServer(silence) as server, LiveRun(server.address(), "open_timeout: 600") as run:
        run.cancel()


def test_a_run_ends_while_the_stream_stalls() -> None:
    with (
        StreamServer(pictures_then_stall) as server,
        LiveRun(server.address(), "read_timeout: 600") as run,
    ):
        run.wait_for_frames(1)
        run.cancel()


def test_a_run_ends_while_it_reads() -> None:
    def stream(connection: Connection) -> None:
        connection.answer()
        while True:
            connection.send_pictures(jpeg())

    with StreamServer(stream) as server, LiveRun(server.address()) as run:
        run.wait_for_frames(5)
        run.cancel()


def test_a_run_ends_while_it_waits_to_try_again() -> None:
    with (
        StreamServer(pictures_then_close) as server,
        LiveRun(server.address(), "reconnect_delay: 600, reconnect_delay_max: 600") as run,
    ):
        run.wait_for(lambda: len(run.notices) >= 1)
        run.cancel()


def test_an_interrupted_run_is_cancelled_not_failed() -> None:
    with StreamServer(silence) as server, LiveRun(server.address()) as run:
        run.graph.cancel()
        error = run.end()
        assert isinstance(error, GraphflowError)
        assert "cancelled" in str(error)


# ---- video with a clock of its own -------------------------------------------------------------


def test_encoded_video_is_joined_and_goes_on_after_damage(tmp_path: Path) -> None:
    content = write_clip(tmp_path / "clip.ts", frames=40).read_bytes()
    packets = [content[at : at + 188] for at in range(0, len(content), 188)]
    third = len(packets) // 3

    def stream(connection: Connection) -> None:
        connection.answer("video/mp2t")
        connection.send(*packets[: 2 * third])
        connection.send(bytes(188 * 5))  # in the place of as many that were lost
        connection.send(*packets[2 * third + 5 :])
        connection.stall()

    with StreamServer(stream) as server, LiveRun(server.address()) as run:
        run.wait_for(lambda: run.shades[-1:] > [200])
        times = [packet.timestamp for packet in run.frames]
        assert times == sorted(set(times))
