"""From what the command line says to the side packets of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from graphflow.config.decoding import Undecodable, decode, shown
from graphflow.config.yaml_source import ScalarValue
from graphflow.plan import MISSING, Plan, SidePacketPlan
from graphflow.words.bundle import bundled_folder
from graphflow.words.diagnostics import Location, listed, suggestion
from graphflow.words.errors import UsageError

DEFAULT_FOLDER: Final = "out"
"""Where graphs write by default; made on demand. Any other folder must exist."""

INPUT: Final = "input_path"
OUTPUT: Final = "output_path"
"""The side packets that -i and -o stand for."""

SAMPLES: Final = "samples"
"""Folder of the clips that come with graphflow."""


def decode_side_values(plan: Plan, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of side packets, decoded by the types that the graph declares.

    Args:
        plan: the graph.
        texts: for each side packet named on the command line, what was written there.

    Raises:
        UsageError: the graph has no such side packet, the text is not of its type, or one that
            the graph requires is lacking.
    """
    offered = settable(plan)
    values = {}
    for name, text in texts.items():
        if name not in offered:
            raise UsageError(_unknown(plan, name, offered))
        values[name] = _decoded(name, text, offered[name])
    lacking = [name for name, side in offered.items() if side.is_required and name not in values]
    if lacking:
        raise UsageError(
            f"the graph needs {listed([_described(name, offered[name]) for name in lacking])}\n"
            f"  hint: give --side {lacking[0]}=VALUE"
        )
    return values


def settable(plan: Plan) -> dict[str, SidePacketPlan]:
    """Return the side packets that a caller may give."""
    return {name: side for name, side in plan.side_packets.items() if side.producer is None}


def paths_of(plan: Plan, values: Mapping[str, Any]) -> list[Path]:
    """Return the paths among all side values, given or default: those whose names end so."""
    every = {**defaults(plan), **values}
    return [
        Path(value)
        for name, value in sorted(every.items())
        if name.endswith("_path") and isinstance(value, str) and value
    ]


def refuse_shared_paths(plan: Plan, values: Mapping[str, Any]) -> None:
    """Refuse to write over what is read, or two results into one file.

    Raises:
        UsageError: the input and an output, or the output and another path, are the same.
    """
    every = {**defaults(plan), **values}
    paths = {
        name: Path(value).expanduser()
        for name, value in every.items()
        if name.endswith("_path") and isinstance(value, str) and value
    }
    for first in (INPUT, OUTPUT):
        for second in sorted(paths.keys() - {INPUT, first}):
            if first in paths and _is_same(paths[first], paths[second]):
                raise UsageError(
                    f"{first} and {second} are the same: {paths[second]}\n"
                    f"  hint: give another {second}; nothing was written"
                )


def _is_same(first: Path, second: Path) -> bool:
    """Tell whether two paths name one file, or the second one is among what a pattern names."""
    try:
        if first.exists() and second.exists():
            return first.samefile(second)
        if any(sign in first.name for sign in "*?[") and not first.exists():
            folder, whole = first.parent.resolve(), second.resolve()
            return whole == folder or whole.match(str(folder / first.name))
        return first.resolve() == second.resolve()
    except (OSError, ValueError):
        return False  # No path that the system takes; whoever opens it says why.


def bundled_defaults(plan: Plan, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return default paths that are not in the current folder, but bundled: the sample clip.

    So a bundled graph runs as it stands wherever it is called from.
    """
    found = {}
    for name, value in defaults(plan).items():
        path = Path(value) if name.endswith("_path") and isinstance(value, str) and value else None
        if name in values or path is None or path.parts[:1] != (SAMPLES,) or path.exists():
            continue
        with suppress(FileNotFoundError):
            bundled = bundled_folder(SAMPLES).joinpath(*path.parts[1:])
            if bundled.exists():
                found[name] = str(bundled)
    return found


def make_default_folder(plan: Plan, values: Mapping[str, Any]) -> None:
    """Make the folder of default output paths; a path that the user gave is his own business.

    Raises:
        UsageError: it can't be made.
    """
    for path in paths_of(plan, dict.fromkeys(values)):
        if path.parts[0] == DEFAULT_FOLDER:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UsageError(
                    f"the folder {path.parent}, where results go, can't be made: {error.strerror}\n"
                    "  hint: give other paths: -o tracked.mp4 --side landmarks_path=pose.jsonl"
                ) from error


def defaults(plan: Plan) -> dict[str, Any]:
    """Return the default values of side packets that have one."""
    offered = settable(plan)
    return {name: side.default for name, side in offered.items() if side.default is not MISSING}


def _decoded(name: str, text: str, side: SidePacketPlan) -> Any:
    try:
        value = decode(ScalarValue(text, Location(), is_plain=True, is_free=True), side.type)
    except Undecodable as fault:
        hint = f"\n  hint: {fault.hint}" if fault.hint else ""
        raise UsageError(
            f'side packet "{name}"\n  found {shown(fault.value)}; expected {fault.expected}{hint}'
        ) from fault
    if not side.limits.allow(value):
        raise UsageError(
            f'side packet "{name}" is out of range\n  found {text}; expected {side.limits}'
        )
    return value


def _unknown(plan: Plan, name: str, offered: Mapping[str, SidePacketPlan]) -> str:
    produced = plan.side_packets.get(name)
    if produced is not None and produced.producer is not None:
        return f'side packet "{name}" is made by a node of the graph; it can\'t be given'
    hint = suggestion(name, offered)
    if not hint:
        hint = f"it has {listed(sorted(offered))}" if offered else "it has none"
    return f'the graph has no side packet "{name}"\n  hint: {hint}'


def _described(name: str, side: SidePacketPlan) -> str:
    return f'side packet "{name}"' + (f" ({side.description})" if side.description else "")
