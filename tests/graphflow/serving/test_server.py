"""The server: what it answers to whom, and that nobody slows the graph or its end."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest

from graphflow.graph import Graph
from graphflow.serving import Server
from graphflow.serving.clients import CLIENTS_MAX
from graphflow.serving.pages import page_files
from graphflow.words.diagnostics import Location
from graphflow.words.errors import CalculatorError, UsageError
from tests.graphflow.serving.served import FRAME_US, GRAPH, STREAMS, Served, picture, served

NAMES = ("", "page.css", "page.js", "graph.css", "graph.js", "landmarks.schema.json", "health")


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a client to its end; a minute is what no client takes."""
    asyncio.run(asyncio.wait_for(work, 60))


async def message(followed: Any) -> dict[str, Any]:
    """Return the next message of a WebSocket; aiohttp's class has other parameters by version."""
    return dict(json.loads(await followed.receive_str()))


# ---- landmarks ----------------------------------------------------------------------------------


def test_landmarks_are_those_of_the_graph_to_the_last_bit() -> None:
    async def follow(running: Served) -> None:
        async with (
            aiohttp.ClientSession(running.server.url) as session,
            session.ws_connect("/landmarks") as followed,
        ):
            for number in range(1, 21):
                given = running.feed_pose()
                found = await message(followed)
                assert (found["version"], found["number"]) == (1, number)
                assert found["timestamp"] == (number - 1) * FRAME_US
                for name, expected in (("landmarks", given), ("world_landmarks", -given)):
                    np.testing.assert_array_equal(np.array(found[name], np.float32), expected)

    with served() as running:
        run(follow(running))


def test_a_frame_with_nobody_in_it_is_told_and_one_that_the_graph_dropped_is_not() -> None:
    async def follow(running: Served) -> None:
        async with (
            aiohttp.ClientSession(running.server.url) as session,
            session.ws_connect("/landmarks") as followed,
        ):
            running.feed()  # Settled, without a picture.
            time = running.feed(image=picture(1))
            found = await message(followed)
            assert (found["number"], found["timestamp"]) == (1, time)
            assert found["landmarks"] is None and found["world_landmarks"] is None

    with served() as running:
        run(follow(running))


