"""Notices: what happens to a run that its user should hear of at once, though it goes on."""

from __future__ import annotations

import logging
from typing import Final, Protocol

from graphflow.nodes.service import Service

LOGGER: Final = logging.getLogger("graphflow")


class Notices(Protocol):
    """Takes notices; from any thread."""

    def say(self, text: str) -> None:
        """Tell the user: a camera was lost, say, or is back. One sentence, said once."""


class LoggedNotices:
    """Logs notices as warnings, with the logger "graphflow"."""

    def say(self, text: str) -> None:
        """Log it."""
        LOGGER.warning("%s", text)


NOTICES: Final = Service[Notices]("notices", default=LoggedNotices)
"""Where a graph's notices go; to the log, unless the application gives another place."""
