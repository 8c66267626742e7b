"""Access: which requests are answered, by the Host that they name and the page that they come from.

A page of another site can't be kept from sending requests to this machine, nor its name from being
made to mean this machine (DNS rebinding). Both are told by what a browser writes into requests:
`Host` is the name that its user, or that page, has used; `Origin` is the page's own site.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from graphflow.serving.address import Address, is_loopback


@dataclass(frozen=True)
class Access:
    """Who is let in.

    Attributes:
        names: hosts that mean this server, in lower case.
        is_local: nobody but this machine reaches it; then no other address means it either.
    """

    names: frozenset[str]
    is_local: bool

    def allows_host(self, host: str) -> bool:
        """Tell whether a request's Host means this server: a name of ours, or an address.

        The port is not looked at: a forwarded one is another. An address is no name that somebody
        else could have made to mean this machine.
        """
        name = _host_name(host)
        if name in self.names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not self.is_local

    def allows_origin(self, origin: str | None, host: str) -> bool:
        """Tell whether a request comes from our own page, or from a program that is no page."""
        if origin is None:
            return True
        scheme, _, site = origin.partition("://")
        return scheme.lower() in ("http", "https") and site.lower() == host.lower()


def access_of(wanted: Address, bound: Address) -> Access:
    """Return who is let in by a server.

    Args:
        wanted: what it was told to listen at.
        bound: where it does.
    """
    is_local = is_loopback(bound)
    names = {"localhost", wanted.host.lower()}
    if not is_local:
        own = socket.gethostname().lower()
        names |= {own, own.partition(".")[0], f"{own.partition('.')[0]}.local"}
    return Access(frozenset(names), is_local)


def _host_name(host: str) -> str:
    """Return the host of a Host header without its port; "" if it is none."""
    try:
        parts = urlsplit(f"//{host}")
        found, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    rest = host.lower().removeprefix(f"[{found}]" if ":" in found else found)
    return found if rest in ("", ":", f":{port}") else ""
