"""Target: where a run is shown: a viewer that is started, one that runs, or a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graphflow.words.errors import UsageError

SPAWN: Final = "viewer"
"""The word for a viewer that is to be started."""

_ADDRESS: Final = re.compile(r"rerun(\+https?)?://.+")
_HOST: Final = re.compile(r"[\w.-]+:\d+|\[[0-9a-fA-F:]+\]:\d+")


@dataclass(frozen=True)
class Target:
    """Where a run is shown; a viewer is started where neither is given.

    Attributes:
        file: an .rrd file to write.
        address: of a viewer that runs already.
    """

    file: Path | None = None
    address: str = ""


def target_of(text: str) -> Target:
    """Read a target: SPAWN, a file's name that ends in .rrd, or an address.

    Raises:
        UsageError: it is none of these.
    """
    if text == SPAWN:
        return Target()
    if text.endswith(".rrd"):
        return Target(file=Path(text))
    if _ADDRESS.fullmatch(text):
        return Target(address=text)
    if _HOST.fullmatch(text):
        return Target(address=f"rerun+http://{text}/proxy")
    raise UsageError(
        f'--rerun: found "{text}"; expected FILE.rrd, HOST:PORT, an address as '
        "rerun+http://HOST:PORT/proxy, or nothing\n"
        "  hint: with nothing, write --rerun last, or another option behind it"
    )
