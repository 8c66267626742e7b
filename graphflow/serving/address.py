"""Address: where a server listens, told as [HOST:]PORT; refused in time, and in plain words."""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import Final

from graphflow.words.errors import UsageError

LOCAL: Final = "127.0.0.1"
"""This machine alone: what is meant where no host is given."""

PORT_MAX: Final = 65535
BACKLOG: Final = 64
"""Connections that may wait to be accepted."""

_ADDRESS: Final = re.compile(r"(?:(?P<host>\[[^\[\]]+\]|[^\[\]:]+):)?(?P<port>[0-9]{1,5})")


@dataclass(frozen=True)
class Address:
    """Where to listen.

    Attributes:
        host: a name or an address, IPv6 without brackets.
        port: 0 for any that is free.
    """

    host: str
    port: int

    def __str__(self) -> str:
        return f"{bracketed(self.host)}:{self.port}"


def address_of(text: str) -> Address:
    """Read [HOST:]PORT.

    Raises:
        UsageError: it is no such text.
    """
    found = _ADDRESS.fullmatch(text.strip())
    if found is None or int(found["port"]) > PORT_MAX:
        hint = "write an IPv6 address as [::1]:8000" if text.count(":") > 1 else "try --serve 8000"
        raise UsageError(
            f'--serve: found "{text}"; expected PORT or HOST:PORT, with a port from 0 (any that '
            f"is free) to {PORT_MAX}\n  hint: {hint}"
        )
    return Address((found["host"] or LOCAL).strip("[]"), int(found["port"]))


def listening_socket(address: Address) -> socket.socket:
    """Take the address: from now on connections wait there.

    Raises:
        UsageError: it can't be had; the message says why.
    """
    try:
        places = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UsageError(
            f'--serve: there is no host "{address.host}"\n'
            f"  hint: {LOCAL} is this machine, 0.0.0.0 all of its addresses"
        ) from error
    # "localhost" has an address of either kind; browsers find both, other programs the older one.
    family, _, _, _, place = min(places, key=lambda each: each[0] != socket.AF_INET)
    try:
        return socket.create_server(place[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise UsageError(f"--serve: {_refusal(address, error)}") from error


def _refusal(address: Address, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {address.port} of {address.host} is in use by another program\n"
            "  hint: another port, or 0 for any that is free"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"port {address.port} is not allowed here\n  hint: a port of at least 1024"
    if error.errno == errno.EADDRNOTAVAIL:
        return (
            f"{address.host} is no address of this machine\n"
            f"  hint: {LOCAL} for this machine alone, 0.0.0.0 for all of its addresses"
        )
    return f"can't listen at {address}: {error.strerror or error}"


def bound_address(listening: socket.socket) -> Address:
    """Return where a socket listens; with the port that it was given."""
    host, port = listening.getsockname()[:2]
    return Address(str(host), int(port))


def url_of(address: Address) -> str:
    """Return what to open in a browser of this machine."""
    host = address.host
    if host == "0.0.0.0":
        host = LOCAL
    elif host == "::":
        host = "::1"
    return f"http://{bracketed(host)}:{address.port}/"


def bracketed(host: str) -> str:
    """Return a host as URLs have it."""
    return f"[{host}]" if ":" in host else host


def is_loopback(address: Address) -> bool:
    """Tell whether nobody but this machine reaches a bound address."""
    return ipaddress.ip_address(address.host.partition("%")[0]).is_loopback