def test_every_event_is_told_in_order_from_the_connection_on() -> None:
    async def follow(running: Served) -> None:
        async with aiohttp.ClientSession(running.server.url) as session:
            running.feed(events=("before",))
            async with session.ws_connect("/events") as followed:
                await session.get("/health")  # By its answer the connection stands.
                for kinds in (("a",), ("b", "c"), ("d",)):
                    running.feed(events=tuple({"kind": each} for each in kinds))
                seen = [await message(followed) for _ in range(4)]
                assert [each["event"]["kind"] for each in seen] == ["a", "b", "c", "d"]
                assert [each["number"] for each in seen] == [2, 3, 4, 5]
                assert [each["timestamp"] // FRAME_US for each in seen] == [1, 2, 2, 3]

    with served() as running:
        run(follow(running))


def test_the_end_of_the_run_is_told_by_closing() -> None:
    async def follow(running: Served) -> None:
        async with (
            aiohttp.ClientSession(running.server.url) as session,
            session.ws_connect("/landmarks") as followed,
        ):
            running.feed_pose()
            running.finish()
            closing = asyncio.get_running_loop().run_in_executor(None, running.server.close, "done")
            assert (await message(followed))["number"] == 1
            end = await followed.receive()
            assert (end.type, end.data) == (aiohttp.WSMsgType.CLOSE, 1000)
            assert end.extra == "the run has ended"
            await closing

    with served() as running:
        run(follow(running))


# ---- many clients -------------------------------------------------------------------------------


def deaf_client(running: Served) -> socket.socket:
    """Connect to the landmarks, and never read."""
    deaf = socket.create_connection((running.server.address.host, running.server.address.port))
    deaf.sendall(
        b"GET /landmarks HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    return deaf


def test_twenty_clients_of_which_one_never_reads_slow_nobody() -> None:
    rows, frames = 1500, 60  # More than 9 MB in all: a connection takes 4 by itself.

    async def follow(followed: Any) -> list[int]:
        numbers = []
        async for each in followed:
            numbers.append(int(each.data.partition('"number":')[2].partition(",")[0]))
        return numbers

    async def look(page: Any) -> tuple[int, int]:
        results, pictures = 0, 0
        await page.send_str("next")
        async for each in page:
            if each.type is aiohttp.WSMsgType.TEXT:
                results = json.loads(each.data)["results"]
                continue
            pictures += 1
            await page.send_str("next")
        return results, pictures

    async def all_follow(running: Served) -> None:
        loop = asyncio.get_running_loop()
        async with aiohttp.ClientSession(running.server.url) as session:
            sockets = [await session.ws_connect("/landmarks", max_msg_size=0) for _ in range(14)]
            following = [asyncio.create_task(follow(each)) for each in sockets]
            pages = [await session.ws_connect("/live") for _ in range(5)]
            looking = [asyncio.create_task(look(each)) for each in pages]
            for _ in range(frames):
                await loop.run_in_executor(None, running.feed_pose, rows)
            running.finish()
            assert running.server._watch.results == frames
            await loop.run_in_executor(None, running.server.close)
            for numbers in await asyncio.gather(*following):
                assert numbers[-1] == frames
                assert numbers == sorted(set(numbers))
            for results, pictures in await asyncio.gather(*looking):
                assert (results, pictures > 0) == (frames, True)

    with served() as running, deaf_client(running) as deaf:
        run(all_follow(running))
        deaf.settimeout(10)
        read = 0
        try:
            while chunk := deaf.recv(1 << 16):
                read += len(chunk)
        except ConnectionError:
            pass
        assert read < frames * rows * 90, "it was sent everything: the test shows nothing"


def test_no_more_than_so_many_are_served() -> None:
    async def crowd(running: Served) -> None:
        async with aiohttp.ClientSession(running.server.url) as session:
            taken = [await session.ws_connect("/landmarks") for _ in range(CLIENTS_MAX)]
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect("/live")
            assert refused.value.status == 503
            await taken[0].close()
            running.feed_pose()
            assert (await message(taken[1]))["number"] == 1
            await (await session.ws_connect("/live")).close()

    with served() as running:
        run(crowd(running))


def test_a_picture_is_made_once_for_all_and_only_when_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []

    def jpeg_of(payload: Any, width_max_px: int) -> bytes:
        made.append(int(payload[0, 0, 0]))
        return b"jpeg"

    async def look(running: Served) -> None:
        async with aiohttp.ClientSession(running.server.url) as session:
            sockets = [await session.ws_connect("/live") for _ in range(3)]
            running.feed_pose()
            for each in sockets:
                assert (await message(each))["state"] == "running"
            assert made == []
            for each in sockets:
                await each.send_str("next")
            for each in sockets:
                while (await each.receive()).type is not aiohttp.WSMsgType.BINARY:
                    pass
            assert len(made) == 1

    monkeypatch.setattr("calculators.web.jpeg_of", jpeg_of)
    with served() as running:
        run(look(running))


# ---- who is answered ----------------------------------------------------------------------------


def raw(running: Served, request: str) -> str:
    """Send a request as it is, and return the whole answer."""
    address = (running.server.address.host, running.server.address.port)
    with socket.create_connection(address, timeout=10) as sent:
        sent.sendall(request.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        answer = b""
        while chunk := sent.recv(1 << 16):
            answer += chunk
    return answer.decode("utf-8", "replace")


def get(running: Served, target: str, *headers: str, host: str = "localhost") -> str:
    lines = (f"GET {target} HTTP/1.1", f"Host: {host}", "Connection: close", *headers)
    return raw(running, "\n".join(lines))


UPGRADE = (
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


@pytest.fixture(scope="module")
def shared() -> Any:
    with served() as running:
        running.feed_pose()
        yield running


@pytest.mark.parametrize("name", [*NAMES, "live", "landmarks", "events", "nothing"])
def test_a_foreign_host_is_refused_everywhere(shared: Served, name: str) -> None:
    answer = get(shared, f"/{name}", host="evil.example:8000")
    assert answer.startswith("HTTP/1.1 403")
    assert "Served" not in answer


@pytest.mark.parametrize("name", ["live", "landmarks", "events", "", "health"])
@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:3000", "null"])
def test_a_page_of_another_site_is_refused_the_socket_too(
    shared: Served, name: str, origin: str
) -> None:
    answer = get(shared, f"/{name}", "Connection: Upgrade", *UPGRADE, f"Origin: {origin}")
    assert answer.startswith("HTTP/1.1 403")


def test_no_host_and_two_hosts_are_refused(shared: Served) -> None:
    assert raw(shared, "GET / HTTP/1.0").startswith("HTTP/1.0 403")
    two = "GET / HTTP/1.1\nHost: localhost\nHost: localhost\nConnection: close"
    assert raw(shared, two).split()[1] in ("400", "403")


@pytest.mark.parametrize(
    "target",
    [
        *(
            "/../pyproject.toml",
            "/..%2f..%2fetc/passwd",
            "/%2e%2e/%2e%2e/etc/passwd",
            "//etc/passwd",
        ),
        *("/page.css/../server.py", "/server.py", "/__init__.py", "/page.js%00.py", "/etc/passwd"),
        *("/..\\..\\server.py", "/static/../../x", "/./page.html", "/page.html"),
    ],
)
def test_no_request_leads_to_a_file(shared: Served, target: str) -> None:
    answer = get(shared, target)
    assert answer.split()[1] in ("404", "400")
    assert "import" not in answer and "root:" not in answer


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_nothing_can_be_changed(shared: Served, method: str) -> None:
    lines = (f"{method} / HTTP/1.1", "Host: localhost", "Content-Length: 0", "Connection: close")
    assert raw(shared, "\n".join(lines)).split()[1] == "405"


def test_no_answer_has_a_path_of_the_machine(shared: Served) -> None:
    targets = [*NAMES, "live", "landmarks", "nothing", "%", "?a=/etc"]
    answers = [get(shared, f"/{target}") for target in targets]
    assert all("aiohttp" not in each and "Python/" not in each for each in answers)
    answers += [
        get(shared, "/\x00"),
        raw(shared, "NONSENSE"),
        raw(shared, "GET / HTTP/9.9\nHost: localhost"),
    ]
    places = {Path(__file__).parents[3], Path.home(), Path(np.__file__).parent, Path.cwd()}
    for answer in answers:
        for place in places:
            assert str(place) not in answer
        assert "Traceback" not in answer and "site-packages" not in answer


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_tied_down(shared: Served, name: str) -> None:
    answer = get(shared, f"/{name}")
    assert answer.startswith("HTTP/1.1 200")
    head = answer.partition("\r\n\r\n")[0]
    assert "default-src 'none'" in head and "unsafe" not in head
    assert "frame-ancestors 'none'" in head
    assert "X-Content-Type-Options: nosniff" in head
    assert "Cross-Origin-Resource-Policy: same-origin" in head


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(shared: Served) -> None:
    page = get(shared, "/").partition("\r\n\r\n")[2]
    assert "<style" not in page and " style=" not in page and "onclick" not in page
    scripts = [each for each in page.split("<script")[1:] if "application/json" not in each[:40]]
    assert all(each.startswith(' src="') for each in scripts)
    assert "http://" not in page.replace("http://www.w3.org", "") and "https://" not in page


def test_health_tells_how_the_run_goes(shared: Served) -> None:
    health = json.loads(get(shared, "/health").partition("\r\n\r\n")[2])
    assert health["version"] == 1
    assert (health["state"], health["graph"]) == ("running", "Served")
    assert health["results"] == 1
    assert health["seconds_since_result"] >= 0


# ---- beginning and end --------------------------------------------------------------------------


def test_before_its_start_a_graph_is_starting_and_after_its_end_it_is_told_with_503() -> None:
    graph = Graph.from_text(GRAPH)
    with Server(graph, "0") as server:
        running = Served.__new__(Served)
        running.graph, running.server = graph, server
        assert '"state":"starting"' in get(running, "/health")
        server._figures.end("done", None)
        assert get(running, "/health").startswith("HTTP/1.1 503")


def test_it_ends_with_clients_of_every_kind_connected() -> None:
    async def connect(running: Served) -> None:
        async with aiohttp.ClientSession(running.server.url) as session:
            page = await session.ws_connect("/live")
            await page.send_str("next")
            await session.ws_connect("/landmarks")
            running.feed_pose()
            assert (await message(page))["graph"] == "Served"
            loop = asyncio.get_running_loop()
            # The clients take nothing and answer nothing while it ends.
            await loop.run_in_executor(None, running.server.close, "interrupted")

    with (
        served() as running,
        deaf_client(running),
        socket.create_connection(
            (running.server.address.host, running.server.address.port)
        ) as silent,
    ):
        silent.sendall(b"GET / HTTP/1.1\r\nHo")
        run(connect(running))


def test_the_page_is_told_the_node_that_failed_and_no_words() -> None:
    async def look(running: Served) -> None:
        async with (
            aiohttp.ClientSession(running.server.url) as session,
            session.ws_connect("/live") as page,
        ):
            await message(page)
            fault = FileNotFoundError(2, "No such file", "/secret/place.mp4")
            error = CalculatorError("source", "open", 0, fault, Location("/secret/graph.yaml"))
            loop = asyncio.get_running_loop()
            closing = loop.run_in_executor(None, running.server.close, "failed", error)
            last = ""
            async for each in page:
                last = each.data
            assert json.loads(last)["fault"] == 'node "source" failed in open'
            assert json.loads(last)["state"] == "failed"
            assert "secret" not in last
            await closing

    with served() as running:
        run(look(running))


def test_no_thread_is_left() -> None:
    before = threading.active_count()
    with served() as running:
        running.feed_pose()
    running.server.close()
    assert threading.active_count() <= before


def test_a_server_of_ipv6_answers() -> None:
    try:
        running = Served("[::1]:0")
    except UsageError as fault:
        pytest.skip(f"there is no IPv6 here ({fault})")
    with running.server as server:
        host = f"[::1]:{server.address.port}"
        assert server.url == f"http://{host}/"
        assert get(running, "/health", host=host).startswith("HTTP/1.1 200")


def test_a_graph_that_runs_is_refused_and_its_port_is_free_again() -> None:
    with served() as running:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        with pytest.raises(UsageError, match="observers are added before start"):
            Server(running.graph, str(port))
        socket.create_server(("127.0.0.1", port)).close()


# ---- streams ------------------------------------------------------------------------------------


def test_streams_can_be_chosen_and_left_out() -> None:
    graph = Graph.from_text(GRAPH.replace("IMAGE:", "").replace("LANDMARKS:given_l", "given_l", 1))
    with Server(graph, "0", {"IMAGE": "image", "AGE": "", "EVENTS": ""}) as server:
        server.close()
    taps = [each.name for each in graph._watchers.taps]
    assert taps == ["observer of given_world", "observer of image"]


@pytest.mark.parametrize(
    ("chosen", "fault"),
    [
        ({"PICTURE": "image"}, 'found "PICTURE"; expected IMAGE, LANDMARKS'),
        ({"IMAGE": "imgae"}, 'no stream "imgae"\n  hint: did you mean "image"'),
        (dict.fromkeys(("IMAGE", "LANDMARKS", "WORLD_LANDMARKS"), ""), "--serve-stream IMAGE="),
    ],
)
def test_wrong_choices_are_told(chosen: dict[str, str], fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        Server(Graph.from_text(GRAPH), "0", chosen)


def test_the_streams_of_this_graph_are_all_fed() -> None:
    with served() as running:
        assert {running.graph.plan.streams[each].name for each in running.graph.plan.inputs} == set(
            STREAMS
        )


def test_the_page_tells_no_option_of_a_node_and_no_place_of_a_file(tmp_path: Path) -> None:
    pytest.importorskip("pygraphviz", reason="drawing needs the extra draw")
    file = tmp_path / "my_graph.yaml"
    constant = """\
  - calculator: ConstantSidePacketCalculator
    output_side_packet: ["PACKET:place"]
    options: {packet: [{string_value: /secret/model.tflite}]}
"""
    file.write_text(GRAPH.replace("type: Served\n", "") + constant, encoding="utf-8")
    answers = page_files(Graph.load(file).plan)
    assert "ConstantSidePacketCalculator" in answers[""].text
    for answer in answers.values():
        assert str(tmp_path) not in answer.text
        assert "secret" not in answer.text
        assert "my_graph.yaml" not in answer.text
