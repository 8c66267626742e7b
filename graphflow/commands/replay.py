"""`graphflow replay`: make the calls of a recorded run again, and compare what they give."""

from __future__ import annotations

import json
import pdb
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from graphflow.commands.imported_modules import import_modules
from graphflow.nodes.context import Context
from graphflow.nodes.contract import port_name
from graphflow.recording import Recording, Replay, replay_graph, replay_node
from graphflow.recording.description import NodeDescription
from graphflow.recording.pinning import make_test
from graphflow.recording.replaying import find_node
from graphflow.words import timestamp as time_of
from graphflow.words.errors import UsageError
from graphflow.words.packet import Packet

EXAMPLES: Final = """\b
Examples:
  graphflow replay run.mcap
  graphflow replay run.mcap --node smooth_landmarks
  graphflow replay run.mcap --node smooth_landmarks --at 1.233 --pdb
  graphflow replay run.mcap --node smooth_landmarks --make-test --to tests/
  graphflow replay cut_short.mcap --salvage
"""

_SECONDS: Final = re.compile(r"-?\d*\.(\d+)")


class At(NamedTuple):
    """A time as it was written: a rounded one means the nearest that there is."""

    time: int
    tolerance_us: int = 0


def _time(context: click.Context, parameter: click.Parameter, value: str | None) -> At | None:
    """Read microseconds, or seconds with a point; of these, tell how far so few digits are off."""
    if value is None:
        return None
    seconds = _SECONDS.fullmatch(value)
    if seconds is not None:
        digits = min(len(seconds.group(1)), 6)
        return At(round(float(value) * 1e6), 10 ** (6 - digits))
    try:
        return At(int(value))
    except ValueError:
        fault = f'found "{value}"; expected microseconds, or seconds with a point'
        raise click.BadParameter(fault, context, parameter) from None


@click.command("replay", epilog=EXAMPLES)
@click.argument("recording")
@click.option("--node", metavar="NAME", help="Call this node alone, on what it got in the run.")
@click.option("--every-node", is_flag=True, help="Call every node alone, one after another.")
@click.option(
    "--at",
    metavar="TIME",
    callback=_time,
    help="Make no later calls, and show those at this time: microseconds, or seconds as 1.233.",
)
@click.option(
    "--pdb",
    "debugs",
    is_flag=True,
    help="Stop in the debugger before the call at that time, or the first one.",
)
@click.option("--make-test", is_flag=True, help="Write a pytest file that pins what the node gave.")
@click.option(
    "--to",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    help="Where the test and its data go.  [default: this folder]",
)
@click.option("--force", is_flag=True, help="Replace an earlier test.")
@click.option(
    "--import",
    "modules",
    metavar="MODULE",
    multiple=True,
    help="Import this first, as it registers calculators or codecs; repeatable.",
)
@click.option("--salvage", is_flag=True, help="Read what can be read of a damaged recording.")
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON.")
def replay(**request: Any) -> None:
    """Make the calls of the run in RECORDING again, and compare bit for bit what they give.

    Graph inputs and sources give what they gave in the run; sinks are left out, as they would write
    their files again. With --node one node is called alone; a source or sink then does its work.

    Exit codes: 0 all the same, 1 something differs or can't be read, 2 a wrong command line.
    """
    raise click.exceptions.Exit(_execute(**request))


def _execute(
    recording: str,
    node: str | None,
    every_node: bool,
    at: At | None,
    debugs: bool,
    make_test: bool,
    folder: Path,
    force: bool,
    modules: Sequence[str],
    salvage: bool,
    as_json: bool,
) -> int:
    if (debugs or make_test) and node is None:
        raise UsageError(f"{'--pdb' if debugs else '--make-test'} needs --node NAME")
    if every_node and node is not None:
        raise UsageError("--node names one node, --every-node means all; give one of them")
    import_modules(modules)
    with Recording(recording, salvage=salvage) as opened:
        if opened.damage:
            click.echo(f"{recording}: {opened.damage}; going on with what can be read", err=True)
        if node is not None:
            node = find_node(opened, node).name
        until = None if at is None else _nearest(opened, node, at)
        if make_test:
            return _make_test(opened, node or "", folder, until, replaces=force)
        replays: dict[str, Replay] = {}
        if every_node:
            replays = {each.name: _alone(opened, each, until) for each in _callable(opened)}
        elif node is not None:
            around = _debug if debugs else None
            replays = {node: replay_node(opened, node, until=until, around=around)}
        else:
            replays = {"": replay_graph(opened, until=until)}
        found = opened.graph.find(node or "")
        if as_json:
            click.echo(_json(replays))
        else:
            for line in _lines(replays, found):
                click.echo(line)
    return 0 if all(each.is_same for each in replays.values()) else 1


