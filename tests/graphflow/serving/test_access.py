"""Which Hosts and Origins are answered."""

from __future__ import annotations

import pytest

from graphflow.serving.access import access_of
from graphflow.serving.address import Address

LOCAL = access_of(Address("localhost", 8000), Address("127.0.0.1", 8000))
OPEN = access_of(Address("camera.lan", 8000), Address("0.0.0.0", 8000))


@pytest.mark.parametrize(
    "host",
    ["localhost:8000", "LOCALHOST", "127.0.0.1:8000", "127.0.0.1:9000", "[::1]:8000", "[::1]"],
)
def test_this_machines_own_names_are_answered_by_any_port(host: str) -> None:
    assert LOCAL.allows_host(host)
    assert OPEN.allows_host(host)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "",
            ":",
            "evil.example",
            "evil.example:8000",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
        ),
        *(
            "localhost:port",
            "localhost:8000@evil.example",
            "localhost/",
            "a@localhost",
            "[::1",
            "::1",
        ),
        *("127.0.0.1#", "localhost?", "0x7f.1.example", "localhost:99999"),
    ],
)
def test_other_names_are_refused(host: str) -> None:
    assert not LOCAL.allows_host(host)
    assert not OPEN.allows_host(host)


def test_an_address_of_the_network_is_answered_only_where_the_network_may_look() -> None:
    assert OPEN.allows_host("192.168.1.20:8000")
    assert not LOCAL.allows_host("192.168.1.20:8000")
    assert not LOCAL.allows_host("0.0.0.0:8000")


def test_a_name_that_was_told_is_answered() -> None:
    assert OPEN.allows_host("Camera.lan:8000")


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_our_own_page_and_programs_without_a_page_are_let_in(host: str) -> None:
    assert LOCAL.allows_origin(None, host)
    assert LOCAL.allows_origin(f"http://{host}", host)
    assert LOCAL.allows_origin(f"https://{host.upper()}", host)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://evil.example",
        "http://localhost:3000",
        "file://",
        "http://localhost:80000",
    ],
)
def test_pages_of_other_sites_are_refused(origin: str) -> None:
    assert not LOCAL.allows_origin(origin, "localhost:8000")
