"""LandmarksOscCalculator, read by a real socket on this machine."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pythonosc.osc_bundle import OscBundle

from calculators.live.datagram_target import DatagramTarget
from calculators.live.landmarks_osc import NAMES, LandmarksOscCalculator
from calculators.live.osc_messages import DATAGRAM_MAX
from graphflow import Packet
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import CalculatorError, UsageError

Message = tuple[str, list[Any]]

LANDMARKS = np.random.default_rng(7).random((33, 5), np.float32)
WORLD = LANDMARKS - 0.5


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        found.settimeout(10)
        yield found


def send(
    target: str | None,
    frames: Sequence[int],
    landmarks: Sequence[Packet],
    world: Sequence[Packet] | None = None,
    /,
    **options: Any,
) -> None:
    inputs = {"FRAME": [Packet("frame", time) for time in frames], "NORM_LANDMARKS": landmarks}
    runner = CalculatorRunner(
        LandmarksOscCalculator,
        inputs=[*inputs, *(["WORLD_LANDMARKS"] if world is not None else [])],
        side_inputs=[] if target is None else ["TARGET"],
        options=options,
    )
    if world is not None:
        inputs["WORLD_LANDMARKS"] = world
    runner.run(inputs, side_packets={} if target is None else {"TARGET": target})


def received(listener: socket.socket, frames: int = 1) -> list[list[Message]]:
    """Return the messages of each bundle, up to the end of so many frames."""
    found: list[list[Message]] = []
    while frames:
        datagram = listener.recv(65536)
        assert len(datagram) <= DATAGRAM_MAX
        found.append([(each.address, list(each.params)) for each in OscBundle(datagram)])
        frames -= any(address.endswith("/present") for address, _ in found[-1])
    return found


def target_of(listener: socket.socket) -> str:
    return f"127.0.0.1:{listener.getsockname()[1]}"


def rows(messages: Sequence[Message], prefix: str, names: Sequence[str]) -> npt.NDArray[Any]:
    values = dict(messages)
    return np.array([values[f"{prefix}/{name}"] for name in names], np.float32)


def test_what_arrives_are_the_numbers_of_the_frame(listener: socket.socket) -> None:
    send(target_of(listener), [40_000], [Packet(LANDMARKS, 40_000)], [Packet(WORLD, 40_000)])
    bundles = received(listener)
    assert all(bundle[0] == ("/pose/time", [40]) for bundle in bundles)
    messages = [each for bundle in bundles for each in bundle[1:]]
    np.testing.assert_array_equal(rows(messages, "/pose", NAMES), LANDMARKS)
    np.testing.assert_array_equal(rows(messages, "/pose/world", NAMES), WORLD)
    assert messages[-1] == ("/pose/present", [1])
    assert len(messages) == 33 + 33 + 1


def test_a_frame_without_a_body_says_so(listener: socket.socket) -> None:
    send(target_of(listener), [0, 10_000], [Packet(LANDMARKS, 10_000)])
    first, *_, last = received(listener, 2)
    assert first == [("/pose/time", [0]), ("/pose/present", [0])]
    assert last[-1] == ("/pose/present", [1])


def test_addresses_can_be_numbers_under_another_prefix(listener: socket.socket) -> None:
    send(
        None,
        [0],
        [Packet(LANDMARKS, 0)],
        target=target_of(listener),
        addresses="index",
        prefix="/stage/left",
    )
    messages = [each for bundle in received(listener) for each in bundle]
    names = [str(index) for index in range(33)]
    np.testing.assert_array_equal(rows(messages, "/stage/left", names), LANDMARKS)


def test_fewer_landmarks_make_fewer_messages(listener: socket.socket) -> None:
    send(target_of(listener), [0], [Packet(LANDMARKS[:2], 0)])
    (bundle,) = received(listener)
    assert [address for address, _ in bundle] == [
        "/pose/time",
        "/pose/nose",
        "/pose/left_eye_inner",
        "/pose/present",
    ]


def test_a_run_goes_on_where_nobody_listens(listener: socket.socket) -> None:
    target = target_of(listener)
    listener.close()
    send(target, range(0, 200_000, 1000), [Packet(LANDMARKS, time) for time in (0, 1000, 2000)])


@pytest.mark.parametrize("target", [None, ""])
def test_without_a_target_the_library_is_not_needed(
    target: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "calculators.live.osc_messages", None)
    send(target, [0], [Packet(LANDMARKS, 0)])


def test_a_missing_library_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "calculators.live.osc_messages", None)
    with pytest.raises(CalculatorError, match=r"pip install 'graphflow-perception\[osc\]'"):
        send("9000", [0], [Packet(LANDMARKS, 0)])


# ---- the target ---------------------------------------------------------------------------------


class Heard:
    """Keeps what was said."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def say(self, text: str) -> None:
        self.texts.append(text)


@pytest.mark.parametrize(
    "text", ["", "nine", "localhost:", "localhost:0", "localhost:65536", "a:b:9000", "udp://a:9000"]
)
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected HOST:PORT, or PORT for this machine"):
        DatagramTarget(text, Heard())


def test_a_host_that_is_not_known_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(UsageError, match=r'"stage:9000": no host "stage" \(Name or service'):
        DatagramTarget("stage:9000", Heard())


@pytest.mark.parametrize("form", ["{port}", ":{port}", "localhost:{port}", " 127.0.0.1:{port} "])
def test_a_port_alone_is_of_this_machine(listener: socket.socket, form: str) -> None:
    target = DatagramTarget(form.format(port=listener.getsockname()[1]), Heard())
    assert target.send(b"so")
    assert listener.recv(100) == b"so"
    target.close()


def test_a_name_with_two_kinds_of_address_is_taken_by_the_older_kind(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = listener.getsockname()
    both = [
        (socket.AF_INET6, socket.SOCK_DGRAM, 17, "", ("::1", address[1], 0, 0)),
        (socket.AF_INET, socket.SOCK_DGRAM, 17, "", address),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    target = DatagramTarget(f"stage:{address[1]}", Heard())
    assert target.send(b"so")
    assert listener.recv(100) == b"so"
    target.close()


class Failing:
    """A socket that fails as it is told."""

    def __init__(self) -> None:
        self.error: OSError | None = None

    def sendto(self, datagram: bytes, address: tuple[str, int]) -> None:
        if self.error is not None:
            raise self.error


def test_what_can_not_be_sent_is_said_once_and_its_end_too() -> None:
    heard, failing = Heard(), Failing()
    target = DatagramTarget("9000", heard)
    target.close()
    stand_in: Any = failing
    target._socket = stand_in
    sent = [target.send(b"so")]
    for error in [OSError(101, "Network is unreachable")] * 2 + [None]:
        failing.error = error
        sent.append(target.send(b"so"))
    failing.error = BlockingIOError()
    sent.append(target.send(b"so"))
    assert sent == [True, False, False, True, False]
    assert heard.texts == [
        "nothing can be sent to 9000 (Network is unreachable); the run goes on",
        "9000 can be sent to again",
    ]
