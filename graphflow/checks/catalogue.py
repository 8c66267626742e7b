"""All checks, by code."""

from __future__ import annotations

from typing import Final

from graphflow.checks import (
    effects,
    loops,
    queues,
    results,
    silence,
    silencing,
    unread,
    unused_executors,
    unused_parameters,
)
from graphflow.checks.check import Check

CHECKS: Final[dict[str, Check]] = {
    check.code: check
    for check in (
        unread.STREAM,
        unread.INPUT,
        unread.SIDE_PACKET,
        unused_parameters.PARAMETER,
        effects.USELESS,
        effects.UNREACHABLE,
        unused_executors.EXECUTOR,
        silence.SILENT,
        loops.START,
        loops.END,
        loops.SILENT,
        loops.NO_LOOP,
        queues.LIMIT,
        results.LOSS,
        results.VARIATION,
        silencing.USELESS,
    )
}
