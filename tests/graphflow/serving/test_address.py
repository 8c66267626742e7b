"""Where to listen: what is read, and what is told where that can't be had."""

from __future__ import annotations

import socket

import pytest

from graphflow.serving.address import (
    Address,
    address_of,
    bound_address,
    is_loopback,
    listening_socket,
    url_of,
)
from graphflow.words.errors import UsageError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("8000", Address("127.0.0.1", 8000)),
        ("0", Address("127.0.0.1", 0)),
        ("0.0.0.0:80", Address("0.0.0.0", 80)),
        ("localhost:65535", Address("localhost", 65535)),
        ("[::1]:8000", Address("::1", 8000)),
    ],
)
def test_an_address_is_a_port_with_or_without_a_host(text: str, address: Address) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize(
    "text", ["", "host", ":8000", "host:", "65536", "1:2:3", "::1:8000", "-1", "8000/", "[::1]"]
)
def test_what_is_no_address_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(UsageError, match=r"expected PORT or HOST:PORT.*\n  hint: "):
        address_of(text)


def test_a_bare_ipv6_address_is_told_how_it_is_written() -> None:
    with pytest.raises(UsageError, match=r"\[::1\]:8000"):
        address_of("::1:8000")


def test_port_0_is_any_that_is_free_and_the_url_has_it() -> None:
    with listening_socket(Address("127.0.0.1", 0)) as listening:
        bound = bound_address(listening)
        assert bound.port > 0
        assert url_of(bound) == f"http://127.0.0.1:{bound.port}/"
        assert is_loopback(bound)


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} of 127.0.0.1 is in use.*\n  hint"):
            listening_socket(Address("127.0.0.1", port))


def test_a_host_of_another_machine_is_told() -> None:
    with pytest.raises(UsageError, match=r"192\.0\.2\.1 is no address of this machine"):
        listening_socket(Address("192.0.2.1", 8000))


def test_a_host_that_is_none_is_told() -> None:
    with pytest.raises(UsageError, match='there is no host "a b"'):
        listening_socket(Address("a b", 8000))


def test_a_port_that_is_not_allowed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> socket.socket:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(UsageError, match=r"port 80 is not allowed here\n  hint: .* 1024"):
        listening_socket(Address("127.0.0.1", 80))


def test_all_addresses_are_opened_by_the_local_one() -> None:
    assert url_of(Address("0.0.0.0", 8000)) == "http://127.0.0.1:8000/"
    assert url_of(Address("::", 8000)) == "http://[::1]:8000/"
    assert not is_loopback(Address("0.0.0.0", 8000))