def _make_test(
    recording: Recording, node: str, folder: Path, until: int | None, *, replaces: bool
) -> int:
    pinned = make_test(recording, node, folder, until=until, replaces=replaces)
    click.echo(f"{pinned.test}\n{pinned.data}")
    left = f"; {pinned.left} later ones are left out, --at TIME chooses" if pinned.left else ""
    click.echo(f"the test makes {pinned.calls} calls{left}", err=True)
    return 0


def _nearest(recording: Recording, node: str | None, at: At) -> int:
    """Return the time of a packet that was meant, if the time was rounded."""
    if not at.tolerance_us:
        return at.time
    described = recording.graph.find(node or "")
    streams: Iterable[str] = recording.streams
    if described is not None:
        streams = (end[2] for end in (*described.input_stream, *described.output_stream))
    times = (time for stream in streams for time in recording.times(stream))
    nearest = min(times, key=lambda each: abs(each - at.time), default=at.time)
    return nearest if abs(nearest - at.time) < at.tolerance_us else at.time


def _callable(recording: Recording) -> Iterable[NodeDescription]:
    for node in recording.graph.node:
        if node.is_recorded and not node.is_source and not node.is_sink:
            yield node


def _alone(recording: Recording, node: NodeDescription, until: int | None) -> Replay:
    try:
        return replay_node(recording, node.name, until=until)
    except UsageError as fault:  # it was not called at that time
        return Replay(nodes=1, broken={} if until is not None else {node.name: str(fault)})


class _Debugger(pdb.Pdb):
    """Knows whether it was left by `quit`, which otherwise looks like the end of the call."""

    has_quit = False

    def set_quit(self) -> None:
        """Leave the debugger."""
        self.has_quit = True
        super().set_quit()


def _debug(method: Callable[[Context], None], context: Context) -> None:
    """Make a call step by step; whoever quits the debugger ends the replay."""
    debugger = _Debugger(nosigint=True)
    debugger.runcall(method, context)
    if debugger.has_quit:
        raise KeyboardInterrupt


# ---- what is printed ------------------------------------------------------------------------


def _lines(replays: dict[str, Replay], node: NodeDescription | None) -> Iterable[str]:
    for name, each in replays.items():
        if node is not None:
            yield from _shown(node, each)
        yield f"{name}: {each}" if len(replays) > 1 else str(each)


def _shown(node: NodeDescription, replay: Replay) -> Iterable[str]:
    """Say what a node was given at the time asked for, and what it gave now."""
    for shown in replay.shown:
        yield f"{node.name} at {time_of.text(shown.call.timestamp)} µs"
        for packet, (tag, index, stream) in zip(shown.inputs, node.input_stream, strict=True):
            words = "nothing" if packet is None else _packet_text(packet)
            yield f"  in   {port_name(tag, index)} ({stream}): {words}"
        outputs = zip(shown.made.packets, node.output_stream, strict=True)
        for packets, (tag, index, stream) in outputs:
            words = ", ".join(map(_packet_text, packets)) or "nothing"
            yield f"  out  {port_name(tag, index)} ({stream}): {words}"
        if shown.made.error:
            yield f"  raised {shown.made.error}"


def _packet_text(packet: Packet) -> str:
    value = packet.value
    shape = getattr(value, "shape", None)
    words = f"{getattr(value, 'dtype', '')} {shape}" if shape is not None else repr(value)
    words = " ".join(words.split())
    return f"{words[:97]}..." if len(words) > 100 else words


def _json(replays: dict[str, Replay]) -> str:
    written = [
        {
            "node": name or None,
            "is_same": each.is_same,
            "nodes": each.nodes,
            "calls": each.calls,
            "packets": each.packets,
            "difference_count": each.count,
            "differences": [
                {
                    "node": one.node,
                    "step": one.step,
                    "timestamp": one.timestamp,
                    "what": one.what,
                }
                for one in each.differences
            ],
            "left_out": list(each.left_out),
            "broken": each.broken,
        }
        for name, each in replays.items()
    ]
    return json.dumps({"replays": written}, indent=2)
