"""DatagramTarget: where datagrams go. Sending never waits, and never fails a run."""

from __future__ import annotations

import re
import socket
from typing import Final

from graphflow.running.notices import Notices
from graphflow.words.errors import UsageError

LOCAL: Final = "127.0.0.1"

_ADDRESS: Final = re.compile(
    r"(?:(?P<host>[^\s:/\[\]]+)?:|\[(?P<long_host>[0-9A-Fa-f:.]+)\]:)?(?P<port>\d{1,5})", re.ASCII
)


class DatagramTarget:
    """A host and port to which datagrams are sent by UDP, whether anybody listens or not.

    Args:
        text: HOST:PORT, or PORT alone for this machine; [HOST]:PORT where the host is an IPv6
            address. A name is looked up now, once.
        notices: told when nothing can be sent, and when that is over.

    Raises:
        UsageError: it is no such text, or there is no such host.
    """

    def __init__(self, text: str, notices: Notices) -> None:
        self.text = text
        self._notices = notices
        self._is_cut_off = False
        family, self._address = _address_of(text)
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)

    def send(self, datagram: bytes) -> bool:
        """Send a datagram; return whether it went out, which does not tell that it arrived."""
        try:
            self._socket.sendto(datagram, self._address)
        except BlockingIOError:  # The system has no room for it: the next one will be newer.
            return False
        except OSError as error:
            if not self._is_cut_off:
                self._is_cut_off = True
                self._notices.say(
                    f"nothing can be sent to {self.text} ({error.strerror}); the run goes on"
                )
            return False
        if self._is_cut_off:
            self._is_cut_off = False
            self._notices.say(f"{self.text} can be sent to again")
        return True

    def close(self) -> None:
        """Send nothing more."""
        self._socket.close()


def _address_of(text: str) -> tuple[socket.AddressFamily, tuple[str, int]]:
    found = _ADDRESS.fullmatch(text.strip())
    if found is None or not 0 < int(found["port"]) < 2**16:
        raise UsageError(
            f'found target "{text}"; expected HOST:PORT, or PORT for this machine, such as 9000'
        )
    host = found["host"] or found["long_host"] or LOCAL
    try:
        places = socket.getaddrinfo(host, int(found["port"]), type=socket.SOCK_DGRAM)
    except OSError as error:
        raise UsageError(f'found target "{text}": no host "{host}" ({error.strerror})') from error
    # Most programs listen to IPv4 alone, and "localhost" is both.
    family, _, _, _, address = min(places, key=lambda each: each[0] != socket.AF_INET)
    return family, (str(address[0]), int(address[1]))
