"""Side packets given to a run: which are known, whole and of the right type."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from graphflow.nodes.contract import is_class, type_name
from graphflow.nodes.type_relations import is_compatible
from graphflow.plan import MISSING, Plan
from graphflow.words import timestamp as time_of
from graphflow.words.diagnostics import suggestion
from graphflow.words.errors import UsageError
from graphflow.words.packet import Packet


def side_packet_values(plan: Plan, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the side packets a run begins with: given ones, and defaults of the others.

    Raises:
        UsageError: some are missing, unknown or of the wrong type; all faults are in the message.
    """
    values: dict[str, Any] = {}
    faults = []
    for name in given:
        known = plan.side_packets.get(name)
        takers = [key for key, side in plan.side_packets.items() if side.producer is None]
        if known is None:
            hint = suggestion(name, takers)
            faults.append(f'no side packet "{name}"' + (f"; {hint}" if hint else ""))
        elif known.producer is not None:
            faults.append(f'side packet "{name}" is made by the graph and can\'t be given')
    for name, side in plan.side_packets.items():
        if name in given:
            values[name] = given[name]
            if isinstance(given[name], Packet):
                faults.append(
                    f'side packet "{name}": found a packet at '
                    f"{time_of.text(given[name].timestamp)}; expected its value, for a side packet "
                    "has no time"
                )
            elif is_class(side.type) and not _is_payload(given[name], side.type):
                found = type(given[name]).__name__
                faults.append(
                    f'side packet "{name}": found {found}; expected {type_name(side.type)}'
                )
            elif not side.limits.allow(given[name]):
                faults.append(f'side packet "{name}": found {given[name]}; expected {side.limits}')
        elif side.default is not MISSING:
            values[name] = side.default
        elif side.is_required and side.producer is None:
            faults.append(f'side packet "{name}" is required and was not given')
    if faults:
        raise UsageError("\n".join(faults))
    return values


def _is_payload(value: Any, expected: type) -> bool:
    if expected is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if expected is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if expected is str:
        return isinstance(value, str | os.PathLike)
    return is_compatible(type(value), expected) or value is None
